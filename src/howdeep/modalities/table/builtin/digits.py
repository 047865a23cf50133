"""Handwritten digits of 8 x 8 pixels, 1,797 rows, as shipped with scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from howdeep.modalities.table.builtin._set import BuiltIn, generator, rows_of, table_of

ROWS, SIDE = 1_797, 8


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    """All rows in their published order; with `rows`, that many drawn with the seed."""
    count = rows_of("digits", rows, ROWS, most=ROWS)
    pixels, digit = load_digits(return_X_y=True)
    if count < ROWS:
        kept = np.sort(generator("digits", seed).choice(ROWS, count, replace=False))
        pixels, digit = pixels[kept], digit[kept]
    cells = pixels.astype(np.float64)
    features = {f"pixel_{j // SIDE}_{j % SIDE}": cells[:, j] for j in range(SIDE * SIDE)}
    return BuiltIn(
        name="digits",
        table=table_of("digits", features, ("digit", digit.astype(np.int64))),
        target="digit",
        kind="classification",
        encoding="standard",
        description="Handwritten digits of 8 x 8 pixels, 1,797 rows.",
        citation="E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits, "
        "UCI Machine Learning Repository, 1998; test part, as shipped with scikit-learn",
    )
