"""Images from Python: arrays, PyTorch datasets and Hugging Face datasets, by what they offer.

No library of theirs is imported. A PyTorch dataset has a length and gives (image, label) by number;
a Hugging Face dataset has `features` and `column_names`. An image is a PIL image, the bytes of a
file, or an array or tensor (H, W), (H, W, C) or (C, H, W), whose numbers are on one scale for all
images (`levels`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, ImageError, LimitError
from howdeep.base.limits import MAX_IMAGE_BYTES
from howdeep.base.nouns import PixelScale
from howdeep.base.words import count, show, show_path
from howdeep.data.label_type import is_gone
from howdeep.data.plain import Odd, one_hot_codes, plain, single_target
from howdeep.modalities.image.datasets import (
    PAIRS,
    hugging,
    is_hugging,
    is_image,
    is_list,
    is_splits,
    labelled,
    mapped,
)
from howdeep.modalities.image.imageset import BYTES, ImageSet
from howdeep.modalities.image.read import levels, pixels
from howdeep.modalities.image.read.arrays import as_images, channels_last
from howdeep.modalities.image.read.classes import choose_shape
from howdeep.modalities.image.read.images import SCALED, Shape, scale_for, scaled
from howdeep.modalities.image.read.pixels import Header

NO_FRAME = ("iloc", "columns", "get_columns", "toarray", "dtype", "shape", "ngroups")
NOTHING: tuple[tuple[str, ...], int] = ((), 0)
Image = NDArray[np.uint8]


def is_images(data: Any) -> bool:
    """Whether `data` from Python are images rather than a table."""
    if isinstance(data, Mapping):
        return is_splits(data)
    if getattr(data, "is_nested", False):  # a tensor without a shape
        return False
    if getattr(data, "ndim", 2) in (3, 4):
        return True
    data = _unboxed(data)
    if isinstance(data, list | tuple):
        return is_list(data)
    if isinstance(data, str | bytes):
        return False
    mapped = hasattr(data, "__getitem__") and hasattr(data, "__len__")
    return mapped and (is_hugging(data) or not any(hasattr(data, name) for name in NO_FRAME))


def _unboxed(data: Any) -> Any:
    """An array (N,) of objects, as of images of several sizes, as a list."""
    boxed = isinstance(data, np.ndarray) and data.dtype == object and data.ndim == 1
    return data.tolist() if boxed else data


def to_images(
    data: Any,
    y: Any = None,
    *,
    target: str | None = None,
    image_size: int | None = None,
    like: ImageSet | None = None,
) -> ImageSet:
    """Images with labels from an array and `y` (N,), or from a dataset that brings its labels.

    `target`: the column of labels of a Hugging Face dataset. `image_size` and `like` as for
    files.

    Raises:
        ImageError: no such images or labels, or numbers that are not on one scale.
        ConfigError: labels given twice or not at all.
        LimitError: more bytes than `MAX_IMAGE_BYTES`.
    """
    if target and not is_hugging(data):
        raise ConfigError("target: these images have no columns", "leave it out")
    data = _plain(_unboxed(data))
    single: tuple[str, ...] = ()
    if y is not None:
        y, single = _single(y)
    if getattr(data, "ndim", 0) in (3, 4):
        if y is None:
            raise ConfigError(
                "images came without labels", NO_LABELS if like else "give them as y="
            )
        _check_last(data.shape, y)
        images = channels_last(_array(data), "the array")
        labels = _labels(y, len(images))
        scale, said, held = scale_for(images, "the array", like)
        ready = levels.to_bytes(images, scale, "the array")
        return _made(list(ready), labels, image_size, like, scale, ((*single, *said), held))
    if is_hugging(data):
        if y is not None:
            raise ConfigError("y: a dataset brings its own labels", "leave it out")
        pairs, names = hugging(data, target)
    else:
        pairs, names = mapped(data) if y is None else labelled(data, list(y))
    found, labels_, size, hot = [], [], 0, set()
    for i, (image, label) in enumerate(pairs):
        one = _numbers(image, f"image {i + 1:,}", like.scale if like else None)
        size += one.size
        if size > MAX_IMAGE_BYTES:
            raise LimitError(
                f"the first {i + 1:,} images take more than {MAX_IMAGE_BYTES:,} bytes",
                "give a sample of them, or smaller ones",
            )
        found.append(one)
        label, columns = _from_one_hot(label)
        hot |= {columns}
        labels_.append(_label(label, names, i))
    if len(hot - {0}) > 1 or hot > {0}:
        what = "the labels are lists of several lengths: several classes for an image, it seems"
        raise ImageError(what, "give one label for each image")
    if not found:
        raise ImageError("the dataset has no images", PAIRS)
    if like is not None:
        scale, told = like.scale, NOTHING
    else:
        used = levels.range_of((f"image {i + 1:,}", image) for i, image in enumerate(found))
        scale = levels.scale_of(used, "the dataset")
        told = levels.said(scale, used), levels.held(used)
    if single:
        told = ((*single, *told[0]), told[1])
    if max(hot) > 1:
        told = (("Labels came one-hot, and were taken as classes.", *told[0]), told[1])
    bytes_ = [levels.to_bytes(x, scale, f"image {i + 1:,}") for i, x in enumerate(found)]
    return _made(bytes_, tuple(labels_), image_size, like, scale, told)


NO_LABELS = "give test=(images, labels)"


def _plain(data: Any) -> Any:
    if isinstance(data, np.ma.MaskedArray):
        if np.ma.getmaskarray(data).any():
            raise ImageError("the images have masked pixels", "fill them: data.filled(0)")
        data = data.data
    try:
        return plain(data)
    except Odd as error:
        raise ImageError(f"what was given {error.what}", error.fix) from None


def _check_last(shape: Sequence[int], y: Any) -> None:
    """Refuse arrays whose images lie along the last axis, as in files of Matlab."""
    labels = len(y) if hasattr(y, "__len__") else 0
    if shape[0] != labels and shape[-1] == labels:
        what = f"the array has the shape {tuple(shape)}, and {labels:,} labels came with it"
        raise ImageError(what, "give the images along its first axis: np.moveaxis(data, -1, 0)")


def _single(y: Any) -> tuple[Any, tuple[str, ...]]:
    """One label for each image, and what is to be said of how they came."""
    try:
        y, said = single_target(y)
    except Odd as error:
        raise ImageError(error.what, error.fix) from None
    return y, (said,) if said else ()


def _from_one_hot(label: Any) -> tuple[Any, int]:
    """A label as it is, or the number of the class that a row of zeros with a one says.

    With it how many values it came as in a list; 0 where it is one by itself.
    """
    label = _plain(label)
    if isinstance(label, np.ndarray) and label.size == 1:
        return label.reshape(()).item(), label.ndim
    if isinstance(label, np.ndarray | list | tuple) and np.ndim(label) == 1:
        if len(label) == 1:
            return label[0], 1
        codes = one_hot_codes(np.asarray(label)[None])
        return (label, len(label)) if codes is None else (int(codes[0]), len(label))
    return label, 0


def new_images(data: Any, shape: Shape, scale: PixelScale | None = None) -> NDArray[np.uint8]:
    """Images without labels at `shape` (H, W, C), from an array or a list of images.

    `scale`: what the numbers of the study's images mean; None: it recorded nothing.

    Raises:
        ImageError: no images, numbers that are not on that scale, or an array that may be one image
            in colour or several grey ones.
    """
    data = _plain(data)
    if getattr(data, "ndim", 0) in (3, 4):
        if shape[2] == 3 and data.ndim == 3 and 3 in (data.shape[0], data.shape[2]):
            raise ImageError(
                f"an array of shape {tuple(data.shape)} may be one image in colour or grey ones",
                "give one image as array[None]; grey ones as (N, H, W, 1)",
            )
        return scaled(as_images(_array(data), "the array", scale), shape, "the array")
    if not isinstance(data, list | tuple) or not data:
        raise ImageError("there are no images", "give an array (N, H, W, C) or a list of images")
    named = [(image, f"image {i + 1:,}") for i, image in enumerate(data)]
    if scale is None:
        ready = [as_bytes(image, shown) for image, shown in named]
    else:
        ready = [levels.to_bytes(_numbers(x, shown, scale), scale, shown) for x, shown in named]
    return np.stack([_at(image, shape) for image in ready])


def _array(data: Any) -> NDArray[Any]:
    """An array or tensor, wherever it lies and whatever was computed with it."""
    if hasattr(data, "detach"):
        data = data.detach().cpu()
        data = data.to_dense() if hasattr(data, "to_dense") else data
        data = data.float() if str(data.dtype) == "torch.bfloat16" else data
    try:
        return np.asarray(data)
    except (TypeError, ValueError, RuntimeError) as error:  # lists of several lengths and the like
        raise ImageError(f"the images are no array: {show(error)}", "give an array") from None


def _numbers(image: Any, shown: str, scale: PixelScale | None) -> NDArray[Any]:
    """One image (H, W, C) of the numbers that it holds; `scale`: that of the study, if known.

    Raises:
        ImageError: neither a PIL image nor the bytes of one nor an array of numbers, or one whose
            bits are not those of the study's images.
    """
    if isinstance(image, Mapping) and image.get("bytes") is not None:
        image = image["bytes"]
    if isinstance(image, bytes):
        found = pixels.header(image, shown)
        pixels.refuse_several(found, shown)
        _check_bits(found.depth, scale, shown)
        if found.depth != "bytes":
            return pixels.numbers(image, shown)[..., None]
        size = found.height, found.width, _channels(found.grey)
        return pixels.pixels(image, shown, size, BYTES)
    if hasattr(image, "getbands"):  # PIL
        _check_bits(pixels.depth_of(image), scale, shown)
        if image.mode.startswith("I") or image.mode == "F":
            return pixels.deep(image)[..., None]
        size = image.height, image.width, _channels(pixels.is_grey(image.mode))
        return pixels.fitted(image, shown, size, BYTES)
    return channels_last(_picture(image, shown)[None], shown)[0]


def _check_bits(depth: pixels.Depth, scale: PixelScale | None, shown: str) -> None:
    if depth == "wide":
        what = f"{shown} has {pixels.DEPTHS[depth]}, of which Pillow reads 8"
        raise ImageError(what, "give it as an array, or with 8 bits")
    if scale is not None:
        pixels.check_depth(depth, scale, shown)


def _picture(image: Any, shown: str) -> NDArray[Any]:
    """One image as an array (H, W) or of three dimensions, if it is one."""
    if isinstance(image, Mapping) and "path" in image:
        image = image["path"]
    if isinstance(image, str | PurePath) and is_image(image):
        what = f"{shown} is the path of a file, {show_path(str(image))}"
        raise ImageError(what, "open each: PIL.Image.open(path), or give their folder")
    if image is None:
        raise ImageError(f"{shown} is missing (None)", "leave it out, with its label")
    array = _array(_plain(image))
    if array.ndim == 1 and array.dtype.kind in "fiu":
        fix = "give rows of a table as an array (N, p) with y=, or as a frame"
        raise ImageError(f"{shown} is a row of {len(array):,} numbers, not an image", fix)
    if array.ndim not in (2, 3) or array.dtype.kind not in "fiub":
        kind = f"{type(image).__name__}, shape {array.shape}"
        raise ImageError(f"{shown} is no image ({kind})", PAIRS)
    return array


def as_bytes(image: Any, shown: str) -> Image:
    """One image as bytes (H, W, C), at the size it has, for studies that recorded no scale.

    Raises:
        ImageError: neither a PIL image nor the bytes of one nor an array of bytes or of [0, 1].
    """
    if isinstance(image, Mapping) and image.get("bytes") is not None:
        image = image["bytes"]
    if isinstance(image, bytes):
        found = pixels.header(image, shown)
        return pixels.pixels(image, shown, (found.height, found.width, _channels(found.grey)))
    if hasattr(image, "getbands"):  # PIL
        size = (image.height, image.width, _channels(pixels.is_grey(image.mode)))
        return pixels.fitted(image, shown, size)
    array = _picture(image, shown)
    if array.dtype.kind == "f" and not (array.min() >= 0 and array.max() <= 1):
        raise ImageError(
            f"{shown} holds numbers from {array.min():g} to {array.max():g}",
            "give floats in [0, 1], as before any Normalize, or bytes",
        )
    return as_images(array[None], shown)[0]


def _channels(grey: bool) -> int:
    return 1 if grey else 3


def _label(label: Any, names: Sequence[str], row: int) -> str:
    value = label.item() if getattr(label, "size", 1) == 1 and hasattr(label, "item") else label
    shown = f"the label of image {row + 1:,}"
    if is_gone(value):
        raise ImageError(f"{shown} is missing", "leave the image out, or give its label")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool | int) and names:
        if 0 <= value < len(names):
            return str(names[value])
        what = f"{shown} is {value}, which is none of the {len(names):,} classes of the dataset"
        raise ImageError(what, "leave images without a label out")
    if isinstance(value, str | bool | int):
        return str(value)
    raise ImageError(f"{shown} is {show(value)}", "give whole numbers or text")


def _labels(y: Any, images: int) -> tuple[str, ...]:
    """Labels (N,) as text, one for each image.

    Raises:
        ImageError: another number of them, missing ones, or what is neither a whole number nor
            text.
    """
    if getattr(y, "ndim", 1) != 1 or isinstance(y, Mapping) or len(y) != images:
        what = f"y: labels of shape {np.shape(y)} for {images:,} images"
        raise ImageError(what, "give one label for each image")
    values = list(y)
    gone = [i for i, value in enumerate(values) if is_gone(value)]
    if gone:
        many = f"{count(len(gone), 'image')} of {images:,} (the first: image {gone[0] + 1:,})"
        raise ImageError(f"y is missing for {many}", "leave these images out, or give their labels")
    return tuple(_label(value, (), i) for i, value in enumerate(values))


def _made(
    images: list[Image],
    labels: tuple[str, ...],
    size: int | None,
    like: ImageSet | None,
    scale: PixelScale,
    told: tuple[tuple[str, ...], int],
) -> ImageSet:
    """The images at one shape, chosen as for files; `told`: of their scale, and levels held."""
    said, held = told
    if like is None:
        headers = [Header(x.shape[0], x.shape[1], x.shape[2] == 1, False) for x in images]
        shape, notes = choose_shape(headers, size, "the data")
    else:
        shape, notes = like.shape, ()
        others = sum(image.shape[:2] != shape[:2] for image in images)
        if others:
            size_ = f"{shape[0]} x {shape[1]}, the size of the training images"
            notes = (f"Scaled to {size_}: {count(others, 'test image')}.",)
    if 1 in shape[:2]:
        what = f"images of {shape[0]} x {shape[1]} pixels are a table, or a series"
        raise ImageError(what, "give rows of a table: data.reshape(len(data), -1)")
    stacked = np.ascontiguousarray(np.stack([_at(image, shape) for image in images]))
    if like is None:
        notes += said + levels.level_notes(stacked, lambda: held, "the data", SCALED)
    sha = hashlib.sha256(stacked.data)
    sha.update("\0".join(labels).encode("utf-8", "surrogatepass"))
    return ImageSet("data", "", sha.hexdigest(), stacked, labels, notes=notes, scale=scale)


def _at(image: Image, shape: Shape) -> Image:
    """One image at `shape`: grey ones get three equal channels without Pillow."""
    if image.shape == (*shape[:2], 1) and shape[2] == 3:
        return np.repeat(image, 3, axis=2)
    return scaled(image[None], shape, "the images")[0]
