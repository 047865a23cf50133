"""Rows without a number that is none: what instruments look at."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from howdeep.instruments._subject import Rows, Subject


def whole(subject: Subject) -> tuple[Subject | None, str]:
    """A subject whose rows, inputs and targets, are finite, and what was left out for it; `None`
    where no training row is left.
    """
    parts, gone, every = {}, 0, 0
    for name, rows in subject.parts.items():
        kept = _finite(rows)
        count = int(kept.sum())
        gone, every = gone + len(rows) - count, every + len(rows)
        parts[name] = rows if count == len(rows) else rows.take(kept.nonzero()[:, 0])
    if not gone:
        return subject, ""
    if not len(parts["train"]):
        return None, "every training row holds NaN or infinity"
    what = f"{gone:,} of {every:,} rows hold NaN or infinity and are left out"
    return replace(subject, parts=parts), what


def _finite(rows: Rows) -> Tensor:
    """Of each row whether all of it is finite, (N,)."""
    kept = torch.ones(len(rows), dtype=torch.bool)
    for x in (*rows.inputs, rows.targets):
        if x.is_floating_point() or x.is_complex():
            kept &= torch.isfinite(x.reshape(len(x), -1)).all(1)
    return kept
