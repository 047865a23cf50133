"""Parsers of options that only tables have (`base.parsers` has the others)."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from howdeep.base.errors import ConfigError, InputError
from howdeep.base.parsers import Bounds, items, name, text, wrong
from howdeep.base.words import listed, nearest, show, show_path

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "cp437", "gb18030")


@dataclass(frozen=True, eq=False)
class PerRow:
    """One value per row, as Python gives them: an array, a column of a frame, a list."""

    values: Any

    def __str__(self) -> str:
        return f"{len(self.values):,} values"


Side = str | PerRow | None  # a column's name or number, or its cells


def side(rule: Bounds, label: str, value: Any) -> str | PerRow:
    """A column by name or number, or one value per row."""
    if hasattr(value, "__next__"):
        what = f"{label} is a {type(value).__name__}, whose values can be read only once"
        raise ConfigError(what, "give a list of them")
    return PerRow(value) if _is_column(value) else name(rule, label, value)


def _is_column(value: Any) -> bool:
    if not hasattr(value, "__len__") or isinstance(value, str | bytes | Mapping | set | frozenset):
        return False
    try:
        return len(value) > 0 and np.ndim(value) == 1
    except (TypeError, ValueError):  # an array of no axis, lists of several lengths
        return False


def names(rule: Bounds, label: str, value: Any) -> tuple[str, ...]:
    """Column names: a list, a,b,c, or a file of names (separated by commas or lines)."""
    from howdeep.modalities.table.read.names import check_names

    try:
        if isinstance(value, str) and "," not in value and os.path.isfile(value):
            value = _names_in(value)
        found = tuple(text(rule, label, item).strip() for item in items(label, value))
        check_names(found, label)
    except ConfigError:
        raise
    except InputError as error:
        raise ConfigError(f"{label}: {error.what.removeprefix(f'{label}: ')}", error.fix) from None
    return found


def _names_in(path: str) -> list[str]:
    from howdeep.data.read import files
    from howdeep.modalities.table.read import decode  # late: most commands name no file of names

    data, _ = files.read_bytes(path)
    content, _ = decode.decode(data, show_path(path), None)
    return [part.strip() for part in re.split(r"[,\r\n]+", content) if part.strip()]


def types(rule: Bounds, label: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Column kinds: {column: kind}, or COL=kind,COL=kind."""
    pairs: list[tuple[Any, Any]]
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        split = [str(item).rpartition("=") for item in items(label, value)]
        pairs = [(column.strip(), kind.strip()) for column, _, kind in split]
    for column, kind in pairs:
        if not column or kind not in ("number", "category", "date", "drop"):
            shown = f"{column}={kind}"
            raise wrong(label, shown, "COL=number, COL=category, COL=date or COL=drop")
    if len({column for column, _ in pairs}) < len(pairs):
        raise ConfigError(f"{label}: a column is named twice", "name each column once")
    return tuple((str(column), str(kind)) for column, kind in pairs)


def separator(rule: Bounds, label: str, value: Any) -> str:
    """One sign or its name, several signs, or `blanks` for runs of them."""
    value = SEPARATORS.get(value, value) if isinstance(value, str) else value
    if value == "blanks":
        return "blanks"
    bad = not isinstance(value, str) or not 1 <= len(value) <= 8 or value in (".", "-")
    if bad or any(char.isalnum() or char in "\"'\r\n\0" for char in value):
        raise wrong(label, value, "comma, semicolon, tab, pipe, space, blanks or up to 8 signs")
    return str(value)


def encoding(rule: Bounds, label: str, value: Any) -> str:
    """A text encoding Python knows."""
    name = text(rule, label, value)
    try:
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        close = listed(nearest(name, ENCODINGS))
        fix = f"say one, as {close}"
        raise ConfigError(f"{label}: there is no encoding {show(name)}", fix) from None
    return name
