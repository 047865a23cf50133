"""Images and labels in numpy files (.npy, .npz) and arrays; object arrays are never read.

Images are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels; what their numbers mean is
decided on all that is learnt from (`levels`).
"""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ImageError, LimitError, UnsafeFile
from howdeep.base.limits import MAX_IMAGE_BYTES, MAX_IMAGES
from howdeep.base.nouns import PixelScale
from howdeep.base.words import listed, show, show_path
from howdeep.data.plain import one_hot_codes
from howdeep.data.read.archives import zip_members
from howdeep.data.read.files import NO_PICKLES, opened, read_bytes
from howdeep.modalities.image.read.levels import range_of, scale_of, to_bytes

MAGIC = b"\x93NUMPY"
SHAPES = "give bytes of shape (N, H, W), (N, H, W, C) or (N, C, H, W), with 1 or 3 channels"
ALPHA = "leave the fourth channel, of what is transparent, out, as array[..., :3]"
Arrays = Mapping[str, NDArray[Any]]
Pair = tuple[NDArray[Any], tuple[str, ...]]  # images (N, H, W, C) as they came, and their labels

# Names of images and labels in an .npz: those trained on (the second kind joins them), and tests.
NAMES = (
    ("x_train y_train", "x_val y_val", "x_test y_test"),
    ("train_images train_labels", "val_images val_labels", "test_images test_labels"),
    ("images labels", "", ""),
    ("x y", "", ""),
)


def as_images(
    array: NDArray[Any], shown: str, scale: PixelScale | None = None
) -> NDArray[np.uint8]:
    """An array as images (N, H, W, C) of bytes, its numbers on the study's `scale`.

    Without a scale (of studies that recorded none) bytes and numbers from 0 to 1 are taken.

    Raises:
        ImageError: no such shape, or values that are not on that scale.
        LimitError: too many images or bytes.

    >>> as_images(np.zeros((5, 3, 8, 8)), "x").shape
    (5, 8, 8, 3)
    """
    last = channels_last(array, shown)
    made = _bytes(last, shown) if scale is None else to_bytes(last, scale, shown)
    return np.ascontiguousarray(made)


def channels_last(array: NDArray[Any], shown: str) -> NDArray[Any]:
    """An array as images (N, H, W, C) of the numbers that it holds.

    Raises:
        ImageError: no such shape.
        LimitError: too many images or numbers.
    """
    shape = array.shape
    last, first = (shape[-1] in (1, 3), shape[1] in (1, 3)) if array.ndim == 4 else (False, False)
    if array.ndim not in (3, 4) or 0 in shape or (array.ndim == 4 and not last and not first):
        alpha = array.ndim == 4 and 4 in (shape[1], shape[-1])
        raise ImageError(f"{shown} has the shape {shape}", ALPHA if alpha else SHAPES)
    if last and first:
        raise ImageError(f"{shown}, {shape}: the channels may be the second or the last", SHAPES)
    if len(array) > MAX_IMAGES or array.size > MAX_IMAGE_BYTES:
        raise LimitError(f"{shown} has {array.size:,} pixels", "give a sample of the images")
    if array.ndim == 3:
        return array[..., None]
    return array.transpose(0, 2, 3, 1) if first else array


def _bytes(array: NDArray[Any], shown: str) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "fiub":
        raise ImageError(f"{shown} holds {array.dtype}, not numbers", SHAPES)
    low, high = float(array.min()), float(array.max())
    if array.dtype.kind == "f" and low >= 0 and high <= 1:
        return np.rint(array * 255).astype(np.uint8)
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    whole = array.dtype.kind in "iu" or bool((array == np.rint(array)).all())
    if not whole or not (low >= 0 and high <= 255):
        raise ImageError(
            f"{shown} holds numbers from {low:g} to {high:g}",
            "give bytes from 0 to 255 or numbers from 0 to 1, not normalised ones",
        )
    return array.astype(np.uint8)


def as_labels(array: NDArray[Any], images: int, shown: str) -> tuple[str, ...]:
    """Labels (N,) or (N, 1), numbers or text, as text; one for each image.

    Raises:
        ImageError: another shape or number of labels, or labels that are no whole numbers or text.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) != images:
        raise ImageError(
            f"{shown}: labels of shape {array.shape} for {images:,} images",
            "give one label for each image",
        )
    values = array.tolist()
    if array.dtype.kind == "f" and all(v == v and float(v).is_integer() for v in values):
        values = [int(v) for v in values]
    elif array.dtype.kind not in "iubUO" or any(isinstance(v, float | bytes) for v in values):
        raise ImageError(f"{shown}: labels of type {array.dtype}", "give whole numbers or text")
    return tuple(map(str, values))


def load_npy(data: bytes, shown: str) -> NDArray[Any]:
    """The array in the bytes of an .npy file, its header checked before anything is allocated.

    Raises:
        UnsafeFile: Python objects, which are stored as a pickle.
        ImageError: damaged, structured or complex.
        LimitError: a header that claims too much.
    """
    file = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            version = np.lib.format.read_magic(file)
            read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
                version, np.lib.format.read_array_header_2_0
            )
            shape, fortran, dtype = read(file)
    except Exception as error:  # ValueError, but also whatever a mad header makes of numpy
        raise ImageError(f"{shown} is no numpy array: {show(error)}", "save it again") from None
    if dtype.hasobject:
        raise UnsafeFile(f"{shown} holds Python objects, stored as a pickle", NO_PICKLES)
    if dtype.kind not in "fiubU":
        raise ImageError(f"{shown} holds {show(dtype)}", SHAPES)
    size = math.prod(shape) * dtype.itemsize
    if size > 8 * MAX_IMAGE_BYTES:  # eight bytes a pixel is the most that numbers take
        raise LimitError(f"{shown} claims {size:,} bytes", "give a sample of the images")
    if size != len(data) - file.tell():
        raise ImageError(
            f"{shown} claims {size:,} bytes and has {len(data) - file.tell():,}", "save it again"
        )
    flat = np.frombuffer(data, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if fortran else "C")


def load_npz(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file by name.

    Raises:
        ArchiveError, LimitError: as `archives.zip_members`.
        ImageError, UnsafeFile: as `load_npy`.
    """
    shown = show_path(os.fspath(path))
    with opened(path) as (file, _):
        found = {
            name.removesuffix(".npy"): load_npy(data, f"{shown}, {show(name)}")
            for name, data in zip_members(file, shown, MAX_IMAGE_BYTES)
            if data is not None
        }
    return found


def pairs_of(found: Arrays, shown: str) -> tuple[Pair, Pair | None, tuple[str, ...]]:
    """Images and labels to learn from, those of the test or None, and a note.

    Raises:
        ImageError: names other than those of `NAMES`, or arrays that are no images and labels.
    """
    pairs = [[tuple(part.split()) for part in parts] for parts in NAMES]
    known = next((parts for parts in pairs if {*parts[0]} <= {*found}), None)
    if known is None:
        raise ImageError(
            f"{shown} holds {listed(found)}",
            "name the arrays x and y, images and labels, or x_train, y_train, x_test and y_test",
        )
    used = [part for part in known if part and {*part} <= {*found}]
    notes = _notes({name: found[name] for part in used for name in part}, found)
    main, extra, later = (_pair(found, part, shown) if part in used else None for part in known)
    assert main is not None  # its names were looked up
    if extra is None:
        return main, later, notes
    if main[0].shape[1:] != extra[0].shape[1:]:
        raise ImageError(
            f"{shown}: images of shape {main[0].shape[1:]} and {extra[0].shape[1:]}",
            "give them one shape",
        )
    scale_of(range_of([(known[0][0], main[0]), (known[1][0], extra[0])]), shown)  # of one kind
    joined = (np.concatenate([main[0], extra[0]]), main[1] + extra[1])
    said = f"The {len(extra[1]):,} images of {known[1][0]} joined the others."
    return joined, later, (*notes, said)


def _notes(used: Arrays, found: Arrays) -> tuple[str, ...]:
    """That labels came one-hot, and that arrays were not looked at."""
    hot = any(_classes(array) is not array for array in used.values())
    other = [name for name in found if name not in used]
    notes = ("Labels came one-hot, and were taken as classes.",) if hot else ()
    return notes + ((f"Not looked at: {listed(other)}.",) if other else ())


def _classes(labels: NDArray[Any]) -> NDArray[Any]:
    """One-hot labels (N, K) as the numbers of their classes; others as they are."""
    if labels.ndim != 2 or labels.shape[1] < 2 or not len(labels):
        return labels
    codes = one_hot_codes(labels)
    return labels if codes is None else codes


def _pair(found: Arrays, names: tuple[str, ...], shown: str) -> Pair:
    images = channels_last(found[names[0]], f"{shown}, {names[0]}")
    labels = _classes(found[names[1]])
    return images, as_labels(labels, len(images), f"{shown}, {names[1]}")


def beside(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """The arrays of an .npy file of images and of the files next to it that hold the rest.

    Raises:
        ImageError: no file of labels next to it.
    """
    return {
        name: load_npy(read_bytes(file, formats=False)[0], show_path(str(file)))
        for name, file in files_beside(path).items()
    }


def files_beside(path: str | os.PathLike[str]) -> dict[str, Path]:
    """An .npy file of images and the files that belong to it, by what they hold.

    images.npy goes with labels.npy, x.npy with y.npy, and a pair whose names hold "train" with the
    one that has "test" there instead.

    Raises:
        ImageError: no file of labels next to it.
    """
    images = Path(path)
    found: dict[str, Path] = {}
    for role in ("train", "test"):
        file = images if role == "train" else images.with_name(images.name.replace("train", role))
        labels = _label_file(file)
        if role == "test" and (file == images or not file.exists() or labels is None):
            continue
        if labels is None:
            raise ImageError(
                f"{show_path(str(file))} has no labels next to it, as images.npy has labels.npy",
                "name the files x.npy and y.npy, or images.npy and labels.npy",
            )
        found |= {f"x_{role}": file, f"y_{role}": labels}
    return found


def _label_file(images: Path) -> Path | None:
    names = {images.name.replace("images", "labels"), images.name.replace("image", "label")}
    if images.name.lower().startswith("x"):
        names.add(("y" if images.name[0] == "x" else "Y") + images.name[1:])
    there = [images.with_name(name) for name in sorted(names - {images.name})]
    return next((file for file in there if file.exists()), None)
