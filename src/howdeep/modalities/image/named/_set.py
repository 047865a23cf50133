"""What every named set of images says of itself, and where its files are kept."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Remote:
    """A file to download: its name, its SHA-256, and whether that is of what gzip packs.

    Mirrors pack the same images again, so that the sum of the packed file says nothing.
    """

    name: str
    sha256: str
    inside: bool = False


@dataclass(frozen=True)
class NamedSet:
    """A public set of images by name; `url` ends where a file's name begins.

    `shape` (H, W, C) and `classes`, in the order of their numbers, are checked after reading.
    """

    name: str
    url: str
    files: tuple[Remote, ...]
    most: int  # bytes of any one file
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    citation: str


def cache_folder() -> Path:
    """Where downloads are kept: $HOWDEEP_CACHE, else ~/.cache/howdeep, else a temporary folder."""
    if told := os.environ.get("HOWDEEP_CACHE"):
        return Path(told)
    home = os.path.expanduser("~")
    if home.startswith("~"):  # no $HOME, and no entry of this user: what is kept is checked anyway
        return Path(tempfile.gettempdir()) / "howdeep"
    return Path(home) / ".cache" / "howdeep"
