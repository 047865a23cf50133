"""Folders of images, on disk or in an archive, to images of one shape with their labels.

The labels are those of class folders (`layout`), or of a table next to the images (`labels`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ArchiveError, ImageError, LimitError
from howdeep.base.limits import DEFAULT_IMAGE_SIZE, MAX_IMAGE_BYTES, MIN_IMAGE_SIZE
from howdeep.base.nouns import PixelScale
from howdeep.base.words import count, listed, show_path
from howdeep.data.read.members import members
from howdeep.modalities.image.imageset import BYTES, ImageSet
from howdeep.modalities.image.read import cifar, labels, levels, pixels
from howdeep.modalities.image.read.layout import LAYOUT, Entry, shown
from howdeep.modalities.image.read.pixels import DEPTHS, Header

NESTED = (b"PK\x03\x04", b"\x1f\x8b")  # archives inside an archive
Shape = tuple[int, int, int]


@dataclass
class Scan:
    """What a first pass found: headers or errors by file, and the folders there are."""

    headers: dict[str, Header] = field(default_factory=dict)
    unreadable: dict[str, ImageError] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    hashes: dict[str, bytes] = field(default_factory=dict)
    tables: dict[str, bytes] = field(default_factory=dict)  # that may hold labels; not all of them
    batches: bool = False  # no images but CIFAR's records; the scan ends at the first of them


def scan(path: str | os.PathLike[str], several: bool = False) -> Scan:
    """A first look at every file: sizes and kinds, nothing decoded.

    `several`: files of several frames or pages may be read, as studies did that recorded no scale.

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
            header = pixels.header(data, shown(path, name))
            if not several:
                pixels.refuse_several(header, shown(path, name))
            found.headers[name] = header
        except ImageError as error:
            if packed and data.startswith(NESTED):
                what = f"{shown(path, name)} is an archive in an archive"
                raise ArchiveError(what, "unpack it, and give the folder") from None
            found.unreadable[name] = error
            if labels.is_table(name) and 0 < len(data) <= labels.MAX_TABLE_BYTES:
                found.tables[name] = data
    return found


def read_classes(
    path: str | os.PathLike[str],
    found: Scan,
    sha256: str,
    *,
    image_size: int | None = None,
    skip_unreadable: bool = False,
    target: str | None = None,
    like: ImageSet | None = None,
) -> tuple[ImageSet, ImageSet | None]:
    """The images to learn from and those of the test, if there are any, at one shape and scale.

    `target`: the column of labels of a table next to the images; `like`: a set whose shape and
    scale they get.

    Raises:
        ImageError: images outside class folders, an empty class, an unreadable file (unless
            `skip_unreadable`), or numbers of several kinds.
        LimitError: more bytes than `MAX_IMAGE_BYTES`.
        ConfigError: labels that may be those of folders or of several columns.
    """
    readable = found.headers, found.unreadable
    entries, column, notes = labels.labelled(
        path, found.folders, readable, found.tables, target, like is not None
    )
    where = show_path(os.fspath(path))
    learnt = [e.name for e in entries if e.name in found.headers and not e.test]
    headers = [found.headers[name] for name in learnt]
    if not headers:
        raise _no_images(where, found)
    if like is None:
        shape, said = choose_shape(headers, image_size, where)
        scale, held, scaled = choose_scale(path, found, learnt, skip_unreadable)
        notes += said + scaled
    else:
        shape, scale = like.shape, like.scale
    names = [entry.name for entry in entries]
    images, left_out = decode(path, found, names, shape, skip_unreadable, scale)
    notes += left_out_note(left_out)
    gone = set(left_out)
    kept = [i for i, entry in enumerate(entries) if entry.name not in gone]
    lost = {e.label for e in entries if not e.test}
    lost -= {entries[i].label for i in kept if not entries[i].test}
    if lost:
        what = f"{where}: no image of {listed(sorted(lost))} can be read"
        raise ImageError(what, "give images that can, or remove the folder")
    if like is None:
        train = [i for i in kept if not entries[i].test]
        own = images if len(train) == len(entries) else images[train]
        whole = scale.kind == "wide" and own.max() == 255  # all of the range is used
        notes += levels.level_notes(own, (lambda: 0) if whole else held, where, _why(scale))
    common = ImageSet("", os.fspath(path), sha256, images, (), (), notes, scale, column or "label")
    sets = [_set(common, entries, kept, test) for test in (False, True)]
    assert sets[0] is not None  # no class was lost
    return sets[0], sets[1]


def choose_scale(
    path: str | os.PathLike[str], found: Scan, names: Sequence[str], skip: bool
) -> tuple[PixelScale, Callable[[], int], tuple[str, ...]]:
    """What the numbers of files mean, how many levels they hold at least, and what is said.

    Raises:
        ImageError: files of 8 bits among others, or numbers that cannot be scaled.
    """
    first = {found.headers[name].depth: name for name in reversed(names)}
    if len(first) > 1:
        each = [f"{shown(path, name)} has {DEPTHS[depth]}" for depth, name in sorted(first.items())]
        what = f"images with different bits: {', '.join(each)}"
        raise ImageError(what, "save all of them with the same bits, on one scale")
    depth = next(iter(first))
    if depth == "bytes":
        clear = [name for name in names if found.headers[name].alpha]
        return BYTES, lambda: _bands(path, clear), ()
    if depth == "wide":
        return levels.WIDE, lambda: levels.FEW, levels.said(levels.WIDE)
    used = levels.range_of(_numbers(path, set(names), skip))
    if not used.kinds:
        raise ImageError(f"{show_path(os.fspath(path))}: no image can be read", LAYOUT)
    scale = levels.scale_of(used, show_path(os.fspath(path)), files=True)
    return scale, lambda: levels.held(used), levels.said(scale, used)


def _numbers(
    path: str | os.PathLike[str], names: set[str], skip: bool
) -> Iterator[tuple[str, NDArray[np.generic]]]:
    for name, data in members(path):
        if data is not None and name in names:
            try:
                yield shown(path, name), pixels.numbers(data, shown(path, name))
            except ImageError:
                if not skip:
                    raise


def _bands(path: str | os.PathLike[str], names: Sequence[str]) -> int:
    """How many different numbers transparent files hold, before they are laid on white."""
    wanted, used = set(names), np.zeros(256, bool)
    for name, data in members(path) if wanted else ():
        if data is not None and name in wanted:
            used[np.unique(pixels.bands(data, shown(path, name)))] = True
    return int(used.sum())


def _why(scale: PixelScale) -> str:
    return {
        "bytes": "what is transparent is laid on white",
        "wide": "of 16 bits a channel in colour only the high 8 can be read",
    }.get(scale.kind, "most numbers differ far less than their range is wide")


def _no_images(where: str, found: Scan) -> ImageError:
    """That a folder has no images to learn from, and what its files are instead."""
    name = next(iter(found.unreadable), "")
    if not name:
        return ImageError(f"{where} holds no images to learn from", LAYOUT)
    error = found.unreadable[name]
    packed = "zip archive" in error.what or "gzip" in error.what
    fix = "give the archive itself as the data" if packed else "save all as PNG or JPEG"
    return ImageError(f"{where} holds no images that are read: {error.what}", fix)


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
    scale: PixelScale | None,
) -> tuple[NDArray[np.uint8], list[str]]:
    """The images (N, H, W, C) of the files `names`, and which of them could not be read.

    `scale`: what numbers of the study's images mean; None: the study recorded nothing.

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
            images[place[name]] = pixels.pixels(data, shown(path, name), shape, scale)
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


def tables_note(found: Scan) -> tuple[str, ...]:
    """What is said of tables among new images."""
    return (f"No images, and ignored: {listed(sorted(found.tables))}.",) if found.tables else ()


def several_note(found: Scan, names: Sequence[str]) -> tuple[str, ...]:
    """What is said of animations and files of several pages."""
    several = [n for n in names if n in found.headers and found.headers[n].several]
    if not several:
        return ()
    return (f"Of several frames or pages the first was taken: {listed(several)}.",)


def _set(
    common: ImageSet, entries: Sequence[Entry], kept: Sequence[int], test: bool
) -> ImageSet | None:
    """One part of all images that were read."""
    rows = [i for i in kept if entries[i].test == test]
    if not rows:
        return None
    return replace(
        common,
        name=os.path.basename(os.path.normpath(os.path.abspath(common.path))),
        images=common.images if len(rows) == len(entries) else common.images[rows],
        labels=tuple(entries[i].label for i in rows),
        places=tuple(entries[i].name for i in rows),
        notes=() if test else common.notes,
    )
