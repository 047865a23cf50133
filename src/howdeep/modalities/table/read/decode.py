"""Bytes to text: UTF-8 unless a byte-order mark or the user says otherwise; never a guess."""

from __future__ import annotations

import codecs

from howdeep.base.errors import TableError
from howdeep.base.words import show

MARKS = (  # longest first: the UTF-32 mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SHOWN = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}


def decode(data: bytes, shown: str, encoding: str | None) -> tuple[str, tuple[str, ...]]:
    """The text and what was concluded about it.

    Raises:
        TableError: bytes that are not text in that encoding (with their offset), NUL characters,
            or an encoding that does not exist.
    """
    notes: tuple[str, ...] = ()
    mark = next((name for bom, name in MARKS if data.startswith(bom)), None)
    if encoding is None and mark:
        encoding = mark
        notes = (
            f"The file begins with a byte-order mark and was read as {SHOWN[mark]}"
            " (--encoding overrides).",
        )
    elif encoding is None and b"\0" in data:
        raise _nul(data, shown)
    elif encoding and mark == "utf-8-sig" and _same(encoding, "utf-8"):
        encoding = mark
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        raise _undecodable(error, encoding, shown) from None
    except (LookupError, UnicodeError, ValueError):
        raise TableError(
            f"{show(encoding)} is no text encoding that can read {shown}",
            "name another, for example --encoding latin-1",
        ) from None
    text = text.lstrip("\ufeff")  # files that were joined or saved twice have the mark twice
    if "\0" in text:
        raise TableError(
            f"{shown}, character {text.index(chr(0)):,}: NUL character",
            "remove it, or export again",
        )
    return text, notes


def _same(one: str, other: str) -> bool:
    try:
        return codecs.lookup(one).name == codecs.lookup(other).name
    except LookupError:
        return False


def _nul(data: bytes, shown: str) -> TableError:
    even, odd = data[:1000:2].count(0), data[1:1000:2].count(0)
    if max(even, odd) > 100 or (len(data) < 400 and max(even, odd) > len(data) // 4):
        name = "utf-16-le" if odd > even else "utf-16-be"
        return TableError(f"{shown} looks like UTF-16 without a mark", f"say --encoding {name}")
    return TableError(
        f"{shown}, byte {data.index(0):,}: NUL byte; this is not a text table",
        "remove it, or export the table again as CSV",
    )


def _undecodable(error: UnicodeDecodeError, encoding: str | None, shown: str) -> TableError:
    value = error.object[error.start : error.start + 1].hex()
    name = encoding or "UTF-8"
    fix = "name the right one with --encoding"
    if encoding is None:
        fix = "if the file comes from Excel or an old system, say --encoding cp1252 (or latin-1)"
    return TableError(f"{shown}, byte {error.start:,}: 0x{value} is not {name} text", fix)
