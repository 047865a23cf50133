"""Derived files of a study, each written whole: deleting them loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from howdeep.base import keys
from howdeep.store import disk
from howdeep.store.create import BLOBS, DATABASE, LOCK

Stamp = Mapping[str, object]  # what a JSON file is known by, as a version and a digest


def put_file(study: Path, name: str, text: str) -> Path:
    """Write a file (report.html, result.json) into the study's folder; its path.

    Raises:
        StorageError: the disk refuses.
        ValueError: a name that is the study's own, hidden or a path.
    """
    _check(name)
    with disk.translated(study / name):
        disk.put(study / name, text.encode())
        disk.sync_dir(study)
    return study / name


def put_json(study: Path, name: str, stamp: Stamp, held: Mapping[str, object]) -> Path:
    """Write what was `held` as JSON, with the stamp by which it is found again; its path.

    Raises:
        StorageError, ValueError: as `put_file`.
    """
    return put_file(study, name, keys.dumps({**stamp, **held}, indent=1))


def get_json(study: Path, name: str, stamp: Stamp) -> dict[str, Any] | None:
    """What `put_json` wrote under this stamp; None where nothing was, or the file is damaged."""
    try:
        found = json.loads((study / name).read_text(encoding="utf-8"))
        same = all(found[key] == value for key, value in stamp.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if same else None


def put_folder(study: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Write a folder of files (the handed-over net) into the study's folder; its path.

    Raises:
        StorageError, ValueError: as `put_file`.
    """
    _check(name, *files)
    folder = study / name
    with disk.translated(folder):
        disk.make_dir(folder)
        for file, data in files.items():
            disk.put(folder / file, data)
        disk.sync_dir(folder)
    return folder


def remove_folder(study: Path, name: str) -> None:
    """Remove a folder of derived files, if it is there.

    Raises:
        StorageError, ValueError: as `put_file`.
    """
    _check(name)
    folder = study / name
    with disk.translated(folder):
        if folder.is_dir() and not folder.is_symlink():
            for file in sorted(folder.iterdir()):
                if file.is_file() or file.is_symlink():
                    disk.remove(file)
            if not any(folder.iterdir()):
                disk.remove(folder)


def _check(*names: str) -> None:
    for name in names:
        if Path(name).name != name or name.startswith(".") or name in (DATABASE, BLOBS, LOCK):
            raise ValueError(f"{name!r} is not the name of a derived file")
