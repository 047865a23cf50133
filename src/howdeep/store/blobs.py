"""Arrays on disk: safetensors files named by the SHA-256 of their bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from howdeep.base.errors import StudyCorrupt
from howdeep.store import disk

Arrays = dict[str, NDArray[Any]]
_HASH = re.compile(r"[0-9a-f]{64}")
_FIX = "restore the file from a copy, or begin a new study"


def path_of(root: Path, sha: str) -> Path:
    """Where the blob `sha` lies under `root`; derived from the hash alone, so never elsewhere."""
    if not _HASH.fullmatch(sha):
        raise StudyCorrupt(f"{root}: {sha[:80]!r} is not the name of a blob", _FIX)
    return root / sha[:2] / f"{sha}.safetensors"


def put_all(root: Path, many: Iterable[Arrays]) -> list[str]:
    """Write dicts of arrays and wait until they are on the disk; returns their names.

    Each file is complete before it has its name; folders are synced once at the end. What lies
    there already is written again: its name may not have reached the disk before a crash.
    """
    names = []
    for arrays in many:
        plain = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
        data = safetensors.numpy.save(plain)
        names.append(hashlib.sha256(data).hexdigest())
        path = path_of(root, names[-1])
        disk.make_dir(path.parent)
        disk.put(path, data)
    folders = sorted({name[:2] for name in names})
    for folder in folders:
        disk.sync_dir(root / folder)
    if folders:
        disk.sync_dir(root)
    return names


def get(root: Path, sha: str) -> Arrays:
    """The arrays of a blob, verified.

    Raises:
        StudyCorrupt: the file is missing, is not what was written, or holds no arrays.
    """
    path = path_of(root, sha)
    data = verified(root, sha)
    try:
        return dict(safetensors.numpy.load(data))
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise StudyCorrupt(f"{path}: {error}", _FIX) from error


def verified(root: Path, sha: str) -> bytes:
    """The bytes of a blob whose hash is its name."""
    path = path_of(root, sha)
    try:
        data = disk.read(path)
    except FileNotFoundError:
        raise StudyCorrupt(f"{path}: the file is missing", _FIX) from None
    if hashlib.sha256(data).hexdigest() != sha:
        raise StudyCorrupt(f"{path}: the file is not what was written", _FIX)
    return data


def orphans(root: Path, named: set[str]) -> Iterator[Path]:
    """Files under `root` that no row names: left by a crash between blob and row."""
    wanted = {path_of(root, sha) for sha in named}
    for path in sorted(root.rglob("*")):
        if not path.is_dir() and path not in wanted:
            yield path
