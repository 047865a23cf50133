"""Data of the experiments: generated, built in, or named sets of images; split once and for all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from howdeep.claims._lab import Lab
from howdeep.modalities.image import named
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.table import builtin


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs x (N, ...) and targets y (N,): class numbers, or numbers."""

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)

    def first(self, count: int) -> Rows:
        return Rows(self.x[:count], self.y[:count])


@dataclass(frozen=True, eq=False)
class Data:
    """Rows to train on, to choose learning rates and checkpoints by, and to compare on.

    `outputs`: classes, or 1 where numbers are predicted.
    """

    name: str
    train: Rows
    choose: Rows
    test: Rows
    outputs: int

    @property
    def columns(self) -> int:
        return int(self.train.x[0].numel())

    @property
    def kind(self) -> str:
        return "numbers" if self.outputs == 1 else "classes"

    def fewer(self, rows: int) -> Data:
        """The same with the first `rows` to train on."""
        return replace(self, train=self.train.first(rows))


def split(
    name: str, x: np.ndarray, y: np.ndarray, counts: tuple[int, int, int], outputs: int
) -> Data:
    """The first rows to train, the next to choose by, the next to test; of independent draws.

    Inputs are standardised by the training rows where they are columns of numbers, and so are
    targets that are numbers.
    """
    a, b, c = counts
    if a + b + c > len(x):
        raise ValueError(f"{name}: {len(x)} rows, not {a + b + c}")
    x = np.asarray(x, dtype=np.float64)
    if x.ndim == 2:
        mean, spread = x[:a].mean(0), x[:a].std(0)
        x = (x - mean) / np.where(spread > 0, spread, 1.0)
    if outputs == 1:
        y = (y - y[:a].mean()) / (y[:a].std() or 1.0)
    xs = torch.from_numpy(x).float()
    ys = torch.from_numpy(np.asarray(y)).float() if outputs == 1 else torch.from_numpy(y).long()
    parts = [Rows(xs[i:j], ys[i:j]) for i, j in ((0, a), (a, a + b), (a + b, a + b + c))]
    return Data(name, parts[0], parts[1], parts[2], outputs)


def built_in(lab: Lab, name: str, counts: tuple[int, int, int]) -> Data:
    """A set that howdeep ships ("mnist1d", "friedman1", "digits", ...), shuffled by the lab's seed.

    `counts`: rows to train, to choose by and to test.
    """
    generated = name != "digits"
    built = builtin.load(name, seed=lab.seed, rows=max(sum(counts), 50) if generated else None)
    columns = {column.name: column for column in built.table.columns}
    target = columns.pop(built.target)
    x = np.stack([np.asarray(column.values, dtype=float) for column in columns.values()], 1)
    order = lab.numpy("rows", name).permutation(len(x))
    if built.kind == "regression":
        return split(name, x[order], np.asarray(target.values, float)[order], counts, 1)
    known, y = np.unique(np.asarray(target.values).astype(str), return_inverse=True)
    return split(name, x[order], y[order], counts, len(known))


def images(lab: Lab, name: str, counts: tuple[int, int, int]) -> Data:
    """A named set of images (`needs` of a claim): x (N, C, H, W) in 0..1; test rows are its own.

    Raises:
        ImageError: its files are not in the lab's folder.
    """
    main, test = named.load(name, lab.folder_of(name))
    held = test if test is not None else main
    classes = sorted(set(main.labels))
    a, b, c = counts
    order = lab.numpy("rows", name).permutation(len(main.labels))[: a + b]
    parts = [
        _pictures(main, order[:a], classes),
        _pictures(main, order[a:], classes),
        _pictures(held, lab.numpy("test", name).permutation(len(held.labels))[:c], classes),
    ]
    return Data(name, parts[0], parts[1], parts[2], len(classes))


def _pictures(found: ImageSet, which: np.ndarray, classes: list[str]) -> Rows:
    pixels = torch.from_numpy(np.ascontiguousarray(found.images[which])).float() / 255
    labels = [classes.index(found.labels[i]) for i in which]
    return Rows(pixels.permute(0, 3, 1, 2).contiguous(), torch.tensor(labels))


def shuffled(lab: Lab, data: Data) -> Data:
    """The same rows with their training and choosing targets dealt anew: nothing to learn."""

    def dealt(rows: Rows, word: str) -> Rows:
        order = torch.randperm(len(rows), generator=lab.torch("shuffle", word))
        return Rows(rows.x, rows.y[order])

    return replace(
        data,
        train=dealt(data.train, "train"),
        choose=dealt(data.choose, "choose"),
        test=dealt(data.test, "test"),
    )
