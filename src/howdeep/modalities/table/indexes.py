"""Columns that only count or name the rows: row numbers, an index that a frame left, identifiers.

What a column is called decides more than its values: an index without a name is one in whatever
order it stands, and a named column whose numbers rise evenly, as a dose, is a measurement.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from howdeep.data.distinct import different
from howdeep.modalities.table.features import Feature, Remarks

INDEX = re.compile(
    r"unnamed: ?[0-9.]+(?:_level_[0-9]+)?|__index_level_[0-9]+__|level_[0-9]|\.\.\.[0-9]+"
)
# Without case and signs: S.No, Row ID and row_id are one.
IDS = frozenset(
    (
        "id",
        "ids",
        "index",
        "idx",
        "row",
        "rows",
        "rowid",
        "rowindex",
        "rownum",
        "rownumber",
        "rownumbers",
        "rowname",
        "rownames",
        "rowno",
        "rownr",
        "recordid",
        "recordno",
        "uuid",
        "guid",
        "uid",
        "oid",
        "fid",
        "gid",
        "pk",
        "key",
        "objectid",
        "ogcfid",
        "no",
        "nr",
        "num",
        "number",
        "sno",
        "srno",
        "slno",
        "serial",
        "serialno",
        "lfdnr",
    )
)
ENDS = re.compile(r"[ _.\-](?:id|uuid|index|idx)$|[a-z0-9]I[dD]$|^(?:id|ID)[ _.\-]", re.ASCII)
MOSTLY = 0.5  # of an index are different: frames that were joined repeat their numbers
FEW = 20  # different numbers, below which nothing is an index

COUNTED = "Left out as row numbers: whole numbers, all different (--types NAME=number keeps)"
NAMELESS = (
    "Left out as an index: whole numbers in a column without a name (--types NAME=number keeps)"
)
NAMED = (
    "Left out as row numbers or identifiers, by the name: whole numbers, all different (--types"
    " NAME=number keeps)"
)
ASKED = (
    "Whole numbers, all different, taken as numbers (--types NAME=drop, if they only tell rows"
    " apart)"
)


def without_index(
    feature: Feature, main: int, nameless: frozenset[str], headless: bool, remarks: Remarks
) -> Feature | None:
    """The feature, or `None` with a remark where its first `main` values only number the rows.

    `nameless`: columns whose names were invented; `headless`: those of all columns were, so that
    no name tells an index from a measurement.
    """
    if feature.numbers is None:
        return feature
    is_nameless = feature.name in nameless
    said, out = _judged(feature.name, feature.numbers[:main], is_nameless, headless)
    if said:
        remarks.of(said, feature.name)
    return None if out else feature


def _judged(
    name: str, values: NDArray[np.float64], nameless: bool, headless: bool
) -> tuple[str, bool]:
    """What is to be said of numbers (n,) that may only number rows; are they left out?"""
    if np.isnan(values).any() or (values != np.floor(values)).any():
        return "", False
    distinct = different(values)
    if distinct < len(values):
        blank = INDEX.fullmatch(name.casefold()) or (nameless and not headless)
        index = bool(blank) and distinct >= max(FEW, MOSTLY * len(values))
        return (NAMELESS, True) if index else ("", False)
    if headless and nameless:
        return (COUNTED, True) if _is_dense(values) or _is_in_order(values) else ("", False)
    if nameless or INDEX.fullmatch(name.casefold()):
        return NAMELESS, True
    if _is_counting(values):
        return COUNTED, True
    if re.sub(r"[\W_]", "", name.casefold()) in IDS or name == "#" or ENDS.search(name.strip()):
        return NAMED, True
    return (ASKED, False) if len(values) > FEW else ("", False)


def _is_counting(values: NDArray[np.float64]) -> bool:
    """0, 1, 2, ... or 1, 2, 3, ... in any order."""
    return bool(values.min() in (0, 1) and values.max() - values.min() == len(values) - 1)


def _is_dense(values: NDArray[np.float64]) -> bool:
    return bool(values.max() - values.min() < 2 * len(values))


def _is_in_order(values: NDArray[np.float64]) -> bool:
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())
