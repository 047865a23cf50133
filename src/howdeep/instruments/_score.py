"""What each row adds to a net's score: 1 where it is right; of numbers, to R squared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.instruments import _classes as said
from howdeep.instruments import _design as design
from howdeep.instruments._subject import Rows, Subject

Floats = NDArray[np.float64]


def name(subject: Subject) -> str:
    """The score."""
    return "right" if subject.kind == "classes" else "R2"


def by_row(subject: Subject, rows: Rows) -> Floats:
    """(N,): whether the class is right; of numbers, 1 - error^2 / variance of these targets.

    Raises:
        InstrumentError: the outputs cannot be judged.
    """
    if subject.kind == "classes":
        found = said.logits(subject, rows).argmax(1) == rows.targets
        return found.double().numpy()
    truth = rows.targets.double().reshape(-1).numpy()
    errors = (said.numbers(subject, rows) - truth) ** 2
    by = design.of(rows)
    return 1.0 - errors / (by.mean((truth - by.mean(truth)) ** 2) or 1.0)


def predicted(subject: Subject, rows: Rows) -> NDArray[np.int64]:
    """The class of each row (N,)."""
    return said.logits(subject, rows).argmax(1).numpy()
