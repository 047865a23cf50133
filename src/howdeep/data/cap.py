"""Fewer training rows, where an allowance or the user says so; what they leave is compared on."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from howdeep.data.identity import counted, stamped
from howdeep.data.splits import generator, strata_of
from howdeep.data.task import Fold, Task, View
from howdeep.data.units import alike

MAX_COMPARED = 50_000  # rows of a hold-out split, with those that a cap keeps from training
VAL_SHARE, VAL_LEAST = 5, 1_000  # of capped images: a row that chooses for five that train

Ints = NDArray[np.int64]


def cap_train(task: Task, rows: int, seed: int, *, fewer_val: bool = False) -> Task:
    """`fewer_rows`, and the fingerprint follows."""
    made = fewer_rows(task, rows, seed, fewer_val=fewer_val)
    return task if made is task else stamped(made)


def fewer_rows(task: Task, rows: int, seed: int, *, fewer_val: bool = False) -> Task:
    """The task with `rows` training rows (per fold), classes or target quantiles in proportion.

    Row counts and notes follow, the fingerprint by `identity.stamped`; rows that compare or test
    stay as they are. So do those that choose checkpoints; with `fewer_val` a hold-out split keeps a
    fifth as many as training rows (1,000 at least): evaluating convolutions on more would cost more
    than training.
    """
    strata = strata_of(task.target, len(task.info.classes))
    folds = tuple(_capped(fold, strata, rows, seed) for fold in task.folds)
    if fewer_val and len(folds) == 1:
        folds = (_fewer_val(folds[0], strata, max(rows // VAL_SHARE, VAL_LEAST), seed),)
    before, after = len(task.folds[0].train), len(folds[0].train)
    if before == after:
        return task
    made = counted(dataclasses.replace(task, folds=folds, encoders={}))
    different = dict(made.info.distinct).get("train", after)
    said = f" ({different:,} different ones)" if different < after else ""
    note = f"{after:,} of {before:,} training rows are used{said} (--rows all lifts the cap)."
    info = dataclasses.replace(made.info, notes=(*task.info.notes, note))
    return dataclasses.replace(made, info=info)


def compared_on_spared(capped: Task, full: Task, seed: int) -> Task:
    """`more_compared`, and the fingerprint follows."""
    made = more_compared(capped, full, seed)
    return capped if made is capped else stamped(made)


def more_compared(capped: Task, full: Task, seed: int) -> Task:
    """The capped task compared on rows of `full` that it does not train on, too.

    In a hold-out split without groups and time, up to `MAX_COMPARED` rows, and none
    that is equal to a row that trains or chooses.
    """
    if len(full.folds) > 1 or not full.free:
        return capped
    fold = capped.folds[0]
    n, view = len(full.target), fold.views[0]
    left = np.flatnonzero(_mask(full.folds[0].train, n) & ~_mask(fold.train, n))
    seen = np.concatenate([fold.train, fold.tune_train, fold.tune_val, view.choose])
    one_each = dict(full.info.distinct).get("all") == n  # no rows alike: nothing to work out
    units = np.arange(n) if one_each else alike(full.samples)
    left = left[~_mask(units[seen], n)[units[left]]]
    room = max(MAX_COMPARED - len(view.score), 0)
    strata = strata_of(full.target, len(full.info.classes))
    left = left[thinned(strata[left], room, generator("spared", seed, room))[:room]]
    if not len(left):
        return capped
    views = (View(view.choose, np.sort(np.concatenate([view.score, left]))),)
    made = counted(dataclasses.replace(capped, folds=(dataclasses.replace(fold, views=views),)))
    note = f"Of the rows that do not train, {len(left):,} more are compared on."
    info = dataclasses.replace(made.info, notes=(*made.info.notes, note))
    return dataclasses.replace(made, info=info)


def _mask(rows: Ints, n: int) -> NDArray[np.bool_]:
    """Which of `n` rows are among these."""
    out = np.zeros(n, bool)
    out[rows] = True
    return out


def _fewer_val(fold: Fold, strata: Ints, most: int, seed: int) -> Fold:
    view = fold.views[0]
    rng = generator("cap val", seed, most)
    val = view.choose[thinned(strata[view.choose], most, rng)]
    return Fold(fold.train, (View(val, view.score),), fold.tune_train, val)


def _capped(fold: Fold, strata: Ints, rows: int, seed: int) -> Fold:
    """The fold with fewer training rows; rates are tuned on what is left of their parts."""
    if rows >= len(fold.train):
        return fold
    rng = generator("cap", seed, rows)
    n = len(strata)
    tunes = _mask(fold.tune_val, n)[fold.train]  # folds: both tuning parts lie inside the training
    train = fold.train[thinned(2 * strata[fold.train] + tunes, rows, rng)]
    trains = _mask(train, n)
    tune_val = fold.tune_val
    if tunes.any():
        tune_val = np.flatnonzero(_mask(fold.tune_val, n) & trains)
    return Fold(train, fold.views, np.flatnonzero(_mask(fold.tune_train, n) & trains), tune_val)


def thinned(strata: Ints, rows: int, rng: np.random.Generator) -> Ints:
    """Places (n,) of `rows` rows in order: strata in proportion, of each one row at least.

    All places where there are no more, and one a stratum where there are more strata than rows.
    """
    _, kind, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    if rows >= len(strata):
        return np.arange(len(strata))
    kept = _kept(sizes, rows)
    order = _by_kind(kind, rng.random(len(kind)))
    rank = np.arange(len(kind)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[rank < kept[kind[order]]])


def _by_kind(kind: Ints, within: NDArray[np.float64]) -> Ints:
    """`numpy.lexsort((within, kind))`, several times as fast where no two of `within` are equal."""
    order = np.argsort(within)
    ordered = within[order]
    if kind.max(initial=0) >= 2**16 or (ordered[1:] == ordered[:-1]).any():
        return np.lexsort((within, kind))
    return order[np.argsort(kind[order].astype(np.uint16), kind="stable")]


def _kept(sizes: Ints, rows: int) -> Ints:
    """How many rows of each stratum are kept: largest remainders, and never none."""
    lone = np.zeros(len(sizes), bool)
    while True:
        share = max(rows - int(lone.sum()), 0) / max(int(sizes[~lone].sum()), 1)
        quota = np.where(lone, 1.0, sizes * share)
        if not (quota < 1 - 1e-9).any():
            break
        lone |= quota < 1 - 1e-9
    kept = np.floor(quota + 1e-9).astype(np.int64)
    left = max(rows - int(kept.sum()), 0)
    kept[np.argsort(kept - quota, kind="stable")[:left]] += 1
    return kept
