"""How nets are trained: the recipe's numbers as functions of the training rows (docs/recipe.md)."""

from __future__ import annotations

import math

from howdeep.base.nouns import Recipe

EPOCHS = 40
STEPS = (2_000, 20_000)
WIDTHS = ((2_000, 32), (10_000, 64), (50_000, 128))
WIDEST = 256

CONV_EPOCHS = (8, 40)  # few where rows are many, more where they are few
CONV_STEPS = (300, 1_000, 8_000)
CONV_WIDTH = 64  # channels of the last stage; 16 in the first of three


def width(rows: int) -> int:
    """Width of every rung of fully connected nets for `rows` training rows.

    >>> width(1_000), width(9_999), width(10_000), width(60_000)
    (32, 64, 128, 256)
    """
    return next((w for below, w in WIDTHS if rows < below), WIDEST)


def recipe(rows: int, max_steps: int | None = None) -> Recipe:
    """The recipe for `rows` training rows: 40 epochs, but 2,000 to 20,000 steps.

    >>> recipe(8_000).batch, recipe(8_000).max_steps, recipe(8_000).evaluate_every
    (64, 5000, 62)
    """
    batch = 64 if rows < 10_000 else 128
    steps = max_steps or min(max(EPOCHS * rows // batch, STEPS[0]), STEPS[1])
    return Recipe(batch=batch, max_steps=steps, evaluate_every=max(25, steps // 80))


def conv_width(rows: int) -> int:
    """Channels of the last stage of convolutions: the same for all `rows`."""
    return CONV_WIDTH


def conv_recipe(rows: int, max_steps: int | None = None) -> Recipe:
    """Of convolutions: 8 epochs or 1,000 steps, whichever is more, but 40 epochs at most.

    No fewer than 300 steps; no weight decay.

    >>> [conv_recipe(rows).max_steps for rows in (250, 1_000, 5_000, 10_000)]
    [300, 625, 1000, 1250]
    >>> conv_recipe(10_000).evaluate_every  # 15 times, and at the end
    79
    """
    few, many = (epochs * rows // 64 for epochs in CONV_EPOCHS)
    least, usual, most = CONV_STEPS
    steps = max_steps or max(least, min(max(few, usual), many, most))
    every = max(25, math.ceil(steps / 16))  # no look a step or two after the last but one
    return Recipe(64, steps, every, warmup=steps // 10, patience=6, weight_decay=0.0)
