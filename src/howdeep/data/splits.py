"""Which rows train, choose, compare and test (docs/decision.md, "Splits").

Many rows: one hold-out split, train 60 / val 10 / select 15 / test 15 %. Fewer: 20 % test and five
folds, each held-out fold halved: the checkpoint chosen on one half is scored on the other, so that
all rows but the test rows are compared on. Rows are what limits a comparison of tables up to 50,000
of them; of images, whose nets cost hundreds of times as much, up to 4,000.
Duplicate rows, groups and equal times stay in one part; classes and target quantiles are spread.
Units too large for any part ("giants") train, and are never scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.data.cover import cover, in_turn, over_folds
from howdeep.data.deal import Order, dealt, units_of
from howdeep.data.even import balance, even_out
from howdeep.data.task import Fold, RowIndex, View
from howdeep.data.units import in_giants

MAX_VAL, MAX_SELECT, MAX_TEST = 5_000, 10_000, 10_000
VAL, SELECT, TEST = 0.10, 0.15, 0.15
FOLDS = 5
FOLDS_TEST = 0.20
TUNE_VAL = 0.20  # of a fold's training rows
QUANTILES = 10

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Splits:
    """The folds and the test rows (empty where a test file brings its own).

    `giants`: the rows of units too large to be scored.
    """

    scheme: Literal["holdout", "folds"]
    folds: tuple[Fold, ...]
    test: RowIndex
    giants: RowIndex


def generator(*parts: object) -> np.random.Generator:
    """The stream of random numbers named by `parts`; nothing else is random here."""
    return np.random.Generator(np.random.PCG64(keys.seed_of(*parts)))


def strata_of(target: NDArray[np.generic], classes: int) -> Ints:
    """Class numbers, or for regression (`classes` 0) the tenth of the target a row lies in (N,)."""
    if classes:
        return target.astype(np.int64)
    edges = np.quantile(target.astype(np.float64), np.arange(1, QUANTILES) / QUANTILES)
    return np.searchsorted(edges, target.astype(np.float64), side="right").astype(np.int64)


def split(
    strata: Ints,
    units: Ints,
    seed: int,
    *,
    test_given: bool = False,
    time: NDArray[np.float64] | None = None,
    copies: bool = False,
    holdout_rows: int,
) -> Splits:
    """Split rows 0..N-1; `units` are kept whole, `strata` spread, or `time` put in order.

    `copies`: units are rows alike, not groups. From `holdout_rows` on there is one hold-out split.

    With `time` there is always one hold-out split, as folds would train on rows later than those
    they are scored on. Parts have no rows where there are too few units.
    """
    rng = generator("split", seed)
    giant = in_giants(units, strata if copies else None)
    n = int((~giant).sum())
    if time is not None:
        part = _in_order(time, units, giant, _shares(n, test_given))
        return _holdout(part, giant, test_given)
    if n < holdout_rows:
        return _folds(strata, units, giant, rng, test_given)
    part = _placed(strata, units, giant, _shares(n, test_given), rng)
    return _holdout(part, giant, test_given)


def _shares(n: int, test_given: bool) -> tuple[float, ...]:
    """Shares of train, val, select and (where no test file is given) test, of `n` rows."""
    held = [min(VAL, MAX_VAL / max(n, 1)), min(SELECT, MAX_SELECT / max(n, 1))]
    if not test_given:
        held.append(min(TEST, MAX_TEST / max(n, 1)))
    return (1 - sum(held), *held)


def _holdout(part: Ints, giant: NDArray[np.bool_], test_given: bool) -> Splits:
    train, val, select = (np.flatnonzero(part == p) for p in range(3))
    test = np.flatnonzero(part == 3)  # empty where a test file is given
    fold = Fold(train, (View(val, select),), tune_train=train, tune_val=val)
    return Splits("holdout", (fold,), test, np.flatnonzero(giant))


def _folds(
    strata: Ints, units: Ints, giant: NDArray[np.bool_], rng: np.random.Generator, test_given: bool
) -> Splits:
    test_share = 0.0 if test_given else FOLDS_TEST
    half = (1 - test_share) / (2 * FOLDS)
    shares = [half] * (2 * FOLDS) + ([] if test_given else [test_share])
    part = np.full(len(units), -1)
    part[~giant] = assign(strata[~giant], units[~giant], shares, rng, over_folds(FOLDS))
    folds = []
    for k in range(FOLDS):
        one, two = np.flatnonzero(part == 2 * k), np.flatnonzero(part == 2 * k + 1)
        train = np.flatnonzero((part // 2 != k) & (part < 2 * FOLDS))  # giants: in every fold's
        of_train = strata[train], units[train], giant[train]
        tune = _placed(*of_train, (1 - TUNE_VAL, TUNE_VAL), rng)
        views = (View(one, two), View(two, one))
        folds.append(Fold(train, views, train[tune == 0], train[tune == 1]))
    test = np.flatnonzero(part == 2 * FOLDS)
    return Splits("folds", tuple(folds), test, np.flatnonzero(giant))


def _placed(
    strata: Ints,
    units: Ints,
    giant: NDArray[np.bool_],
    shares: Sequence[float],
    rng: np.random.Generator,
) -> Ints:
    """The part of each row (N,): giants in part 0, all others by `shares`."""
    part = np.zeros(len(units), np.int64)
    order = in_turn(len(shares), frozenset(strata[giant].tolist()))
    part[~giant] = assign(strata[~giant], units[~giant], shares, rng, order)
    return part


def assign(
    strata: Ints, units: Ints, shares: Sequence[float], rng: np.random.Generator, order: Order
) -> Ints:
    """The part of each row (N,): units whole, each stratum spread in proportion to `shares`.

    A part's rows of a stratum differ from its share of them by at most one row and the largest
    unit of the stratum, but where that many units cannot be had: a stratum of few goes one by one
    to the parts that `order` names.
    """
    if not len(units):
        return np.empty(0, np.int64)
    of = np.asarray(shares)
    made = units_of(strata, units)
    held = balance(made, dealt(made, of, rng, order), of)
    even_out(held)
    cover(held, rng, order)
    even_out(held)
    return held.part[made.unit]


def _in_order(
    time: NDArray[np.float64], units: Ints, giant: NDArray[np.bool_], shares: Sequence[float]
) -> Ints:
    """The part of each row (N,): earlier units in earlier parts, equal times together.

    Rows of giants train where all rows held out are later; the others are in no part (-1).
    """
    part = np.full(len(units), -1)
    if giant.all():
        return part
    _, unit = np.unique(units[~giant], return_inverse=True)
    latest = np.full(unit.max() + 1, -np.inf)
    np.maximum.at(latest, unit, time[~giant])
    when = latest[unit]
    before = np.searchsorted(np.sort(when), when, side="left") / len(when)
    cuts = np.cumsum(shares)[:-1]
    part[~giant] = np.searchsorted(cuts, before, side="right")
    held_out = time[part > 0]
    part[giant & (time < held_out.min(initial=np.inf))] = 0
    return part
