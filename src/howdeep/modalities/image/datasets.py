"""Datasets of PyTorch and of Hugging Face, and lists, as pairs of an image and its label.

No library of theirs is imported. A PyTorch dataset has a length and gives (image, label) by number;
a Hugging Face dataset has `features` and `column_names`, a dict of such has their splits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from howdeep.base.errors import ImageError
from howdeep.base.words import count, listed, show
from howdeep.modalities.image.read.roles import role_of

FILES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
PICTURES = ("Image", "Array2D", "Array3D")  # kinds of columns
LABELS = ("label", "labels", "target", "class", "fine_label")
PAIRS = "give a dataset of (image, label) pairs"
TWICE = 8  # items that are read twice, to see whether they stay what they are
Pairs = tuple[Iterator[tuple[Any, Any]], Sequence[str]]  # and the names of the classes, if known


# ---- what is what -------------------------------------------------------------------------------
def is_hugging(data: Any) -> bool:
    """Whether it is a dataset of Hugging Face."""
    return hasattr(data, "features") and hasattr(data, "column_names")


def is_splits(data: Any) -> bool:
    """Whether it is a dict of such datasets, by split."""
    if not isinstance(data, Mapping) or hasattr(data, "toarray"):  # sparse ones are dicts as well
        return False
    return len(data) > 0 and all(map(is_hugging, data.values()))


def is_image(item: Any) -> bool:
    """Whether it looks like an image: of PIL, in bytes, or an array of two or three axes.

    >>> is_image(np.zeros((3, 4))), is_image([1, 2]), is_image("cat.png"), is_image("cat")
    (True, False, True, False)
    """
    if isinstance(item, str | PurePath):
        return str(item).lower().endswith(FILES)
    if isinstance(item, Mapping):
        return {"bytes", "path"} <= {*item}
    own = isinstance(item, bytes) or hasattr(item, "getbands")
    frame = hasattr(item, "columns")
    return own or (not frame and getattr(item, "ndim", 0) in (2, 3))


def is_list(data: Any) -> bool:
    """Whether it is a list of images, or of (image, label)."""
    if not isinstance(data, list | tuple) or not len(data):
        return False
    first = data[0]
    if isinstance(first, list | tuple) and len(first) == 2:
        one, label = (tuple(getattr(part, "shape", ())) for part in first)
        batch = len(one) == 2 and one[:1] == label[:1]  # rows and their labels
        return is_image(first[0]) and not is_image(first[1]) and not batch
    return all(map(is_image, data))


# ---- pairs --------------------------------------------------------------------------------------
def mapped(data: Any) -> Pairs:
    """Pairs of a PyTorch dataset or a list, and its names of classes if it has them.

    Raises:
        ImageError: items that are no pairs, that fail, or that are others each time.
    """
    return map(_pair, _items(data, _pair)), getattr(data, "classes", ())


def labelled(data: Any, labels: Sequence[Any]) -> Pairs:
    """Pairs of a list or a dataset of images alone, with labels (N,) that stand apart.

    Raises:
        ImageError: the dataset has labels of its own, or other than N images.
    """
    items = list(_items(data, _alone))
    if len(items) != len(labels):
        many = f"{count(len(labels), 'label')} for {count(len(items), 'image')}"
        raise ImageError(f"y: {many}", "give one label for each image")
    return zip(map(_alone, items), labels, strict=True), ()


def hugging(data: Any, target: str | None) -> Pairs:
    """Pairs of a Hugging Face dataset, and its names of classes if it has them.

    Raises:
        ImageError: no one column of images and one of labels, or rows that a transform changed.
    """
    kinds = {name: type(kind).__name__ for name, kind in data.features.items()}
    images = [name for name, kind in kinds.items() if kind in PICTURES]
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

    def pair(row: Any) -> tuple[Any, Any]:
        return _from_row(row, images[0], labels[0])

    names = getattr(data.features[labels[0]], "names", ())
    by_number = callable(getattr(data, "__getitem__", None)) and callable(
        getattr(data, "__len__", None)
    )
    return map(pair, _items(data, pair) if by_number else iter(data)), names


def _items(data: Any, pair: Callable[[Any], Any]) -> Iterator[Any]:
    """The items of a dataset in order; the first of them twice, which are to be the same.

    Raises:
        ImageError: they cannot be had by number, fail, or are others each time.
    """
    own = type(data).__name__
    try:
        size = len(data)
    except Exception as error:  # whatever the code of others raises
        raise _no_number(own) from error
    for i in range(size):
        item = _item(data, i)
        again = _item(data, i) if i < TWICE and not isinstance(data, list | tuple) else item
        if not _same(pair(item), pair(again)):
            raise ImageError(
                f"item {i + 1:,} of the {own} is another one each time it is read",
                "take random transforms off it",
            )
        yield item


def _item(data: Any, place: int) -> Any:
    try:
        return data[place]
    except NotImplementedError as error:
        raise _no_number(type(data).__name__) from error
    except Exception as error:
        what = f"item {place + 1:,} of the {type(data).__name__} cannot be read"
        said = f"{type(error).__name__}: {show(error)}"
        raise ImageError(f"{what}: {said}", f"mend what data[{place}] runs into") from error


def _no_number(own: str) -> ImageError:
    what = f"a dataset of type {own} gives its items one after the other, not by number"
    return ImageError(what, "give a list of its pairs: list(data)")


def _same(one: Any, other: Any) -> bool:
    """Are two readings of an item the same, as far as arrays tell?"""
    one, other = (x[0] if isinstance(x, tuple) else x for x in (one, other))
    if hasattr(one, "getbands") and hasattr(other, "getbands"):
        return bool(one.size == other.size and one.tobytes() == other.tobytes())
    pair = [x.detach().cpu() if hasattr(x, "detach") else x for x in (one, other)]
    if not all(hasattr(x, "shape") for x in pair):
        return True
    if tuple(pair[0].shape) != tuple(pair[1].shape):
        return False
    alike = pair[0] == pair[1]
    nans = (pair[0] != pair[0]) & (pair[1] != pair[1])
    return bool((alike | nans).all())


def _alone(item: Any) -> Any:
    """The image of an item that has no label."""
    if isinstance(item, tuple | list) and len(item) == 1:
        return item[0]
    if isinstance(item, tuple | list) and len(item) > 1 and is_image(item[0]):
        raise ImageError("y: the dataset brings its own labels", "leave y out")
    return item


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, tuple | list) and len(item) == 2:
        if is_image(item[1]) and not is_image(item[0]) and np.ndim(item[1]) > 2:
            raise ImageError("the dataset gives (label, image)", PAIRS)
        return item[0], item[1]
    own = type(item).__name__
    if isinstance(item, Mapping):
        raise ImageError(f"the dataset gives {own} of {listed(item)}, not (image, label)", PAIRS)
    if isinstance(item, tuple | list):
        many = f"{own} of {count(len(item), 'thing')}"
        raise ImageError(f"the dataset gives {many}, not (image, label)", PAIRS)
    if is_image(item):
        raise ImageError("the images came without labels", "give them as y=")
    raise ImageError(f"the dataset gives {own}, not (image, label)", PAIRS)


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


# ---- splits -------------------------------------------------------------------------------------
def parts_of(data: Mapping[str, Any]) -> tuple[Any, Any, Any, tuple[str, ...]]:
    """The split to train on, one that joins it and one to test on (or None), and what is said.

    That of validation is the test where there is no other, as for folders.

    Raises:
        ImageError: none to train on.
    """
    found: dict[str, str] = {}
    for name in data:
        found.setdefault(role_of(str(name)), name)
    if "train" not in found:
        first = next(iter(data))
        raise ImageError(
            f"the dataset has the splits {listed(list(data))}, and none to train on",
            f"give the one to train on, as data[{first!r}]",
        )
    test = found.get("test", found.get("val"))
    joins = found.get("val") if "test" in found else None
    notes: tuple[str, ...] = ()
    notes += (f"The split {show(joins)} joined the training images.",) if joins else ()
    notes += (f"The split {show(test)} holds the test images.",) if test else ()
    other = [str(name) for name in data if name not in (found["train"], test, joins)]
    notes += (f"Splits that were not looked at: {listed(other)}.",) if other else ()
    one, more, last = (data[name] if name else None for name in (found["train"], joins, test))
    return one, more, last, notes
