"""Ladders that a rule is easily wrong on: rare rows, few cells, few seeds, folds, collapses, rates.

Each was once decided wrongly in up to half of all studies. Scores are in percentage points, as in
`ladders`, but for those of right and wrong rows, which are shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ladders import FAR_BELOW, LEAD, TEST_ROWS, Drawn, Tuned

import planted
from howdeep.base import keys
from howdeep.base.nouns import Plan, Tolerance
from howdeep.judge import rates
from howdeep.stats.layout import Layout

DEPTHS = {
    2: ((0, 1), ("resmlp",)),
    3: ((0, 1, 2), ("resmlp",)),
    6: ((0, 1, 2, 4, 8, 16), ("resmlp",)),
    13: ((0, 1, 2, 4, 8, 16, 32), ("resmlp", "mlp")),
}
Make = Callable[[np.random.Generator, np.random.Generator, int], Drawn]


@dataclass(frozen=True)
class Awkward:
    """A kind of ladder with `make(data, nets, seeds)`, its truth, and how it is planned."""

    name: str
    truth: tuple[float, ...]
    make: Make
    epsilon: float = 0.5
    most: int = 20
    rows: int = 400
    folds: int = 1
    tolerance: Tolerance | None = None
    sure: int = 0  # seeds; more while they help

    @cached_property
    def plan(self) -> Plan:
        depths, families = DEPTHS[len(self.truth)]
        made = planted.plan(depths, families, max_seeds=self.most, epsilon=self.epsilon)
        assert len(made.cells) == len(self.truth)
        info = replace(made.task, select_rows=self.rows, test_rows=TEST_ROWS)
        return replace(made, task=info, tolerance=self.tolerance, sure_seeds=self.sure)

    def draw(self, replicate: int) -> Drawn:
        """Two replicates share the rows, as two runs on the same data do."""
        name, pair = keys.seed_of(self.name), replicate // 2
        data = np.random.default_rng([name, pair])
        return self.make(data, np.random.default_rng([name, pair, 1 + replicate % 2]), self.most)


def gaussian(
    means: tuple[float, ...],
    sd: tuple[float, ...],
    *,
    rows: int = 400,
    own: float = 0.5,
    rest: float = 1.0,
    folds: int = 1,
    tail: float = 0.0,
) -> Make:
    """Normal effects; in folds each fold's net has its own; `tail`: of Student's t for rows."""
    layout = Layout((rows // folds,) * folds if folds > 1 else ())

    def make(data: np.random.Generator, nets: np.random.Generator, seeds: int) -> Drawn:
        cells = len(means)
        spread = np.asarray(sd)[:, None, None]
        by_row = (
            data.standard_t(tail, (cells, 1, rows)) if tail else data.normal(0, 1, (cells, 1, rows))
        )
        z = np.asarray(means)[:, None, None] + data.normal(0, 5, rows) + own * by_row
        seed = nets.normal(0, 1, (cells, seeds, folds)) * np.sqrt(folds) * spread
        z = z + np.repeat(seed, rows // folds, axis=2)
        z = z + rest * nets.normal(0, 1, (cells, seeds, rows))
        return drawn(z, layout)

    return make


def drawn(z: np.ndarray, layout: Layout, constant: np.ndarray | None = None) -> Drawn:
    floor = np.full(z.shape[2], FAR_BELOW) if constant is None else constant
    return Drawn(z.astype(np.float32), floor, np.full(z.shape[:2], LEAD), layout)


def rare(rows: int, few: int, gap: float, right: float = 0.95, flips: float = 0.0) -> Make:
    """Balanced accuracy of two classes, `few` rows in one: linear is wrong on more of these.

    All deeper nets agree; `gap` is the loss of balanced accuracy. With `few` = 0 it is accuracy.
    """
    own = few or rows
    unit = rows / (2 * few) if few else 1.0
    weight = np.full(rows, rows / (2 * (rows - few)) if few else 1.0)
    weight[:few] = unit

    def make(data: np.random.Generator, nets: np.random.Generator, seeds: int) -> Drawn:
        good = data.random(own) < right
        lost = good & (data.random(own) < gap * (2 if few else 1) / right)
        z = np.broadcast_to(weight, (6, seeds, rows)).copy()
        z[:, :, :own] = good * unit
        z[0, :, :own] = (good & ~lost) * unit
        if flips:
            z = np.where(nets.random(z.shape) < flips, weight - z, z)
        guess = weight.copy()
        guess[:own] = 0.0
        return drawn(z, Layout(unit=unit), guess if few else np.zeros(rows))

    return make


def collapsing(
    rate: float, which: tuple[int, ...], loss: float = 40.0, seeds_sd: float = 0.3
) -> Make:
    """Linear 3 points below a flat ladder, of which some depths lose much in a few seeds."""
    flat = gaussian((-3.0, *(0.0,) * 5), (seeds_sd,) * 6)

    def make(data: np.random.Generator, nets: np.random.Generator, seeds: int) -> Drawn:
        made = flat(data, nets, seeds)
        fallen = nets.random((6, seeds)) < rate
        fallen[[c for c in range(6) if c not in which]] = False
        made.nets[fallen] -= loss
        return made

    return make


def searched(means: tuple[float, ...], sd: float, noise: float, bend: float, units: int) -> Make:
    """Rates are tried first: the score falls by `bend` points with the square of the octaves from
    the best, and nets that try rates tell it with the error `noise`."""
    octaves = np.arange(-3, 4)
    base = gaussian(means, (sd,) * len(means))

    def make(data: np.random.Generator, nets: np.random.Generator, seeds: int) -> Drawn:
        best = data.uniform(-0.5, 0.5, len(means))  # where between two rates the best one lies
        shift = -bend * np.square(octaves - best[:, None])
        shift -= shift.max(1, keepdims=True)
        tried = shift[:, :, None] + nets.normal(0, noise, (len(means), len(octaves), units))
        found = base(data, nets, seeds)
        lost = _expected(shift, noise, units)
        z = found.nets - lost[:, None, None].astype(np.float32)  # so that the truth is `means`
        tuned = Tuned(tuple((octaves - 7).tolist()), tried + 50.0, shift)
        return replace(found, nets=z, tuned=tuned)

    return make


def _expected(shift: np.ndarray, noise: float, units: int, draws: int = 400) -> np.ndarray:
    """What the rates chosen cost on average over searches (cells,)."""
    rng = np.random.default_rng(0)
    wrong = rng.normal(0, noise / np.sqrt(units), (draws, 1, shift.shape[1]))
    chosen = rates.merits(range(shift.shape[1]), shift + wrong, 1).argmax(2)
    cost: np.ndarray = np.take_along_axis(shift[None], chosen[..., None], 2)[..., 0].mean(0)
    return cost


def at_epsilon(cells: int) -> tuple[float, ...]:
    """All but the last lie exactly epsilon below it: naming one of them is wrong."""
    return (-0.5,) * (cells - 1) + (0.0,)


def noisy_best(cells: int) -> tuple[float, ...]:
    return (0.3,) * (cells - 1) + (1.0,)


ROWS = (
    Awkward("12 rare rows of 600, gap 2.5", (-0.025, *(0.0,) * 5), rare(600, 12, 0.025), 0.01,
            rows=600),
    Awkward("20 rare rows of 2,000, gap 2.5", (-0.025, *(0.0,) * 5), rare(2_000, 20, 0.025), 0.01,
            rows=2_000),
    Awkward("40 rows, nearly all right, gap 2", (-0.02, *(0.0,) * 5), rare(40, 0, 0.02, 1.0), 0.01,
            rows=40),
    Awkward("600 rows, nets flip 1 %, gap 1", (-0.0098, *(0.0,) * 5),
            rare(600, 0, 0.01, 0.97, 0.01), 0.0098, rows=600),
    Awkward("heavy tails of rows", at_epsilon(6),
            gaussian(at_epsilon(6), (0.1,) * 6, own=1.5, tail=2.5)),
)  # fmt: skip
FEW = tuple(
    Awkward(f"K = {k}, {n} seeds", at_epsilon(k), gaussian(at_epsilon(k), (0.5,) * k), most=n)
    for k, n in ((2, 2), (2, 3), (2, 5), (2, 12), (2, 20), (3, 2), (3, 3), (3, 5))
) + tuple(
    Awkward(
        f"{k} cells, best noisy; 5 seeds",
        at_epsilon(k),
        gaussian(at_epsilon(k), noisy_best(k), own=0.05, rest=0.1),
        most=5,
    )
    for k in (3, 6, 13)
)
FOLDS = tuple(
    Awkward(
        f"{name} in folds, {n} seeds",
        means,
        gaussian(means, sd, folds=5),
        most=n,
        folds=5,
    )
    for n in (2, 3, 8)
    for name, means, sd in (
        ("flat", (0.0,) * 6, (0.25,) * 6),
        ("best noisy", at_epsilon(6), noisy_best(6)),
    )
)
ENDS = (
    Awkward("ends where rows are the limit", at_epsilon(6),
            gaussian(at_epsilon(6), (0.1,) * 6, own=2.0), most=50, sure=3),
    Awkward("ends there, flat", (0.0,) * 6, gaussian((0.0,) * 6, (0.1,) * 6, own=2.0), most=50,
            sure=3),
    Awkward("seeds go on to 50", at_epsilon(6), gaussian(at_epsilon(6), noisy_best(6)), most=50,
            sure=8),
    Awkward("ends where rows are the limit, in folds", at_epsilon(6),
            gaussian(at_epsilon(6), (0.1,) * 6, own=2.0, folds=5), most=50, folds=5, sure=2),
)  # fmt: skip
COLLAPSE = (
    Awkward("1 block collapses in 5 %", (-3.0, -2.0, *(0.0,) * 4), collapsing(0.05, (1,))),
    Awkward("1 to 4 blocks collapse in 5 %", (-3.0, *(-2.0,) * 3, 0.0, 0.0),
            collapsing(0.05, (1, 2, 3))),
    Awkward("all but linear collapse in 5 %", (-3.0, *(-2.0,) * 5),
            collapsing(0.05, (1, 2, 3, 4, 5))),
)  # fmt: skip
# Planted: nets of 1.6 tolerances each, rates so flat that a cell's mean moves by .26 of a tolerance
# from search to search, .43 with few nets. Measured (docs/decision.md): at most .19, and .31.
RATES = (
    Awkward("rates searched", at_epsilon(6), searched(at_epsilon(6), 0.25, 0.8, 0.1, 5)),
    Awkward("rates searched, few nets", at_epsilon(6), searched(at_epsilon(6), 0.25, 0.8, 0.15, 2)),
    Awkward("rates searched, flat", (0.0,) * 6, searched((0.0,) * 6, 0.25, 0.8, 0.1, 5)),
)
ALL = (*ROWS, *FEW, *FOLDS, *ENDS, *COLLAPSE, *RATES)
