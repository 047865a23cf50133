"""What does it look at? Three attributions, whether they speak of the net, and a gallery."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _attribute as attribute
from howdeep.instruments import _classes as said
from howdeep.instruments._afford import afforded
from howdeep.instruments._attribution_section import TITLE, section
from howdeep.instruments._gallery import gallery
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._intervals import mean, three
from howdeep.instruments._pixels import Pixels, pixels
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._tiles import coloured, tile
from howdeep.instruments._values import number
from howdeep.report.words import clean

Floats = NDArray[np.float64]
ROWS = 256  # as many as a mean over rows needs
WIDE = 400  # encoded columns of anyone's table that are looked at one by one
SHOWN = 20  # features that are kept
MAPS = 4  # pictures with maps
PATCHES = 7  # along a side of what is occluded


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """`features`: share of each in the explained output by method; `maps` of pictures; `sanity`:
    how alike the attributions of a net that learnt nothing are; `missing` from completeness.
    """
    rows = subject.unseen.some(min(effort.rows, ROWS))
    rows = afforded(subject, rows, 6 * attribute.POINTS)  # of this net, and of one without learning
    if len(rows) < said.FEW:
        raise InstrumentError(f"{len(rows)} rows: at least {said.FEW} are needed", "give more rows")
    start = attribute.base(subject)
    which = attribute.explained(subject, rows)
    points = attribute.POINTS
    deep = attribute.integrated(subject, rows, start, which, points)
    finer = len(afforded(subject, rows, 24 * attribute.POINTS)) == len(rows)
    if finer and attribute.incomplete(subject, rows, start, which, deep) > attribute.ENOUGH:
        points *= 4
        deep = attribute.integrated(subject, rows, start, which, points)
    fast = attribute.times_input(subject, rows, start, which)
    how = pixels(subject)
    features = {} if how is not None else _features(subject)
    found = {
        "part": said.part_of(subject),
        "rows": len(rows),
        "points": points,
        "missing": number(attribute.incomplete(subject, rows, start, which, deep)),
        "sanity": _sanity(
            subject, rows, start, which, points, {"gradient": fast, "integrated": deep}
        ),
        "features": _shares(subject, rows, start, which, features, fast, deep),
        "maps": [] if how is None else _maps(subject, rows, start, which, deep, how),
    }
    return found | gallery(subject, rows, how, features)


def _sanity(
    subject: Subject, rows: Rows, start: attribute.Tensors, which: Tensor, points: int,
    found: dict[str, attribute.Tensors],
) -> dict[str, Any]:  # fmt: skip
    """Rank correlation of each row's attribution with that of a net that learnt nothing."""
    at = torch.arange(min(len(rows), 64))
    few = rows.take(at)
    try:
        other = attribute.randomised(subject)
        fast = attribute.times_input(subject, few, start, which[at], other)
        deep = attribute.integrated(subject, few, start, which[at], points, other)
    except InstrumentError:
        return {}
    pairs = (("gradient", fast), ("integrated", deep))
    return {
        name: three(mean(attribute.alike(tuple(a[at] for a in found[name]), random)))
        for name, random in pairs
    }


def _features(subject: Subject) -> dict[str, Tensor]:
    """Columns of the input by feature; none where they are too many, or no table."""
    task = subject.task
    if task is not None and subject.encode is not None and "numbers" in task.samples:
        return {clean(name): own for name, own in attribute.columns_of(subject).items()}
    inputs = subject.train.inputs
    if len(inputs) != 1 or inputs[0].ndim != 2 or inputs[0].shape[1] > WIDE:
        return {}
    return {f"column {i}": torch.tensor([i]) for i in range(inputs[0].shape[1])}


def _shares(
    subject: Subject, rows: Rows, start: attribute.Tensors, which: Tensor,
    features: dict[str, Tensor], fast: attribute.Tensors, deep: attribute.Tensors,
) -> list[dict[str, Any]]:  # fmt: skip
    """Each feature's part of the absolute attribution of a row, averaged over rows."""
    if not features:
        return []
    columns = rows.inputs[0].shape[1]
    masks = []
    for own in features.values():
        mask = torch.zeros(columns, dtype=torch.bool)
        mask[own] = True
        masks.append((mask,))
    hidden = attribute.occluded(subject, rows, start, which, masks).double().numpy()
    by_method = {"occlusion": _of_row(hidden)}
    for name, attribution in (("gradient", fast), ("integrated", deep)):
        sums = [attribution[0][:, own].sum(1) for own in features.values()]
        by_method[name] = _of_row(torch.stack(sums, 1).double().numpy())
    order = np.argsort(-by_method["integrated"].mean(0), kind="stable")[:SHOWN]
    names = list(features)
    return [
        {"name": names[i]} | {m: three(mean(shares[:, i])) for m, shares in by_method.items()}
        for i in order
    ]


def _of_row(values: Floats) -> Floats:
    """Sizes (N, features) as shares of their row."""
    sizes = np.abs(values)
    found: Floats = sizes / np.maximum(sizes.sum(1, keepdims=True), 1e-300)
    return found


def _maps(
    subject: Subject, rows: Rows, start: attribute.Tensors, which: Tensor,
    deep: attribute.Tensors, how: Pixels,
) -> list[dict[str, Any]]:  # fmt: skip
    """Pictures with what speaks for the class and against it, by pixel and by patch."""
    few = torch.arange(min(MAPS, len(rows)))
    some = rows.take(few)
    pictures = how.pictures(some.inputs[0])
    flat = Pixels(how.height, how.width, how.channels, how.flat, torch.zeros(how.channels),
                  torch.ones(how.channels))  # fmt: skip
    fine = flat.pictures(deep[0][few]).sum(1, keepdim=True)
    masks, shape = patches(how)
    fallen = attribute.occluded(subject, some, start, which[few], masks)
    coarse = F.interpolate(fallen.reshape(-1, 1, *shape), size=(how.height, how.width))
    out = []
    for i in few.tolist():
        name = subject.classes[int(which[i])] if subject.classes else f"{int(which[i])}"
        out.append(
            {
                "says": clean(name),
                "picture": tile(pictures[i]),
                "integrated": tile(coloured(fine[i])),
                "occlusion": tile(coloured(coarse[i])),
            }
        )
    return out


def patches(how: Pixels) -> tuple[list[attribute.Tensors], tuple[int, int]]:
    """Masks of the input, one for each patch of a grid, and the grid's shape."""
    rows = torch.arange(how.height) * min(PATCHES, how.height) // how.height
    columns = torch.arange(how.width) * min(PATCHES, how.width) // how.width
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    which = rows[:, None] * shape[1] + columns
    masks: list[attribute.Tensors] = []
    for i in range(shape[0] * shape[1]):
        picture = (which == i).expand(1, how.channels, -1, -1)
        flat = picture.permute(0, 2, 3, 1).flatten(1)[0] if how.flat else picture[0]
        masks.append((flat,))
    return masks, shape


INSTRUMENT = Instrument("attribution", TITLE, 65, _measure, section, suits=said.known)
