"""The one writer of a study: an flock that the kernel frees when its owner dies."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from howdeep.base.errors import StudyLocked
from howdeep.store import disk


def acquire(path: Path) -> int:
    """Take the lock file at `path` and write who holds it; returns the descriptor to close.

    Raises:
        StudyLocked: another process (or another `Study` of this one) holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_still(path, descriptor):
            raise BlockingIOError
        os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
        disk.write(descriptor, f"{_us()}\n".encode())
    except BlockingIOError:
        os.close(descriptor)
        raise taken(path) from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def taken(path: Path, *, us: bool = True) -> StudyLocked:
    """The error that names whom the lock file at `path` names, be it this process or not."""
    owner = ""
    with suppress(OSError):
        owner = path.read_bytes()[:200].decode(errors="replace").strip()
    if not owner or (owner == _us() and not us):
        owner = "another process"
    said = f"{path.parent}: {owner} is writing this study"
    return StudyLocked(said, "wait for it, or stop it first")


def _us() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


def release(descriptor: int) -> None:
    """Give the lock back; the file stays, empty, for its inode is what is locked."""
    os.ftruncate(descriptor, 0)
    os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the locked file still has its name: its directory may just have been renamed."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
