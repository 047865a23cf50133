"""Parsers of options that name nets and models; `base.parsers` has the others."""

from __future__ import annotations

from typing import Any

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.base.parsers import Bounds, choice, items
from howdeep.base.words import listed, nearest, show


def metric(rule: Bounds, label: str, value: Any) -> str:
    """A metric by its name, or by another that it goes by."""
    return choice(rule, label, metrics.called(value) if isinstance(value, str) else value)


def families(rule: Bounds, label: str, value: Any) -> tuple[str, ...] | None:
    """Family names from the files there are; auto = None."""
    from howdeep.nets.families import names as known  # late: it loads torch

    found = items(label, value)
    if found == ["auto"]:
        return None
    if "auto" in found:
        raise ConfigError(f"{label}: auto stands for itself", "say auto, or name the families")
    for item in found:
        if item not in known():
            raise ConfigError(
                f"{label}: there is no family {show(item)}",
                f"say auto, or some of {listed(nearest(str(item), known(), 20))}",
            )
    return tuple(dict.fromkeys(found))


def rivals(rule: Bounds, label: str, value: Any) -> tuple[str, ...] | None:
    """Names of classical models from the files there are; all = None, none by itself."""
    from howdeep.trainers import offered as known

    found = items(label, value)
    if found == ["all"]:
        return None
    for item in found:
        if item not in known() and found != ["none"]:
            raise ConfigError(
                f"{label}: there is no classical model {show(item)}",
                f"say all, none, or some of {listed(known())}",
            )
    return tuple(dict.fromkeys(found))


def words(rule: Bounds, label: str, value: Any) -> tuple[str, ...]:
    """Names as a list, or separated by commas; each once."""
    found = items(label, value)
    for item in found:
        if not isinstance(item, str) or not item.strip():
            raise ConfigError(f"{label}: {show(item)} is no name", "separate names by commas")
    return tuple(dict.fromkeys(item.strip() for item in found))


def part(rule: Bounds, label: str, value: Any) -> float:
    """A share above 0 and up to 1, or a percentage.

    >>> part(None, "--budget", "50%"), part(None, "--budget", 0.25)
    (0.5, 0.25)
    """
    text = str(value).strip()
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = 0.0
    if isinstance(value, bool) or not 0 < found <= 1:
        raise ConfigError(f"{label} {show(value)}: a part of the whole", "say 50%, or 0.5")
    return found
