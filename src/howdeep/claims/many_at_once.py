"""How much faster a GPU trains; and many small nets as one tensor program, on any device."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params, stacked
from howdeep.claims._pictures import curves
from howdeep.claims._train import loss
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

COLUMNS, OUTPUTS, BATCH = 40, 10, 64
DEPTHS = (1, 2, 4, 8)  # hidden layers of the small nets
SMALL, MANY, LARGE = 32, 32, 1024  # units of a small net, how many, and units of a large net
RATE = 0.05
Step = Callable[[], None]


def _arm(layers: int, width: int) -> Arm:
    return chain(f"{layers}x{width}", COLUMNS, OUTPUTS, layers, width)


def _rows(lab: Lab, nets: int, rows: int = BATCH) -> tuple[Tensor, Tensor]:
    g = lab.torch("rows", nets, rows)
    x = torch.randn(nets, rows, COLUMNS, generator=g)
    return x, torch.randint(OUTPUTS, (nets, rows), generator=g)


def _step(arm: Arm, params: Params, x: Tensor, y: Tensor) -> None:
    """One step of gradient descent, in place, of all nets in the parameters."""
    total = loss(arm.apply(params, x), y, OUTPUTS).sum()
    grads = torch.autograd.grad(total, list(params.values()), allow_unused=True)
    with torch.no_grad():
        for value, grad in zip(params.values(), grads, strict=True):
            if grad is not None:
                value.sub_(RATE * grad)


def _live(params: Params, device: str = "cpu") -> Params:
    return {n: v.detach().clone().to(device).requires_grad_() for n, v in params.items()}


# ---- many small nets ----------------------------------------------------------------------------
def _small(lab: Lab, layers: int, rounds: int) -> dict[str, Any]:
    """Processor seconds by round, nets together and one after another; how far they end apart."""
    arm, (x, y) = _arm(layers, SMALL), _rows(lab, MANY)
    start = stacked(arm, [lab.torch("start", layers, at) for at in range(MANY)])
    whole = _live(start)
    each = [_live({n: v[at : at + 1] for n, v in start.items()}) for at in range(MANY)]
    parts = [(x[at : at + 1], y[at : at + 1]) for at in range(MANY)]

    def together() -> None:
        _step(arm, whole, x, y)

    def apart() -> None:
        for params, (a, b) in zip(each, parts, strict=True):
            _step(arm, params, a, b)

    found = _turns({"together": together, "apart": apart}, rounds, time.thread_time)
    ends = [max(float((torch.cat([p[n] for p in each]) - value).detach().abs().max())
                for n, value in whole.items() if value.numel())]  # fmt: skip
    return {**found, "differ": max(ends)}


def _turns(
    steps: Mapping[str, Step], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Seconds of each by round: they take turns, the fastest of three counts; one round first."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for at in range(rounds + 1):
        for name, step in steps.items():
            best = math.inf
            for _ in range(3):
                start = clock()
                step()
                best = min(best, clock() - start)
            if at:
                found[name].append(round(best, 7))
    return found


# ---- a GPU --------------------------------------------------------------------------------------
def _gpu(lab: Lab, kind: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of a step by round on all cores and on the GPU, or on the cores again (control)."""
    layers, width, nets, rows = (4, LARGE, 1, 1024) if kind == "large" else (4, SMALL, 1, BATCH)
    arm, (x, y) = _arm(layers, width), _rows(lab, nets, rows)
    start = stacked(arm, [lab.torch("start", kind, at) for at in range(nets)])
    other = "cpu" if lab.control else "cuda"

    def on(device: str) -> Step:
        params, a, b = _live(start, device), x.to(device), y.to(device)

        def step() -> None:
            _step(arm, params, a, b)
            if device == "cuda":
                torch.cuda.synchronize()

        return step

    with _all_cores():
        return _turns({"cores": on("cpu"), "gpu": on(other)}, rounds, time.perf_counter)


@contextmanager
def _all_cores() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# ---- the experiment -----------------------------------------------------------------------------
def _measure(lab: Lab) -> Measured:
    rounds = lab.by(12, 40)
    small = {
        str(layers): lab.kept(
            "small", lambda layers, rounds: _small(lab, layers, rounds), layers=layers,
            rounds=rounds,
        )
        for layers in DEPTHS
    }  # fmt: skip
    there = torch.cuda.is_available() or lab.control
    gpu = {
        kind: lab.kept("gpu", lambda kind, rounds: _gpu(lab, kind, rounds), kind=kind,
                       rounds=lab.by(4, 12))
        for kind in ("large", "small") if there
    }  # fmt: skip
    return Measured(
        {
            "gpu": Effect(tuple(_faster(gpu["large"], "cores", "gpu")) if there else ()),
            "gpu_small": Effect(tuple(_faster(gpu["small"], "cores", "gpu")) if there else ()),
            "together": Effect(tuple(_faster(small["2"], "apart", "together"))),
            "same": Effect((1e-3 - max(one["differ"] for one in small.values()),), exact=True),
        },
        {"small": small, "gpu": gpu},
    )


def _faster(seconds: Mapping[str, Sequence[float]], slow: str, fast: str) -> list[float]:
    return [a / b for a, b in zip(seconds[slow], seconds[fast], strict=True)]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    name = f"{MANY} small nets as one program, one core"
    lines = {
        name: [(float(i), _faster(shown["small"][str(n)], "apart", "together"))
               for i, n in enumerate(DEPTHS)]
    }  # fmt: skip
    return (
        curves("many", "How much faster than one after another", lines, "hidden layers", "times",
               ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)], levels={"as fast": 1.0}),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    many = ", ".join(
        f"{np.median(_faster(shown['small'][str(n)], 'apart', 'together')):.2g}" for n in DEPTHS
    )
    said = "No GPU here: that part is not measured."
    if shown["gpu"]:
        large, small = (
            float(np.median(_faster(shown["gpu"][kind], "cores", "gpu")))
            for kind in ("large", "small")
        )
        said = (
            f"A step of four layers of {LARGE:,} units takes all cores {large:.3g} times as long "
            f"as the GPU, and one of four layers of {SMALL} units {small:.3g} times."
        )
    return (
        f"{said} On one core, {MANY} nets of {SMALL} units as one tensor program train {many} "
        f"times as fast as one after another, with {', '.join(map(str, DEPTHS))} hidden layers."
    )


CLAIM = Claim(
    title="A GPU trains ten times faster",
    rows=(46,),
    quotes=(
        Quote("B", "GPUs and specialized hardware (e.g., TPUs) allow faster training of deep "
              "models."),
        Quote("C", "with a factor of 10 improvement over powerful CPUs"),
    ),
    statement="A GPU trains a large net over ten times as fast as all cores of the processor "
    "next to it.",
    conditions=f"Steps of gradient descent on 1,024 rows, four hidden layers of {LARGE:,} units, "
    f"by the clock, on the GPU and on all cores; next to it {MANY} nets of {SMALL} units as one "
    "tensor program and one after another, on one core.",
    measure=_measure,
    expects=(
        Expect("gpu", "a GPU takes a step of a large net over ten times as fast as all cores of "
               "the processor", 10.0, "times"),
    ),
    controls=(
        Expect("same", "nets that are trained as one program end where they end alone, to 0.001",
               0.0),
    ),
    also=(
        Expect("gpu_small", "a GPU takes a step of one small net faster than all cores as well",
               1.0, "times"),
        Expect("together", f"{MANY} small nets of two layers train over twice as fast as one "
               "program than one after another, on one core", 2.0, "times"),
    ),
    swap="the processor in the place of the GPU",
    literature=(
        Reference("Raina, Madhavan and Ng", 2009, "Large-scale deep unsupervised learning using "
                  "graphics processors (ICML): up to 70 times faster"),
        Reference("Lee et al.", 2010, "Debunking the 100X GPU vs. CPU myth (ISCA): 2.5 times on "
                  "average where both are tuned"),
    ),
    picture=_picture,
    reading=_reading,
    change="Another GPU, another processor, or nets so small that starting the work takes longer "
    "than the work.",
    order=620,
    alone=True,
)  # fmt: skip
