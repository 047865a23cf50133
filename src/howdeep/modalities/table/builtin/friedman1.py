"""Friedman #1: ten uniform inputs, five of them in a smooth formula, unit noise.

y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + N(0, 1). The noise is 4.1 % of the
variance of y: no model gets below a mean squared error of about 0.041 of it.
"""

from __future__ import annotations

from sklearn.datasets import make_friedman1

from howdeep.base import keys
from howdeep.modalities.table.builtin._set import BuiltIn, rows_of, table_of

SPLIT = (2_000, 500, 2_000, 2_000)
FEATURES = 10


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    """`rows` independent draws (6,500 unless told)."""
    count = rows_of("friedman1", rows, sum(SPLIT))
    state = keys.seed_of("built-in", "friedman1", seed) % 2**32
    x, y = make_friedman1(n_samples=count, n_features=FEATURES, noise=1.0, random_state=state)
    features = {f"x{j + 1}": x[:, j] for j in range(FEATURES)}
    return BuiltIn(
        name="friedman1",
        table=table_of("friedman1", features, ("y", y)),
        target="y",
        kind="regression",
        encoding="table",
        description="A smooth formula of five of ten inputs with noise.",
        citation="J. H. Friedman, Multivariate adaptive regression splines, "
        "Annals of Statistics 19, 1991",
        split=SPLIT if rows is None else None,
    )
