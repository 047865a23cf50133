"""Dates and durations that say something which is not read: refused by name, with what to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from howdeep.base.errors import TableError
from howdeep.base.words import show
from howdeep.modalities.table.dates import read_date
from howdeep.modalities.table.spans import TWO_PARTS, worded

ZONE = re.compile(
    r"(?P<when>.*[0-9])(?P<zone> ?\[?(?:[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)+|[A-Z]{3,5})\]?"
    r"|[+-][0-9:]+\[.+\])"
)
FEW = 50  # cells looked at
NAMES = 20  # different durations, up to which they may be names
LONGEST = 60  # characters of a date


def named_zone(cell: str) -> str:
    """The name of a time zone behind a date; empty where there is none.

    >>> named_zone("2019-03-31 14:05 CST"), named_zone("route 66 NORTH"), named_zone("2019-03-31")
    ('CST', '', '')
    """
    found = ZONE.fullmatch(cell) if len(cell) <= LONGEST else None
    return found["zone"].strip() if found and read_date(found["when"]) else ""


def check_zones(name: str, cells: Sequence[str]) -> None:
    """
    Raises:
        TableError: most of some cells of a column are dates with the name of a time zone, which
            means several zones or no one distance from UTC.
    """
    named = [zone for cell in cells[:FEW] if (zone := named_zone(cell))]
    if 2 * len(named) <= len(cells[:FEW]):
        return
    raise TableError(
        f"column {show(name)} holds dates with the name of a time zone ({show(named[0], 20)}),"
        " which does not say how far from UTC it is",
        "write the distance, as 2019-03-31T14:05+02:00, or leave out a zone that all have",
    )


def check_clocks(name: str, cells: Sequence[str]) -> None:
    """
    Raises:
        TableError: cells such as 47:15 are no times of day, and may be hours or minutes.
    """
    odd = [cell for cell in cells if not TWO_PARTS.fullmatch(cell)]
    if not cells or 2 * len(odd) >= len(cells):
        return
    clocks = (cell for cell in cells if TWO_PARTS.fullmatch(cell))
    there = max(clocks, key=lambda one: int(one.split(":")[0]))
    raise TableError(
        f"column {show(name)} holds what may be minutes and seconds or hours and minutes"
        f" ({show(there, 20)})",
        "write all three, as 0:47:15, or keep the text with --types NAME=category",
    )


def are_names(cells: Collection[str]) -> bool:
    """Are these durations in words so few that they name classes, as 5 min and 30 min do?"""
    return len(cells) <= NAMES and all(worded(cell) is not None for cell in cells)
