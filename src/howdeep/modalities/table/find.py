"""Columns that the user names, by name or by number."""

from __future__ import annotations

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
            "say --target NAME",
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
    raise error(
        f"{of}{table.name} has no column {show(wanted)}",
        f"the nearest names are {listed(nearest(wanted, names))}",
    )
