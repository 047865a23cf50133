"""Rows that rule a squared error by themselves: often one cell with a slip of the decimal point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.base.limits import MIN_ROWS
from howdeep.base.words import show

ONE = 0.25  # of the squared deviations in one row
FEW, TOGETHER = 3, 0.5  # or in so many rows together
FAR = 15.0  # standard deviations of the other rows: a long tail's last value is no slip


def ruling_notes(name: str, values: NDArray[np.float64], file: str, robust: str) -> tuple[str, ...]:
    """A note on the rows of a file that decide the squared error of the target, if any do.

    `robust`: the metric to take instead.
    """
    rows = _ruling(values).tolist()
    if not rows:
        return ()
    cells = [f"{values[i]:.6g} in row {i + 1:,}" for i in rows]
    held = min(_shares(values)[rows].sum(), 0.999)
    if len(rows) == 1:
        said, they, slip = cells[0], "this cell", "it is a mistake"
    else:
        said, they = f"{', '.join(cells[:-1])} and {cells[-1]}", "these cells"
        slip = "they are mistakes"
    make = "makes" if len(rows) == 1 else "make"
    return (
        f"The target {show(name, 40)} is {said} of {show(file, 40)}: {they} alone {make}"
        f" {held:.1%} of its variance there, and will decide the squared error. Correct {they} if"
        f" {slip}, or say --metric {robust}.",
    )


def _ruling(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows that together hold so much of the squared deviations, in order; often none."""
    if len(values) >= MIN_ROWS:
        shares = _shares(values)
        largest = np.argsort(-shares, kind="stable")
        for rows in (largest[:k] for k in range(FEW, 0, -1)):
            least = ONE if len(rows) == 1 else TOGETHER
            if shares[rows].sum() > least and _far(values, rows):
                return np.sort(rows)
    return np.empty(0, np.int64)


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the total squared deviation, each row's (n,); scaled, as squares of 1e200 overflow."""
    off = values - values.mean()
    squares = np.square(off / max(float(np.abs(off).max()), np.finfo(float).tiny))
    return squares / squares.sum()


def _far(values: NDArray[np.float64], rows: NDArray[np.int64]) -> bool:
    """Are all of the rows far from where the others are?"""
    others = np.delete(values, rows)
    return bool(np.abs(values[rows] - others.mean()).min() > FAR * others.std())
