"""How many dimensions each layer uses: ranks, intrinsic dimension and saturation."""

from __future__ import annotations

from typing import Any

import torch

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _rank_page
from howdeep.instruments._dimension import spread, two_nn
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._outputs import outputs
from howdeep.instruments._subject import Subject
from howdeep.instruments._values import number

LEAST = 20  # rows


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Of the input, where it is of numbers, and the output of each layer with weights, over unseen
    rows: `rank` (effective rank), `participation` (ratio), `saturation` (share of directions that
    explain 99 % of the variance) and `intrinsic` (TwoNN, with `low` and `high`; `None` where rows
    are too few or too alike). `units`: how many there are.
    """
    rows = subject.unseen.some(effort.rows)
    layers = []
    for one in outputs(subject.net, rows):
        if not bool(torch.isfinite(one.units).all() and torch.isfinite(one.rows).all()):
            what = f"what {one.name} gives is not finite"
            raise InstrumentError(what, "look at its signal first")
        found, inner = spread(one.units), two_nn(one.rows)
        layers.append(
            {
                "name": one.name,
                "units": one.units.shape[1],
                "rank": number(found.effective_rank),
                "participation": number(found.participation),
                "saturation": number(found.saturation),
                "intrinsic": None if inner is None else number(inner.value),
                "low": None if inner is None else number(inner.low),
                "high": None if inner is None else number(inner.high),
            }
        )
    return {"rows": len(rows), "layers": layers}


def _suits(subject: Subject) -> str:
    count = len(subject.unseen)
    return "" if count >= LEAST else f"{count} rows; ranks need {LEAST}"


INSTRUMENT = Instrument("rank", _rank_page.TITLE, 40, _measure, _rank_page.section, suits=_suits)
