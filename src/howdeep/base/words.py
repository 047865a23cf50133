"""Small parts of sentences that errors and notes share: quoted text, counts, lists, near names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from howdeep.base.limits import ECHO_CHARS


def show(text: object, limit: int = ECHO_CHARS) -> str:
    """The text as errors and notes show it: quoted, cut, control characters escaped.

    >>> show("a\\u202eb"), show("x" * 100)[-5:]
    ("'a\\\\u202eb'", "xxx…'")
    """
    try:
        cut = str(text)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        cut = "a number of thousands of digits"
    cut = cut if len(cut) <= limit else cut[: limit - 1] + "…"
    return f"'{cut}'" if cut.isprintable() else "'" + "".join(map(_escape, cut)) + "'"


def show_path(path: str) -> str:
    """The path as errors show it: its end, where it is long."""
    return show(path if len(path) <= ECHO_CHARS else "…" + path[1 - ECHO_CHARS :])


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def nearest(name: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """The names most like `name`, best first."""
    low = name[:ECHO_CHARS].casefold()
    ratio = {n: SequenceMatcher(None, low, n[:ECHO_CHARS].casefold()).ratio() for n in names}
    return sorted(ratio, key=lambda n: (-ratio[n], n))[:limit]


def _escape(char: str) -> str:
    if char == " " or unicodedata.category(char)[0] not in "CZ":
        return char
    return char.encode("unicode_escape").decode("ascii")


def listed(names: Iterable[object], limit: int = 8) -> str:
    """Names in quotes, the first few and how many more.

    >>> listed(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    every = list(names)
    head = ", ".join(show(name, 40) for name in every[:limit])
    return head + (f" and {len(every) - limit:,} more" if len(every) > limit else "")
