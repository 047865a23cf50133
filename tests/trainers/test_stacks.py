"""Convolutions in C give PyTorch's outputs and gradients; what they cannot, they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from tests import toys
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.nouns import Inputs, Recipe, Rung
from howdeep.nets.families import Layer, Stack, family
from howdeep.trainers.fused import backends, encoded, loop, native
from howdeep.trainers.fused.losses import losses
from howdeep.trainers.fused.native import stacks
from howdeep.trainers.fused.weights import FusedWeights

KINDS = native.kinds()[:-1]
EDGE = 1e-5  # some ten times the error of what goes into a ReLU
NETS = [(name, norm) for name in ("resnet", "cnn") for norm in ("batch", "none")]
pytestmark = pytest.mark.skipif(not KINDS, reason="the kernels were not built here")
Params = dict[str, Tensor]


@pytest.fixture(autouse=True, params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(native.VARIABLE, request.param)
    return str(request.param)


def rung_of(name: str, image: tuple[int, int, int], blocks: int, width: int, norm: str) -> Rung:
    columns = image[0] * image[1] * image[2]
    inputs = Inputs(columns, columns, columns, image)
    return Rung(name, blocks, width, inputs, 3, (("norm", norm),))


def nets_of(rung: Rung, count: int) -> list[Params]:
    """Nets away from where norms, heads and biases begin."""
    out = []
    for seed in range(count):
        g = torch.Generator().manual_seed(seed)
        net = family(rung.family).init(rung, g)
        for name, value in net.items():
            away = 0.3 if name.endswith("bias") or "norm" in name else 0.01
            net[name] = value + away * torch.randn(value.shape, generator=g)
        out.append(net)
    return out


def rows_of(rung: Rung, nets: int, batch: int, seed: int = 7) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(nets, batch, rung.inputs.columns, generator=g)
    y = torch.randint(rung.outputs, (nets, batch), generator=g)
    return x, y, torch.rand(nets, batch, generator=g) + 0.5


def assert_close(found: Tensor, wanted: Tensor, what: str, least: float = 1e-30) -> None:
    scale = float(wanted.abs().max())
    assert scale > least, f"{what}: nothing to compare"
    apart = float((found.double() - wanted.double()).abs().max())
    assert apart <= 2e-5 * scale, f"{what}: {apart / scale:.1e} of the largest"


def clear(draw: Callable[[int], Tensor], run: Callable[[Tensor], object]) -> Tensor:
    """The first draw for which nothing that `run` gives to a ReLU is so near zero that rounding
    may carry it to the other side, where a gradient is another."""
    for seed in range(50):
        found, nearest = draw(seed), [float("inf")]

        def relu(h: Tensor, inplace: bool = False, nearest: list[float] = nearest) -> Tensor:
            nearest.append(float(h.abs().min()))
            return h.clamp(min=0)

        with pytest.MonkeyPatch.context() as patch, torch.no_grad():
            patch.setattr(F, "relu", relu)
            run(found)
        if min(nearest) > EDGE:
            return found
    raise AssertionError("every draw comes too near")


# ---- any stack there is, against the same in float64 ---------------------------------------------
def reference(stack: Stack, params: Params, images: Tensor) -> Tensor:
    """Outputs (B, C) of images (B, C, H, W) by PyTorch's own operations."""

    def ready(name: str, before: str, h: Tensor) -> Tensor:
        if before == "norm":
            weight, bias = params[f"{name}.norm.weight"], params[f"{name}.norm.bias"]
            h = F.batch_norm(h, None, None, weight, bias, training=True, eps=1e-5)
        return F.relu(h) if before else h

    h = trunk = images
    for layer in stack.layers:
        if layer.part == "first":
            trunk = h
        h = F.conv2d(
            ready(layer.name, layer.before, h),
            params[f"{layer.name}.weight"],
            params.get(f"{layer.name}.bias"),
            stride=layer.stride,
            padding=layer.kernel // 2,
        )
        h = F.max_pool2d(h, 2) if layer.pooled else h
        h = trunk + stack.branch * h if layer.part == "second" else h
    h = ready("head", stack.before, h)
    pooled = [h.mean((2, 3)), *([h.amax((2, 3))] if stack.maxima else [])]
    return torch.cat(pooled, 1) @ params["head.weight"] + params["head.bias"]


def params_of(stack: Stack, outputs: int, biases: bool) -> Params:
    g = torch.Generator().manual_seed(3)
    randn = partial(torch.randn, generator=g)
    out: Params = {}
    for x in stack.layers:
        fan = x.inputs * x.kernel**2
        out[f"{x.name}.weight"] = randn((x.outputs, x.inputs, x.kernel, x.kernel)) / fan**0.5
        if biases:
            out[f"{x.name}.bias"] = randn(x.outputs) * 0.1
        if x.before == "norm":
            out[f"{x.name}.norm.weight"] = randn(x.inputs) * 0.1 + 1
            out[f"{x.name}.norm.bias"] = randn(x.inputs) * 0.3
    last = stack.layers[-1].outputs
    if stack.before == "norm":
        out["head.norm.weight"], out["head.norm.bias"] = randn(last) * 0.1 + 1, randn(last) * 0.3
    out["head.weight"] = randn((last * (2 if stack.maxima else 1), outputs))
    return {**out, "head.bias": randn(outputs)}


def chain(*shapes: tuple[int, int, int, int], pooled: tuple[int, ...] = ()) -> Stack:
    layers = [
        Layer(f"c{i}", *shape, "relu" if i else "", pooled=i in pooled)
        for i, shape in enumerate(shapes)
    ]
    return Stack(tuple(layers), "relu", maxima=False)


STACKS = {
    "one": (chain((1, 5, 3, 1)), (6, 7, 1), 4),
    "one pixel": (chain((2, 3, 1, 1), (3, 4, 3, 1)), (1, 1, 2), 3),
    "wide": (chain((3, 40, 3, 1), (40, 17, 3, 1), (17, 64, 5, 1)), (9, 5, 3), 7),
    "strides": (chain((3, 33, 7, 4), (33, 32, 3, 2), (32, 48, 5, 3)), (37, 30, 3), 5),
    "a stride past the kernel": (chain((1, 16, 1, 2), (16, 16, 1, 3)), (13, 14, 1), 2),
    "pooled": (chain((1, 32, 3, 1), (32, 16, 3, 1), (16, 20, 3, 1), pooled=(0, 1)), (15, 14, 1), 9),
    "pooled last": (chain((3, 8, 3, 2), (8, 32, 3, 1), pooled=(1,)), (14, 11, 3), 17),
    "wide stem": (chain((20, 32, 3, 1), (32, 8, 3, 2)), (8, 8, 20), 33),
}


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("name", STACKS)
def test_any_stack(name: str, biases: bool) -> None:
    stack, image, batch = STACKS[name]
    columns = image[0] * image[1] * image[2]
    rung = Rung("resnet", 0, 8, Inputs(columns, columns, columns, image), 4)
    params = params_of(stack, 4, biases)
    exact = {name: value.double().requires_grad_() for name, value in params.items()}

    def draw(seed: int) -> Tensor:
        return torch.randn(batch, columns, generator=torch.Generator().manual_seed(seed))

    def outputs(x: Tensor) -> Tensor:
        return reference(stack, exact, x.double().view(batch, *image).permute(0, 3, 1, 2))

    x = clear(draw, outputs)
    slope = torch.randn(batch, 4, generator=torch.Generator().manual_seed(99))
    passes = stacks.Passes(rung, stack, batch, train=True, measure=True)
    places, flat = stacks._flat({name: value.unsqueeze(0) for name, value in params.items()}, 0)
    layout, grads = passes.layout(places), np.zeros_like(flat)
    out = passes.forward(layout, flat, x)
    passes.backward(layout, flat, slope, grads)
    wanted = outputs(x)
    assert_close(out, wanted.detach(), "outputs")
    by_autograd = torch.autograd.grad((wanted * slope).sum(), list(exact.values()))
    for (name, start), value in zip(places.items(), by_autograd, strict=True):
        mine = torch.from_numpy(grads[start : start + value.numel()])
        assert_close(mine.view(value.shape), value, name)


def test_fewer_products_are_about_as_exact_as_pytorch_s() -> None:
    """Outputs and gradients after six layers: the error's root mean square against float64."""
    stack = chain((1, 32, 3, 1), *[(32, 32, 3, 1)] * 5)
    rung = Rung("resnet", 0, 8, Inputs(196, 196, 196, (14, 14, 1)), 4)
    params = {n: v.abs() for n, v in params_of(stack, 4, True).items()}  # no ReLU near its edge
    g = torch.Generator().manual_seed(1)
    x, slope = torch.rand(16, 196, generator=g), torch.randn(16, 4, generator=g)
    passes = stacks.Passes(rung, stack, 16, train=True, measure=True)
    places, flat = stacks._flat({n: v.unsqueeze(0) for n, v in params.items()}, 0)
    grads = np.zeros_like(flat)
    out = [passes.forward(passes.layout(places), flat, x)]
    passes.backward(passes.layout(places), flat, slope, grads)
    for dtype in (torch.float32, torch.float64):
        own = {n: v.to(dtype).requires_grad_() for n, v in params.items()}
        out.append(reference(stack, own, x.to(dtype).view(16, 1, 14, 14)))
        into = torch.autograd.grad((out[-1] * slope).sum(), list(own.values()))
        out[-1] = torch.cat([out[-1].detach().flatten(), *(v.flatten() for v in into)])
    mine = torch.cat([out[0].flatten(), torch.from_numpy(grads)])
    scale = out[2].abs() + out[2].abs().mean()
    errors = [float(((v - out[2]) / scale).square().mean().sqrt()) for v in (mine, out[1])]
    assert errors[0] <= backends.ERROR_FACTOR * errors[1], errors


def test_equal_pixels_pool_to_the_first_as_pytorch_s_do() -> None:
    """Kernels of whole numbers on whole numbers: many maxima are equal."""
    stack = chain((1, 32, 3, 1), (32, 20, 3, 2), pooled=(0,))
    image = (15, 14, 1)
    rung = Rung("resnet", 0, 8, Inputs(210, 210, 210, image), 4)
    params = {n: (v * 3).round() for n, v in params_of(stack, 4, True).items()}
    g = torch.Generator().manual_seed(1)
    x, slope = torch.randint(2, (9, 210), generator=g).float(), torch.ones(9, 4)
    passes = stacks.Passes(rung, stack, 9, train=True, measure=True)
    places, flat = stacks._flat({name: value.unsqueeze(0) for name, value in params.items()}, 0)
    grads = np.zeros_like(flat)
    passes.forward(passes.layout(places), flat, x)
    passes.backward(passes.layout(places), flat, slope, grads)
    own = {name: value.requires_grad_() for name, value in params.items()}
    wanted = reference(stack, own, x.view(9, *image).permute(0, 3, 1, 2))
    (by_autograd,) = torch.autograd.grad((wanted * slope).sum(), own["c0.weight"])
    mine = torch.from_numpy(grads[places["c0.weight"] :][: by_autograd.numel()])
    torch.testing.assert_close(mine.view_as(by_autograd), by_autograd, rtol=1e-5, atol=1e-4)


# ---- the families' nets --------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "norm"), NETS)
@pytest.mark.parametrize(
    ("image", "blocks", "width", "batch"),
    [
        ((8, 8, 1), 0, 16, 20),
        ((12, 12, 3), 1, 24, 16),
        ((11, 14, 1), 2, 64, 5),
        ((28, 28, 1), 1, 32, 3),
        ((64, 52, 3), 1, 16, 2),
    ],
)
def test_gradients_of_a_family(
    name: str, norm: str, image: tuple[int, int, int], blocks: int, width: int, batch: int
) -> None:
    rung = rung_of(name, image, blocks, width, norm)
    _, y, w = rows_of(rung, 2, batch)
    with backends.prepared():
        fused = FusedWeights(rung, Recipe(32, 100, 10), nets_of(rung, 2), [-7, -7])
        assert stacks.steps(fused, batch) is not None
        exact = {n: v.detach().double().requires_grad_() for n, v in fused.p.items()}
        x = clear(
            lambda seed: rows_of(rung, 2, batch, seed)[0],
            lambda x: family(name).apply(rung, exact, x.double()),
        )
        loss = loop.gradients(fused, x, y, w, "cross_entropy")
        out = family(name).apply(rung, exact, x.double())
        wanted = losses(out, y, w.double(), "cross_entropy")
        by_autograd = torch.autograd.grad(wanted.sum(), list(exact.values()))
    assert_close(loss, wanted.detach(), "loss")
    for parameter, value in zip(exact, by_autograd, strict=True):
        for net in range(2):
            assert_close(fused.grads[parameter][net], value[net], parameter)


@pytest.mark.parametrize(("name", "norm"), NETS)
def test_evaluation_is_pytorch_s(name: str, norm: str) -> None:
    """Statistics, outputs where they were measured, and outputs by them elsewhere."""
    rung = rung_of(name, (13, 10, 3), 2, 24, norm)
    nets = nets_of(rung, 2)
    params = {n: torch.stack([net[n] for net in nets]) for n in nets[0]}
    measured, other = rows_of(rung, 2, 50)[0][0], rows_of(rung, 2, 21)[0]
    fam = family(name)
    stack = stacks.stack_of(rung)
    assert stack is not None
    assert fam.calibrate is not None
    wanted, outs = fam.calibrate(rung, params, measured)
    found, mine = stacks.calibrate(stack, rung, params, measured)
    assert_close(mine, outs, "outputs where they were measured")
    assert found.keys() == wanted.keys()
    for parameter, value in wanted.items():
        assert_close(found[parameter], value, parameter)
    elsewhere = stacks.applied(stack, rung, found)(other)
    assert_close(elsewhere, fam.apply(rung, wanted, other), "outputs elsewhere")
    few = stacks.applied(stack, rung, found)(other[:, 3:9])
    assert torch.equal(few, elsewhere[:, 3:9]), "an image's outputs depend on those next to it"


def test_a_group_scores_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole trainings, with their stops and checkpoints."""
    toy = toys.image_task()
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    members = tuple((seed, -6) for seed in range(4))
    group = toys.group(toy, inputs, "resnet", 1, members, steps=200)
    found = loop.train(group, toy, data)
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    wanted = loop.train(group, toy, data)
    scores = [np.mean([r.arrays["select"].mean() for r in rs]) for rs in (found, wanted)]
    assert scores[1] > 0.9, "it learnt nothing: the test would show nothing"
    assert abs(scores[0] - scores[1]) < 0.03


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_what_is_not_finite_is_seen(bad: float, norm: str) -> None:
    rung = rung_of("resnet", (9, 9, 1), 1, 16, norm)
    x, y, w = rows_of(rung, 2, 8)
    x[0, 2, 40] = bad
    fused = FusedWeights(rung, Recipe(32, 100, 10), nets_of(rung, 2), [-7, -7])
    loss = loop.gradients(fused, x, y, w, "cross_entropy")
    assert torch.isfinite(loss).tolist() == [False, True]


def test_pytorch_s_way_is_taken_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rung = rung_of("resnet", (9, 9, 1), 1, 16, "batch")
    assert stacks.stack_of(rung) is not None
    assert stacks.stack_of(replace(rung, family="mlp")) is None
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    assert stacks.stack_of(rung) is None


# ---- what is refused -----------------------------------------------------------------------------
def branch(**second: object) -> Stack:
    layers = (
        Layer("c0", 1, 16, 3, 1, ""),
        Layer("c1", 16, 16, 3, 1, "relu", part="first"),
        replace(Layer("c2", 16, 16, 3, 1, "relu", part="second"), **second),  # type: ignore[arg-type]
    )
    return Stack(layers, "relu", maxima=True, branch=0.5)


@pytest.mark.parametrize(
    ("stack", "why"),
    [
        (chain((2, 5, 3, 1)), "fit the one before"),
        (chain((1, 5, 3, 1), (6, 5, 3, 1)), "fit the one before"),
        (chain((1, 5, 2, 1)), "fit the one before"),
        (chain((1, 5, 3, 0)), "fit the one before"),
        (chain((1, 5, 3, 4), (5, 5, 3, 1), pooled=(0, 1)), "no pixels"),
        (branch(stride=2), "keep its shape"),
        (branch(part=""), "second layer"),
        (branch(before=""), "no ReLU"),
    ],
)
def test_stacks_that_are_none_are_refused(stack: Stack, why: str) -> None:
    passes = stacks.Passes(rung_of("resnet", (6, 6, 1), 0, 8, "none"), stack, 4, True, True)
    places, flat = stacks._flat(
        {n: v.unsqueeze(0) for n, v in params_of(stack, 3, False).items()}, 0
    )
    with pytest.raises(ValueError, match=why):
        passes.forward(passes.layout(places), flat, torch.zeros(4, 36))


def test_memory_that_does_not_fit_is_refused() -> None:
    stack = branch()
    rung = rung_of("resnet", (6, 6, 1), 0, 8, "none")
    places, flat = stacks._flat(
        {n: v.unsqueeze(0) for n, v in params_of(stack, 3, True).items()}, 0
    )
    x = torch.zeros(4, 36)
    passes = stacks.Passes(rung, stack, 4, train=True, measure=True)
    layout = passes.layout(places)
    with pytest.raises(ValueError, match="outside of its memory"):
        passes.forward(layout, flat[:-1], x)
    with pytest.raises(ValueError, match="outside of its memory"):
        passes.forward(passes.layout({**places, "c1.weight": len(flat) - 1}), flat, x)
    with pytest.raises(ValueError, match="another size"):
        passes.forward(layout, flat, x[:3])
    with pytest.raises(ValueError, match="another size"):
        passes.backward(layout, flat, torch.zeros(4, 2), np.zeros_like(flat))
    with pytest.raises(ValueError, match="no way back"):
        passes.backward(layout, flat, torch.zeros(4, 3), flat[:-1].copy())
    passes.memory = np.zeros(100, np.uint8)
    with pytest.raises(ValueError, match="too little memory"):
        passes.forward(layout, flat, x)
