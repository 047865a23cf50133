"""Cells that are numbers but for a sign that is not read: `<5`, `12*`, `~12.5`, `22_809`, `'17`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from howdeep.data.notation import ALIKE

MOSTLY = 0.9  # of the different cells
_FRONT = r"(?:[<>=≤≥~≈±'\"^*†‡$€£¥₹ ]|(?:ca|circa|approx|about|est)\b\.?)*"
_CORE = r"[+-]?(?:[0-9]{1,3}(?:[,.' _][0-9]{3})+|[0-9]+)(?:[.,][0-9]*)?(?:e[+-]?[0-9]+)?"
_BACK = r"(?:[*†‡§¶'\"^?!~€ ]|\[[0-9a-z]{1,3}\]|\([a-z]{1,3}\)|,?[-\u2014])*"
_NEAR = re.compile(_FRONT + _CORE + _BACK, re.IGNORECASE)
SUMS = re.compile(r"(?:(?:grand|sub)[- ]?)?totals?:?|sum(?:me)?:?|averages?:?|mean:?", re.I)
# What stands for a missing number by custom, and is taken as one where that is asked for.
UNKNOWN = frozenset(
    """unknown;none given;not given;not available;n.a.;missing;#value!;#div/0!;#ref!;#name?;#num!
#null!;#error!;*;**;\u2013;\u2014;unk;not recorded;error;err;nil;void;(null);\\n;tbd;n/d;n.d.;nd
k.a.;k. a.;x;...;\u2026;(blank);(empty);blank;empty;not applicable;not known;no data;nodata
undefined;"";nat;#n/d;s/d;n.v.t.;n/e""".replace("\n", ";").split(";")
)


def nearly(cells: Iterable[str]) -> set[str]:
    """Those of some cells that are a number with signs around it.

    >>> sorted(nearly(["<5", "12.5*", "P12", "10-20", "5 apples", "1_000"]))
    ['12.5*', '1_000', '<5']
    """
    return {cell for cell in cells if _NEAR.fullmatch(cell.translate(ALIKE).strip())}


def are_nearly(cells: Iterable[str]) -> bool:
    """Are most of these different cells numbers with signs around them?"""
    every = set(cells)
    return len(nearly(every)) >= MOSTLY * len(every)
