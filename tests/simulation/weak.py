"""Ladders of nets that guess, or learn a little, through the real judge: is it told apart?

The rows are those of a hold-out split of 5,000: 750 compared on, classes in their exact shares, as
stratified splits give them. What a net puts out on a row is drawn in three parts: what all nets
make of the training rows, what those of its depth do, and what its seed does; `alike` is the share
of the first two. How far a net's validation score exceeds that of guessing is drawn with the mean
and the spread that studies of such noise had (5,000 rows of six columns): its checkpoint was chosen
for it, on 500 rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ladders import Drawn

import planted
from howdeep.base import keys
from howdeep.base.nouns import Plan

ROWS, CELLS, SEEDS = 750, 6, 20
CLASSES = 10
BIAS = 0.5  # standard deviation over seeds of what a net adds on every row
RIGHT = 0.2533  # of latent units: the normal quantile of 60 %
R2 = 0.10
IDLE = 0.7  # share of nets that ended as they began: as the constant predictor
SHRUNK = np.linspace(0.02, 0.15, CELLS)  # standard deviation of what nets predict from nothing
FREEDOM = 5  # of Student's t, which the target follows: heavier tails than a normal one


def mixed(rng: np.random.Generator, alike: float, *shape: int) -> np.ndarray:
    """Standard normal outputs (cells, seeds, ...) of nets that agree to the extent `alike`."""
    common, depth = rng.normal(size=shape), rng.normal(size=(CELLS, 1, *shape))
    seed = rng.normal(size=(CELLS, SEEDS, *shape))
    shares = np.sqrt([alike * 0.7, alike * 0.3, 1 - alike])
    out: np.ndarray = shares[0] * common + shares[1] * depth + shares[2] * seed
    return out


def leads(rng: np.random.Generator, mean: float, spread: float, gain: float) -> np.ndarray:
    """What validation rows show of each net (cells, seeds): its gain, and luck."""
    out: np.ndarray = gain + rng.normal(mean, spread, (CELLS, SEEDS))
    return out


def two_classes(rng: np.random.Generator, alike: float, gain: float, share: float = 0.5) -> Drawn:
    """Right or wrong of nets whose outputs lean to the true class by `gain`; exact class shares."""
    frequent = np.arange(ROWS) < round(share * ROWS)
    bias = BIAS * rng.normal(size=(CELLS, SEEDS, 1))
    out = mixed(rng, alike, ROWS) + bias + gain * (2.0 * frequent - 1)
    right = ((out > 0) == frequent).astype(np.float32)
    return Drawn(right, frequent.astype(float), leads(rng, 0.013, 0.011, 0.1 if gain else 0.0))


def uneven(rng: np.random.Generator, alike: float, gain: float) -> Drawn:
    """As many rows of the more frequent class as where the fault was seen: 51.9 %."""
    return two_classes(rng, alike, gain, 0.519)


def mostly_frequent(rng: np.random.Generator, alike: float, gain: float) -> Drawn:
    """Nets that give the more frequent class, 65 %, on nearly every row, or on every one."""
    frequent = np.arange(ROWS) < round(0.65 * ROWS)
    idle = rng.random((CELLS, SEEDS, 1)) < IDLE
    out = mixed(rng, alike, ROWS) + np.where(idle, np.inf, 2.0) + gain * (2.0 * frequent - 1)
    right = ((out > 0) == frequent).astype(np.float32)
    luck = np.where(idle[..., 0], 0.0, leads(rng, 0.002, 0.002, gain))
    return Drawn(right, frequent.astype(float), luck)


def ten_classes(rng: np.random.Generator, alike: float, gain: float) -> Drawn:
    """Right or wrong of the largest of ten outputs."""
    true = np.arange(ROWS) % CLASSES
    out = mixed(rng, alike, ROWS, CLASSES) + BIAS * rng.normal(size=(CELLS, SEEDS, 1, CLASSES))
    out += gain * (true[:, None] == np.arange(CLASSES))
    right = (out.argmax(-1) == true).astype(np.float32)
    return Drawn(right, (true == 0).astype(float), leads(rng, 0.013, 0.011, gain))


def numbers(rng: np.random.Generator, alike: float, gain: float) -> Drawn:
    """Minus squared errors of nets whose R2 is `gain`; without any they predict nearly nothing."""
    y = rng.standard_t(FREEDOM, ROWS) / math.sqrt(FREEDOM / (FREEDOM - 2))
    spread = np.sqrt(gain - gain**2) if gain else SHRUNK[:, None, None]
    told = gain * y + spread * mixed(rng, alike, ROWS)
    wrong = np.square(y - told).astype(np.float32)
    return Drawn(-wrong, -np.square(y), leads(rng, 0.006, 0.004, gain))


@dataclass(frozen=True)
class Weak:
    """Six depths that all learn equally little."""

    name: str
    target: Callable[[np.random.Generator, float, float], Drawn]
    gain: float = 0.0
    alike: float = 0.7
    most: int = 20  # seeds

    @property
    def plan(self) -> Plan:
        regression = self.target is numbers
        made = planted.plan((0, 1, 2, 4, 8, 16), max_seeds=self.most, extend_to=0)
        info = replace(
            made.task,
            kind="regression" if regression else "classification",
            metric="mse" if regression else "accuracy",
            classes=() if regression else made.task.classes,
            select_rows=ROWS,
            test_rows=20,
        )
        return replace(made, task=info, epsilon=0.01)  # as planned below 2,000 rows

    def draw(self, replicate: int) -> Drawn:
        rng = np.random.default_rng([keys.seed_of(self.name), replicate])
        return self.target(rng, self.alike, self.gain)


NOISE = (
    Weak("two classes", two_classes),
    Weak("two classes, 51.9 %", uneven),
    Weak("two classes, 65 %", mostly_frequent),
    Weak("two classes; nets agree less", two_classes, alike=0.3),
    Weak("two classes; 5 seeds", two_classes, most=5),
    Weak("ten classes", ten_classes),
    Weak("numbers", numbers),
    Weak("numbers; nets agree less", numbers, alike=0.3),
    Weak("numbers; 5 seeds", numbers, most=5),
)
SIGNAL = (
    Weak("60 % right", two_classes, RIGHT),
    Weak("60 % right; nets agree more", two_classes, RIGHT, alike=0.95),
    Weak("60 % right; 5 seeds", two_classes, RIGHT, most=5),
    Weak("R2 .10", numbers, R2),
    Weak("R2 .10; nets agree more", numbers, R2, alike=0.95),
    Weak("R2 .10; 5 seeds", numbers, R2, most=5),
)
