"""Images from Python: arrays, PyTorch datasets, and what behaves as Hugging Face's datasets do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image as Pillow
from torch.utils.data import DataLoader, Dataset, TensorDataset

from howdeep.base.errors import ConfigError, ImageError
from howdeep.data.task import Task
from howdeep.modalities.image.frames import is_images, new_images, to_images
from howdeep.modalities.image.samples import images_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task

N = 60
RNG = np.random.Generator(np.random.PCG64(0))
PIXELS = RNG.integers(0, 256, (N, 6, 5, 3), dtype=np.uint8)
CODES = np.arange(N) % 2


class Pairs(Dataset):
    """A map-style dataset of (image, label), as torchvision's."""

    classes = ("ant", "bee")

    def __init__(self, make: Any, label: Any = int) -> None:
        self.make, self.label = make, label

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        return self.make(PIXELS[i]), self.label(CODES[i])


class Image:
    """The feature type of a column of images."""


class ClassLabel:
    """The feature type of a column of labels."""

    names = ("ant", "bee")


class Hugging:
    """What a Hugging Face dataset offers of itself."""

    def __init__(self, make: Any, **more: Any) -> None:
        self.make = make
        self.features = {"image": Image(), "label": ClassLabel()} | more
        self.column_names = list(self.features)

    def __len__(self) -> int:
        return N

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {"image": self.make(PIXELS[i]), "label": int(CODES[i]), "other": "x"}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[i] for i in range(N))


def as_file(image: np.ndarray) -> dict[str, Any]:
    out = io.BytesIO()
    Pillow.fromarray(image).save(out, "PNG")
    return {"bytes": out.getvalue(), "path": None}


MAKERS = [
    lambda x: x,
    Pillow.fromarray,
    torch.from_numpy,
    lambda x: torch.from_numpy(x).permute(2, 0, 1),
    lambda x: torch.from_numpy(x).permute(2, 0, 1) / 255,
    lambda x: (x / 255).astype(np.float32),
    as_file,
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("kind", [Pairs, Hugging])
def test_every_kind_of_image_gives_the_same_bytes(kind: Any, make: Any) -> None:
    data = kind(make)
    assert is_images(data)
    found = to_images(data)
    np.testing.assert_array_equal(found.images, PIXELS)
    assert found.labels[:3] == ("ant", "bee", "ant")


@pytest.mark.parametrize("label", [str, np.int64, torch.tensor])
def test_kinds_of_labels(label: Any) -> None:
    found = to_images(Pairs(lambda x: x, label))
    assert set(found.labels) == ({"0", "1"} if label is str else {"ant", "bee"})


def test_arrays_and_tensors() -> None:
    for x in (PIXELS, torch.from_numpy(PIXELS), PIXELS.transpose(0, 3, 1, 2), PIXELS / 255.0):
        for y in (CODES, torch.from_numpy(CODES), CODES.tolist(), pd.Series(CODES)):
            found = to_images(x, y)
            np.testing.assert_array_equal(found.images, PIXELS)
            assert found.labels[:2] == ("0", "1")
    pairs = TensorDataset(torch.from_numpy(PIXELS), torch.from_numpy(CODES))
    np.testing.assert_array_equal(to_images(pairs).images, PIXELS)


@pytest.mark.parametrize(
    "data",
    [
        np.zeros((3, 2)),
        pd.DataFrame({"a": [1]}),
        {"a": [1, 2]},
        [[1, 2]],
        "path",
        None,
        3,
        pd.Series([1]),
    ],
)
def test_tables_are_no_images(data: Any) -> None:
    assert not is_images(data)


def test_mixed_sizes_become_one() -> None:
    grown = [Pillow.fromarray(x).resize((20 + i, 30 + i)) for i, x in enumerate(PIXELS)]
    pairs = list(zip(grown, CODES.tolist(), strict=True))
    found = to_images(pairs)
    assert found.shape == (20, 20, 3)
    assert "20 x 20" in found.notes[0]
    assert to_images(pairs, image_size=8).shape == (8, 8, 3)


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (PIXELS, {}),
        (Pairs(lambda x: x), {"y": CODES}),
        (Pairs(lambda x: x), {"target": "label"}),
        (Pairs(lambda x: x / 60.0 * np.nan), {}),
        (Pairs(lambda x: x[0, 0]), {}),
        (Pairs(lambda x: "x"), {}),
        (Pairs(lambda x: x, lambda code: code + 0.5), {}),
        (TensorDataset(torch.from_numpy(PIXELS)), {}),
        (Hugging(lambda x: x, second=Image()), {}),
        (Hugging(lambda x: x, second=ClassLabel()), {}),
        (Hugging(lambda x: x), {"target": "none"}),
        (PIXELS, {"y": CODES[:-1]}),
        (PIXELS, {"y": CODES + 0.5}),
    ],
)
def test_what_is_refused(data: Any, options: dict[str, Any]) -> None:
    with pytest.raises((ImageError, ConfigError)) as caught:
        to_images(data, **options)
    assert caught.value.fix


@pytest.mark.parametrize(
    "label",
    [
        lambda code: torch.eye(2)[code],
        lambda code: torch.eye(2, requires_grad=True)[code],
        lambda code: np.eye(2)[code],
        lambda code: [float(code == 0), float(code == 1)],
    ],
)
def test_one_hot_labels_are_classes_and_that_is_said(label: Any) -> None:
    for found in (
        to_images(Pairs(lambda x: x, label)),
        to_images(PIXELS, [label(int(code)) for code in CODES]),
    ):
        plain = to_images(Pairs(lambda x: x))
        assert len(set(found.labels)) == 2
        same = {a for a, b in zip(found.labels, plain.labels, strict=True) if b == "ant"}
        assert len(same) == 1
        assert any("one-hot" in note for note in found.notes)


def test_images_and_labels_with_gradients_are_read() -> None:
    images = torch.tensor(PIXELS / 255.0, requires_grad=True)
    np.testing.assert_array_equal(to_images(images, CODES[:, None]).images, PIXELS)
    pairs = to_images(Pairs(lambda x: torch.tensor(x / 255.0, requires_grad=True)))
    np.testing.assert_array_equal(pairs.images, PIXELS)
    np.testing.assert_array_equal(new_images(images, PIXELS.shape[1:]), PIXELS)


class Changed(Hugging):
    """A dataset whose transform makes rows into something else."""

    def __init__(self, row: Any) -> None:
        super().__init__(lambda x: x)
        self.row = row

    def __getitem__(self, i: int) -> Any:
        return self.row


@pytest.mark.parametrize(
    ("data", "fix"),
    [
        (Changed({"pixel_values": PIXELS[0]}), "with_format"),
        (Changed((PIXELS[0], 1)), "with_format"),
        (Pairs(lambda x: x, lambda code: torch.tensor([0.5, 0.5])), "whole numbers or text"),
        (Pairs(lambda x: x, lambda code: torch.tensor([1.0, 1.0])), "whole numbers or text"),
        (TensorDataset(torch.zeros(N, 4), torch.from_numpy(CODES)), "as an array"),
        (DataLoader(Pairs(lambda x: x)), "loader.dataset"),
    ],
)
def test_what_a_transform_or_a_loader_makes_is_refused_with_the_way_out(
    data: Any, fix: str
) -> None:
    with pytest.raises(ImageError) as caught:
        to_images(data)
    assert fix in caught.value.fix


def task(data: Any, y: Any = None, test: Any = None, **options: Any) -> Task:
    return handed_task(Handed(data, y, test), parse_options(options))


def test_one_task_from_arrays_and_datasets() -> None:
    words = np.array(["ant", "bee"])[CODES]
    tasks = [
        task(PIXELS, words),
        task(Pairs(Pillow.fromarray)),
        task(Hugging(as_file)),
        task(Hugging(as_file), target="label"),
    ]
    assert len({t.info.fingerprint for t in tasks}) == 1
    assert tasks[0].info.shape == (6, 5, 3)


def test_given_test_images() -> None:
    other = 255 - PIXELS
    tasks = [
        task(PIXELS, CODES, (other, CODES)),
        task({"train": Hugging(lambda x: x), "test": Hugging(lambda x: 255 - x)}),
        task(Pairs(lambda x: x), test=Pairs(lambda x: 255 - x)),
    ]
    for found in tasks:
        assert found.test.tolist() == list(range(N, 2 * N))
        np.testing.assert_array_equal(images_of(found)[N:], other)


@pytest.mark.parametrize(
    "options", [{"sep": ","}, {"skip_unreadable": True}, {"data_dir": "x"}, {"kind": "regression"}]
)
def test_options_without_effect_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="--" + next(iter(options)).replace("_", "-")):
        task(PIXELS, CODES, **options)


def test_new_images_for_a_net() -> None:
    np.testing.assert_array_equal(new_images(PIXELS, (6, 5, 3)), PIXELS)
    assert new_images(list(map(Pillow.fromarray, PIXELS)), (8, 8, 1)).shape == (N, 8, 8, 1)
    np.testing.assert_array_equal(
        new_images(PIXELS[:1], (6, 5, 3)), new_images([PIXELS[0]], (6, 5, 3))
    )
    for one in (PIXELS[0], PIXELS[0].transpose(2, 0, 1)):
        with pytest.raises(ImageError, match="one image in colour"):
            new_images(one, (6, 5, 3))
    for odd in ([], None, "x", [3]):
        with pytest.raises(ImageError):
            new_images(odd, (8, 8, 1))
