"""Columns of plain numbers, read at once from a file's bytes; `number.number` says what each is.

Digits are put together as whole numbers, and these divided by a power of ten: of up to 2^53 both
are exact, and the quotient is the float64 that Python reads; of more, where the C compiler's long
double has 64 bits and the quotient lies not between two. Any other cell is read by Python.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.data import cells
from howdeep.data.number import number

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]  # in a file's bytes
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

AT_ONCE = 4_096  # cells, whose digits stay in the cache
LONGEST = 24  # characters of a number that are read at once, ...
DIGITS = 19  # ... and digits: as a whole number they fit 64 bits
HALF = 15  # digits that a float64 holds, whichever they are
TENS = np.array([float(f"1e{k}") for k in range(LONGEST)])  # exact up to 10^22
WIDE = np.finfo(np.longdouble).nmant >= 63
WIDE_TENS = np.cumprod(np.array([1] + [10] * (LONGEST - 1), dtype=np.longdouble))
EXACT = np.uint64(cells.EXACT)
EXPONENTS = re.compile(rb"(?:[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+,)+")
LONG = 64  # characters of a number with an exponent that is read with others
BLANK, PLUS, COMMA, MINUS, DOT, ZERO = 32, 43, 44, 45, 46, 48
EXPONENT, LOWER = 101, 32


@dataclass
class Found:
    """The numbers (N,) of a column, how missing ones are written, and how all are.

    `whole`: each is written as Python writes an int; `blanks`: some had blanks around.
    """

    numbers: Floats
    missing: set[str] = field(default_factory=set)
    whole: bool = True
    blanks: bool = False


def numerals(raw: bytes, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> Found | None:
    """The numbers of cells (N,) from `starts` to `ends`; None where some cell is another thing.

    Other things are also what `features` takes for text, whole numbers with leading zeros and
    beyond 2^53, and columns without a number.
    """
    data = np.frombuffer(raw, np.uint8)
    found = Found(np.empty(len(starts)))
    known: dict[bytes, tuple[float, str] | None] = {}
    for at in range(0, len(starts), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        s, e = starts[part].astype(np.int64), ends[part].astype(np.int64)
        values, odd = _block(data, s, e, found)
        if values is None:
            return None
        others = _with_exponents(raw, s, e, values, odd)
        found.whole &= len(others) == len(odd)
        for i, cell in others:
            if cell not in known:
                known[cell] = _judged(cell)
            judged = known[cell]
            if judged is None:
                return None
            values[i], text = judged
            found.blanks |= len(text) != len(cell.decode())
            if math.isnan(judged[0]):
                found.missing.add(text)
            else:
                found.whole = False
        found.numbers[part] = values
    return None if np.isnan(found.numbers).all() else found


def _with_exponents(
    raw: bytes, s: Places, e: Places, values: Floats, odd: Places
) -> list[tuple[int, bytes]]:
    """Reads those odd cells that have an exponent, if all of them are numbers; gives the others."""
    size = (e - s)[odd]
    if len(odd) and size.max() <= LONG:
        k = np.arange(int(size.max()) + 1)
        chars = np.frombuffer(raw, np.uint8).take(s[odd][:, None] + k, mode="clip")
        chars[k == size[:, None]] = COMMA
        inside = k <= size[:, None]
        has = (((chars | LOWER) == EXPONENT) & inside).any(axis=1)
        text = chars[has][inside[has]].tobytes()
        if text and EXPONENTS.fullmatch(text):
            found = np.fromstring(text[:-1].decode(), sep=",") + 0.0
            if np.isfinite(found).all():
                values[odd[has]] = found
                odd = odd[~has]
    pairs = zip(odd.tolist(), s[odd].tolist(), e[odd].tolist(), strict=True)
    return [(i, raw[start:end]) for i, start, end in pairs]


def _judged(cell: bytes) -> tuple[float, str] | None:
    """What a cell says, and how it is kept."""
    text = cell.decode().strip()
    value = number(text)
    if value is None or cells.is_inexact(text) or cells.CODE.fullmatch(text):
        return None
    return value, text


def _trim(data: Bytes, s: Places, e: Places) -> None:
    """Leave out the blanks around cells, in place."""
    for places, last, step in ((s, 0, 1), (e, 1, -1)):
        while (blank := (data.take(places - last) == BLANK) & (s < e)).any():
            places += step * blank


def _block(data: Bytes, s: Places, e: Places, found: Found) -> tuple[Floats | None, Places]:
    """Values (n,) of cells, and the places of those that are to be judged one by one.

    No values where a whole number has a leading zero.
    """
    first, last = data.take(s), data.take(e - 1)
    if (((first == BLANK) | (last == BLANK)) & (s < e)).any():
        found.blanks = True
        _trim(data, s, e)
        first = data.take(s)
    size = e - s
    length = int(np.clip(size.max(initial=1), 1, LONGEST))
    k = np.arange(length)[:, None]
    chars = data.take(e - 1 - k)  # (length, n), the last character first
    chars *= k.astype(np.uint8) < np.minimum(size, 255).astype(np.uint8)
    digit = chars - np.uint8(ZERO)
    is_digit = digit < 10
    digit *= is_digit
    is_dot = chars == DOT
    digits, dots = _sum(is_digit), _sum(is_dot)
    minus, plus = first == MINUS, first == PLUS
    signed = minus | plus
    right = (digits + dots + signed == size) & (digits > 0) & (digits <= DIGITS) & (dots <= 1)
    whole = right & (dots == 0)
    lead = data.take(s + signed) == ZERO if whole.any() else np.zeros(len(s), bool)
    if (whole & lead & (digits > 1)).any():
        return None, np.empty(0, np.int64)
    point = np.zeros(len(s), np.intp)  # digits behind it
    if dots.any():
        found.whole = False
        point = _sum(is_dot * k.astype(np.uint8)).astype(np.intp)
        point *= right
        above = np.zeros_like(digit)
        above[:-1] = digit[1:]
        digit = np.where((k < point) | (dots == 0), digit, above)
    if found.whole and (right & (plus | (minus & lead))).any():  # +1, -0
        found.whole = False
    values, more = _valued(digit, digits, point)
    values = np.where(minus, -values, values) + 0.0  # no minus zero: equal cells, equal bits
    return values, np.flatnonzero(~right | more)


def _sum(of: NDArray[Any]) -> NDArray[np.uint8]:
    out: NDArray[np.uint8] = np.add.reduce(of, axis=0, dtype=np.uint8)
    return out


def _valued(digit: Bytes, digits: NDArray[np.uint8], point: NDArray[np.intp]) -> tuple[Any, Bools]:
    """Digits (length, n), the last first, divided by a power of ten; and those that were not."""
    low = TENS[: len(digit[:HALF])] @ digit[:HALF].astype(np.float64)
    more = np.zeros(len(point), bool)
    if len(digit) <= HALF or not (many := digits > HALF).any():
        return low / TENS[point], more
    high = TENS[: len(digit[HALF:DIGITS])] @ digit[HALF:DIGITS].astype(np.float64)
    whole = high.astype(np.uint64) * np.uint64(10**HALF) + low.astype(np.uint64)
    values = whole.astype(np.float64) / TENS[point]
    long = np.flatnonzero(many & (whole > EXACT))
    if not WIDE:
        more[long] = True
        return values, more
    wide = whole[long].astype(np.longdouble) / WIDE_TENS[point[long]]
    near = wide.astype(np.float64)
    off, step = np.abs(wide - near), np.spacing(near).astype(np.longdouble)
    values[long] = near
    more[long] = (off == step / 2) | (off == step / 4) | (near >= cells.EXACT)
    return values, more
