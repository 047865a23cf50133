"""Which rows train, choose, compare and test (docs/decision.md, "Splits").

4,000 rows and more: one hold-out split, train 60 / val 10 / select 15 / test 15 %. Fewer: 20 % test
and five folds, each held-out fold halved: the checkpoint chosen on one half is scored on the other.
Duplicate rows, groups and equal times stay in one part; classes and target quantiles are spread.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.data.identity import counted, stamped
from howdeep.data.task import Fold, Rows, Task, View

HOLDOUT_ROWS = 4_000
MAX_VAL, MAX_SELECT, MAX_TEST = 5_000, 10_000, 10_000
VAL, SELECT, TEST = 0.10, 0.15, 0.15
FOLDS = 5
FOLDS_TEST = 0.20
TUNE_VAL = 0.20  # of a fold's training rows
VAL_SHARE, VAL_LEAST = 5, 1_000  # of capped images: a row that chooses for five that train
QUANTILES = 10
RUN = 2**14  # rows copied at a time
GIANT = 0.05  # a unit of rows larger than this share is placed before all others

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Splits:
    """The folds and the test rows (empty where a test file brings its own)."""

    scheme: Literal["holdout", "folds"]
    folds: tuple[Fold, ...]
    test: Rows


def generator(*parts: object) -> np.random.Generator:
    """The stream of random numbers named by `parts`; nothing else is random here."""
    return np.random.Generator(np.random.PCG64(keys.seed_of(*parts)))


def strata_of(target: NDArray[np.generic], classes: int) -> Ints:
    """Class numbers, or for regression (`classes` 0) the tenth of the target a row lies in (N,)."""
    if classes:
        return target.astype(np.int64)
    edges = np.quantile(target.astype(np.float64), np.arange(1, QUANTILES) / QUANTILES)
    return np.searchsorted(edges, target.astype(np.float64), side="right").astype(np.int64)


def duplicate_units(numbers: NDArray[np.float64], codes: Ints) -> Ints:
    """A number for each distinct row of cells (N,): rows with equal numbers are duplicates."""
    short = numbers.shape[1] + codes.shape[1] <= 8
    seen: dict[bytes, int] = {}
    ids = (
        seen.setdefault(
            row.tobytes() if short else hashlib.blake2b(row, digest_size=16).digest(), len(seen)
        )
        for start in range(0, len(numbers), RUN)
        for row in _cells(numbers[start : start + RUN], codes[start : start + RUN])
    )
    return np.fromiter(ids, np.int64, len(numbers))


def _cells(numbers: NDArray[np.float64], codes: Ints) -> NDArray[np.float64]:
    return np.ascontiguousarray(np.hstack([numbers, codes.astype(np.float64)]))


def join_units(first: Ints, second: Ints) -> Ints:
    """Units that keep both whole: rows that share either number end in one unit (N,)."""
    from scipy.sparse import coo_matrix  # late: few tables need it
    from scipy.sparse.csgraph import connected_components

    size = int(first.max()) + 1
    node = np.unique(second, return_inverse=True)[1] + size
    total = int(node.max()) + 1
    graph = coo_matrix((np.ones(len(first)), (first, node)), shape=(total, total))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels[first]


def split(
    strata: Ints,
    units: Ints,
    seed: int,
    *,
    test_given: bool = False,
    time: NDArray[np.float64] | None = None,
) -> Splits:
    """Split rows 0..N-1; `units` are kept whole, `strata` spread, or `time` put in order.

    With `time` there is always one hold-out split, as folds would train on rows later than those
    they are scored on.
    """
    rng = generator("split", seed)
    if time is not None:
        return _holdout(_in_order(time, units, _shares(len(strata), test_given)), test_given)
    if len(strata) >= HOLDOUT_ROWS:
        shares = _shares(len(strata), test_given)
        return _holdout(assign(strata, units, shares, rng, cover=True), test_given)
    return _folds(strata, units, rng, test_given)


def _shares(n: int, test_given: bool) -> tuple[float, ...]:
    """Shares of train, val, select and (where no test file is given) test."""
    held = [min(VAL, MAX_VAL / n), min(SELECT, MAX_SELECT / n)]
    if not test_given:
        held.append(min(TEST, MAX_TEST / n))
    return (1 - sum(held), *held)


def _holdout(part: Ints, test_given: bool) -> Splits:
    train, val, select = (np.flatnonzero(part == p) for p in range(3))
    test = np.flatnonzero(part == 3)  # empty where a test file is given
    fold = Fold(train, (View(val, select),), tune_train=train, tune_val=val)
    return Splits("holdout", (fold,), test)


def _folds(strata: Ints, units: Ints, rng: np.random.Generator, test_given: bool) -> Splits:
    test_share = 0.0 if test_given else FOLDS_TEST
    half = (1 - test_share) / (2 * FOLDS)
    part = assign(strata, units, [half] * (2 * FOLDS) + [test_share], rng)
    folds = []
    for k in range(FOLDS):
        one, two = np.flatnonzero(part == 2 * k), np.flatnonzero(part == 2 * k + 1)
        train = np.flatnonzero((part // 2 != k) & (part < 2 * FOLDS))
        tune = assign(strata[train], units[train], (1 - TUNE_VAL, TUNE_VAL), rng, cover=True)
        views = (View(one, two), View(two, one))
        folds.append(Fold(train, views, train[tune == 0], train[tune == 1]))
    return Splits("folds", tuple(folds), np.flatnonzero(part == 2 * FOLDS))


def assign(
    strata: Ints,
    units: Ints,
    shares: Sequence[float],
    rng: np.random.Generator,
    cover: bool = False,
) -> Ints:
    """The part of each row (N,): units whole, each stratum spread in proportion to `shares`.

    Units are shuffled within their stratum and dealt one by one to the part that lacks most,
    rarest stratum first. `cover`: the first unit of each stratum goes to part 0, so that training
    sees every class.
    """
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    sizes = np.bincount(unit)
    stratum = strata[first]
    rarity = np.bincount(stratum)[stratum]
    giant = sizes > GIANT * len(units)
    order = np.lexsort((rng.permutation(len(sizes)), -sizes, stratum, rarity, ~giant))
    dealt = np.empty(len(sizes), np.int64)
    have, total, covered = [0] * len(shares), 0, set[int]()
    places = range(len(shares))
    for u, size, kind in zip(
        order.tolist(), sizes[order].tolist(), stratum[order].tolist(), strict=True
    ):
        total += size
        if cover and kind not in covered:
            covered.add(kind)
            place = 0
        else:
            place = max(places, key=lambda p: shares[p] * total - have[p])
        have[place] += size
        dealt[u] = place
    return dealt[unit]


def _in_order(time: NDArray[np.float64], units: Ints, shares: Sequence[float]) -> Ints:
    """The part of each row (N,): earlier units in earlier parts, equal times together."""
    _, unit = np.unique(units, return_inverse=True)
    latest = np.full(unit.max() + 1, -np.inf)
    np.maximum.at(latest, unit, time)
    when = latest[unit]
    before = np.searchsorted(np.sort(when), when, side="left") / len(when)
    cuts = np.cumsum(shares)[:-1]
    return np.searchsorted(cuts, before, side="right").astype(np.int64)


def cap_train(task: Task, rows: int, seed: int) -> Task:
    """The task with `rows` training rows (per fold), classes or target quantiles in proportion.

    Row counts, notes and fingerprint follow; rows that compare or test stay as they are. So do
    those that choose checkpoints, but that images keep a fifth as many as training rows (1,000 at
    least): evaluating convolutions on more would cost more than training them.
    """
    strata = strata_of(task.target, len(task.info.classes))
    folds = tuple(_capped(fold, strata, rows, seed) for fold in task.folds)
    if task.images is not None and len(folds) == 1:
        folds = (_fewer_val(folds[0], strata, max(rows // VAL_SHARE, VAL_LEAST), seed),)
    before, after = len(task.folds[0].train), len(folds[0].train)
    if before == after:
        return task
    note = f"{after:,} of {before:,} training rows are used (--rows all lifts the cap)."
    info = dataclasses.replace(task.info, notes=(*task.info.notes, note))
    return stamped(counted(dataclasses.replace(task, folds=folds, info=info)))


def _fewer_val(fold: Fold, strata: Ints, most: int, seed: int) -> Fold:
    view = fold.views[0]
    if most >= len(view.choose):
        return fold
    share = most / len(view.choose)
    units = np.arange(len(view.choose))
    rng = generator("cap val", seed, most)
    val = view.choose[assign(strata[view.choose], units, (share, 1 - share), rng) == 0]
    return Fold(fold.train, (View(val, view.score),), fold.tune_train, val)


def _capped(fold: Fold, strata: Ints, rows: int, seed: int) -> Fold:
    """The fold with fewer training rows; rates are tuned on what is left of their parts."""
    if rows >= len(fold.train):
        return fold
    share = rows / len(fold.train)
    rng = generator("cap", seed, rows)
    units = np.arange(len(fold.train))
    part = assign(strata[fold.train], units, (share, 1 - share), rng, cover=True)
    train = fold.train[part == 0]
    tune_val = fold.tune_val
    if np.isin(tune_val, fold.train).any():  # folds: both tuning parts lie inside the training rows
        tune_val = np.intersect1d(tune_val, train)
    return Fold(train, fold.views, np.intersect1d(fold.tune_train, train), tune_val)
