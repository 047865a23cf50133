"""A task's rows as tensors, encoded once per fold and shared by all nets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from howdeep.base.nouns import Inputs
from howdeep.data import encode, metrics
from howdeep.data.encode import Encoder
from howdeep.data.metrics import Scale
from howdeep.data.task import Task


@dataclass(frozen=True, eq=False)
class EncodedFold:
    """x (N, D) float32, y (N,) class numbers or standardised targets, w (N,) loss weights."""

    x: Tensor
    y: Tensor
    w: Tensor
    scale: Scale


def encoders(task: Task) -> tuple[Encoder, ...]:
    """One encoder per fold, each fitted on that fold's training rows only."""
    return tuple(encode.fit(task, fold.train) for fold in task.folds)


def inputs(fitted: tuple[Encoder, ...]) -> Inputs:
    """The common shape of all folds: as many base and as many zero-started columns as any needs."""
    base = max(e.inputs.zero_from for e in fitted)
    extra = max(e.inputs.columns - e.inputs.zero_from for e in fitted)
    return Inputs(base + extra, max(e.inputs.features for e in fitted), base)


def pad(x: np.ndarray, own: Inputs, common: Inputs) -> np.ndarray:
    """(N, own.columns) -> (N, common.columns): zero columns keep every fold the same shape."""
    out = np.zeros((len(x), common.columns), dtype=np.float32)
    out[:, : own.zero_from] = x[:, : own.zero_from]
    extra = own.columns - own.zero_from
    out[:, common.zero_from : common.zero_from + extra] = x[:, own.zero_from :]
    return out


def encoded(task: Task) -> tuple[EncodedFold, ...]:
    """Every fold's tensors."""
    fitted = encoders(task)
    common = inputs(fitted)
    return tuple(_fold(task, i, e, common) for i, e in enumerate(fitted))


def _fold(task: Task, index: int, encoder: Encoder, common: Inputs) -> EncodedFold:
    train = task.folds[index].train
    scale = metrics.scale(task, train)
    x = pad(encode.transform(encoder, task.numbers, task.codes), encoder.inputs, common)
    if task.info.kind == "classification":
        y = torch.from_numpy(task.target.astype(np.int64))
    else:
        y = torch.from_numpy(((task.target - scale.shift) / scale.spread).astype(np.float32))
    w = np.zeros(len(x), dtype=np.float32)
    w[train] = metrics.loss_weights(task, train)
    return EncodedFold(torch.from_numpy(x), y, torch.from_numpy(w), scale)
