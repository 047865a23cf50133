"""Folders of class folders, on disk or in an archive, to images of one shape with their labels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ArchiveError, ImageError, LimitError
from howdeep.base.limits import DEFAULT_IMAGE_SIZE, MAX_IMAGE_BYTES, MIN_IMAGE_SIZE
from howdeep.base.words import count, listed, show_path
from howdeep.data.read.members import members
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.read import cifar, pixels
from howdeep.modalities.image.read.layout import LAYOUT, Entry, entries_of, shown
from howdeep.modalities.image.read.pixels import Header

NESTED = (b"PK\x03\x04", b"\x1f\x8b")  # archives inside an archive
Shape = tuple[int, int, int]


@dataclass
class Scan:
    """What a first pass found: headers or errors by file, and the folders there are."""

    headers: dict[str, Header] = field(default_factory=dict)
    unreadable: dict[str, ImageError] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    hashes: dict[str, bytes] = field(default_factory=dict)
    batches: bool = False  # no images but CIFAR's records; the scan ends at the first of them


def scan(path: str | os.PathLike[str]) -> Scan:
    """A first look at every file: sizes and kinds, nothing decoded.

    Raises:
        ImageError, ArchiveError, LimitError: as `members`; images too large; nested archives.
    """
    found = Scan()
    packed = not os.path.isdir(path)
    for name, data in members(path):
        if data is None:
            found.folders.append(name)
            continue
        found.hashes[name] = hashlib.sha256(data).digest()
        if cifar.is_batch(name, data):
            return replace(found, batches=True)
        try:
            found.headers[name] = pixels.header(data, shown(path, name))
        except ImageError as error:
            if packed and data.startswith(NESTED):
                what = f"{shown(path, name)} is an archive in an archive"
                raise ArchiveError(what, "unpack it, and give the folder") from None
            found.unreadable[name] = error
    return found


def read_classes(
    path: str | os.PathLike[str],
    found: Scan,
    sha256: str,
    *,
    image_size: int | None = None,
    skip_unreadable: bool = False,
    shape: Shape | None = None,
) -> tuple[ImageSet, ImageSet | None]:
    """The images to learn from and those of the test, if the folder has any, at one shape.

    Raises:
        ImageError: images outside class folders, an empty class, or an unreadable file (unless
            `skip_unreadable`).
        LimitError: more bytes than `MAX_IMAGE_BYTES`.
    """
    entries, notes = entries_of(path, found.folders, found.headers, found.unreadable)
    headers = [found.headers[e.name] for e in entries if e.name in found.headers and not e.test]
    if not headers:
        raise ImageError(f"{show_path(os.fspath(path))} holds no images to learn from", LAYOUT)
    if shape is None:
        shape, said = choose_shape(headers, image_size, show_path(os.fspath(path)))
        notes += said
    names = [entry.name for entry in entries]
    images, left_out = decode(path, found, names, shape, skip_unreadable)
    notes += left_out_note(left_out) + several_note(found, names)
    gone = set(left_out)
    kept = [i for i, entry in enumerate(entries) if entry.name not in gone]
    lost = {e.label for e in entries if not e.test}
    lost -= {entries[i].label for i in kept if not entries[i].test}
    if lost:
        what = f"{show_path(os.fspath(path))}: no image of {listed(sorted(lost))} can be read"
        raise ImageError(what, "give images that can, or remove the folder")
    sets = [_set(path, sha256, entries, images, kept, part, notes) for part in (False, True)]
    assert sets[0] is not None  # no class was lost
    return sets[0], sets[1]


def choose_shape(
    headers: Sequence[Header], size: int | None, where: str
) -> tuple[Shape, tuple[str, ...]]:
    """Height, width and channels that all images are brought to, and what is to be said of it.

    Raises:
        ImageError: a size would have to be guessed from an image of a few pixels.
    """
    channels = 1 if all(h.grey for h in headers) else 3
    notes: tuple[str, ...] = ()
    if 0 < sum(h.grey for h in headers) < len(headers):
        notes += (f"Grey among colour: {count(sum(h.grey for h in headers), 'image')}.",)
    sizes = {(h.height, h.width) for h in headers}
    if size is None and len(sizes) == 1:
        return (*sizes.pop(), channels), notes
    shortest = min(min(pair) for pair in sizes)
    side = size or min(DEFAULT_IMAGE_SIZE, shortest)
    if size is None and shortest < MIN_IMAGE_SIZE:
        what = f"{where}: images of mixed sizes, the smallest with a side of {shortest} pixels"
        raise ImageError(what, "say --image-size, or remove the small ones")
    if sizes != {(side, side)}:
        smaller = sum(min(h.height, h.width) < side for h in headers)
        up = f" ({count(smaller, 'smaller image')} scaled up)" if smaller else ""
        guessed = "" if size else " (guessed; --image-size overrides)"
        notes += (
            f"Images of {count(len(sizes), 'size')}, shorter sides from {shortest} pixels: the"
            f" centre square of each was scaled to {side} x {side}{up}{guessed}.",
        )
    return (side, side, channels), notes


def decode(
    path: str | os.PathLike[str],
    found: Scan,
    names: Sequence[str],
    shape: Shape,
    skip_unreadable: bool,
) -> tuple[NDArray[np.uint8], list[str]]:
    """The images (N, H, W, C) of the files `names`, and which of them could not be read.

    Raises:
        ImageError: an unreadable file, unless `skip_unreadable`.
        LimitError: more bytes than `MAX_IMAGE_BYTES`.
    """
    check_size(len(names), shape, show_path(os.fspath(path)))
    images = np.zeros((len(names), *shape), np.uint8)
    place = {name: i for i, name in enumerate(names)}
    left_out = [name for name in names if name in found.unreadable]
    if left_out and not skip_unreadable:
        raise found.unreadable[left_out[0]]
    for name, data in members(path):
        if data is None or name not in place or name in found.unreadable:
            continue
        try:
            images[place[name]] = pixels.pixels(data, shown(path, name), shape)
        except ImageError:
            if not skip_unreadable:
                raise
            left_out.append(name)
    return images, sorted(left_out)


def check_size(n: int, shape: Shape, where: str) -> None:
    """Refuse images that together take more bytes than `MAX_IMAGE_BYTES`."""
    size = n * shape[0] * shape[1] * shape[2]
    if size > MAX_IMAGE_BYTES:
        raise LimitError(
            f"{where}: {n:,} images of {shape[0]} x {shape[1]} take {size:,} bytes; the limit is"
            f" {MAX_IMAGE_BYTES:,}",
            "say --image-size with a smaller number",
        )


def left_out_note(names: Sequence[str]) -> tuple[str, ...]:
    """What is said of files that were skipped."""
    if not names:
        return ()
    return (f"Could not be read and were left out: {count(len(names), 'file')}: {listed(names)}.",)


def several_note(found: Scan, names: Sequence[str]) -> tuple[str, ...]:
    """What is said of animations and files of several pages."""
    several = [n for n in names if n in found.headers and found.headers[n].several]
    if not several:
        return ()
    return (f"Of several frames or pages the first was taken: {listed(several)}.",)


def _set(
    path: str | os.PathLike[str],
    sha256: str,
    entries: Sequence[Entry],
    images: NDArray[np.uint8],
    kept: Sequence[int],
    test: bool,
    notes: tuple[str, ...],
) -> ImageSet | None:
    rows = [i for i in kept if entries[i].test == test]
    if not rows:
        return None
    whole = len(rows) == len(entries)
    return ImageSet(
        name=os.path.basename(os.path.normpath(os.path.abspath(path))),
        path=os.fspath(path),
        sha256=sha256,
        images=images if whole else images[rows],
        labels=tuple(entries[i].label for i in rows),
        places=tuple(entries[i].name for i in rows),
        notes=() if test else notes,
    )
