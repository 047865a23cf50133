"""Nets with a planted fault: by architecture, fault, place, size and grade."""

from __future__ import annotations

import random
from collections.abc import Callable

import nets_of_all_kinds as make
import torch
from planted_case import USUAL, Case, healthy, progress
from torch import Tensor, nn
from torch.nn import functional as F

Maker = Callable[[int, random.Random, bool], Case]  # seed, chance, the half that is reported


def faulty_case(half: str, number: int, again: int = 0) -> Case:
    """A net with a fault by its number: all faults in turns. `again`: another seed and a stronger
    grade, where one did not hurt.
    """
    name = list(FAULTS)[number % len(FAULTS)]
    seed = number + 7_919 * again + (2_000 if half == "fit" else 390_000)
    draw = random.Random(f"{seed} {name}")
    case = FAULTS[name](seed, draw, half == "report")
    if not case.rate and not case.sure and draw.random() < 0.5:
        case = case.but(rate=USUAL[case.optimizer])  # said, and judged as well
    return case.but(name=f"{half}/{name}/{number}: {case.name}", fault=name)


def base(seed: int, r: random.Random, report: bool, acts: tuple[str, ...], depths: tuple[int, ...],
         start: str = "right", images: bool = True,
         ) -> tuple[nn.Sequential, make.Data, str]:  # fmt: skip
    """A plain net without norms, fully connected or (one in three) convolutional."""
    act, depth = r.choice(acts), r.choice(depths)
    if images and r.random() < 1 / 3:
        data = make.stripes(seed) if report else make.images(seed)
        net = make.cnn(data, min(depth, 8), r.choice((8, 12)), act, seed, start=start)
        return net, data, f"conv of {min(depth, 8)}, {act}"
    data = (make.rings if report else make.blobs)(seed)
    net = make.mlp(data, depth, r.choice((32, 48, 64)), act, seed, start)
    return net, data, f"{depth} layers of {act}"


def scaled(net: nn.Module, times: float, at: int | None = None) -> None:
    """Weights of all hidden layers, or of one, times a factor."""
    with torch.no_grad():
        for i, layer in enumerate(list(make.weighted(net))[:-1]):
            if at is None or i == at:
                layer.weight.mul_(times)


def many(net: nn.Module) -> int:
    return len(list(make.weighted(net)))


def spliced(net: nn.Sequential, after: int, what: nn.Module) -> tuple[nn.Sequential, int]:
    """The net with something behind the activation of its layer of this number, and that number."""
    parts = list(net)
    layers = [i for i, part in enumerate(parts) if isinstance(part, nn.Linear | nn.Conv2d)]
    at = layers[after] + 2
    return nn.Sequential(*parts[:at], what, *parts[at:]), after


class Call(nn.Module):
    """A function as a layer."""

    def __init__(self, does: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.does = does

    def forward(self, x: Tensor) -> Tensor:
        return self.does(x)


def near(at: int) -> tuple[int, int]:
    return at - 1, at + 1


# ---- faults of the signal -----------------------------------------------------------------------
def vanishing(seed: int, r: random.Random, report: bool) -> Case:
    how = r.choice(("sigmoid", "start", "small", "one"))
    if how == "sigmoid":
        net, data, name = base(seed, r, report, ("sigmoid",), (6, 10, 10, 20), "torch", False)
    elif how == "start":
        acts = ("gelu", "silu") if report else ("relu",)
        net, data, name = base(seed, r, report, (*acts, "relu"), (20, 30), "torch", False)
    elif how == "small":
        acts = ("elu", "hardtanh") if report else ("tanh", "relu")
        net, data, name = base(seed, r, report, acts, (14, 20), images=False)
        scaled(net, r.choice((0.3, 0.4)))
    else:
        net, data, name = base(
            seed, r, report, ("leaky",) if report else ("relu",), (16, 20), images=False
        )
        scaled(net, 0.5)
    return healthy(f"{name}, {how}", net, data, places=(0, 1))


def exploding(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "leaky", "relu6x") if report else ("relu", "none")
    acts = tuple(a for a in acts if a != "relu6x")
    one = r.random() < 0.3
    net, data, name = base(seed, r, report, acts, (8,) if one else (10, 16, 20))
    if one:
        at = r.randrange(1, many(net) - 1)
        scaled(net, r.choice((1e3, 1e4)), at)
        return healthy(f"{name}, one layer", net, data, places=near(at))
    scaled(net, r.choice((1.8, 2.0, 3.0)) if not isinstance(net[0], nn.Conv2d) else 4.0)
    return healthy(f"{name}, all", net, data, places=(many(net) - 2, many(net) - 1))


def dead(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("relu6",) if report else ("relu",)
    net, data, name = base(seed, r, report, acts, (3, 5, 8))
    at = r.randrange(0, many(net) - 1)
    share = r.choice((1.0, 1.0, 0.96))
    layer = list(make.weighted(net))[at]
    with torch.no_grad():
        layer.bias[: max(1, round(share * len(layer.bias)))] = -r.choice((20.0, 50.0))
    return healthy(f"{name}, {share:.0%} of layer {at}", net, data, places=near(at))


def saturation(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("sigmoid", "hardtanh") if report else ("tanh",)
    one = r.random() < 0.5
    net, data, name = base(seed, r, report, acts, (3, 4) if one else (5, 8))
    at = r.randrange(0, many(net) - 1) if one else None
    with torch.no_grad():
        if one and r.random() < 0.5:
            bias = list(make.weighted(net))[at].bias  # type: ignore[index]
            bias.copy_(
                r.choice((12.0, 20.0)) * torch.where(torch.arange(len(bias)) % 2 == 0, 1, -1)
            )
        else:
            scaled(net, r.choice((20.0, 40.0)) if one else r.choice((10.0, 16.0)), at)
    place = near(at) if at is not None else (0, many(net) - 2)
    return healthy(f"{name}, {'one layer' if one else 'all'}", net, data, places=place)


def rank_collapse(seed: int, r: random.Random, report: bool) -> Case:
    """All rows on one line from some layer on; or so many ReLUs that all rows look alike."""
    if r.random() < 0.3:
        net, data, name = base(seed, r, report, ("relu",), (50, 70), images=False)
        end = many(net) - 1
        return healthy(f"{name}, too many", net, data, places=(end - 2, end), rate=3e-3)
    acts = ("gelu", "elu", "leaky") if report else ("relu", "tanh")
    net, data, name = base(seed, r, report, acts, (5, 7), images=False)
    at = r.randrange(1, many(net) - 2)
    with make.seeded(seed), torch.no_grad():
        for layer in list(make.weighted(net))[at:-1]:
            flat = layer.weight.flatten(1)
            one = torch.outer(torch.randn(flat.shape[0]), torch.randn(flat.shape[1]))
            noise = r.choice((0.0, 1e-3)) * torch.randn(flat.shape)
            layer.weight.copy_(((one + noise) * flat.norm() / one.norm()).view_as(layer.weight))
    optimizer = r.choice(("sgd", "momentum", "adam"))
    return healthy(f"{name}, from layer {at} on", net, data, places=near(at), optimizer=optimizer)


def input_scale(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "silu", "sigmoid") if report else ("relu", "tanh")
    net, data, name = base(seed, r, report, acts, (1, 2, 3), r.choice(("right", "torch")))
    how = r.choice(("large", "small", "off", "one"))
    (x, y), right = data.train, data.train
    if how == "large":
        x = x * r.choice((100.0, 1000.0))
    elif how == "small":
        x = x * r.choice((1e-3, 1e-4))
    elif how == "off":
        x = x + r.choice((100.0, 300.0))
    else:
        wide = torch.ones(x.shape[1])
        wide[0] = r.choice((1e3, 1e4))
        x = x * wide.reshape(1, -1, *[1] * (x.ndim - 2))
    case = healthy(f"{name}, {how}", net, data, optimizer=r.choice(("adam", "sgd")))
    return case.but(train=(x, y), twin=right, places=(0, 1))


def wrong_start(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "elu", "sigmoid", "selu") if report else ("relu", "tanh", "leaky")
    net, data, name = base(seed, r, report, acts, (4, 6), images=False)
    size = r.choice((1.0, 1.0, 0.02, 0.005))
    with make.seeded(seed):
        for layer in make.weighted(net):
            nn.init.normal_(layer.weight, 0, size)
            nn.init.zeros_(layer.bias)
    return healthy(f"{name}, normal of {size}", net, data)


def zero_start(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "sigmoid") if report else ("relu", "tanh")
    net, data, name = base(seed, r, report, acts, (2, 3, 5))
    how = r.choice(("zero", "constant", "one layer alike"))
    layers = list(make.weighted(net))
    at = 0
    with torch.no_grad():
        if how == "one layer alike":
            at = r.randrange(0, len(layers) - 1)
            for layer, side in ((layers[at], 0), (layers[at + 1], 1)):
                alike = layer.weight.select(side, 0).unsqueeze(side)
                layer.weight.copy_(alike.expand_as(layer.weight).clone())
                if layer.weight.ndim == 2 and side == 1 and layers[at].weight.ndim == 4:
                    layer.weight.copy_(layer.weight[:, :1].expand_as(layer.weight).clone())
        else:
            for layer in layers:
                layer.weight.fill_(0.0 if how == "zero" else r.choice((0.1, 0.05)))
                layer.bias.zero_()
    return healthy(f"{name}, {how}", net, data, places=near(at), sure=True)


# ---- faults of training -------------------------------------------------------------------------
def rate_high(seed: int, r: random.Random, report: bool) -> Case:
    case = _base_of_rates(seed, r, report)
    rates = {"adam": (0.3, 1.0, 10.0), "momentum": (3.0, 30.0), "sgd": (20.0, 100.0)}
    return case.but(rate=r.choice(rates[case.optimizer]))


def rate_low(seed: int, r: random.Random, report: bool) -> Case:
    case = _base_of_rates(seed, r, report)
    rates = {"adam": (1e-6, 3e-6, 1e-7), "momentum": (1e-6, 1e-5), "sgd": (1e-5, 1e-4)}
    return case.but(rate=r.choice(rates[case.optimizer]))


def _base_of_rates(seed: int, r: random.Random, report: bool) -> Case:
    if report and r.random() < 0.4:
        data = make.tokens(seed)
        net: nn.Module = make.transformer(data, r.choice((1, 2)), 16, seed)
        return healthy("transformer", net, data)
    if not report and r.random() < 0.3:
        data = make.blobs(seed)
        return healthy("residual", make.resmlp(data, 5, 32, "relu", seed), data)
    net, data, name = base(
        seed, r, report, ("gelu", "silu") if report else ("relu", "tanh"), (1, 2, 4)
    )
    optimizer = r.choice(("adam", "momentum", "sgd"))
    return healthy(f"{name}, {optimizer}", net, data, optimizer=optimizer)


def batch_norm(seed: int, r: random.Random, report: bool) -> Case:
    """Norms behind weights of another scale, which matters to their statistics alone."""
    data = (make.stripes if report else make.images)(seed)
    if report and r.random() < 0.4:
        net: nn.Module = make.resnet(data, r.choice((1, 2)), 8, seed)
    else:
        net = make.cnn(data, r.choice((2, 3, 4)), 8, "silu" if report else "relu", seed, "batch")
    how = r.choice(("never", "slow", "other data", "lost"))
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    times = r.choice((0.02, 30.0))
    with torch.no_grad():
        for layer in list(make.weighted(net))[:-1]:
            layer.weight.mul_(times)
    case = healthy(f"{how}", net, data)
    if how in ("never", "slow"):
        for module in norms:
            module.momentum = 0.0 if how == "never" else 1e-4
        return case
    progress(case, net, 3e-3, 120)
    with torch.no_grad():
        for module in norms:
            if how == "lost":
                module.reset_running_stats()
            else:
                module.running_mean += r.choice((3.0, 5.0)) * module.running_var.sqrt()  # type: ignore[union-attr,operator]
                module.running_var *= 9  # type: ignore[operator]
    return case


def unreached(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "tanh") if report else ("relu", "elu")
    net, data, name = base(seed, r, report, acts, (3, 4, 6))
    at = r.randrange(0, many(net) - 1)
    how = r.choice(("detach", "no_grad", "numpy", "sign"))
    does: dict[str, Callable[[Tensor], Tensor]] = {
        "detach": lambda x: x.detach(),
        "no_grad": lambda x: x.data,
        "numpy": lambda x: torch.from_numpy(x.detach().numpy().copy()),
        "sign": torch.sign if report else torch.round,
    }
    net, at = spliced(net, at, Call(does[how]))
    return healthy(f"{name}, {how} behind layer {at}", net, data, places=near(at), sure=True)


def frozen(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "silu") if report else ("relu", "tanh")
    net, data, name = base(seed, r, report, acts, (3, 4, 6))
    layers = list(make.weighted(net))
    how = r.choice(("middle", "end", "not given"))
    at = len(layers) - 1 if how == "end" else r.randrange(1, len(layers))
    case = healthy(f"{name}, {how}", net, data, places=near(at), sure=True)
    if how == "not given":
        names = {id(p): n for n, p in net.named_parameters()}
        return case.but(left_out=tuple(names[id(p)] for p in layers[at].parameters()), rate=3e-3)
    layers[at].requires_grad_(False)
    return case


# ---- faults of loss and data --------------------------------------------------------------------
def loss_fit(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "silu") if report else ("relu", "tanh")
    how = r.choice(("softmax", "sigmoid before softmax", "sigmoid", "raw nll", "nll of shares",
                    "all pairs", "refused", "range", "relu"))  # fmt: skip
    if how in ("softmax", "sigmoid before softmax", "raw nll", "nll of shares", "relu"):
        net, data, name = base(seed, r, report, acts, (1, 2, 4))
        loss = F.nll_loss if "nll" in how else F.cross_entropy
        end = {"softmax": nn.Softmax(1), "sigmoid before softmax": Call(torch.sigmoid),
               "relu": nn.ReLU(), "nll of shares": nn.Softmax(1)}.get(how)  # fmt: skip
    else:
        data = make.numbers(seed) if how in ("all pairs", "range") else make.yes_no(seed)
        name, loss = "two layers", data.loss
        net = make.mlp(data, 2, 48, acts[0], seed)
        end = {"sigmoid": nn.Sigmoid(), "range": r.choice((nn.Sigmoid(), nn.Tanh()))}.get(how)
        if how == "refused":
            loss = F.binary_cross_entropy
        if how == "all pairs":
            loss, data = _pairs, make.Data((data.train[0], data.train[1][:, 0]), data.test, _pairs,
                                           1, data.shape, data.kind)  # fmt: skip
    if end is not None:
        net = nn.Sequential(net, end)
    last = many(net) - 1
    return healthy(f"{name}, {how}", net, data, places=near(last), sure=True).but(loss=loss)


def _pairs(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().mean()


def labels_constant(seed: int, r: random.Random, report: bool) -> Case:
    case = _base_of_rates(seed, r, report)
    return case.but(train=(case.train[0], torch.full_like(case.train[1], 1)), sure=True)


def labels_shuffled(seed: int, r: random.Random, report: bool) -> Case:
    case = _base_of_rates(seed, r, report)
    with make.seeded(seed):
        y = case.train[1][torch.randperm(len(case.train[1]))]
    return case.but(train=(case.train[0], y), sure=True)


def duplicates(seed: int, r: random.Random, report: bool) -> Case:
    net, data, name = base(seed, r, report, ("gelu",) if report else ("relu",), (1, 2))
    share = r.choice((0.05, 0.2, 0.5))
    x, y = (part.clone() for part in data.test)
    n = max(3, round(share * len(y)))
    x[:n], y[:n] = data.train[0][:n], data.train[1][:n]
    case = healthy(f"{name}, {share:.0%}", net, data, sure=True)
    return case.but(test=(x, y))


def nan(seed: int, r: random.Random, report: bool) -> Case:
    acts = ("gelu", "silu") if report else ("relu", "tanh")
    net, data, name = base(seed, r, report, acts, (3, 4, 6))
    how = r.choice(("log", "quotient", "root", "rows", "targets", "weights", "overflow"))
    at = r.randrange(0, many(net) - 1)
    case = healthy(f"{name}, {how}, {at}", net, data, sure=True, places=near(at))
    if how == "rows":
        x = data.train[0].clone()
        x.view(-1)[:: r.choice((997, 61))] = float("nan")
        return case.but(train=(x, data.train[1]), places=(0, 0))
    if how == "targets":
        numbers = make.numbers(seed)
        y = numbers.train[1].clone()
        y[::50] = float("nan")
        one = healthy("targets", make.mlp(numbers, 2, 32, acts[0], seed), numbers, sure=True)
        return one.but(train=(numbers.train[0], y))
    if how == "weights":
        with torch.no_grad():
            list(make.weighted(net))[at].weight.view(-1)[3] = float("inf")
        return case
    does: dict[str, Callable[[Tensor], Tensor]] = {
        "log": lambda x: torch.log(x - x.mean()),
        "quotient": lambda x: x / (x - x),
        "root": lambda x: x + torch.sqrt(x - x),
        "overflow": lambda x: torch.exp(200 * x.abs()) - torch.exp(200 * x.abs()),
    }
    net, at = spliced(net, at, Call(does[how]))
    return case.but(net=net, places=near(at))


FAULTS: dict[str, Maker] = {
    make_.__name__: make_
    for make_ in (
        nan, loss_fit, labels_constant, zero_start, unreached, frozen, batch_norm, input_scale,
        dead, saturation, exploding, vanishing, rank_collapse, wrong_start, rate_high, rate_low,
        labels_shuffled, duplicates,
    )
}  # fmt: skip
