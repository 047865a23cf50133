"""Columns that the user names, by name or by number."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.base.errors import InputError, TargetError
from howdeep.base.words import count, listed, nearest, show
from howdeep.data.cells import canonical
from howdeep.modalities.table.table import Table


def find_target(table: Table, target: str | int | None) -> int:
    """Index of the target column, by name or by number (1 is the first, -1 the last).

    Raises:
        TargetError: no target given, or no such column; names the nearest.
    """
    if target is None:
        raise TargetError(
            f"which column is to be predicted? {table.name} has {listed(table.names, 20)}",
            f"say --target NAME, as --target {show(table.names[-1])} (the last)",
        )
    return find_column(table, str(target), "--target")


def find_column(table: Table, wanted: str, flag: str, error: type[InputError] = TargetError) -> int:
    """Index of the column that `flag` names, by name or by number (1 is the first, -1 the last).

    Raises:
        InputError: there is none, as an `error`; names the nearest.
    """
    names, of = table.names, "" if flag == "--target" else f"{flag}: "
    for same in (str, canonical):
        matches = [j for j, name in enumerate(names) if same(name) == same(wanted)]
        if matches:
            return matches[0]
    number = {"last": "-1", "first": "1"}.get(wanted, wanted)
    if number.lstrip("-").isascii() and number.lstrip("-").isdigit() and len(number) < 9:
        place = int(number)
        if 1 <= place <= len(names):
            return place - 1
        if -len(names) <= place <= -1:
            return len(names) + place
        raise error(
            f"{of}there is no column number {place}; {table.name} has"
            f" {count(len(names), 'column')}",
            f"count from 1 to {len(names)}, or say {flag} NAME",
        )
    several = _several(wanted, names)
    if len(several) > 1:
        first, *others = several
        one = "a study predicts one target only" if flag == "--target" else "only one can be"
        drop = ",".join(f"{name}=drop" for name in others)
        raise error(
            f"{of}{show(wanted)} names {len(several)} columns, and {one}",
            f"say {flag} {first} --types {drop}, and begin another study for the others"
            if flag == "--target"
            else f"say {flag} {first}",
        )
    close = nearest(wanted, names)
    raise error(
        f"{of}{table.name} has no column {show(wanted)}",
        f"the nearest names are {listed(close)}: say {flag} {show(close[0])} if that is it",
    )


def _several(wanted: str, names: Sequence[str]) -> list[str]:
    """The columns that a list, as `heat,cool`, names; empty where it is none of columns alone."""
    known = {canonical(name): name for name in names}
    for sign in (",", ";", "+", " "):
        parts = [canonical(part) for part in wanted.split(sign)]
        if len(parts) > 1 and all(part in known for part in parts):
            return list(dict.fromkeys(known[part] for part in parts))
    return []
