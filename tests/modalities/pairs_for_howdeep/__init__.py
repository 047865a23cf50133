"""A modality as another package brings it: pairs of two tables, row by row; is it the same thing?

A folder with `left.csv`, `right.csv` and `same.csv` (a column of numbers each, without header), or
from Python a tuple of two arrays (N, p) with labels `y`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from howdeep.base import parsers
from howdeep.base.rules import Rule
from howdeep.data.parts import Parting
from howdeep.modalities import Defaults, Modality

PARTING = Parting(row="pair", holdout_rows=50_000)


@dataclass(frozen=True)
class Sides:
    """What of a pair is learnt from."""

    section = "Pairs"
    left_only: Annotated[bool, Rule(parsers.flag, "leave the right sides out")] = False


MODALITY = Modality(
    name="pairs",
    what="pairs",
    parting=PARTING,
    defaults=Defaults(
        families=("resmlp", "mlp"),
        seeds={"default": 12, "quick": 5},
        sure=5,
        sure_in_folds=2,
        looks_in_folds=True,
        allowance=1e13,
        minutes=1,
        least_rows=5_000,
        fewer_val=False,
        spared=True,
    ),
    package=__name__,
    options=(Sides,),
    rank=2,
    encodings={"": "both sides and their difference", "centred": "the same, with its spread kept"},
)
