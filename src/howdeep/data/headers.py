"""Which columns of new rows are those of training: by name, and by nothing that was made up.

A handed-over net carries this file whole (`net.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

INVENTED = re.compile(r"column_[1-9][0-9]*")
SCHEMES: tuple[Callable[[int], str], ...] = (
    lambda j: f"column_{j + 1}",
    lambda j: f"column_{j}",
    str,
)


class NoColumns(ValueError):
    """What is wrong with the columns, and one `fix`."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(f"{what}; {fix}")


def match_names(wanted: Sequence[str], given: Sequence[str]) -> dict[str, str]:
    """Which of the `given` columns each of the `wanted` is; those that are none are left out.

    A name stands for itself. Where it is not there, one that differs from it in case and blanks
    only stands for it.

    Raises:
        NoColumns: two may, or one may stand for two.

    >>> match_names(["Age", "sex"], ["AGE ", "sex", "Sex"])
    {'Age': 'AGE ', 'sex': 'sex'}
    """
    exact = {name: name for name in wanted if name in given}
    near: dict[str, tuple[list[str], list[str]]] = {}
    for name in wanted:
        if name not in exact:
            near.setdefault(_folded(name), ([], []))[0].append(name)
    for name in given:
        if name not in exact and _folded(name) in near:
            near[_folded(name)][1].append(name)
    found = dict(exact)
    for names, others in near.values():
        if not others:
            continue
        if len(names) > 1 or len(others) > 1:
            raise NoColumns(
                f"column {names[0]!r} is not there, and {_and(others)} may stand for {_and(names)}",
                "name the columns as in training",
            )
        found[names[0]] = others[0]
    return {name: found[name] for name in wanted if name in found}


def renamed_words(found: Mapping[str, str]) -> str:
    """What is said of columns that are called otherwise than in training; empty where none is."""
    other = [f"{name!r} from {given!r}" for name, given in found.items() if name != given]
    if not other:
        return ""
    more = f" and {len(other) - 4} more" if len(other) > 4 else ""
    return f"Columns were taken whose names differ in case or blanks: {', '.join(other[:4])}{more}."


def invented_names(names: Sequence[str]) -> frozenset[str]:
    """The names that stand for none: they only say at which place a column stands.

    Files without a header get `column_1`, ...; polars says that or `column_0`, pandas `0`, ...

    >>> sorted(invented_names(["column_1", "a"])), sorted(invented_names(["0", "1", "y"]))
    (['column_1'], ['0', '1'])
    """
    found = [frozenset(name for j, name in enumerate(names) if name == said(j)) for said in SCHEMES]
    ours, *others = found
    most = max(others, key=len)
    return most if len(most) > max(len(ours), 1, len(names) // 2) else ours


def check_nameless(given: Sequence[str], nameless: int, target: str) -> None:
    """Are columns that nobody named as many as in training, where there were `nameless` of them?

    0: those of training had names. With another number their positions say nothing.

    Raises:
        NoColumns: they are not as many.
    """
    count = len(invented_names(given))
    if not nameless or not count or count == nameless:
        return
    every = ([said(j) for j in range(nameless)] for said in SCHEMES)
    rest = next(([name for name in some if name != target] for some in every if target in some), [])
    names = ",".join(rest) if len(rest) == count and len(rest) < 9 else "as column_2"
    of = f", of which {target} was the target" if rest else ""
    raise NoColumns(
        f"{count:,} columns without names came, and training had {nameless:,}{of}: which they are"
        " cannot be told",
        f"give all {nameless:,} of them, or in a dict name yours as training counted them: {names}",
    )


def _folded(name: str) -> str:
    """What is left of a name without case, blanks and invisible characters."""
    name = unicodedata.normalize("NFC", name)
    return "".join(
        c for c in name.casefold() if not c.isspace() and unicodedata.category(c) != "Cf"
    )


def _and(names: Sequence[str]) -> str:
    return " or ".join(repr(name) for name in names)
