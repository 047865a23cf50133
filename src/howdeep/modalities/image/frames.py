"""Images from Python: arrays, PyTorch datasets and Hugging Face datasets, by what they offer.

No library of theirs is imported. A PyTorch dataset has a length and gives (image, label) by number;
a Hugging Face dataset has `features` and `column_names`. An image is a PIL image, the bytes of a
file, or an array or tensor (H, W), (H, W, C) or (C, H, W), whose numbers are on one scale for all
images (`levels`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, ImageError, LimitError
from howdeep.base.limits import MAX_IMAGE_BYTES
from howdeep.base.nouns import PixelScale
from howdeep.base.words import listed, show
from howdeep.data.plain import Odd, one_hot_codes, plain, single_target
from howdeep.modalities.image.imageset import BYTES, ImageSet
from howdeep.modalities.image.read import levels, pixels
from howdeep.modalities.image.read.arrays import as_images, as_labels, channels_last
from howdeep.modalities.image.read.classes import choose_shape
from howdeep.modalities.image.read.images import SCALED, Shape, scale_for, scaled
from howdeep.modalities.image.read.pixels import Header

NO_FRAME = ("iloc", "columns", "get_columns", "toarray", "dtype", "shape")
LABELS = ("label", "labels", "target", "class", "fine_label")
NOTHING: tuple[tuple[str, ...], int] = ((), 0)
PAIRS = "give a dataset of (image, label) pairs"
Image = NDArray[np.uint8]


def is_images(data: Any) -> bool:
    """Whether `data` from Python are images rather than a table."""
    if isinstance(data, Mapping):
        return "train" in data and _is_hugging(data["train"])
    if getattr(data, "ndim", 2) in (3, 4):
        return True
    if isinstance(data, list | tuple | str | bytes):
        return False
    mapped = hasattr(data, "__getitem__") and hasattr(data, "__len__")
    return mapped and (_is_hugging(data) or not any(hasattr(data, name) for name in NO_FRAME))


def _is_hugging(data: Any) -> bool:
    return hasattr(data, "features") and hasattr(data, "column_names")


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
    if target and not _is_hugging(data):
        raise ConfigError("target: these images have no columns", "leave it out")
    data = _plain(data)
    if getattr(data, "ndim", 0) in (3, 4):
        if y is None:
            raise ConfigError("images came without labels", "give them as y=")
        images = channels_last(_array(data), "the array")
        y, single = _single(y)
        labels = as_labels(_array(y), len(images), "y")
        scale, said, held = scale_for(images, "the array", like)
        ready = levels.to_bytes(images, scale, "the array")
        return _made(list(ready), labels, image_size, like, scale, ((*single, *said), held))
    if y is not None:
        raise ConfigError("y: a dataset brings its own labels", "leave it out")
    pairs, names = _hugging(data, target) if _is_hugging(data) else _mapped(data)
    found, labels_, size, hot = [], [], 0, False
    for i, (image, label) in enumerate(pairs):
        one = _numbers(image, f"image {i + 1:,}", like.scale if like else None)
        size += one.size
        if size > MAX_IMAGE_BYTES:
            raise LimitError(
                f"the first {i + 1:,} images take more than {MAX_IMAGE_BYTES:,} bytes",
                "give a sample of them, or smaller ones",
            )
        found.append(one)
        label, coded = _from_one_hot(label)
        hot |= coded
        labels_.append(_label(label, names, i))
    if not found:
        raise ImageError("the dataset has no images", PAIRS)
    if like is not None:
        scale, told = like.scale, NOTHING
    else:
        used = levels.range_of((f"image {i + 1:,}", image) for i, image in enumerate(found))
        scale = levels.scale_of(used, "the dataset")
        told = levels.said(scale, used), levels.held(used)
    if hot:
        told = (("Labels came one-hot, and were taken as classes.", *told[0]), told[1])
    bytes_ = [levels.to_bytes(x, scale, f"image {i + 1:,}") for i, x in enumerate(found)]
    return _made(bytes_, tuple(labels_), image_size, like, scale, told)


def _plain(data: Any) -> Any:
    try:
        return plain(data)
    except Odd as error:
        raise ImageError(error.what, error.fix) from None


def _single(y: Any) -> tuple[Any, tuple[str, ...]]:
    """One label for each image, and what is to be said of how they came."""
    try:
        y, said = single_target(y)
    except Odd as error:
        raise ImageError(error.what, error.fix) from None
    return y, (said,) if said else ()


def _from_one_hot(label: Any) -> tuple[Any, bool]:
    """A label as it is, or the number of the class that a row of zeros with a one says."""
    label = _plain(label)
    if isinstance(label, np.ndarray) and label.size == 1:
        return label.reshape(()).item(), False
    if isinstance(label, np.ndarray | list | tuple) and np.ndim(label) == 1:
        codes = one_hot_codes(np.asarray(label)[None])
        return (label, False) if codes is None else (int(codes[0]), True)
    return label, False


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
    array = _array(_plain(image))
    if array.ndim == 1 and array.dtype.kind in "fiu":
        fix = "give rows of a table as an array (N, p) with y=, or as a frame"
        raise ImageError(f"{shown} is a row of {len(array):,} numbers, not an image", fix)
    if array.ndim not in (2, 3) or array.dtype.kind not in "fiub":
        kind = f"{type(image).__name__} of shape {array.shape}"
        raise ImageError(f"{shown} is a {kind}, not an image", PAIRS)
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


def _mapped(data: Any) -> tuple[Iterator[tuple[Any, Any]], Sequence[str]]:
    """Pairs of a PyTorch dataset, and its names of classes if it has them."""
    return map(_pair, (data[i] for i in range(len(data)))), getattr(data, "classes", ())


def _pair(item: Any) -> tuple[Any, Any]:
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise ImageError(f"the dataset gives {type(item).__name__}, not (image, label)", PAIRS)
    return item[0], item[1]


def _hugging(data: Any, target: str | None) -> tuple[Iterator[tuple[Any, Any]], Sequence[str]]:
    """Pairs of a Hugging Face dataset, and its names of classes if it has them."""
    kinds = {name: type(kind).__name__ for name, kind in data.features.items()}
    images = [name for name, kind in kinds.items() if kind == "Image"]
    classes = [name for name, kind in kinds.items() if kind == "ClassLabel"]
    labels = [target] if target else classes or [name for name in LABELS if name in kinds]
    if not images:
        raise ImageError(
            f"the dataset has the columns {listed(kinds)}, and none of images",
            "give a table as a frame: data.to_pandas()",
        )
    if len(images) != 1 or len(labels) != 1 or labels[0] not in kinds:
        raise ImageError(
            f"the dataset has the columns {listed(kinds)}: {len(images)} of images,"
            f" {len(labels)} that may be labels",
            "keep one column of images, and name that of the labels as target=",
        )
    names = getattr(data.features[labels[0]], "names", ())
    return (_from_row(row, images[0], labels[0]) for row in data), names


def _from_row(row: Any, image: str, label: str) -> tuple[Any, Any]:
    """Image and label of a row, which a transform may have made into anything."""
    if not isinstance(row, Mapping) or image not in row or label not in row:
        what = listed(row) if isinstance(row, Mapping) else show(type(row).__name__)
        raise ImageError(
            f"the dataset gives {what}, not {show(image)} and {show(label)}: a transform changes"
            " its rows",
            "take it off: data.with_format(None)",
        )
    return row[image], row[label]


def _label(label: Any, names: Sequence[str], row: int) -> str:
    value = label.item() if getattr(label, "size", 1) == 1 and hasattr(label, "item") else label
    if isinstance(value, bool | int) and names and 0 <= value < len(names):
        return str(names[value])
    if isinstance(value, str | bool | int):
        return str(value)
    raise ImageError(
        f"the label of image {row + 1:,} is {show(value)}", "give whole numbers or text"
    )


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
    stacked = np.stack([_at(image, shape) for image in images])
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
