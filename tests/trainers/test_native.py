"""The compiled kernels train the nets that PyTorch's way trains; what they cannot, they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Inputs, Precision, Recipe, Rung
from howdeep.metrics import Loss, Scale
from howdeep.nets import families
from howdeep.nets.families import family
from howdeep.trainers.fused import backends, encoded, loop, native
from howdeep.trainers.fused.encoded import EncodedFold
from howdeep.trainers.fused.weights import FusedWeights

KINDS = native.kinds()[:-1]
ROWS = 400
# A large epsilon makes Adam smooth; with the usual one it takes a full step wherever a gradient
# is as good as zero, and two ways of adding up drift apart.
RECIPE = Recipe(64, 100, 10, warmup=7, beta2=0.99, adam_eps=1e-3, weight_decay=0.1, ema=0.9)
CHAINS = [name for name in families.names() if family(name).chain is not None]
needs_kernels = pytest.mark.skipif(not KINDS, reason="the kernels were not built here")
BF16 = native.kinds("bf16")[:-1]
needs_bf16 = pytest.mark.skipif(not BF16, reason="this processor has no AVX512-BF16")


def rung_of(name: str, blocks: int, columns: int = 20, width: int = 32, outputs: int = 3) -> Rung:
    return Rung(name, blocks, width, Inputs(columns, columns, columns), outputs)


def fold_of(rung: Rung, loss: Loss) -> EncodedFold:
    g = torch.Generator().manual_seed(0)
    x = torch.randn(ROWS, rung.inputs.columns, generator=g)
    numbers = loss in ("squared", "absolute")
    y = (
        torch.randn(ROWS, generator=g)
        if numbers
        else torch.randint(rung.outputs, (ROWS,), generator=g)
    )
    return EncodedFold(x, y, torch.rand(ROWS, generator=g) + 0.5, Scale(0.0, 1.0, 0.0, np.ones(1)))


def bank_of(rung: Rung, recipe: Recipe, nets: int = 3) -> FusedWeights:
    init = family(rung.family).init
    start = [init(rung, torch.Generator().manual_seed(i)) for i in range(nets)]
    return FusedWeights(rung, recipe, start, [-7 - i for i in range(nets)])


def orders(steps: int, batch: int) -> torch.Tensor:
    return torch.randint(ROWS, (steps, batch), generator=torch.Generator().manual_seed(1))


def by_torch(fused: FusedWeights, data: EncodedFold, order: torch.Tensor, by: Loss) -> torch.Tensor:
    loss = torch.zeros(len(fused))
    for rows in order.expand(len(fused), -1, -1).unbind(1):
        loss = loop.gradients(fused, data.rows(rows), data.y[rows], data.w[rows], by)
        fused.update()
    return loss


def by_kernels(
    fused: FusedWeights, data: EncodedFold, order: torch.Tensor, by: Loss
) -> torch.Tensor:
    chain = native.chain_of(fused.rung, fused.recipe.precision)
    assert chain is not None
    steps = native.Steps(fused, chain, len(order), by)
    loss = [steps.train(i, data, order) for i in range(len(fused))]
    fused.step += len(order)
    return torch.tensor(loss)


def assert_alike(rung: Rung, by: Loss = "cross_entropy", steps: int = 25, batch: int = 64) -> None:
    """Weights, moments, averages and loss after some steps, to rounding."""
    data, order = fold_of(rung, by), orders(steps, batch)
    with backends.prepared():
        one, other = bank_of(rung, RECIPE), bank_of(rung, RECIPE)
        wanted = by_torch(one, data, order, by)
        found = by_kernels(other, data, order, by)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    for mine, theirs in (
        (one.p, other.p),
        (one.m, other.m),
        (one.v, other.v),
        (one.ema, other.ema),
    ):
        for name, value in mine.items():
            scale = value.detach().abs().max()
            assert scale > 0, f"{name}: nothing to compare"
            torch.testing.assert_close(theirs[name] / scale, value / scale, rtol=0, atol=2e-5)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(native.VARIABLE, request.param)
    return str(request.param)


@needs_kernels
@pytest.mark.parametrize("blocks", [0, 1, 2, 5])
@pytest.mark.parametrize("name", [n for n in CHAINS if family(n).chain(rung_of(n, 1))])  # type: ignore[misc]
def test_depths(name: str, blocks: int, kind: str) -> None:
    assert_alike(rung_of(name, blocks))


@needs_kernels
@pytest.mark.parametrize("name", ["mlp", "resmlp"])
@pytest.mark.parametrize(
    ("columns", "width", "outputs", "batch"),
    [
        (1, 1, 2, 1),
        (3, 8, 2, 5),
        (7, 20, 10, 33),
        (33, 31, 33, 64),
        (100, 64, 7, 128),
        (5, 100, 2, 9),
    ],
)
def test_shapes(name: str, columns: int, width: int, outputs: int, batch: int, kind: str) -> None:
    assert_alike(rung_of(name, 2, columns, width, outputs), steps=10, batch=batch)


@needs_kernels
@pytest.mark.parametrize("loss", ["squared", "absolute", "cross_entropy"])
def test_losses(loss: Loss, kind: str) -> None:
    outputs = 1 if loss in ("squared", "absolute") else 4
    assert_alike(rung_of("resmlp", 2, outputs=outputs), loss)


@needs_kernels
def test_the_first_gradient_at_the_usual_epsilon(kind: str) -> None:
    """The first moment after one step is the gradient, whatever Adam makes of it."""
    rung = rung_of("resmlp", 8, 150, 64, 5)
    data, order = fold_of(rung, "cross_entropy"), orders(1, 64)
    recipe = replace(RECIPE, adam_eps=1e-8)
    with backends.prepared():
        one, other = bank_of(rung, recipe), bank_of(rung, recipe)
        by_torch(one, data, order, "cross_entropy")
        by_kernels(other, data, order, "cross_entropy")
    for name, value in one.m.items():
        torch.testing.assert_close(
            other.m[name], value, rtol=0, atol=float(value.abs().max()) * 1e-5
        )


@needs_kernels
def test_bytes_are_standardised_as_they_are_taken(kind: str) -> None:
    rung = rung_of("mlp", 2, 30)
    g = torch.Generator().manual_seed(3)
    data = fold_of(rung, "cross_entropy")
    pixels = torch.randint(256, data.x.shape, generator=g).to(torch.uint8)
    shift, spread = torch.rand(30, generator=g) * 100, torch.rand(30, generator=g) * 50 + 1
    packed = replace(data, x=pixels, shift=shift, spread=spread)
    plain = replace(data, x=(pixels.float() - shift) / spread)
    fused_nets = []
    for fold in (packed, plain):
        fused = bank_of(rung, RECIPE)
        by_kernels(fused, fold, orders(5, 32), "cross_entropy")
        fused_nets.append(fused)
    for name, value in fused_nets[0].p.items():
        assert torch.equal(value, fused_nets[1].p[name])


@needs_kernels
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_seen(bad: float, kind: str) -> None:
    rung = rung_of("resmlp", 2)
    data = fold_of(rung, "cross_entropy")
    data.x[:, 3] = bad
    loss = by_kernels(bank_of(rung, RECIPE), data, orders(3, 32), "cross_entropy")
    assert not torch.isfinite(loss).any()


@needs_kernels
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"y": torch.full((ROWS,), 3)}, "a class"),
        ({"y": torch.full((ROWS,), -1)}, "a class"),
        ({"y": torch.zeros(ROWS - 1, dtype=torch.long)}, "different rows"),
        ({"x": torch.zeros(ROWS, 19)}, "different rows"),
    ],
)
def test_data_that_do_not_fit_are_refused(change: dict[str, Any], why: str, kind: str) -> None:
    rung = rung_of("mlp", 1)
    data = replace(fold_of(rung, "cross_entropy"), **change)
    with pytest.raises(ValueError, match=why):
        by_kernels(bank_of(rung, RECIPE), data, orders(2, 8), "cross_entropy")


@needs_kernels
@pytest.mark.parametrize("row", [-1, ROWS])
def test_rows_that_there_are_none_of_are_refused(row: int, kind: str) -> None:
    rung = rung_of("mlp", 1)
    order = orders(2, 8)
    order[1, 3] = row
    with pytest.raises(ValueError, match="a row"):
        by_kernels(bank_of(rung, RECIPE), fold_of(rung, "cross_entropy"), order, "cross_entropy")


@needs_kernels
@pytest.mark.parametrize("precision", get_args(Precision))
def test_a_group_scores_alike(
    precision: Precision, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole trainings, with their stops and checkpoints, of nets that learn something."""
    toy = toys.task(rows=600)
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, "resmlp", 2, tuple((seed, -7) for seed in range(8)))
    found = loop.train(replace(group, recipe=replace(group.recipe, precision=precision)), toy, data)
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    wanted = loop.train(group, toy, data)
    scores = [np.array([r.arrays["select"].mean() for r in rs]) for rs in (found, wanted)]
    assert abs(scores[0].mean() - scores[1].mean()) < 3 * scores[1].std() / np.sqrt(8) + 1e-3


# ---- bf16 ----------------------------------------------------------------------------------------
SHAPES = [(1, 1, 2, 1), (3, 8, 2, 5), (33, 31, 33, 64), (100, 64, 7, 33), (20, 100, 1, 128)]


def first_gradients(
    rung: Rung,
    data: EncodedFold,
    batch: int,
    change: Callable[[FusedWeights], None] = lambda _: None,
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """First moments after one step in bf16, by PyTorch and by the kernels: a tenth of gradients."""
    loss: Loss = "squared" if rung.outputs == 1 else "cross_entropy"
    recipe = replace(RECIPE, precision="bf16", weight_decay=0.0)
    fused_nets = [bank_of(rung, recipe) for _ in range(2)]
    with backends.prepared():
        for fused, train in zip(fused_nets, (by_torch, by_kernels), strict=True):
            change(fused)
            train(fused, data, orders(1, batch), loss)
    return fused_nets[0].m, fused_nets[1].m


@needs_bf16
@pytest.mark.parametrize("blocks", [0, 1, 2, 5])
@pytest.mark.parametrize("name", ["mlp", "resmlp"])
@pytest.mark.parametrize(("columns", "width", "outputs", "batch"), SHAPES)
def test_bf16_gradients(
    name: str, blocks: int, columns: int, width: int, outputs: int, batch: int
) -> None:
    """Equal but where a sum in another order is rounded to another neighbour, here and there."""
    rung = rung_of(name, blocks, columns, width, outputs)
    data = fold_of(rung, "squared" if outputs == 1 else "cross_entropy")
    wanted, found = first_gradients(rung, data, batch)
    for key, value in wanted.items():
        apart = found[key] - value
        assert apart.abs().max() <= 1e-2 * value.abs().max(), key
        assert apart.norm() <= 1e-3 * value.norm(), key


def sparse(fused: FusedWeights) -> None:
    """Weights of one 1 or -1 for each output, whole biases: what is summed is summed exactly."""
    g = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, value in fused.p.items():
            value.zero_()
            for net in value:
                if name.endswith("bias"):
                    net.copy_(torch.randint(-3, 4, net.shape, generator=g))
                    continue
                rows = torch.randint(net.shape[0], (net.shape[1],), generator=g)
                signs = torch.randint(0, 2, (net.shape[1],), generator=g) * 2.0 - 1
                net[rows, torch.arange(net.shape[1])] = signs


@needs_bf16
@pytest.mark.parametrize(("name", "blocks"), [("mlp", 0), ("mlp", 1), ("mlp", 4), ("resmlp", 2)])
def test_bf16_rounds_what_pytorch_s_way_rounds(name: str, blocks: int) -> None:
    """Whole numbers of up to ten bits: no sum is rounded, so every difference would be bf16's."""
    rung = rung_of(name, blocks, 37, 44, 1)
    data, g = fold_of(rung, "squared"), torch.Generator().manual_seed(4)
    x = torch.randint(-600, 601, data.x.shape, generator=g).float()
    y = torch.randint(-600, 601, data.y.shape, generator=g).float()
    data = replace(data, x=x, y=y, w=torch.ones(ROWS))
    wanted, found = first_gradients(rung, data, 16, sparse)
    for key, value in wanted.items():
        torch.testing.assert_close(found[key], value, rtol=1e-6, atol=0)
    fused = bank_of(rung, replace(RECIPE, weight_decay=0.0))
    sparse(fused)
    by_torch(fused, data, orders(1, 16), "squared")
    assert any(not torch.allclose(fused.m[k], v, rtol=1e-4) for k, v in wanted.items())


@needs_bf16
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_seen_in_bf16(bad: float) -> None:
    rung = rung_of("resmlp", 2)
    data = fold_of(rung, "cross_entropy")
    data.x[:, 3] = bad
    fused = bank_of(rung, replace(RECIPE, precision="bf16"))
    assert not torch.isfinite(by_kernels(fused, data, orders(3, 32), "cross_entropy")).any()


@pytest.mark.parametrize("way", native.kinds())
def test_bf16_goes_pytorch_s_way_where_a_kind_has_no_kernels(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(native.VARIABLE, way)
    fused = bank_of(rung_of("mlp", 2), replace(RECIPE, precision="bf16"))
    assert native.kind("bf16") == (way if way in BF16 else native.NONE)
    assert (native.chain_of(fused.rung, fused.recipe.precision) is not None) == (way in BF16)
    assert native.kind() == way


def test_there_is_always_pytorch_s_way() -> None:
    assert native.kinds()[-1] == native.kinds("bf16")[-1] == native.NONE


def test_what_makes_training_slower_is_said_unless_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(native.VARIABLE, raising=False)
    here = [*native.slower({"fp32"}), *native.slower({"bf16"})]
    assert len(here) == (2 * (not KINDS) + (not BF16))
    monkeypatch.setattr(native, "_module", lambda: None)  # as where no compiler was
    without, rounded = native.slower({"fp32", "bf16"})
    assert "without a C compiler" in without
    assert "bf16" in rounded
    assert list(native.slower({"fp32"})) == [without]
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    assert not list(native.slower({"fp32", "bf16"}))


def test_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(native.VARIABLE, "quick")
    with pytest.raises(ConfigError, match="HOWDEEP_KERNELS"):
        native.kind()


def test_nets_that_are_no_chains_go_pytorch_s_way() -> None:
    rung = replace(rung_of("mlp", 2), options=(("activation", "tanh"),))
    assert native.chain_of(rung) is None
    assert native.chain_of(rung_of("preln", 2)) is None
