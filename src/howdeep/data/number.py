"""What a cell of a column of numbers is: one rule for training, `predict` and handed-over nets.

A number is plain ASCII decimal (`-1.5e3`); underscores, thousands separators, units, hexadecimal
and digits of other scripts are text. This file needs nothing but the standard library and no other
file of howdeep: a net that is handed over carries it whole (export/code.py).
"""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INTEGER = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "--", "."})
EXACT = 2**53  # integers beyond it are rounded by float64


def is_missing(cell: str) -> bool:
    """Is the cell a missing value, if it stands in a column of numbers?"""
    return cell.casefold() in MISSING


def number(cell: str) -> float | None:
    """The cell of a column of numbers as a finite float, NaN where missing, None if it is none.

    Blanks around it do not count. Infinity is no number, in words or by overflow; minus zero is
    zero: equal cells, equal bits.

    >>> [number(cell) for cell in ("-1.5e3", " .5 ", "?", "1_000", "inf", "1e999")]
    [-1500.0, 0.5, nan, None, None, None]
    """
    text = cell.strip()
    if is_missing(text):
        return math.nan
    if NUMBER.fullmatch(text) is None:
        return None
    value = float(text) + 0.0
    return value if math.isfinite(value) else None


def is_infinite(cell: str) -> bool:
    """Does the cell say infinity, in words or by overflow? A long whole number is an identifier.

    >>> is_infinite("-Infinity"), is_infinite("1e999"), is_infinite("9" * 400), is_infinite("1e9")
    (True, True, False, False)
    """
    text = cell.strip()
    if text.casefold().lstrip("+-") in ("inf", "infinity"):
        return True
    if NUMBER.fullmatch(text) is None or INTEGER.fullmatch(text):
        return False
    return number(text) is None
