"""Files of a folder or of an archive, one after the other: (path inside, bytes)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping

from howdeep.base.errors import ImageError, LimitError, TableError
from howdeep.base.limits import MAX_FOLDERS_DEEP, MAX_IMAGE_FILE_BYTES, MAX_IMAGES
from howdeep.base.words import show_path
from howdeep.data.read.archives import Member, tar_members, zip_members
from howdeep.data.read.files import opened, read_bytes
from howdeep.data.read.inflate import MAGIC

LITTER = {"thumbs.db", "desktop.ini", "__macosx", "__pycache__", "@eadir", "$recycle.bin"}
LITTER |= {"system volume information", "lost+found"}  # as names with a dot, left by systems


def members(path: str | os.PathLike[str]) -> Iterator[Member]:
    """Files and folders (None) in `path`, a folder, a zip or a gzipped tar; litter left out.

    Raises:
        ImageError: a pipe, a device, a link that leads nowhere or back, or folders too deep.
        ArchiveError, LimitError: as `zip_members` and `tar_members`; more than `MAX_IMAGES` files.
    """
    for number, (name, data) in enumerate(_of_folder(path) if os.path.isdir(path) else _of(path)):
        if number > MAX_IMAGES:
            raise LimitError(
                f"{show_path(os.fspath(path))} holds more than {MAX_IMAGES:,} files",
                "give a sample of the images",
            )
        if not any(p.startswith(".") or p.casefold() in LITTER for p in name.split("/")):
            yield name, data


def _of(path: str | os.PathLike[str]) -> Iterator[Member]:
    shown = show_path(os.fspath(path))
    with opened(path) as (file, _):
        packed = file.read(2) == MAGIC
        file.seek(0)
        yield from tar_members(file, shown) if packed else zip_members(file, shown)


def _of_folder(path: str | os.PathLike[str]) -> Iterator[Member]:
    root = os.fspath(path)
    for name, is_folder in _walk(root, "", ()):
        if is_folder:
            yield name, None
            continue
        try:
            yield (
                name,
                read_bytes(os.path.join(root, name), formats=False, limit=MAX_IMAGE_FILE_BYTES)[0],
            )
        except TableError as error:
            if "is empty" not in error.what:
                raise ImageError(error.what, error.fix) from None
            yield name, b""


Folders = tuple[tuple[int, int], ...]  # by device and number


def _walk(root: str, inside: str, above: Folders) -> Iterator[tuple[str, bool]]:
    """(path inside, is it a folder), sorted; links are followed, but never back up."""
    here = os.path.join(root, inside)
    shown = show_path(here)
    try:
        found = os.stat(here)
        names = sorted(os.listdir(here))
    except OSError as error:
        raise ImageError(f"{shown} cannot be read: {error.strerror}", "check its rights") from None
    own = (found.st_dev, found.st_ino)
    if own in above:
        raise ImageError(f"{shown} is a link that leads back to a folder above it", "remove it")
    if len(above) > MAX_FOLDERS_DEEP:
        raise LimitError(f"{shown}: more than {MAX_FOLDERS_DEEP} folders deep", "flatten them")
    for name in names:
        there = f"{inside}/{name}" if inside else name
        if os.path.isdir(os.path.join(here, name)):
            yield there, True
            yield from _walk(root, there, (*above, own))
        else:
            yield there, False


def digest(found: Mapping[str, bytes]) -> str:
    """SHA-256 over names and the SHA-256 of each file's bytes, whatever their order."""
    out = hashlib.sha256()
    for name in sorted(found):
        out.update(name.encode("utf-8", "surrogateescape") + b"\0" + found[name])
    return out.hexdigest()
