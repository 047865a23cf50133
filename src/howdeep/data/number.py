"""What a cell of a column of numbers is: one rule for training, `predict` and handed-over nets.

A number is plain ASCII decimal (`-1.5e3`); underscores, hexadecimal and digits of other scripts
are text, and how numbers with other signs are read stands in `notation`. This file needs nothing
but the standard library and no other file of howdeep: a net that is handed over carries it whole
(export/code.py).
"""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INTEGER = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
# What pandas takes as missing in any column, as it is written.
GONE = frozenset(
    """#N/A N/A|#N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan
null""".replace("\n", "|").split("|")
) | {""}
MISSING = frozenset(word.casefold() for word in GONE) | {"?", "-", "--", "."}
EXACT = 2**53  # integers beyond it are rounded by float64


def is_missing(cell: str) -> bool:
    """Is the cell a missing value, if it stands in a column of numbers?"""
    return cell.casefold() in MISSING


def is_gone(cell: str) -> bool:
    """Is the cell missing wherever it stands, in a column of text, too?

    >>> [is_gone(cell) for cell in ("", "NA", " None ", "none", "?")]
    [True, True, True, False, False]
    """
    return cell.strip() in GONE


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
