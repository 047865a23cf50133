"""Parsers of option values: `parser(rule, label, value)` takes a text or a value, never guesses.

`rule` has `low`, `high` and `choices`; `label` is the option as the user wrote it. Every parser
raises `ConfigError` with the label, the value and the rule.
"""

from __future__ import annotations

import codecs
import contextlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Protocol

import numpy as np

from howdeep.base.errors import ConfigError, InputError
from howdeep.data.cells import listed, nearest, show, show_path
from howdeep.data.read import decode, files
from howdeep.data.read.names import check_names


class Bounds(Protocol):
    """What a parser needs of an option's rule."""

    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def choices(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class PerRow:
    """One value per row, as Python gives them: an array, a column of a frame, a list."""

    values: Any

    def __str__(self) -> str:
        return f"{len(self.values):,} values"


Side = str | PerRow | None  # a column's name or number, or its cells


def written(value: Any) -> str:
    """A value as its option would be written: lists and pairs separated by commas.

    >>> written((0, 1, 2)), written((("zip", "category"),)), written(0.5)
    ('0,1,2', 'zip=category', '0.5')
    """
    if isinstance(value, tuple):
        return ",".join("=".join(x) if isinstance(x, tuple) else str(x) for x in value)
    return str(value)


SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "cp437", "gb18030")
TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|min|h|)")
SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3_600}
MAX_ITEMS = 10_000


def _wrong(label: str, value: object, rule: str) -> ConfigError:
    return ConfigError(f"{label}: {show(value)} is not {rule}", f"give {rule}")


def _range(rule: Bounds) -> str:
    return f"from {_plain(rule.low)} to {_plain(rule.high)}"


def _plain(number: float | None) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _within(rule: Bounds, number: float) -> bool:
    """Between the bounds, and no NaN."""
    low = -math.inf if rule.low is None else rule.low
    high = math.inf if rule.high is None else rule.high
    return low <= number <= high


def text(rule: Bounds, label: str, value: Any) -> str:
    """A text that is not empty and holds no NUL."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise _wrong(label, value, "a text")
    return value


def path(rule: Bounds, label: str, value: Any) -> str:
    """A path."""
    return text(rule, label, os.fspath(value) if isinstance(value, os.PathLike) else value)


def name(rule: Bounds, label: str, value: Any) -> str:
    """A column by name or number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(rule, label, value)


def side(rule: Bounds, label: str, value: Any) -> str | PerRow:
    """A column by name or number, or one value per row."""
    return PerRow(value) if _is_column(value) else name(rule, label, value)


def _is_column(value: Any) -> bool:
    if not hasattr(value, "__len__") or isinstance(value, str | bytes | Mapping | set | frozenset):
        return False
    try:
        return len(value) > 0 and np.ndim(value) == 1
    except (TypeError, ValueError):  # an array of no axis, lists of several lengths
        return False


def choice(rule: Bounds, label: str, value: Any) -> str:
    """One of the choices."""
    if value not in rule.choices:
        known = listed(rule.choices)
        raise ConfigError(f"{label}: {show(value)} is none of {known}", f"say one of {known}")
    return str(value)


def flag(rule: Bounds, label: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise _wrong(label, value, "true or false")
    return value


def integer(rule: Bounds, label: str, value: Any) -> int:
    """A whole number within the bounds; 3.0, true and 1_000 are none."""
    parsed = value
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", value, re.ASCII):
        parsed = int(value)
    elif isinstance(value, Integral) and not isinstance(value, bool):
        parsed = int(value)  # numpy's whole numbers
    if isinstance(parsed, bool) or not isinstance(parsed, int) or not _within(rule, parsed):
        raise _wrong(label, value, f"a whole number {_range(rule)}")
    return parsed


def number(rule: Bounds, label: str, value: Any) -> float:
    """A finite number within the bounds."""
    parsed = value
    if isinstance(value, str) and "_" not in value:
        with contextlib.suppress(ValueError):
            parsed = float(value)
    is_number = isinstance(parsed, int | float) and not isinstance(parsed, bool)
    if not is_number or not _within(rule, parsed):
        raise _wrong(label, value, f"a number {_range(rule)}")
    return float(parsed)


def seconds(rule: Bounds, label: str, value: Any) -> float:
    """A time: 90s, 10m, 1h, or a number of seconds."""
    parsed = value
    if isinstance(value, str) and len(value) < 30:
        match = TIME.fullmatch(value.strip().lower())
        parsed = float(match[1]) * SECONDS[match[2]] if match else None
    try:
        return number(rule, label, parsed)
    except ConfigError:
        raise _wrong(label, value, "a time from 1s on, as 90s, 10m or 1h") from None


def rows(rule: Bounds, label: str, value: Any) -> int | str:
    """ "all", or a number of rows."""
    return "all" if value == "all" else integer(rule, label, value)


def _items(label: str, value: Any) -> list[Any]:
    """Items of a list, or of a text separated by commas; at least one."""
    items = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if isinstance(items, tuple | range) or hasattr(items, "tolist"):
        items = list(items)
    if not isinstance(items, list) or len(items) > MAX_ITEMS:
        raise _wrong(label, value, "a list, or names separated by commas")
    if not items or items == [""]:
        raise ConfigError(f"{label}: the list is empty", "give at least one")
    return items


def integers(rule: Bounds, label: str, value: Any) -> tuple[int, ...]:
    """Depths in blocks, sorted; at least one above zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    found = sorted({integer(rule, label, item) for item in _items(label, value)})
    if found[-1] == 0:
        raise ConfigError(f"{label}: 0 blocks alone is no ladder", "add a depth, as 0,1,2")
    return tuple(found)


def names(rule: Bounds, label: str, value: Any) -> tuple[str, ...]:
    """Column names: a list, a,b,c, or a file of names (separated by commas or lines)."""
    try:
        if isinstance(value, str) and "," not in value and os.path.isfile(value):
            value = _names_in(value)
        found = tuple(text(rule, label, item).strip() for item in _items(label, value))
        check_names(found, label)
    except ConfigError:
        raise
    except InputError as error:
        raise ConfigError(f"{label}: {error.what.removeprefix(f'{label}: ')}", error.fix) from None
    return found


def _names_in(path: str) -> list[str]:
    data, _ = files.read_bytes(path)
    content, _ = decode.decode(data, show_path(path), None)
    return [part.strip() for part in re.split(r"[,\r\n]+", content) if part.strip()]


def types(rule: Bounds, label: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Column kinds: {column: kind}, or COL=kind,COL=kind."""
    pairs: list[tuple[Any, Any]]
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        split = [str(item).rpartition("=") for item in _items(label, value)]
        pairs = [(column.strip(), kind.strip()) for column, _, kind in split]
    for column, kind in pairs:
        if not column or kind not in ("number", "category", "drop"):
            shown = f"{column}={kind}"
            raise _wrong(label, shown, "COL=number, COL=category or COL=drop")
    if len({column for column, _ in pairs}) < len(pairs):
        raise ConfigError(f"{label}: a column is named twice", "name each column once")
    return tuple((str(column), str(kind)) for column, kind in pairs)


def families(rule: Bounds, label: str, value: Any) -> tuple[str, ...] | None:
    """Family names from the files there are; auto = None."""
    from howdeep.nets.families import names as known  # late: it loads torch

    items = _items(label, value)
    if items == ["auto"]:
        return None
    if "auto" in items:
        raise ConfigError(f"{label}: auto stands for itself", "say auto, or name the families")
    for item in items:
        if item not in known():
            raise ConfigError(
                f"{label}: there is no family {show(item)}",
                f"say auto, or some of {listed(nearest(str(item), known(), 20))}",
            )
    return tuple(dict.fromkeys(items))


def rivals(rule: Bounds, label: str, value: Any) -> tuple[str, ...] | None:
    """Names of classical models from the files there are; all = None, none by itself."""
    from howdeep.trainers import offered as known

    items = _items(label, value)
    if items == ["all"]:
        return None
    for item in items:
        if item not in known() and items != ["none"]:
            raise ConfigError(
                f"{label}: there is no classical model {show(item)}",
                f"say all, none, or some of {listed(known())}",
            )
    return tuple(dict.fromkeys(items))


def separator(rule: Bounds, label: str, value: Any) -> str:
    """One character, or its name."""
    value = SEPARATORS.get(value, value) if isinstance(value, str) else value
    bad = not isinstance(value, str) or len(value) != 1 or value.isalnum() or value in "\"'\r\n\0.-"
    if bad:
        raise _wrong(label, value, "comma, semicolon, tab, pipe, space or one character")
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
