"""What one more layer costs: parameters and FLOPs counted twice over, memory, and time."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params, stacked
from howdeep.claims._pictures import curves
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

DEPTHS = (1, 2, 4, 8, 16, 32)
COLUMNS, OUTPUTS, WIDTH, BATCH = 128, 10, 128, 256
WIDE = 1024  # units of the one layer that 16 layers of equal parameters are held against


def _sizes(lab: Lab) -> dict[str, tuple[int, int]]:
    """Layers and width of each net by its name."""
    found = {str(layers): (1 if lab.control else layers, WIDTH) for layers in DEPTHS}
    for layers in (1, 16):
        own = 1 if lab.control else layers
        found[f"equal {layers}"] = (own, _equal_width(own))
    return found


def _equal_width(layers: int) -> int:
    """The width at which a net has about the parameters of one layer of 1,024 units."""
    budget = (COLUMNS + OUTPUTS + 1) * WIDE + OUTPUTS
    return min(
        range(4, WIDE + 1),
        key=lambda w: abs((COLUMNS + OUTPUTS + 1) * w + (layers - 1) * (w + 1) * w - budget),
    )


def _net(lab: Lab, layers: int, width: int) -> tuple[Arm, Params, Tensor]:
    arm = chain(f"{layers}x{width}", COLUMNS, OUTPUTS, layers, width)
    params = stacked(arm, [lab.torch("start", layers, width)])
    live = {name: value.requires_grad_() for name, value in params.items()}
    return arm, live, torch.randn(1, BATCH, COLUMNS, generator=lab.torch("inputs"))


def _step(arm: Arm, params: Params, x: Tensor) -> None:
    total = arm.apply(params, x).square().mean()
    torch.autograd.grad(total, list(params.values()), allow_unused=True)


# ---- what is counted ----------------------------------------------------------------------------
def _counted(lab: Lab, layers: int, width: int) -> dict[str, int]:
    """Forward FLOPs are two a weight and row; a step has them three times, but no gradient for
    the inputs of the first layer.
    """
    arm, params, x = _net(lab, layers, width)
    with FlopCounterMode(display=False) as forward:
        arm.apply(params, x)
    with FlopCounterMode(display=False) as whole:
        _step(arm, params, x)
    first = COLUMNS * width
    products = first + (layers - 1) * width * width + width * OUTPUTS
    return {
        "parameters": sum(value.numel() for value in params.values()),
        "parameters by formula": products + layers * width + OUTPUTS,
        "flops": forward.get_total_flops(),
        "flops by formula": 2 * BATCH * products,
        "step": whole.get_total_flops(),
        "step by formula": 2 * BATCH * (3 * products - first),
        "bytes": _saved(arm, params, x),
    }


def _saved(arm: Arm, params: Params, x: Tensor) -> int:
    """Bytes of what the forward pass keeps for the backward pass, the parameters aside."""
    own = {value.untyped_storage().data_ptr() for value in params.values()}
    seen: dict[int, int] = {}

    def keep(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage.data_ptr() not in own:
            seen[storage.data_ptr()] = storage.nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        arm.apply(params, x)
    return sum(seen.values())


def _timed(lab: Lab, rounds: int) -> dict[str, list[float]]:
    """Processor seconds of a step by net and round: nets take turns, the fastest of four counts."""
    nets = {name: _net(lab, *size) for name, size in _sizes(lab).items()}
    found: dict[str, list[float]] = {name: [] for name in nets}
    for at in range(rounds + 1):
        for name, net in nets.items():
            best = math.inf
            for _ in range(4):
                start = time.thread_time()
                _step(*net)
                best = min(best, time.thread_time() - start)
            if at:  # the first round warms up
                found[name].append(round(best, 7))
    return found


# ---- the experiment -----------------------------------------------------------------------------
def _measure(lab: Lab) -> Measured:
    nets = {
        name: lab.kept(
            "counted", lambda layers, width: _counted(lab, layers, width), layers=size[0],
            width=size[1],
        )
        for name, size in _sizes(lab).items()
    }  # fmt: skip
    seconds = lab.kept("timed", lambda rounds: _timed(lab, rounds), rounds=lab.by(40, 120))
    agree = all(
        one[what] == one[f"{what} by formula"]
        for one in nets.values()
        for what in ("parameters", "flops", "step")
    )
    sizes = nets["equal 16"]["parameters"] / nets["equal 1"]["parameters"]
    return Measured(
        {
            "flops": Effect((nets["32"]["flops"] / nets["1"]["flops"],), exact=True),
            "memory": Effect((nets["32"]["bytes"] / nets["1"]["bytes"],), exact=True),
            "time": Effect(tuple(_ratios(seconds, "32", "1"))),
            "equal_time": Effect(tuple(_ratios(seconds, "equal 16", "equal 1"))),
            "agree": Effect((float(agree),), exact=True),
            "equal": Effect((0.02 - abs(sizes - 1),), exact=True),
            "exponent": Effect(tuple(_exponents(seconds))),
        },
        {"nets": nets, "seconds": seconds},
    )


def _ratios(seconds: Mapping[str, list[float]], a: str, b: str) -> list[float]:
    return [x / y for x, y in zip(seconds[a], seconds[b], strict=True)]


def _exponents(seconds: Mapping[str, list[float]]) -> list[float]:
    """Slopes of log time over log depth from the third depth on, one for each round."""
    logs = np.log(DEPTHS[2:])
    rounds = zip(*(seconds[str(n)] for n in DEPTHS[2:]), strict=True)
    return [float(np.polyfit(logs, np.log(own), 1)[0]) for own in rounds]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    nets, at = shown["nets"], {n: math.log2(n) for n in DEPTHS}
    lines = {
        name: [(at[n], [nets[str(n)][key] / nets["1"][key]]) for n in DEPTHS]
        for name, key in (("FLOPs", "flops"), ("memory", "bytes"))
    } | {"time of a step": [(at[n], _ratios(shown["seconds"], str(n), "1")) for n in DEPTHS]}
    return (
        curves("cost", f"Cost of training at a width of {WIDTH}", lines, "hidden layers",
               "times that of one layer", ticks=[(at[n], str(n)) for n in DEPTHS], log_y=True),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    nets, seconds = shown["nets"], shown["seconds"]

    def times(key: str, deep: str, one: str) -> str:
        return f"{nets[deep][key] / nets[one][key]:.3g} times"

    def longer(deep: str, one: str) -> str:
        return f"{np.median(_ratios(seconds, deep, one)):.3g} times"

    power = float(np.median(_exponents(seconds)))
    return (
        f"At one width, 32 hidden layers have {times('parameters', '32', '1')} the parameters of "
        f"one, {times('flops', '32', '1')} its FLOPs, {times('bytes', '32', '1')} the memory that "
        f"is kept for the backward pass and {longer('32', '1')} the time of a step; from 4 layers "
        f"on, time goes with depth to the power {power:.2f}. At equal parameters, 16 layers have "
        f"{times('flops', 'equal 16', 'equal 1')} the FLOPs of one, "
        f"{times('bytes', 'equal 16', 'equal 1')} the memory and "
        f"{longer('equal 16', 'equal 1')} the time."
    )


CLAIM = Claim(
    title="Depth costs compute, memory and time",
    rows=(3, 37, 80),
    quotes=(
        Quote("A", "Deeper networks usually require more computational power and memory."),
        Quote("A", "They might have longer training times compared to shallow networks."),
        Quote(
            "C",
            "It achieves high performance on complex problems but incurs significant computational "
            "costs",
        ),
    ),
    statement="At one width, 32 hidden layers need more than eight times the FLOPs, memory and "
    "time of one; at equal parameters, 16 layers take clearly longer than one.",
    conditions=f"Plain nets on {BATCH} rows of {COLUMNS} numbers, {WIDTH} units a layer, or as "
    f"many parameters as one layer of {WIDE:,}; FLOPs by formula and by PyTorch's counter; the "
    "time of one thread, nets take turns.",
    measure=_measure,
    expects=(
        Expect("flops", "at one width 32 layers need over eight times the FLOPs of one",
               8.0, "times"),
        Expect("memory", "at one width 32 layers keep over eight times the memory of one for the "
               "backward pass", 8.0, "times"),
        Expect("time", "at one width a step of 32 layers takes over eight times as long as of one",
               8.0, "times"),
        Expect("equal_time", "at equal parameters a step of 16 layers takes over 1.25 times as "
               "long as of one", 1.25, "times"),
    ),
    controls=(
        Expect("agree", "parameters and FLOPs are the same by formula and by count", 0.5),
        Expect("equal", "the parameters that are to be equal are so within 2 %", 0.0),
    ),
    also=(
        Expect("exponent", "time grows with depth to a power of over 0.8 from 4 layers on", 0.8),
    ),
    swap="nets of one hidden layer under every name",
    literature=(
        Reference("He and Sun", 2015, "Convolutional neural networks at constrained time cost "
                  "(CVPR): depth against width and filters at equal time"),
        Reference("Goyal et al.", 2022, "Non-deep networks (NeurIPS): layers follow one another, "
                  "so that depth sets a least time"),
    ),
    picture=_picture,
    reading=_reading,
    change="A machine on which a step of 32 layers takes less than eight times as long: one that "
    "spends its time on starting work and not on sums.",
    order=610,
    alone=True,
)  # fmt: skip
