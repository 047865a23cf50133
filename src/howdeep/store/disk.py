"""Every call that changes or reads the disk: eleven small functions, nothing else.

The store calls them as `disk.write(...)`, so that a test can make the n-th call fail or die.
They raise `OSError` and `sqlite3.Error` as the system does; `translated` turns those into errors
that a person can act on.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from howdeep.base.errors import StorageError, StudyCorrupt

Statement = tuple[Any, ...]
ROWS_AT_ONCE = 200


def make_dir(path: Path) -> None:
    """Make one private directory (0700 whatever the umask); an existing one is left as it is."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    path.chmod(0o700)


def open_new(path: Path) -> int:
    """Open a private file (0600 whatever the umask) for writing from its start."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def write(descriptor: int, data: bytes) -> None:
    """Write all of `data`; the system may take it in several bites."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Wait until a file's bytes are on the disk."""
    os.fsync(descriptor)


def sync_dir(path: Path) -> None:
    """Wait until the names in a directory are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Give a finished file or directory its name in one step."""
    os.replace(source, target)


def remove(path: Path) -> None:
    """Remove a file or an empty directory; what is gone already is no error."""
    try:
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    except FileNotFoundError:
        return


def read(path: Path) -> bytes:
    """All bytes of a file."""
    return path.read_bytes()


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection ("ro" or "rw") that never creates a file and begins no transaction itself.

    SQLite needs a shared-memory file even to read; in a folder that we may not write, a database
    without pending changes is opened as one that nobody changes.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    pending = path.with_name(f"{path.name}-wal").exists()
    if mode == "ro" and not pending and not os.access(path.parent, os.W_OK, effective_ids=True):
        uri += "&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)


def sql(connection: sqlite3.Connection, text: str, values: Sequence[Any] = ()) -> list[Statement]:
    """Run one statement and return its rows."""
    return connection.execute(text, values).fetchall()


def each(connection: sqlite3.Connection, text: str) -> Iterator[Statement]:
    """The rows of one question, a few at a time, as they were when it was asked."""
    cursor = connection.execute(text)
    while some := cursor.fetchmany(ROWS_AT_ONCE):
        yield from some


def put(path: Path, data: bytes) -> None:
    """Write a file so that its name means either the old content or all of the new."""
    draft = path.with_name(f".{path.name}.tmp")
    descriptor = open_new(draft)
    try:
        write(descriptor, data)
        sync(descriptor)
    finally:
        os.close(descriptor)
    replace(draft, path)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Report what the disk or SQLite refuses at `path`.

    Raises:
        StorageError: the disk is full, read-only, failing or busy.
        StudyCorrupt: SQLite cannot make sense of the file.
    """
    try:
        yield
    except OSError as error:
        place = error.filename or path
        raise StorageError(
            f"{place}: {error.strerror or error} (errno {error.errno})", _FIX
        ) from error
    except sqlite3.OperationalError as error:
        raise StorageError(f"{path}: SQLite reports: {error}", _FIX) from error
    except sqlite3.DatabaseError as error:
        fix = "restore the study from a copy, or begin a new one"
        raise StudyCorrupt(f"{path}: SQLite reports: {error}", fix) from error


_FIX = "make room, allow writing or mend the disk, then run the same command again"
