"""Corruptions of rows at five strengths: what a camera, a file or a form does to them.

Of images noise and JPEG are as strong as in ImageNet-C (Hendrycks and Dietterich 2019, their code);
its blur is of photographs of 224 pixels, so that ours goes by the size of the picture.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from howdeep.instruments._pixels import Pixels, pixels, shifted
from howdeep.instruments._subject import Rows, Subject

NOISE = (0.08, 0.12, 0.18, 0.26, 0.38)  # standard deviations, of white less black
QUALITY = (25, 18, 15, 10, 7)  # of JPEG
SPREADS = (0.1, 0.2, 0.3, 0.5, 1.0)  # of a column of a table
GONE = (0.05, 0.1, 0.2, 0.3, 0.5)  # shares of cells
AROUND = ((-1, 0), (1, 0), (0, -1), (0, 1))
JPEG_LACKS = "JPEG is left out: pip install 'howdeep[images]'"


@dataclass(frozen=True)
class Corruption:
    """`apply(rows, strength)`: the rows as they come out, one version or several of each row."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Rows, float], tuple[Rows, ...]]


def corruptions(subject: Subject) -> tuple[tuple[Corruption, ...], tuple[str, ...]]:
    """Those that suit the subject's rows, and notes on what is left out."""
    how = pixels(subject)
    if how is not None:
        return _of_images(how)
    known = subject.task is not None and set(subject.task.samples) == {"numbers", "codes"}
    if known and subject.encode is not None:
        return _of_cells(subject), ()
    if not any(x.is_floating_point() for x in subject.train.inputs):
        return (), ("its inputs are no real numbers: nothing to add noise to",)
    return _of_columns(subject), ()


# ---- images -------------------------------------------------------------------------------------
def _of_images(how: Pixels) -> tuple[tuple[Corruption, ...], tuple[str, ...]]:
    side = min(how.height, how.width)
    step = max(0.4, side / 160)
    pixel = max(1, round(side / 32))

    def each(change: Callable[[Tensor, float], Tensor]) -> Callable[[Rows, float], tuple[Rows]]:
        def apply(rows: Rows, strength: float) -> tuple[Rows]:
            out = change(how.pictures(rows.inputs[0]), strength).clamp(0, 1)
            return (replace(rows, inputs=(how.inputs(out).to(rows.inputs[0].dtype),)),)

        return apply

    def shifts(rows: Rows, strength: float) -> tuple[Rows, ...]:
        pictures, by = how.pictures(rows.inputs[0]), int(strength)
        moved = (shifted(pictures, down * by, right * by) for down, right in AROUND)
        return tuple(replace(rows, inputs=(how.inputs(one),)) for one in moved)

    found = [
        Corruption("noise", "standard deviation, white = 1", NOISE, each(_noise)),
        Corruption("blur", "standard deviation, pixels", _times(step), each(blurred)),
        Corruption("shift", "pixels", _times(pixel), shifts),
    ]
    if how.channels not in (1, 3):
        return tuple(found), (f"JPEG is left out: it has no {how.channels} channels",)
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return tuple(found), (JPEG_LACKS,)
    found.append(Corruption("JPEG", "quality", QUALITY, each(compressed)))
    return tuple(found), ()


def _times(step: float) -> tuple[float, ...]:
    return tuple(round(step * i, 3) for i in range(1, 6))


def _noise(pictures: Tensor, strength: float) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return pictures + strength * torch.randn(pictures.shape, generator=generator)


def blurred(pictures: Tensor, sigma: float) -> Tensor:
    """Pictures (N, C, H, W) under a Gaussian of `sigma` pixels, edges repeated."""
    reach = max(1, round(4 * sigma))
    at = torch.arange(-reach, reach + 1, dtype=pictures.dtype)
    kernel = torch.exp(-(at**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    out = pictures
    for axis in (2, 3):
        size = out.shape[axis]
        index = (torch.arange(-reach, size + reach)).clamp(0, size - 1)
        padded = out.index_select(axis, index)
        shape = (1, 1, -1, 1) if axis == 2 else (1, 1, 1, -1)
        weight = kernel.reshape(shape).repeat(out.shape[1], 1, 1, 1)
        out = F.conv2d(padded, weight, groups=out.shape[1])
    return out


def compressed(pictures: Tensor, quality: float) -> Tensor:
    """Pictures (N, C, H, W) through a JPEG file of this quality; C is 1 or 3."""
    from PIL import Image

    bytes_of = pictures.mul(255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    out = []
    for picture in bytes_of:
        grey = picture.shape[2] == 1
        held = io.BytesIO()
        Image.fromarray(picture[..., 0] if grey else picture).save(
            held, "JPEG", quality=int(quality)
        )
        read = np.asarray(Image.open(held), dtype=np.float32) / 255
        out.append(read[..., None] if grey else read)
    return torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2).to(pictures.dtype)


# ---- tables of a study: cells as they were read -------------------------------------------------
def _of_cells(subject: Subject) -> tuple[Corruption, ...]:
    task, encode = subject.task, subject.encode
    assert task is not None
    assert encode is not None
    cells = task.samples["numbers"]
    train = subject.train.index
    known = cells if train is None else cells[train]
    spreads = _spreads(np.where(np.isfinite(known), known, np.nan))

    def through(samples: Mapping[str, NDArray[Any]], rows: Rows) -> tuple[Rows]:
        return (replace(rows, inputs=(encode(samples),)),)

    def noise(rows: Rows, strength: float) -> tuple[Rows]:
        own = _samples(subject, rows)
        drawn = np.random.default_rng(0).standard_normal(own["numbers"].shape)
        return through(own | {"numbers": own["numbers"] + strength * drawn * spreads}, rows)

    def missing(rows: Rows, strength: float) -> tuple[Rows]:
        own, draws = _samples(subject, rows), np.random.default_rng(0)
        numbers = np.where(draws.random(own["numbers"].shape) < strength, np.nan, own["numbers"])
        codes = np.where(draws.random(own["codes"].shape) < strength, -1, own["codes"])
        return through({"numbers": numbers, "codes": codes}, rows)

    found = [Corruption("missing values", "share of cells", GONE, missing)]
    if cells.shape[1]:
        found.insert(0, Corruption("noise", "standard deviations of a column", SPREADS, noise))
    return tuple(found)


def _samples(subject: Subject, rows: Rows) -> dict[str, NDArray[Any]]:
    assert subject.task is not None
    assert rows.index is not None
    return {name: values[rows.index] for name, values in subject.task.samples.items()}


def _spreads(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard deviation of each column (p,), of the cells that are there."""
    there = np.isfinite(cells)
    n = np.maximum(there.sum(0), 1)
    held = np.where(there, cells, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        means = held.sum(0) / n
        found = np.sqrt((np.where(there, cells - means, 0.0) ** 2).sum(0) / n)
    return np.where(np.isfinite(found), found, 0.0)


# ---- anything else: inputs as they are ----------------------------------------------------------
def _of_columns(subject: Subject) -> tuple[Corruption, ...]:
    train = [x.double() if x.is_floating_point() else x for x in subject.train.inputs]
    means = [x.mean(0) if x.is_floating_point() else x for x in train]
    spreads = [x.std(0, correction=0) if x.is_floating_point() else x for x in train]

    def noise(rows: Rows, strength: float) -> tuple[Rows]:
        generator = torch.Generator().manual_seed(0)
        out = []
        for x, spread in zip(rows.inputs, spreads, strict=True):
            drawn = torch.randn(x.shape, generator=generator)
            real = x.is_floating_point()
            out.append((x + strength * drawn * spread).to(x.dtype) if real else x)
        return (replace(rows, inputs=tuple(out)),)

    def missing(rows: Rows, strength: float) -> tuple[Rows]:
        generator = torch.Generator().manual_seed(0)
        out = []
        for x, mean in zip(rows.inputs, means, strict=True):
            gone = torch.rand(x.shape, generator=generator) < strength
            real = x.is_floating_point()
            out.append(torch.where(gone, mean.to(x.dtype), x) if real else x)
        return (replace(rows, inputs=tuple(out)),)

    return (
        Corruption("noise", "standard deviations of a column", SPREADS, noise),
        Corruption("missing values", "share of cells, at their mean", GONE, missing),
    )
