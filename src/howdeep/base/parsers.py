"""Parsers of option values: `parser(rule, label, value)` takes a text or a value, never guesses.

`rule` has `low`, `high` and `choices`; `label` is the option as the user wrote it. Every parser
raises `ConfigError` with the label, the value and the rule. A modality has more of them.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
from numbers import Integral
from typing import Any, Protocol

from howdeep.base.errors import ConfigError
from howdeep.base.words import listed, show


class Bounds(Protocol):
    """What a parser needs of an option's rule."""

    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def choices(self) -> tuple[str, ...]: ...


def written(value: Any) -> str:
    """A value as its option would be written: lists and pairs separated by commas.

    >>> written((0, 1, 2)), written((("zip", "category"),)), written(0.5)
    ('0,1,2', 'zip=category', '0.5')
    """
    if isinstance(value, tuple):
        return ",".join("=".join(x) if isinstance(x, tuple) else str(x) for x in value)
    return str(value)


TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|min|h|)")
SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3_600}
MAX_ITEMS = 10_000


def wrong(label: str, value: object, rule: str) -> ConfigError:
    """The refusal of a value that is not what the rule says."""
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
        raise wrong(label, value, "a text")
    return value


def path(rule: Bounds, label: str, value: Any) -> str:
    """A path."""
    return text(rule, label, os.fspath(value) if isinstance(value, os.PathLike) else value)


def name(rule: Bounds, label: str, value: Any) -> str:
    """A column by name or number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(rule, label, value)


def choice(rule: Bounds, label: str, value: Any) -> str:
    """One of the choices."""
    if value not in rule.choices:
        known = listed(rule.choices)
        raise ConfigError(f"{label}: {show(value)} is none of {known}", f"say one of {known}")
    return str(value)


def flag(rule: Bounds, label: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise wrong(label, value, "true or false")
    return value


def integer(rule: Bounds, label: str, value: Any) -> int:
    """A whole number within the bounds; 3.0, true and 1_000 are none."""
    parsed = value
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", value, re.ASCII):
        parsed = int(value)
    elif isinstance(value, Integral) and not isinstance(value, bool):
        parsed = int(value)  # numpy's whole numbers
    if isinstance(parsed, bool) or not isinstance(parsed, int) or not _within(rule, parsed):
        raise wrong(label, value, f"a whole number {_range(rule)}")
    return parsed


def number(rule: Bounds, label: str, value: Any) -> float:
    """A finite number within the bounds."""
    parsed = value
    if isinstance(value, str) and "_" not in value:
        with contextlib.suppress(ValueError):
            parsed = float(value)
    is_number = isinstance(parsed, int | float) and not isinstance(parsed, bool)
    if not is_number or not _within(rule, parsed):
        raise wrong(label, value, f"a number {_range(rule)}")
    return float(parsed)


def share(rule: Bounds, label: str, value: Any) -> float:
    """A number within the bounds, or as percent: 5% is 0.05."""
    text = value.strip() if isinstance(value, str) else ""
    if not text.endswith("%"):
        return number(rule, label, value)
    percent = text.removesuffix("%").strip()
    try:
        found = float(percent) if "_" not in percent else math.nan
    except ValueError:
        found = math.nan
    found = round(found / 100, 12)  # 5 / 100 as 0.05 is written
    if not _within(rule, found):
        raise wrong(label, value, f"a number {_range(rule)}, or as percent, as 5%")
    return found


def seconds(rule: Bounds, label: str, value: Any) -> float:
    """A time: 90s, 10m, 1h, or a number of seconds."""
    parsed = value
    if isinstance(value, str) and len(value) < 30:
        match = TIME.fullmatch(value.strip().lower())
        parsed = float(match[1]) * SECONDS[match[2]] if match else None
    try:
        return number(rule, label, parsed)
    except ConfigError:
        raise wrong(label, value, "a time from 1s on, as 90s, 10m or 1h") from None


def rows(rule: Bounds, label: str, value: Any) -> int | str:
    """ "all", or a number of rows."""
    return "all" if value == "all" else integer(rule, label, value)


def items(label: str, value: Any) -> list[Any]:
    """Items of a list, or of a text separated by commas; at least one."""
    found = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if isinstance(found, tuple | range) or hasattr(found, "tolist"):
        found = list(found)
    if not isinstance(found, list) or len(found) > MAX_ITEMS:
        raise wrong(label, value, "a list, or names separated by commas")
    if not found or found == [""]:
        raise ConfigError(f"{label}: the list is empty", "give at least one")
    return found


SPAN = re.compile(r"\s*([0-9]{1,20})\s*(?:-|\.\.|to)\s*([0-9]{1,20})\s*", re.ASCII)


def integers(rule: Bounds, label: str, value: Any) -> tuple[int, ...]:
    """Depths in blocks, sorted; at least one above zero. `1-4` is all from 1 to 4."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    found = sorted({one for item in items(label, value) for one in _span(rule, label, item)})
    if found[-1] == 0:
        raise ConfigError(f"{label}: 0 blocks alone is no ladder", "add a depth, as 0,1,2")
    return tuple(found)


def _span(rule: Bounds, label: str, item: Any) -> list[int]:
    """The whole numbers of `4`, or of `1-4`."""
    ends = SPAN.fullmatch(item) if isinstance(item, str) else None
    if ends is None:
        return [integer(rule, label, item)]
    low, high = (integer(rule, label, end) for end in ends.groups())
    if low > high or high - low > MAX_ITEMS:
        raise wrong(label, item, "a span from a smaller number to a larger one, as 1-4")
    return list(range(low, high + 1))
