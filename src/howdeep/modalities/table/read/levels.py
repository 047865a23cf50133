"""Columns of few different cells, by codes, read at once from a file's bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.data.column import Coded

AT_ONCE = 8_192  # cells
LONGEST = 64  # bytes of a cell
MOST = 16_384  # different cells
HOPELESS = 0.95  # different ones among the first cells: tens of thousands in all
BITS = 16  # of the places where a cell is looked up first
FACTORS = np.array(  # odd, and of no pattern
    [
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0xD6E8FEB86659FD93,
        0xA0761D6478BD642F,
        0xE7037ED1A0B428DB,
        0x8EBC6AF09C88C6E3,
        0x589965CC75374CC3,
    ],
    dtype=np.uint64,
)
Words = NDArray[np.uint64]


def coded(raw: bytes, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> Coded | None:
    """The cells (N,) from `starts` to `ends` by codes; None where they are long, or many differ.

    A cell's bytes, as words, say where in a table its code stands if it was seen before; cells of
    which others stand there are looked up one by one.
    """
    longest = int((ends - starts).max(initial=0))
    if longest > LONGEST:
        return None
    words = max(-(-longest // 8), 1)
    data = np.frombuffer(raw, np.uint8)
    known: Words = np.zeros((1 << BITS, words), np.uint64)
    code_of = np.full(1 << BITS, -1, np.int32)
    index: dict[bytes, int] = {}
    codes = np.empty(len(starts), np.int32)
    for at in range(0, len(starts), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        s, e = starts[part].astype(np.int64), ends[part].astype(np.int64)
        keys = _keys(data, s, e, words)
        place = _places(keys)
        found = code_of[place]
        same = (found >= 0) & (known[place] == keys).all(axis=1)
        for i in np.flatnonzero(~same).tolist():
            found[i] = code = index.setdefault(raw[s[i] : e[i]], len(index))
            if code_of[place[i]] < 0:
                code_of[place[i]], known[place[i]] = code, keys[i]
        if len(index) > MOST or (not at and len(s) == AT_ONCE and len(index) > HOPELESS * len(s)):
            return None
        codes[part] = found
    return Coded(tuple(cell.decode() for cell in index), codes)


def _keys(data: NDArray[np.uint8], s: NDArray[np.int64], e: NDArray[np.int64], words: int) -> Words:
    """Cells as words (n, words), filled up with zeros: no cell holds NUL."""
    k = np.arange(8 * words)
    chars = data.take(s[:, None] + k, mode="clip")
    chars *= k < (e - s)[:, None]
    return chars.view(np.uint64)


def _places(keys: Words) -> NDArray[np.intp]:
    mixed = keys[:, 0] * FACTORS[0]
    for j in range(1, keys.shape[1]):
        mixed = (mixed ^ (mixed >> np.uint64(29)) ^ keys[:, j]) * FACTORS[j]
    mixed ^= mixed >> np.uint64(32)
    out: NDArray[np.intp] = ((mixed * FACTORS[1]) >> np.uint64(64 - BITS)).astype(np.intp)
    return out
