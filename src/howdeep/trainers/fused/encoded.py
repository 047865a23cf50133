"""A task's rows as tensors, encoded once per fold and shared by all nets.

As a rule they are float32; bytes that nets take as they lie stay bytes, a quarter of the memory,
and become float32 when they are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep import modalities
from howdeep.base.nouns import Inputs
from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.metrics import Scale
from howdeep.modalities import Encode

RUN = 2**14  # rows encoded at a time: what encoding needs in passing stays small


@dataclass(frozen=True, eq=False)
class EncodedFold:
    """x (N, D), y (N,) class numbers or standardised targets, w (N,) loss weights.

    `x` is float32, or bytes with `shift` and `spread` (D,) float32 to standardise them by.
    """

    x: Tensor
    y: Tensor
    w: Tensor
    scale: Scale
    shift: Tensor | None = None
    spread: Tensor | None = None

    def rows(self, index: Tensor) -> Tensor:
        """Rows of x as float32 (*index.shape, D)."""
        # `index_select` is several times faster than indexing here.
        x = self.x.index_select(0, index.flatten()).view(*index.shape, self.x.shape[1])
        if self.shift is None or self.spread is None:
            return x
        return x.float().sub_(self.shift).div_(self.spread)


@dataclass(frozen=True, eq=False)
class Placed:
    """All folds of a task on one device, each kind of tensor in one piece.

    A batch of nets of several folds is one gather then. `x` (F N, D), or (N, D) where the folds
    share it (images); `y`, `w` (F N,); `shift`, `spread` (F, D) of images. `folds` are views.
    """

    folds: tuple[EncodedFold, ...]
    x: Tensor
    y: Tensor
    w: Tensor
    shift: Tensor | None
    spread: Tensor | None


def placed(folds: Sequence[EncodedFold], device: torch.device) -> Placed:
    """The folds moved to `device`, once for all groups of a study."""
    shared = len({fold.x.data_ptr() for fold in folds}) == 1
    x = (folds[0].x if shared else torch.cat([fold.x for fold in folds])).to(device)
    y, w = (torch.cat(own).to(device) for own in zip(*((f.y, f.w) for f in folds), strict=True))
    scaling: list[Tensor | None] = [None, None]
    if folds[0].shift is not None:
        pairs = zip(*((f.shift, f.spread) for f in folds), strict=True)
        scaling = [torch.stack(own).to(device) for own in pairs]
    size = len(folds[0].y)
    out = []
    for i, fold in enumerate(folds):
        rows = slice(i * size, (i + 1) * size)
        own = [part if part is None else part[i] for part in scaling]
        out.append(EncodedFold(x if shared else x[rows], y[rows], w[rows], fold.scale, *own))
    return Placed(tuple(out), x, y, w, *scaling)


def encoders(task: Task, encoding: str = "") -> tuple[Any, ...]:
    """One encoder per fold, each fitted on that fold's training rows only.

    `encoding`: one of `task.encodings`; empty for the first.
    """
    if found := task.encoders.get(encoding or task.encoding):
        return found
    encode = modalities.of(task.info).encode
    return encode.align([encode.fit(task, fold.train, encoding) for fold in task.folds])


def fitted(task: Task, encodings: Sequence[str] | None = None) -> Task:
    """The task with the encoders of all its encodings, or of some, so that each is fitted once."""
    wanted = task.encodings if encodings is None else encodings
    return replace(task, encoders={name: encoders(task, name) for name in wanted})


def sketched(task: Task) -> Task | None:
    """The task with encoders that only tell the inputs' shape; None: this modality has no such.

    Raises:
        InputError: what `fitted` would raise.
    """
    encode = modalities.of(task.info).encode
    sketch = getattr(encode, "sketch", None)  # a modality may do without
    if sketch is None:
        return None
    made = encode.align([sketch(task, fold.train) for fold in task.folds])
    return replace(task, encoders={task.encoding: made})


def inputs(task: Task, fitted: Sequence[Any], encoding: str = "") -> Inputs:
    """What nets of all folds share."""
    return modalities.of(task.info).encode.common(fitted, encoding)


def with_blocks(task: Task, inputs: Inputs) -> Inputs:
    """The inputs with the numbers of each feature's columns."""
    encode = modalities.of(task.info).encode
    return replace(inputs, blocks=encode.blocks(encoders(task, inputs.encoding)))


def of_encoding(
    task: Task, data: Sequence[EncodedFold], encoding: str = ""
) -> Sequence[EncodedFold]:
    """The folds of one encoding, out of those that `encoded` gives for all of them."""
    at = task.encodings.index(encoding or task.encoding) * len(task.folds)
    return data[at : at + len(task.folds)]


@dataclass(frozen=True, eq=False)
class Runs:
    """An array that is made a run of rows at a time, so that nobody holds it twice."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    runs: Iterable[np.ndarray]

    @staticmethod
    def of(array: np.ndarray) -> Runs:
        """An array that is there already."""
        return Runs(array.shape, array.dtype, (array,))

    def whole(self) -> np.ndarray:
        """The array."""
        out, start = np.empty(self.shape, self.dtype), 0
        for run in self.runs:
            out[start : start + len(run)] = run
            start += len(run)
        return out


def encoded(task: Task) -> tuple[EncodedFold, ...]:
    """Every fold's tensors, encoding after encoding."""
    made = ({name: runs.whole() for name, runs in fold.items()} for fold in in_runs(task))
    return tuple(of_arrays(task, i, arrays) for i, arrays in enumerate(made))


def in_runs(task: Task) -> Iterator[dict[str, Runs]]:
    """What each fold has next to the task's own arrays: `of_arrays` makes tensors of both."""
    for encoding in task.encodings:
        yield from _in_runs(task, encoders(task, encoding))


def _in_runs(task: Task, fitted: Sequence[Any]) -> Iterator[dict[str, Runs]]:
    encode = modalities.of(task.info).encode
    common, lying = encode.common(fitted), encode.lying(task.samples)
    for fold, encoder in zip(task.folds, fitted, strict=True):
        out = {}
        w = np.zeros(len(task.target), dtype=np.float32)
        w[fold.train] = scoring.loss_weights(task, fold.train)
        out["w"] = Runs.of(w)
        if task.info.kind == "regression":
            scale = scoring.scale(task, fold.train)
            out["y"] = Runs.of(((task.target - scale.shift) / scale.spread).astype(np.float32))
        if lying is not None:
            out["shift"], out["spread"] = map(Runs.of, encode.scaling(encoder))
        else:
            shape = (len(task.target), common.columns)
            out["x"] = Runs(shape, np.dtype(np.float32), _rows(task, encode, encoder, common))
        yield out


def _rows(task: Task, encode: Encode, encoder: Any, common: Inputs) -> Iterator[np.ndarray]:
    for start in range(0, len(task.target), RUN):
        run = {name: array[start : start + RUN] for name, array in task.samples.items()}
        yield encode.transform(encoder, run, common)


def of_arrays(task: Task, index: int, arrays: Mapping[str, np.ndarray]) -> EncodedFold:
    """The tensors of a fold, which share the memory of its arrays and of the task's.

    Bytes are learnt from as they lie in the task, classes as its target. `index`: the fold's
    number; a second encoding goes on counting where the first ended.
    """
    scale = scoring.scale(task, task.folds[index % len(task.folds)].train)
    y = arrays["y"] if "y" in arrays else np.ascontiguousarray(task.target, dtype=np.int64)
    own = torch.from_numpy(y), torch.from_numpy(arrays["w"])
    if "x" in arrays:
        return EncodedFold(torch.from_numpy(arrays["x"]), *own, scale)
    lying = modalities.of(task.info).encode.lying(task.samples)
    assert lying is not None
    shift, spread = (torch.from_numpy(arrays[name]) for name in ("shift", "spread"))
    return EncodedFold(torch.from_numpy(lying), *own, scale, shift, spread)
