"""Images from whatever a path holds: decided by content, one reader per format."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, ImageError, InputError, TableError
from howdeep.base.nouns import PixelScale
from howdeep.base.words import show_path
from howdeep.data.read.archives import zip_names
from howdeep.data.read.files import opened, read_bytes
from howdeep.data.read.members import digest, members
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.read import arrays, cifar, classes, idx, labels, levels, pixels
from howdeep.modalities.image.read.layout import LAYOUT

FileKind = Literal["folder", "idx", "npy", "npz", "archive", "image"]
Shape = tuple[int, int, int]
Sets = tuple[ImageSet, ImageSet | None]
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
TABLES = (".csv", ".tsv", ".txt", ".xls", ".dat", ".data", ".json", ".xml")
TAR_MARK = slice(257, 262)  # where a tar file says "ustar"
HEAD = 1 << 12


def kind_of(path: str | os.PathLike[str]) -> FileKind | None:
    """What kind of images a path holds, by its content; None where it is for the table reader.

    Nothing is raised: what cannot be read is refused by the reader that gets it.
    """
    if os.path.isdir(path):
        return "folder"
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
            if head.startswith(b"PK\x03\x04") and b"data.pkl" not in head:
                return _zip_kind(path)
    except OSError:
        return None
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(31).decompress(head, HEAD)
        except zlib.error:
            return None
        if head[TAR_MARK] == b"ustar":
            return "archive"
        return "idx" if idx.is_idx(head) else None
    if idx.is_idx(head):
        return "idx"
    if head.startswith(arrays.MAGIC):
        return "npy"
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)  # a table may begin with BMI
    return "image" if webp or bitmap or head.startswith(PICTURES) else None


def _zip_kind(path: str | os.PathLike[str]) -> FileKind | None:
    """Arrays, an archive of files, or (a workbook, a torch file, packed tables) neither."""
    try:
        with opened(path) as (file, _):
            names = zip_names(file, show_path(os.fspath(path)))
    except InputError:  # whatever is wrong with it is said by the reader of archives
        return "archive"
    if any(n.endswith("data.pkl") or n == "[Content_Types].xml" for n in names):
        return None
    if all(n.lower().endswith(TABLES) for n in names):
        return None
    return "npz" if any(n.endswith(".npy") for n in names) else "archive"


def read_images(
    path: str | os.PathLike[str],
    *,
    image_size: int | None = None,
    skip_unreadable: bool = False,
    target: str | None = None,
    like: ImageSet | None = None,
) -> Sets:
    """Labelled images from `path`, and its own test images if it has any.

    A folder of class folders, a zip or .tar.gz of one, IDX files, .npz, .npy with labels next to
    it, or CIFAR-10's binary batches. `image_size`: scaled to so many pixels square; `target`: the
    column of labels of a table next to the images; `like`: a set whose shape and scale they get.

    Raises:
        ImageError: no such images, damaged ones, or none at all.
        ArchiveError, LimitError, UnsafeFile: as their readers.
        ConfigError: Pillow is needed and not installed; options without effect.
    """
    try:
        kind = kind_of(path)
        if kind == "folder":
            kind = _folder_kind(path)
        if kind in ("folder", "archive"):
            return _classes(path, image_size, skip_unreadable, target, like)
        labels.refuse_target(target, show_path(os.fspath(path)))
        if skip_unreadable:
            what = f"--skip-unreadable: {show_path(os.fspath(path))} holds arrays, no image files"
            raise ConfigError(what, "leave it out")
        return _arrays(path, kind, image_size, like)
    except TableError as error:  # what the readers of files say of any file
        raise ImageError(error.what, error.fix) from None


def _folder_kind(path: str | os.PathLike[str]) -> FileKind:
    """What a folder without folders in it holds, by its files; else it is of class folders."""
    names = sorted(os.listdir(path))
    if any(os.path.isdir(os.path.join(path, name)) for name in names):
        return "folder"
    return "idx" if any(kind_of(os.path.join(path, name)) == "idx" for name in names) else "folder"


def _classes(
    path: str | os.PathLike[str],
    size: int | None,
    skip: bool,
    target: str | None,
    like: ImageSet | None,
) -> Sets:
    found = classes.scan(path)
    if found.batches:
        labels.refuse_target(target, show_path(os.fspath(path)))
        main, test = cifar.read_cifar(path)
        return _sets(path, main, test, (), size, like)
    sha = digest(found.hashes) if os.path.isdir(path) else source_digest(path)
    return classes.read_classes(
        path, found, sha, image_size=size, skip_unreadable=skip, target=target, like=like
    )


def _arrays(
    path: str | os.PathLike[str], kind: FileKind | None, size: int | None, like: ImageSet | None
) -> Sets:
    shown = show_path(os.fspath(path))
    if kind == "idx":
        main, test = _idx(Path(path))
        return _sets(path, main, test, (), size, like)
    if kind in ("npy", "npz"):
        found = arrays.load_npz(path) if kind == "npz" else arrays.beside(path)
        main, test, notes = arrays.pairs_of(found, shown)
        return _sets(path, main, test, notes, size, like)
    read_bytes(path, formats=False)  # missing, a pipe, empty, a pickle: said as for any file
    what = "one image, not a set of them" if kind else "no set of images that is read"
    raise ImageError(f"{shown} is {what}", LAYOUT)


def _idx(path: Path) -> tuple[arrays.Pair, arrays.Pair | None]:
    if path.is_dir():
        files = [name for name in sorted(os.listdir(path)) if kind_of(path / name) == "idx"]
        read = {name: idx.read_idx(path / name) for name in files}
        main, test = idx.find_pairs({name: array.ndim for name, array in read.items()})
    else:
        labels = idx.label_file(path)
        read = {file.name: idx.read_idx(file) for file in (path, labels)}
        main, test = (path.name, labels.name), None
    pairs = [None if p is None else _pair(read, p, str(path)) for p in (main, test)]
    assert pairs[0] is not None
    return pairs[0], pairs[1]


def _pair(read: dict[str, NDArray[np.uint8]], names: tuple[str, str], path: str) -> arrays.Pair:
    images, labels = (show_path(os.path.join(path, name)) for name in names)
    found = arrays.channels_last(read[names[0]], images)
    return found, arrays.as_labels(read[names[1]], len(found), labels)


def _sets(
    path: str | os.PathLike[str],
    main: arrays.Pair,
    test: arrays.Pair | None,
    notes: tuple[str, ...],
    size: int | None,
    like: ImageSet | None,
) -> Sets:
    """Pairs of arrays as sets, of the shape and on the scale of the first, or of `like`."""
    own: Shape = main[0].shape[1:]  # type: ignore[assignment]
    wanted = like.shape if like else ((size, size, own[2]) if size else own)
    name = os.path.basename(os.path.normpath(os.path.abspath(path)))
    if wanted != own and not like:
        notes += (f"The centre of each image was scaled to {wanted[0]} x {wanted[1]}.",)
    shown, (scale, said, held) = show_path(os.fspath(path)), scale_for(main[0], name, like)
    made = [levels.to_bytes(p[0], scale, shown) for p in (main, test) if p is not None]
    if like is None:
        notes += said + levels.level_notes(made[0], lambda: held, shown, SCALED)
    sha, source = source_digest(path), os.fspath(path)
    sets = [
        ImageSet(name, source, sha, scaled(x, wanted, name), p[1], notes=said, scale=scale)
        for x, p, said in zip(made, (main, test), (notes, ()), strict=False)
        if p is not None
    ]
    return sets[0], sets[1] if len(sets) > 1 else None


PART = 100  # images
SCALED = "most numbers differ far less than their range is wide"


def scale_for(
    images: NDArray[Any], shown: str, like: ImageSet | None
) -> tuple[PixelScale, tuple[str, ...], int]:
    """The scale of images, what is said of it, and how many levels they hold (0: it loses none).

    Raises:
        ImageError: bytes among other numbers, or all numbers are one.
    """
    if like is not None:
        return like.scale, (), 0
    parts = np.array_split(images, max(1, len(images) // PART))
    found = levels.range_of((shown, part) for part in parts)
    scale = levels.scale_of(found, shown)
    return scale, levels.said(scale, found), levels.held(found)


def scaled(images: NDArray[np.uint8], shape: Shape, shown: str) -> NDArray[np.uint8]:
    """Images (N, H, W, C) at another shape, by the rule of `pixels.fitted`."""
    if images.shape[1:] == shape:
        return images
    classes.check_size(len(images), shape, shown)
    Image = pixels.pillow()
    plain = images[..., 0] if images.shape[3] == 1 else images
    return np.stack([pixels.fitted(Image.fromarray(x), shown, shape) for x in plain])


def read_unlabelled(
    path: str | os.PathLike[str],
    shape: Shape,
    skip_unreadable: bool = False,
    scale: PixelScale | None = None,
) -> tuple[tuple[str, ...], NDArray[np.uint8], tuple[str, ...]]:
    """New images at `shape` (H, W, C): their names, the images (N, H, W, C), and notes.

    `path`: one image, a folder or archive of images (all files in it, at any depth), an IDX or
    .npy file of images, or an .npz with `x`, `images` or `x_test`. Labels are not looked at.
    `scale`: what the numbers of the study's images mean; None: it recorded nothing.

    Raises:
        InputError: as `read_images`.
    """
    try:
        return _unlabelled(path, shape, skip_unreadable, scale)
    except TableError as error:
        raise ImageError(error.what, error.fix) from None


def _unlabelled(
    path: str | os.PathLike[str], shape: Shape, skip: bool, scale: PixelScale | None
) -> tuple[tuple[str, ...], NDArray[np.uint8], tuple[str, ...]]:
    shown, kind = show_path(os.fspath(path)), kind_of(path)
    if kind in ("folder", "archive"):
        found = classes.scan(path, several=scale is None)
        names = sorted({*found.headers, *found.unreadable} - {*found.tables})
        if not names:
            raise ImageError(f"{shown} holds no image files", "give a folder of images")
        images, left = classes.decode(path, found, names, shape, skip, scale)
        kept = [i for i, name in enumerate(names) if name not in set(left)]
        notes = classes.left_out_note(left) + classes.tables_note(found)
        notes += classes.several_note(found, names) if scale is None else ()
        return tuple(names[i] for i in kept), images[kept], notes
    if kind in ("idx", "npy", "npz"):
        array = _only_images(path, kind)
        made = scaled(arrays.as_images(array, shown, scale), shape, shown)
        return tuple(str(i + 1) for i in range(len(made))), made, ()
    data = read_bytes(path, formats=False)[0]
    if scale is not None:
        pixels.refuse_several(pixels.header(data, shown), shown)
    return (os.path.basename(path),), pixels.pixels(data, shown, shape, scale)[None], ()


def _only_images(path: str | os.PathLike[str], kind: FileKind) -> NDArray[np.generic]:
    if kind == "idx":
        return idx.read_idx(path)
    if kind == "npy":
        return arrays.load_npy(read_bytes(path, formats=False)[0], show_path(os.fspath(path)))
    found = arrays.load_npz(path)
    name = next((n for n in ("x", "images", "x_test", "test_images") if n in found), None)
    if name is None:
        raise ImageError(f"{show_path(os.fspath(path))} holds no x or images", "name the array x")
    return found[name]


def source_digest(path: str | os.PathLike[str]) -> str:
    """SHA-256 of what a set of images was read from: a file's bytes, or those of several files.

    Several are a folder's, or a file of images and those of labels next to it.

    Raises:
        ImageError: the file of labels is missing.
    """
    if os.path.isdir(path):
        return digest({n: hashlib.sha256(d).digest() for n, d in members(path) if d is not None})
    files = _together(Path(path))
    if len(files) == 1:
        return _hashed(path).hex()
    return digest({file.name: _hashed(file) for file in files})


def _together(path: Path) -> list[Path]:
    """A file of images, and the files that are read with it."""
    kind = kind_of(path)
    if kind == "idx":
        return [path, idx.label_file(path)]
    return list(arrays.files_beside(path).values()) if kind == "npy" else [path]


def _hashed(path: str | os.PathLike[str]) -> bytes:
    out = hashlib.sha256()
    with opened(path) as (file, _):
        while part := file.read(1 << 20):
            out.update(part)
    return out.digest()
