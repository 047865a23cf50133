"""A file of options: JSON or TOML, told apart by content; nothing in it is ever executed."""

from __future__ import annotations

import json
import os
import re
import tomllib
from typing import Any

from howdeep.base.errors import ConfigError, InputError
from howdeep.base.words import show, show_path
from howdeep.data.read.files import read_bytes

MAX_CONFIG_CHARS = 1_000_000
# A dotted key of TOML takes memory in the square of its parts; options are not nested at all.
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'')
DEEP_KEY = re.compile(r"(?<![\w-])[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){32}")


def load_config(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The names and values of a config file, unchecked.

    Raises:
        ConfigError: not a readable JSON or TOML file, duplicate keys, NaN, too deep or too long.
    """
    shown = show_path(os.fspath(path))
    if os.fspath(path).lower().endswith((".yaml", ".yml")):
        raise ConfigError(f"{shown} is YAML, which is not read", "write it as TOML or JSON")
    try:
        text = read_bytes(path, formats=False)[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}, byte {error.start:,}: not UTF-8", "save it as UTF-8") from None
    except InputError as error:
        raise ConfigError(error.what, "give a JSON or TOML file of options") from None
    if len(text) > MAX_CONFIG_CHARS:
        raise ConfigError(f"{shown} has {len(text):,} characters", "give only options")
    try:
        found = _parsed(text)
    except RecursionError:
        raise ConfigError(f"{shown} is nested too deep", "options are flat") from None
    except ValueError as error:
        raise ConfigError(f"{shown}: {show(error)}", "correct the file") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{shown} is a list, not names with values", 'write {"name": value}')
    return found


def _parsed(text: str) -> Any:
    """JSON begins with a brace; a bracket begins a JSON list, or else a TOML table."""
    match text.lstrip()[:1]:
        case "{":
            return _json(text)
        case "[":
            try:
                return _json(text)
            except json.JSONDecodeError:
                return _toml(text)
        case _:
            return _toml(text)


def _toml(text: str) -> dict[str, Any]:
    if DEEP_KEY.search(STRING.sub("s", text)):
        raise RecursionError
    return tomllib.loads(text)


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise ValueError(f"{show(twice, 30)} is given twice")
    return dict(pairs)


def _no_constants(name: str) -> float:
    raise ValueError(f"{name} is no number")
