"""What one text cell is: a number, a missing value, or text. Rules, no guesses.

What a number is stands in `number`. Sets of distinct cells are judged, not every cell: a column of
a million rows with ten values costs ten decisions.
"""

from __future__ import annotations

import re
import unicodedata

from howdeep.data.number import EXACT as EXACT
from howdeep.data.number import INTEGER, number
from howdeep.data.number import NUMBER as NUMBER
from howdeep.data.number import is_gone as is_gone
from howdeep.data.number import is_infinite as is_infinite
from howdeep.data.number import is_missing as is_missing

CODE = re.compile(r"[+-]?0[0-9]+")  # 00123: an identifier, not the number 123
DATE = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[ T].*)?"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?(?: ?[AaPp]\.?[Mm]\.?)?"
)


def is_number(cell: str) -> bool:
    """Is the cell, as it stands and without blanks around it, a plain finite decimal number?

    >>> [is_number(c) for c in ("-1.5e3", ".5", "1_000", "0x10", "1,5", "inf", "1e999")]
    [True, True, False, False, False, False, False]
    """
    return NUMBER.fullmatch(cell) is not None and number(cell) is not None


def is_inexact(cell: str) -> bool:
    """Is the cell a whole number that float64 would round?

    >>> is_inexact(str(2**53)), is_inexact(str(2**53 + 1)), is_inexact("1e300"), is_inexact("1.5")
    (False, True, False, False)
    """
    if INTEGER.fullmatch(cell) is None:
        return False
    digits = cell.lstrip("+-").split(".")[0].lstrip("0")
    return len(digits) > 16 or (len(digits) == 16 and int(digits) > EXACT)


MARKS_IN_A_ROW = 30


def canonical(name: str) -> str:
    """The name by which columns are told apart: NFC, without invisible characters.

    Runs of combining marks are broken as in UAX #15's stream-safe text format: normalising takes
    quadratic time in their length.

    >>> canonical("cafe\\u0301") == canonical("caf\\u00e9"), canonical("a\\u200b") == "a"
    (True, True)
    """
    safe, run = [], 0
    for char in name:
        if unicodedata.category(char) == "Cf":
            continue
        run = run + 1 if unicodedata.combining(char) else 0
        if run > MARKS_IN_A_ROW:
            safe.append("\u034f")
            run = 1
        safe.append(char)
    return unicodedata.normalize("NFC", "".join(safe)).strip()
