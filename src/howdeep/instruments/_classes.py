"""What a net says of classes: log probabilities, whether it was made to give these or logits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.errors import InstrumentError
from howdeep.instruments._subject import Rows, Subject

Floats = NDArray[np.float64]
FEW = 16  # rows below which nothing can be said


def as_logits(outputs: Tensor) -> Tensor:
    """Outputs (N, C) as logits: probabilities, as a net that ends in softmax gives, as their log.

    >>> as_logits(torch.tensor([[0.5, 0.5]])).exp().tolist()
    [[0.5, 0.5]]
    """
    whole = (outputs.detach() >= 0).all() and (outputs.detach().sum(1) - 1).abs().max() < 1e-4
    return outputs.clamp_min(1e-12).log() if whole else outputs


def logits(subject: Subject, rows: Rows) -> Tensor:
    """What the net says of rows, (N, C) in double precision.

    Raises:
        InstrumentError: not one number a class, not finite, or rows too few or of no such class.
    """
    if len(rows) < FEW:
        raise InstrumentError(f"{len(rows)} rows: at least {FEW} are needed", "give more rows")
    outputs = subject.outputs(rows)
    if outputs.ndim != 2 or outputs.shape[1] < 2 or rows.targets.ndim != 1:
        shape = tuple(outputs.shape)
        raise InstrumentError(f"outputs of shape {shape} are no (rows, classes)", "see the docs")
    if not bool(torch.isfinite(outputs).all()):
        raise InstrumentError("its outputs are not finite", "train it with a lower rate")
    low, high, count = int(rows.targets.min()), int(rows.targets.max()), outputs.shape[1]
    if low < 0 or high >= count:
        what = f"class numbers from {low} to {high} do not fit {count} outputs"
        raise InstrumentError(what, "number the classes from 0")
    return as_logits(outputs.double())


def probabilities(values: Tensor) -> Floats:
    """Of logits (N, C)."""
    return F.softmax(values, dim=1).numpy()


def numbers(subject: Subject, rows: Rows) -> Floats:
    """What a net of one number a row says, (N,), in the units of its targets.

    Raises:
        InstrumentError: several numbers a row, or not finite, or too few rows.
    """
    if len(rows) < FEW:
        raise InstrumentError(f"{len(rows)} rows: at least {FEW} are needed", "give more rows")
    outputs = subject.outputs(rows)
    if outputs.numel() != len(rows) or rows.targets.numel() != len(rows):
        raise InstrumentError(f"outputs of shape {tuple(outputs.shape)}: several a row", "give one")
    if not bool(torch.isfinite(outputs).all()):
        raise InstrumentError("its outputs are not finite", "train it with a lower rate")
    return outputs.double().reshape(-1).numpy()


def known(subject: Subject) -> str:
    """ "", or why neither classes nor numbers can be judged."""
    return "" if subject.kind else "its targets are neither classes nor numbers"


def part_of(subject: Subject) -> str:
    """Which part `subject.unseen` is."""
    return next((n for n in ("test", "choose") if len(subject.parts.get(n, ()))), "train")


def of_part(found: str) -> str:
    """The part in words."""
    words = {"test": "rows that it never saw", "choose": "rows that chose its checkpoint"}
    return words.get(found, "rows that it learnt from, which flatter it")
