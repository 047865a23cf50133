"""A tent map put into itself: the sawtooth that k layers of two units compute exactly.

Telgarsky, "Benefits of depth in neural networks" (COLT 2016, arXiv 1602.04485): composing the
tent t(x) = 2 min(x, 1 - x) k times gives 2^k pieces; the class is whether t^k(x) > 1/2. That deep
nets can represent it with few units does not say that they learn it: this set shows both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.modalities.table.builtin._set import BuiltIn, generator, rows_of, table_of

SPLIT = (2_000, 500, 2_000, 2_000)
FOLDS = 3  # compositions: 8 pieces


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    """`rows` points (6,500 unless told), uniform on [0, 1), without noise."""
    count = rows_of("tent", rows, sum(SPLIT))
    x = generator("tent", seed).random(count)
    high = (tent(x, FOLDS) > 0.5).astype(np.int64)
    return BuiltIn(
        name="tent",
        table=table_of("tent", {"x": x}, ("high", high)),
        target="high",
        kind="classification",
        encoding="standard",
        description=f"A tent map composed {FOLDS} times: which half of a sawtooth of "
        f"{2**FOLDS} pieces a point is in.",
        citation="M. Telgarsky, Benefits of depth in neural networks, COLT 2016, arXiv 1602.04485",
        split=SPLIT if rows is None else None,
    )


def tent(x: NDArray[np.float64], folds: int) -> NDArray[np.float64]:
    """t applied `folds` times, t(x) = 2 min(x, 1 - x).

    >>> tent(np.array([0.0, 0.125, 0.25, 0.5]), 2)
    array([0. , 0.5, 1. , 0. ])
    """
    for _ in range(folds):
        x = 2.0 * np.minimum(x, 1.0 - x)
    return x
