"""Two classes whose best possible rule is linear: no depth is needed, and that is the truth.

log-odds of class 1 = STEEPNESS w.x with x standard normal and |w| = 1, so that the sign of w.x is
the Bayes rule; it is right in 83.6 % of rows.
"""

from __future__ import annotations

import numpy as np

from howdeep.modalities.table.builtin._set import BuiltIn, generator, rows_of, table_of

SPLIT = (4_000, 1_000, 10_000, 4_000)  # rows enough to tell half a point apart
FEATURES = 20
STEEPNESS = 3.0


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    """`rows` independent draws (19,000 unless told)."""
    count = rows_of("linear", rows, sum(SPLIT))
    rng = generator("linear", seed)
    w = rng.standard_normal(FEATURES)
    x = rng.standard_normal((count, FEATURES))
    odds = STEEPNESS * np.einsum("ij,j->i", x, w / np.sqrt(np.square(w).sum()))
    label = (rng.random(count) < 1.0 / (1.0 + np.exp(-odds))).astype(np.int64)
    features = {f"x{j + 1}": x[:, j] for j in range(FEATURES)}
    return BuiltIn(
        name="linear",
        table=table_of("linear", features, ("label", label)),
        target="label",
        kind="classification",
        encoding="table",
        description="Logistic noise around a linear rule in 20 inputs: nothing for depth to gain.",
        citation="howdeep's own; a logistic regression model with standard normal inputs",
        split=SPLIT if rows is None else None,
    )
