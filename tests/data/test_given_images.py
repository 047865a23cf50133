"""Images that Python hands over in other forms: read as meant, or refused by their cause."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image as Pillow
from torch.utils.data import ChainDataset, Dataset, IterableDataset, TensorDataset

from howdeep.base.errors import InputError
from howdeep.data.task import Task
from howdeep.modalities.image.samples import images_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task

N = 60
RNG = np.random.Generator(np.random.PCG64(0))
PIXELS = RNG.integers(0, 256, (N, 6, 5, 3), dtype=np.uint8)
CODES = np.arange(N) % 2
FLOATS = (PIXELS / 255).astype(np.float32)
PHOTOS = [Pillow.fromarray(x) for x in PIXELS]


class Items(Dataset):
    """A dataset of what a function makes of each number."""

    def __init__(self, make: Callable[[int], Any]) -> None:
        self.make = make

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> Any:
        return self.make(i)


class Stream(IterableDataset):
    """A dataset that gives its items one after the other."""

    def __iter__(self) -> Iterator[Any]:
        return zip(PIXELS, CODES.tolist(), strict=True)


class SizedStream(Stream):
    def __len__(self) -> int:
        return N


class Image:
    """The feature type of a column of images."""


class Array3D:
    """The feature type of a column of arrays."""


class ClassLabel:
    """The feature type of a column of labels."""

    names = ("ant", "bee")


class Hugging:
    """What a Hugging Face dataset offers of itself."""

    def __init__(
        self, make: Any = lambda i: PHOTOS[i], label: Any = int, kind: Any = Image
    ) -> None:
        self.make, self.label = make, label
        self.features = {"image": kind(), "label": ClassLabel()}
        self.column_names = list(self.features)

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {"image": self.make(i), "label": self.label(CODES[i])}


def inverted(i: int) -> Any:
    return Pillow.fromarray(255 - PIXELS[i])


def swapped(i: int) -> Any:
    return PIXELS[i][:, ::-1].copy()


def task(data: Any, y: Any = None, test: Any = None) -> Task:
    return handed_task(Handed(data, y, test), parse_options({}))


def encoded(x: np.ndarray) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(x).save(out, "PNG")
    return out.getvalue()


READ: dict[str, tuple[Any, Any]] = {
    "a list of photos": (PHOTOS, CODES),
    "a list of arrays": ([*PIXELS], CODES.tolist()),
    "a tuple of arrays": (tuple(PIXELS), CODES),
    "a list of tensors": ([torch.tensor(x).permute(2, 0, 1) for x in FLOATS], torch.tensor(CODES)),
    "a list of files": ([encoded(x) for x in PIXELS], CODES),
    "a list of pairs": (list(zip(PHOTOS, CODES.tolist(), strict=True)), None),
    "an array of objects": (np.array([*PIXELS, None], object)[:-1], CODES),
    "Fortran order": (np.asfortranarray(PIXELS), CODES),
    "a mask without a masked pixel": (np.ma.array(PIXELS), CODES),
    "tensors of images alone": (TensorDataset(torch.tensor(PIXELS)), CODES),
    "labels as floats": (Items(lambda i: (PIXELS[i], float(CODES[i]))), None),
    "labels of another byte order": (PIXELS, CODES.astype(">i8")),
    "one item one-hot": (Items(lambda i: (PIXELS[i], np.eye(2)[CODES[i]])), None),
}


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_it_is_meant(name: str) -> None:
    found = task(*READ[name])
    assert np.array_equal(images_of(found), PIXELS)
    assert (found.info.classes, found.info.labels) == (("0", "1"), "int")
    assert found.target.tolist() == CODES.tolist()


def test_columns_of_arrays_and_pairs_of_a_stream_are_read() -> None:
    arrays = task(Hugging(lambda i: PIXELS[i].tolist() and PIXELS[i], kind=Array3D))
    assert arrays.info.classes == ("ant", "bee")
    assert np.array_equal(images_of(task(list(Stream()))), PIXELS)


def at(places: int, value: Any) -> list[Any]:
    return [value if i == places else int(code) for i, code in enumerate(CODES)]


def raising(i: int) -> Any:
    if i == 7:
        raise RuntimeError("corrupt file")
    return PIXELS[i], int(CODES[i])


TURNS = iter(range(1000))

REFUSED: dict[str, tuple[Any, Any, str, str]] = {  # data, y, what is said, and the fix
    "y without one": (PIXELS, at(3, None), "1 image of 60 (the first: image 4)", "labels"),
    "y of pandas without one": (
        PIXELS, pd.array(at(3, None), dtype="Int64"), "the first: image 4", "labels",
    ),
    "y masked": (PIXELS, np.ma.masked_equal(CODES, 1), "missing for 30 images", "labels"),
    "y of halves": (PIXELS, CODES + 0.5, "label of image 1 is '0.5'", "whole numbers or text"),
    "y read once": (PIXELS, iter(CODES), "can be read only once", "list"),
    "a photo too many": (PHOTOS, CODES[:-1], "59 labels for 60 images", "each image"),
    "four channels": (np.zeros((N, 6, 5, 4), np.uint8), CODES, "(60, 6, 5, 4)", "[..., :3]"),
    "images last": (PIXELS.transpose(1, 2, 3, 0), CODES, "60 labels came with it", "moveaxis"),
    "grey images last": (PIXELS[..., 0].transpose(1, 2, 0), CODES, "60 labels", "moveaxis"),
    "masked pixels": (np.ma.masked_greater(PIXELS, 9), CODES, "masked pixels", "filled"),
    "rows of one pixel": (FLOATS[:, :1, :, 0], CODES, "1 x 5 pixels", "reshape(len(data), -1)"),
    "a series": (FLOATS[:, :, :1, :1], CODES, "6 x 1 pixels", "reshape(len(data), -1)"),
    "all black": (PIXELS * 0, CODES, "all 60 images are the same, all pixels 0", "converted"),
    "some black": (PIXELS * (np.arange(N) < 9)[:, None, None, None].astype(np.uint8), CODES,
                   "different labels: 25, as 'image 10' ('1') and 'image 11' ('0'), all pixels 0",
                   "--allow-conflict"),
    "paths": ([f"{i}.png" for i in range(N)], CODES, "image 1 is the path of a file", "open each"),
    "no labels": (PHOTOS, None, "without labels", "y="),
    "labels twice": (Items(lambda i: (PIXELS[i], 1)), CODES, "its own labels", "leave y out"),
    "items of three": (Items(lambda i: (PIXELS[i], 1, i)), None, "tuple of 3 things", "(image, "),
    "items by name": (Items(lambda i: {"x": PIXELS[i]}), None, "dict of 'x'", "(image, label)"),
    "the label first": (Items(lambda i: (1, PIXELS[i])), None, "(label, image)", "(image, label)"),
    "an item that fails": (Items(raising), None, "item 8 of the Items cannot be read: RuntimeError",
                           "data[7]"),
    "other images each time": (Items(lambda i: (PIXELS[i] + next(TURNS), 1)), None,
                               "item 1 of the Items is another one each time", "random"),
    "a stream": (Stream(), None, "of type Stream", "list"),
    "a stream that has a length": (SizedStream(), None, "one after the other", "list(data)"),
    "chained streams": (ChainDataset([Stream()]), None, "one after the other", "list(data)"),
    "no image": (Items(lambda i: (None, 1)), None, "image 1 is missing", "leave it out"),
    "no label": (Items(lambda i: (PIXELS[i], None)), None, "of image 1 is missing", "its label"),
    "several classes": (Items(lambda i: (PIXELS[i], [[1], [0, 1]][i % 2])), None,
                        "several classes for an image", "one label"),
    "unlabelled rows": (Hugging(label=lambda _: -1), None, "none of the 2 classes", "leave images"),
    "files not decoded": (Hugging(lambda i: {"bytes": None, "path": "a.png"}), None,
                          "the path of a file, 'a.png'", "open each"),
    "no split to train on": ({"test": Hugging()}, None, "none to train on", "data['test']"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_its_cause(name: str) -> None:
    data, y, said, fix = REFUSED[name]
    with pytest.raises(InputError) as caught:
        task(data, y)
    assert said in caught.value.what
    assert fix in caught.value.fix


def test_splits_have_roles_as_folders_have() -> None:
    parts = {"train": Hugging(), "validation": Hugging(inverted)}
    found = task(parts)
    assert len(found.test) == N
    assert "The split 'validation' holds the test images." in found.info.notes
    found = task({**parts, "test": Hugging(swapped), "extra": Hugging()})
    assert (len(found.test), len(found.target)) == (N, 3 * N)
    assert "The split 'validation' joined the training images." in found.info.notes
    assert "Splits that were not looked at: 'extra'." in found.info.notes


def test_what_is_tested_on_is_said_and_refused_by_its_cause() -> None:
    found = task(PIXELS, CODES, [255 - PIXELS[:, :4], CODES])
    assert any("Scaled to 6 x 5" in note and "60 test images" in note for note in found.info.notes)
    with pytest.raises(InputError, match="test is of type DataFrame"):
        task(PIXELS, CODES, pd.DataFrame({"a": [1]}))
    with pytest.raises(InputError, match=r"without labels[\s\S]*test=\(images, labels\)"):
        task(PIXELS, CODES, 255 - PIXELS)
