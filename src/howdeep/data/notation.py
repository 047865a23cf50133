"""How the numbers of a column are written: decimal sign, thousands, and what stands around them.

`Notation` is fixed once, from all columns of a table (modalities/table/notations.py); here a cell
is read by it, or is no number. A handed-over net carries this file whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from howdeep.data.number import NUMBER, is_missing, number

SAME = dict.fromkeys("\u00a0\u202f\u2007\u2008\u2009\u200a\u3000", " ")
SAME |= dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-") | {"\u2019": "'"}
SAME |= {"\uff0b": "+", "\uff0c": ",", "\uff0e": ".", "\uff05": "%", "\u066b": ".", "\u066c": ","}
SAME |= dict.fromkeys("\u200b\u200e\u200f\u2060\u202a\u202c\ufeff", "")  # that nobody sees
SAME |= {c: str(unicodedata.decimal(c)) for c in map(chr, range(128, 0x20000)) if c.isdecimal()}
ALIKE = str.maketrans(SAME)  # kinds of blanks, minus and apostrophe, and digits of all scripts
LONGEST = 64  # characters of a number with signs around it
SIGN = r"(?:[A-Z]{1,3})?[$\u00a2-\u00a5\u0e3f\u20a0-\u20cf\uff04\uffe0\uffe1\uffe5]"
CODES = (
    "USD|EUR|GBP|JPY|CHF|CNY|RMB|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|BRL|MXN|ZAR|KRW|SGD"
    r"|HKD|ILS|AED|SAR|THB|TWD|UAH|RON|ISK|PHP|IDR|MYR|VND|CLP|COP|ARS|Rs\.?|S?Fr\.|[Kk]r\.?"
)
WORD = r"°?[^\W\d_]+(?:[./·*^-][^\W\d_]+)*[23]?\.?|[%‰°]"
AROUND = re.compile(
    rf"(?P<outer>{SIGN} ?(?=\())?(?P<open>\()?(?P<sign>[+-] ?)?"
    rf"(?:(?P<before>{SIGN}|{CODES}) ?)?(?P<inner>[+-])?"
    r"(?P<core>(?:[0-9][0-9 .,']*(?<=[0-9.,])|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"(?P<last>-)?(?:(?P<gap> ?)(?:(?P<after>{SIGN}|{CODES})|(?P<unit>{WORD})))?(?P<close>\))?"
)
NO_UNIT = frozenset({"am", "pm", "a.m", "p.m", "a.m.", "p.m.", "st", "nd", "rd", "th"})
LETTERS = frozenset("kKmMgshlLWV")  # units of one letter that may stand right behind the digits
HAN = "\u2e80"  # from here on a letter is a word, as in 12円
POWER = r"(?:[eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class Notation:
    """How the numbers of one column are written.

    `thousands`: what may part groups of three digits, "" if nothing may; a blank stands for all
    kinds of blanks, and an apostrophe for both. `currency`: the sign that may stand before or
    behind; `unit`: what stands behind every number, "%" too. `brackets`: (458) and 458- are -458.
    """

    decimal: str = "."
    thousands: str = ""
    currency: str = ""
    unit: str = ""
    brackets: bool = False


PLAIN = Notation()


@dataclass(frozen=True)
class Pieces:
    """A number with what stands around it: `core` has its digits, as written.

    `brackets`: they, or a minus behind the digits, make it negative where others are not.
    """

    core: str
    negative: bool
    currency: str
    unit: str
    brackets: bool


def pieces(cell: str) -> Pieces | None:
    """The cell taken apart, if it may be a number in some notation.

    >>> pieces("-$14,457"), pieces("7:05 PM"), pieces("1_000")
    (Pieces(core='14,457', negative=True, currency='$', unit='', brackets=False), None, None)
    """
    text = cell.strip().translate(ALIKE)
    found = AROUND.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return None
    outer = (found["outer"] or "").strip()
    before, after, unit = found["before"], found["after"], found["unit"] or ""
    signs = [sign for sign in (found["sign"], found["inner"], found["last"]) if sign]
    brackets = found["open"] is not None
    if brackets != (found["close"] is not None) or len(signs) + brackets > 1:
        return None
    if bool(outer) + bool(before) + bool(after) > 1:
        return None
    brackets = brackets or found["last"] is not None
    letter = len(unit) == 1 and unit.isalpha() and not found["gap"] and unit not in LETTERS
    letter = letter and unit < HAN
    letter = letter and not before  # $1B
    if letter or unit.casefold() in NO_UNIT:
        return None
    negative = brackets or (bool(signs) and signs[0][0] == "-")
    return Pieces(found["core"], negative, outer or before or after or "", unit, brackets)


@lru_cache(maxsize=64)
def _digits(decimal: str, thousands: str) -> re.Pattern[str]:
    """Of the digits of a number: plain, or all of them in groups, which no power of ten follows."""
    point, parts = re.escape(decimal), ["[0-9]+"]
    if thousands:
        mark = re.escape(thousands)
        parts.append(rf"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+")
    if thousands == ",":
        parts.append("[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")  # lakhs, as 12,34,567
    plain = rf"(?:[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+){POWER}"
    return re.compile(rf"{plain}|(?:{'|'.join(parts)})(?:{point}[0-9]*)?")


def digits(core: str, decimal: str, thousands: str) -> str | None:
    """Digits as a plain number, None if they are not written with these signs.

    >>> digits("1.234,5", ",", "."), digits("12,736", ".", ","), digits("12,36", ".", ",")
    ('1234.5', '12736', None)
    """
    if _digits(decimal, thousands).fullmatch(core) is None:
        return None
    return (core.replace(thousands, "") if thousands else core).replace(decimal, ".")


def plainly(cell: str, how: Notation) -> str | None:
    """The cell's number written plainly; empty where missing, None where it is no number.

    >>> dots = Notation(",", ".", brackets=True)
    >>> plainly("(1.234,5)", dots), plainly("40 %", Notation(unit="%"))
    ('-1234.5', '40')
    >>> dollars = Notation(currency="$")
    >>> plainly("40", Notation(unit="%")), plainly("$5", PLAIN), plainly("5", dollars)
    (None, None, '5')
    """
    text = cell.strip()
    if is_missing(text):
        return ""
    if how.decimal == "." and not how.unit and NUMBER.fullmatch(text):
        return text
    found = pieces(text)
    return None if found is None else rewritten(found, how)


def rewritten(parts: Pieces, how: Notation) -> str | None:
    """A number taken apart, written plainly; None if it is none in this notation."""
    unit, currency = parts.unit, parts.currency
    if currency == how.unit and not unit:  # kr was a unit to earlier versions
        unit, currency = currency, ""
    if singular(unit) != singular(how.unit) or currency not in ("", how.currency):
        return None
    if parts.brackets and not how.brackets:
        return None
    core = digits(parts.core, how.decimal, how.thousands)
    return None if core is None else "-" * parts.negative + core


def singular(unit: str) -> str:
    """A unit without the `s` of several: 1 day and 3 days have one.

    >>> singular("days"), singular("day"), singular("ms"), singular("%")
    ('day', 'day', 'ms', '%')
    """
    return unit[:-1] if len(unit) > 2 and unit.isalpha() and unit.endswith("s") else unit


def is_written(cell: str) -> bool:
    """Is the cell a number in some notation, without a word behind it?

    >>> [is_written(cell) for cell in ("$14,457", "1.234,5", "40%", "1,2,3", "Q1", "40 bhp")]
    [True, True, True, False, False, False]
    """
    found = pieces(cell)
    if found is None or found.unit not in ("", "%"):
        return False
    marks = [(".", ","), (",", "."), (".", " "), (",", " "), (".", "'")]
    return any(digits(found.core, *signs) is not None for signs in marks)


def number_in(cell: str, how: Notation = PLAIN) -> float | None:
    """As `number.number`, of a cell in this notation: NaN where missing, None if it is none."""
    text = plainly(cell, how)
    return None if text is None else number(text)
