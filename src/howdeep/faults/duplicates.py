"""Rows of the test set that the net learns from as well."""

from __future__ import annotations

from collections import Counter

import torch

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs
from howdeep.instruments import Rows

LEAST = 0.01  # share of the test rows


def _find(signs: Signs) -> Seen | None:
    """More test rows are in the training rows than training rows are in one another (rows of few
    values repeat without any fault), by three standard deviations.
    """
    one = signs.patient
    if one.test is None or len(one.test) == 0:
        return None
    both = shared(one.train, one.test)
    share = len(both) / len(one.test)
    own = repeated(one.train)
    sure = 3 * (max(own, 1 / len(one.test)) * (1 - own) / len(one.test)) ** 0.5
    if share < LEAST or len(both) < 2 or share <= own + sure:
        return None
    usual = f"; {own:.0%} of the training rows have a copy among themselves" if own else ""
    return Seen("the rows", -1, f"{len(both)} of {len(one.test)} test rows ({share:.0%}) are in "
                f"the training rows as well{usual}")  # fmt: skip


def keys(rows: Rows) -> list[bytes]:
    """What each row is, as bytes."""
    parts = [
        x.contiguous().reshape(len(rows), -1).view(torch.uint8).numpy() for x in rows.inputs
    ]  # as bytes, for NumPy has no bfloat16
    return [b"".join(part[i].tobytes() for part in parts) for i in range(len(rows))]


def shared(train: Rows, test: Rows) -> list[int]:
    """Which test rows are training rows as well."""
    known = set(keys(train))
    return [i for i, key in enumerate(keys(test)) if key in known]


def repeated(rows: Rows) -> float:
    """The share of rows that have a copy among the others: what to expect of any new row."""
    counts = Counter(keys(rows))
    return sum(n for n in counts.values() if n > 1) / len(rows) if len(rows) else 0.0


def _cure(patient: Patient, finding: Finding) -> Patient:
    """Without the test rows that are training rows."""
    if patient.test is None:
        return patient.but()
    both = set(shared(patient.train, patient.test))
    rest = [i for i in range(len(patient.test)) if i not in both]
    left = patient.test.take(torch.tensor(rest, dtype=torch.long)) if rest else None
    return patient.but(test=left)


FAULT = Fault(
    "duplicates",
    "Test rows are in the training rows",
    95,
    _find,
    "Rows were split after they were copied, or one set was made from the other.",
    "Drop copies before the split, and split copies together; a score on these rows is too good.",
    _cure,
)
