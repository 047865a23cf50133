"""Nouns to canonical JSON and back, JSON to SHA-256, SHA-256 to integer seeds.

Two JSON forms: `dumps` is what is stored (floats as their shortest exact text), `digest` hashes
the same with floats written in hexadecimal, so that equal bits and only equal bits hash alike.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def to_plain(noun: object, brief: bool = False) -> Any:
    """Dataclasses, tuples and mappings to dicts and lists; refuses what JSON cannot hold.

    `brief` leaves out fields that came later (`nouns.LATER`) where they have their default.

    Raises:
        TypeError: an object that has no JSON form.
        ValueError: NaN or an infinity (store `None` instead).

    >>> to_plain((1, 2.5, None))
    [1, 2.5, None]
    """
    if dataclasses.is_dataclass(noun) and not isinstance(noun, type):
        named = [(f, getattr(noun, f.name)) for f in dataclasses.fields(noun)]
        return {
            f.name: to_plain(value, brief)
            for f, value in named
            if not (brief and "later" in f.metadata and value == f.default)
        }
    if isinstance(noun, bool | str) or noun is None:
        return noun
    if isinstance(noun, int):
        return int(noun)
    if isinstance(noun, float):
        if not math.isfinite(noun):
            raise ValueError(f"{noun} has no JSON form; store None")
        return float(noun)
    if isinstance(noun, tuple | list):
        return [to_plain(item, brief) for item in noun]
    if isinstance(noun, dict):
        return {str(key): to_plain(noun[key], brief) for key in sorted(noun, key=str)}
    raise TypeError(f"{type(noun).__name__} has no canonical JSON form")


def _hex_floats(plain: Any) -> Any:
    if isinstance(plain, float):
        return plain.hex()
    if isinstance(plain, list):
        return [_hex_floats(item) for item in plain]
    if isinstance(plain, dict):
        return {key: _hex_floats(value) for key, value in plain.items()}
    return plain


def dumps(noun: object, indent: int | None = None) -> str:
    """Canonical JSON: sorted keys, UTF-8, no NaN; the text that is stored.

    >>> dumps({"b": 1, "a": (0.1,)})
    '{"a":[0.1],"b":1}'
    """
    separators = (",", ":") if indent is None else None
    return json.dumps(
        to_plain(noun),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
    )


def digest(noun: object) -> str:
    """SHA-256 (64 hex digits) of canonical JSON with every float in hexadecimal.

    A field that was added later counts only where it does not have its default: keys from before
    it was there stay what they are.

    >>> digest(0.1) == digest(0.1), digest(0.1) == digest(0.1 + 1e-18), digest(1) == digest(1.0)
    (True, True, False)
    """
    text = json.dumps(_hex_floats(to_plain(noun, brief=True)), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(*parts: object) -> int:
    """A 63-bit integer seed from any parts; the only way randomness starts.

    >>> seed_of("batches", 0) == seed_of("batches", 0), seed_of("a") == seed_of("b")
    (True, False)
    """
    return int(digest(list(parts))[:16], 16) >> 1


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind)
    return _HINTS[kind]


_HINTS: dict[type, dict[str, Any]] = {}


def _tuple(args: tuple[Any, ...], plain: list[Any]) -> tuple[Any, ...]:
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(build(args[0], item) for item in plain)
    if len(args) != len(plain):
        raise ValueError(f"expected {len(args)} items, got {len(plain)}")
    return tuple(build(hint, item) for hint, item in zip(args, plain, strict=True))


def _union(args: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and type(None) in args:
        return None
    tried = []
    for hint in args:
        if hint is type(None):
            continue
        try:
            return build(hint, plain)
        except (TypeError, ValueError) as error:
            tried.append(str(error))
    raise ValueError("; ".join(tried))


def _dataclass(kind: Any, plain: dict[str, Any]) -> Any:
    hints = _hints(kind)
    unknown = set(plain) - set(hints)
    if unknown:
        raise ValueError(f"{kind.__name__}: unknown fields {sorted(unknown)}")
    return kind(**{name: build(hints[name], value) for name, value in plain.items()})


def build(hint: Any, plain: Any) -> Any:
    """What a type hint, as that of a dataclass, says of what JSON holds; strict.

    Raises:
        ValueError, TypeError: unknown, missing or ill-typed fields.
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return plain
    if origin is typing.Literal:
        if plain not in args:
            raise ValueError(f"{plain!r} is none of {args}")
        return plain
    if origin in (typing.Union, types.UnionType):
        return _union(args, plain)
    if origin is tuple:
        if not isinstance(plain, list):
            raise TypeError(f"expected a list, got {type(plain).__name__}")
        return _tuple(args, plain)
    if origin is dict:
        return {key: build(args[1], value) for key, value in plain.items()}
    if dataclasses.is_dataclass(hint):
        if not isinstance(plain, dict):
            raise TypeError(f"expected an object for {hint}, got {type(plain).__name__}")
        return _dataclass(hint, plain)
    if hint is float and type(plain) in (int, float):
        return float(plain)
    if type(plain) is not hint:
        raise TypeError(f"expected {hint.__name__}, got {type(plain).__name__}")
    return plain


def loads(kind: Callable[..., T], text: str) -> T:
    """The inverse of `dumps`: strict, by the type hints of the dataclass `kind`.

    Raises:
        ValueError, TypeError: unknown, missing or ill-typed fields; duplicate keys; NaN literals.

    >>> from howdeep.base.nouns import Cost
    >>> loads(Cost, dumps(Cost(weight_layers=2, parameters=10, flops=20.0))).parameters
    10
    """
    plain = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    built: T = build(kind, plain)
    return built


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("duplicate JSON keys")
    return out


def _no_constants(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
