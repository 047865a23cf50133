"""Make the n-th disk call of the store die or fail: a test double for `howdeep.store.disk`."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from howdeep.store import disk

CHANGING = ("make_dir", "open_new", "write", "sync", "sync_dir", "replace", "remove", "sql")
READING = ("read", "connect", "each")
Act = Callable[[str, Callable[..., Any], tuple[Any, ...]], Any]
Counts = Callable[[str, tuple[Any, ...]], bool]


def is_commit(name: str, args: tuple[Any, ...]) -> bool:
    """Whether a call makes something durable in the database: COMMIT, or a lone INSERT."""
    return name == "sql" and args[1].startswith(("COMMIT", "INSERT INTO round", "INSERT INTO verd"))


def is_change(name: str, args: tuple[Any, ...]) -> bool:
    """Whether a call changes the disk."""
    asks = name == "sql" and args[1].startswith(("SELECT", "PRAGMA integrity"))
    return name in CHANGING and not asks


def is_read(name: str, args: tuple[Any, ...]) -> bool:
    """Whether a call only reads."""
    return not is_change(name, args)


def install(n: int, act: Act, counts: Counts = is_change, put: Any = setattr) -> list[str]:
    """Patch the disk so that its n-th counted call (from 1) becomes `act`; the calls so far."""
    calls: list[str] = []

    def wrap(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if not counts(name, args):
                return original(*args)
            calls.append(name)
            return act(name, original, args) if len(calls) == n else original(*args)

        return call

    for name in CHANGING + READING:
        put(disk, name, wrap(name, getattr(disk, name)))
    return calls


def die() -> NoReturn:
    """As `kill -9` does: no handler, no `finally`, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a process that killed itself goes on")


def die_before(name: str, original: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    die()


def die_after(name: str, original: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    original(*args)
    die()


def die_within(name: str, original: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Half of a write reaches the file; other calls are one step, and die after it."""
    if name == "write":
        os.write(args[0], args[1][: len(args[1]) // 2])
    else:
        original(*args)
    die()


def failing(code: int) -> Act:
    """The call fails as a full, failing or forbidden disk does; a write after half its bytes."""

    def act(name: str, original: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if name in ("sql", "connect", "each"):
            raise sqlite3.OperationalError(f"disk I/O error: {errno.errorcode[code]}")
        if name == "write":
            os.write(args[0], args[1][: len(args[1]) // 2])
        place = args[0] if isinstance(args[0], Path) else None  # a descriptor has no name
        raise OSError(code, os.strerror(code), place)

    return act


def short_writes(put: Any = setattr) -> None:
    """Every write takes a third of what it is given, as the system may at any time."""
    write = os.write
    put(os, "write", lambda at, data: write(at, bytes(data[: len(data) // 3 + 1])))


def no_waiting(put: Any = setattr) -> None:
    """No fsync, by us or by SQLite: for tests in which no machine loses its power."""
    sql = disk.sql

    def relaxed(connection: Any, text: str, values: Any = ()) -> Any:
        return sql(connection, text.replace("synchronous=FULL", "synchronous=OFF"), values)

    put(disk, "sql", relaxed)
    for name in ("sync", "sync_dir"):
        put(disk, name, lambda at: None)


COUNTED = {"commit": is_commit, "change": is_change}
DEATHS: dict[str, Act] = {"before": die_before, "after": die_after, "within": die_within}
