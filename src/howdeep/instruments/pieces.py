"""How many linear pieces a net of ReLU and its kind has along paths: what depth can fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor, nn

from howdeep.instruments import _pieces_page
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._regions import pieces, why_not
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._trace import trace
from howdeep.instruments._values import number

CONFIDENCE = 0.95
UNITS = 20_000  # a path has about as many borders, each of them found by dozens of passes
MANY, FEW = 2_000, 4  # above so many units, so many paths
ONLY = "pieces are counted of piecewise-linear nets alone"


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Mean numbers of linear pieces, each with `low` and `high`: `pairs`, along straight paths from
    one unseen row to another; `directions`, as far from rows the other way, in random directions;
    `start`, along the same pairs in an untrained net, where one can be made. `units`: how many
    switch.
    """
    rows = subject.unseen
    units = _units(subject.net, rows)
    count = max(2, min(effort.draws, FEW) if units > MANY else effort.draws)
    pairs, away = _pairs(rows, count), _directions(rows, count)
    values: dict[str, Any] = {
        "paths": len(pairs[0][0]),
        "units": units,
        "pairs": _mean(pieces(subject.net, *pairs)),
        "directions": _mean(pieces(subject.net, *away)),
        "start": None,
    }
    if subject.fresh is not None:
        values["start"] = _mean(pieces(subject.fresh(0), *pairs))
    return values


Ends = tuple[tuple[Tensor, ...], tuple[Tensor, ...]]


def _pairs(rows: Rows, count: int) -> Ends:
    """Paths between drawn rows, each row in one path while there are enough."""
    drawn = np.random.default_rng(0).permutation(len(rows))
    drawn = np.resize(drawn, 2 * count)
    first, second = (rows.take(torch.from_numpy(drawn[i::2].copy())) for i in (0, 1))
    return first.inputs, second.inputs


def _directions(rows: Rows, count: int) -> Ends:
    """Paths from drawn rows in normal directions, as long as those between two rows are."""
    first, second = _pairs(rows, count)
    made = torch.Generator().manual_seed(0)
    ends = []
    for a, b in zip(first, second, strict=True):
        way = torch.randn(a.shape, generator=made)
        size = (b - a).flatten(1).norm(dim=1) / way.flatten(1).norm(dim=1)
        ends.append(a + way * size.reshape(-1, *[1] * (a.ndim - 1)))
    return first, tuple(ends)


def _mean(counts: list[int]) -> dict[str, Any]:
    """The mean over paths with its interval of Student's t."""
    values = np.array(counts, dtype=float)
    error = values.std(ddof=1) / len(values) ** 0.5
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)) * error
    mean = float(values.mean())
    return {
        "mean": number(mean), "low": number(max(1.0, mean - half)), "high": number(mean + half),
        "counts": counts,
    }  # fmt: skip


def _units(net: nn.Module, rows: Rows) -> int:
    with untouched(net):
        found = trace(net, rows.take(torch.arange(1)))
    return sum(site.output[0].numel() for site in found.of("activation"))


def _suits(subject: Subject) -> str:
    if len(subject.unseen) < 2:
        return "a path needs two rows"
    with untouched(subject.net):
        why = why_not(subject.net, subject.unseen)
    if why:
        return f"{why}; {ONLY}"
    units = _units(subject.net, subject.unseen)
    return f"{units:,} units switch; {UNITS:,} at most can be followed" if units > UNITS else ""


INSTRUMENT = Instrument(
    "pieces", _pieces_page.TITLE, 45, _measure, _pieces_page.section, suits=_suits
)
