"""Column names: taken from the header, given by the user, or numbered; never two alike."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.base.errors import TableError
from howdeep.base.words import listed
from howdeep.data.cells import canonical

Notes = tuple[str, ...]


def numbered_names(width: int) -> tuple[str, ...]:
    """column_1, column_2, ..."""
    return tuple(f"column_{j}" for j in range(1, width + 1))


def header_names(cells: Sequence[str]) -> tuple[tuple[str, ...], Notes]:
    """Names from a header line; an empty one becomes `column_` and its position."""
    stripped = [cell.strip() for cell in cells]
    empty = [j for j, name in enumerate(stripped) if not canonical(name)]
    names = tuple(f"column_{j + 1}" if j in empty else name for j, name in enumerate(stripped))
    if not empty:
        return names, ()
    new = listed(names[j] for j in empty)
    return names, (f"Columns without a name were named by their position: {new}.",)


def check_names(names: Sequence[str], shown: str) -> None:
    """No two names that are equal or look equal.

    Raises:
        TableError: listing the names that occur twice, invisible characters escaped.
    """
    first: dict[str, str] = {}
    twice: list[str] = []
    for name in names:
        key = canonical(name)
        if key in first:
            twice += [first[key], name] if first[key] != name else [name]
        first.setdefault(key, name)
    if twice:
        raise TableError(
            f"{shown}: columns with the same name: {listed(dict.fromkeys(twice))}",
            "give every column its own name, in the file or with --names",
        )
