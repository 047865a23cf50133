"""The SQLite file of a study: its schema, compared exactly on opening, and its sealed rows.

Every JSON text is stored next to its SHA-256, so that a flipped byte inside a row is found when
the row is read.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from howdeep.base import keys
from howdeep.base.errors import StorageError, StudyCorrupt, StudyTooNew
from howdeep.store import disk

T = TypeVar("T")
APPLICATION = 0x68_6F_77_64  # "howd"
VERSION = 1
TABLES = {
    "attempt": "number INTEGER PRIMARY KEY, grp TEXT NOT NULL, reason TEXT NOT NULL",
    "meta": "name TEXT PRIMARY KEY, text TEXT NOT NULL, sha TEXT NOT NULL",
    "round": "number INTEGER PRIMARY KEY, text TEXT NOT NULL, sha TEXT NOT NULL",
    "stop": "number INTEGER PRIMARY KEY, text TEXT NOT NULL, sha TEXT NOT NULL",
    "timing": "trial TEXT PRIMARY KEY, seconds REAL NOT NULL",
    "trial": "key TEXT PRIMARY KEY, platform TEXT NOT NULL, text TEXT NOT NULL, sha TEXT NOT NULL",
    "verdict": "number INTEGER PRIMARY KEY, text TEXT NOT NULL, sha TEXT NOT NULL",
}
_KEYED = {"meta", "timing", "trial"}  # by text: no rowid, so no second index to disagree with


def _create(name: str) -> str:
    options = "STRICT, WITHOUT ROWID" if name in _KEYED else "STRICT"
    return f"CREATE TABLE {name} ({TABLES[name]}) {options}"


def create(file: Path) -> None:
    """Make an empty database in one private file, with no write-ahead log left next to it."""
    disk.put(file, b"")
    connection = disk.connect(file, "rw")
    try:
        disk.sql(connection, "PRAGMA journal_mode=WAL")
        disk.sql(connection, "PRAGMA synchronous=FULL")
        disk.sql(connection, "BEGIN IMMEDIATE")
        for name in TABLES:
            disk.sql(connection, _create(name))
        disk.sql(connection, f"PRAGMA application_id={APPLICATION}")
        disk.sql(connection, f"PRAGMA user_version={VERSION}")
        disk.sql(connection, "COMMIT")
    finally:
        connection.close()


def open_file(file: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to a database that is exactly ours and internally sound.

    Raises:
        StudyTooNew: its schema has a higher number than this howdeep knows; left unchanged.
        StudyCorrupt: another program's file, a changed schema, or damaged pages.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise StorageError(f"SQLite {sqlite3.sqlite_version} is older than 3.37", "update Python")
    with disk.translated(file):
        probe = disk.connect(file, "ro")  # so that a file we refuse is not touched
        try:
            _identify(file, probe)
        finally:
            probe.close()
        connection = disk.connect(file, "rw" if write else "ro")
        try:
            for pragma in ("synchronous=FULL", "trusted_schema=OFF", "cell_size_check=ON"):
                disk.sql(connection, f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection


def _identify(file: Path, connection: sqlite3.Connection) -> None:
    def one(pragma: str) -> object:
        return disk.sql(connection, f"PRAGMA {pragma}")[0][0]

    if one("application_id") != APPLICATION:
        raise StudyCorrupt(f"{file}: an SQLite file, but not of howdeep", "check the path")
    version = one("user_version")
    if not isinstance(version, int) or version > VERSION:
        raise StudyTooNew(
            f"{file}: schema {version}; this howdeep knows up to {VERSION}", "update howdeep"
        )
    found = disk.sql(connection, "SELECT type, name, sql FROM sqlite_master ORDER BY name")
    wanted = [("table", name, _create(name)) for name in sorted(TABLES)]
    if found != wanted:
        strange = sorted({row[1] for row in set(found) ^ set(wanted)})
        raise StudyCorrupt(
            f"{file}: its schema is not that of a study ({', '.join(strange)[:80]})", _RESTORE
        )
    if one("integrity_check") != "ok":
        raise StudyCorrupt(f"{file}: damaged pages: {one('integrity_check')}", _RESTORE)


_RESTORE = "restore the study from a copy, or begin a new one"


def hash_text(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(noun: object) -> tuple[str, str]:
    """A noun as the text that is stored, and the SHA-256 of that text."""
    text = keys.dumps(noun)
    return text, hash_text(text)


def unseal(kind: Callable[..., T], text: str, sha: str, place: str) -> T:
    """The inverse of `seal`.

    Raises:
        StudyCorrupt: the text is not the one that was sealed; `place` says which row.
    """
    if hash_text(text) != sha:
        raise StudyCorrupt(f"{place}: the row is not what was written", _RESTORE)
    try:
        return keys.loads(kind, text)
    except (TypeError, ValueError) as error:
        raise StudyCorrupt(f"{place}: {error}"[:300], _RESTORE) from error
