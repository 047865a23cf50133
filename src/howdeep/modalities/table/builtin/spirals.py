"""Two spirals of 2.5 turns: few layers need many units, more layers need few.

The classic of Lang and Witbrock (1988) as independent draws: a point is uniform along the arm and
moved a little in both directions, so that the best possible rule is right in nearly every row.
"""

from __future__ import annotations

import numpy as np

from howdeep.modalities.table.builtin._set import BuiltIn, generator, rows_of, table_of

SPLIT = (2_000, 500, 2_000, 2_000)
TURNS = 2.5
NOISE = 0.015  # the arms are 0.2 apart


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    """`rows` points (6,500 unless told) on two arms."""
    count = rows_of("spirals", rows, sum(SPLIT))
    rng = generator("spirals", seed)
    arm = rng.integers(0, 2, count)
    radius = np.sqrt(rng.random(count))  # uniform along the arm, whose length grows as radius^2
    angle = 2 * np.pi * TURNS * radius + np.pi * arm
    noise = NOISE * rng.standard_normal((2, count))
    x, y = radius * np.cos(angle) + noise[0], radius * np.sin(angle) + noise[1]
    return BuiltIn(
        name="spirals",
        table=table_of("spirals", {"x": x, "y": y}, ("arm", arm)),
        target="arm",
        kind="classification",
        encoding="standard",
        description="Two interleaved spirals of 2.5 turns; depth saves units.",
        citation="K. J. Lang and M. J. Witbrock, Learning to tell two spirals apart, "
        "Proc. 1988 Connectionist Models Summer School",
        split=SPLIT if rows is None else None,
    )
