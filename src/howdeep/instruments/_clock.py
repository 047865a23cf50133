"""Wall-clock time and energy of passes; what they give is another number every time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import nn

from howdeep.instruments._trace import hooked
from howdeep.instruments._values import number

RAPL = Path("/sys/class/powercap")  # of Linux: joules that the processor counts
WARM = 3  # passes before the clock runs
CONFIDENCE = 0.95
ENOUGH = 20  # passes from which the slowest twentieth can be named


def seconds(run: Callable[[], object], times: int) -> list[float]:
    """How long each of so many runs takes, after some that are not counted."""
    for _ in range(WARM):
        run()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return found


def spread(found: Sequence[float]) -> dict[str, float | None]:
    """Median with its 95 % interval by order statistics (Conover 1999, sec. 3.2), and the time that
    19 of 20 runs keep to, where there are at least 20.

    >>> spread([1.0] * 30)["p50"], spread([1.0] * 5)["p95"]
    (1.0, None)
    """
    ordered, n = np.sort(found), len(found)
    low, high = stats.binom.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], n, 0.5).astype(int)
    return {
        "p50": number(np.median(ordered)),
        "low": number(ordered[max(low - 1, 0)]),
        "high": number(ordered[min(high, n - 1)]),
        "p95": number(np.quantile(ordered, 0.95)) if n >= ENOUGH else None,
        "passes": n,
    }


def layer_seconds(
    net: nn.Module, layers: Sequence[tuple[str, nn.Module]], run: Callable[[], object], times: int
) -> dict[str, float | None]:
    """The median time within each layer in a pass; what is called twice counts both calls."""
    spent: dict[str, list[float]] = {name: [] for name, _ in layers}
    begun: dict[str, float] = {}

    def before(name: str) -> Any:
        return lambda *_: begun.__setitem__(name, time.perf_counter())

    def after(name: str) -> Any:
        def hook(*_: Any) -> None:
            spent[name][-1] += time.perf_counter() - begun[name]

        return hook

    handles = [module.register_forward_pre_hook(before(name)) for name, module in layers]
    handles += [module.register_forward_hook(after(name)) for name, module in layers]
    with hooked(handles):
        for _ in range(WARM + times):
            for values in spent.values():
                values.append(0.0)
            run()
    return {name: number(np.median(values[WARM:])) for name, values in spent.items()}


def joules(run: Callable[[], object], times: int, folder: Path = RAPL) -> float | None:
    """Energy of a run by the processor's own counter; `None` where there is none to be read."""
    counters = sorted(folder.glob("intel-rapl:[0-9]")) if folder.is_dir() else []
    before = [_micro(counter) for counter in counters]
    if not before or None in before:
        return None
    for _ in range(times):
        run()
    total = 0
    for counter, start in zip(counters, before, strict=True):
        end = _micro(counter)
        if end is None or start is None:
            return None
        if end < start:  # it began anew
            end += _micro(counter, "max_energy_range_uj") or 0
        total += end - start
    return total / 1e6 / times


def threads() -> int:
    """How many cores a pass may use."""
    return torch.get_num_threads()


def _micro(counter: Path, name: str = "energy_uj") -> int | None:
    try:
        return int((counter / name).read_text())
    except (OSError, ValueError):
        return None  # some systems let only their administrator read it
