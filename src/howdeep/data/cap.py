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
    """The task with `rows` training rows (per fold), classes or target quantiles in proportion.

    Row counts, notes and fingerprint follow; rows that compare or test stay as they are. So do
    those that choose checkpoints; with `fewer_val` a hold-out split keeps a fifth as many as
    training rows (1,000 at least): evaluating convolutions on more would cost more than training.
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
    return stamped(dataclasses.replace(made, info=info))


def compared_on_spared(capped: Task, full: Task, seed: int) -> Task:
    """The capped task compared on rows of `full` that it does not train on, too.

    In a hold-out split without groups and time, up to `MAX_COMPARED` rows, and none
    that is equal to a row that trains or chooses.
    """
    if len(full.folds) > 1 or not full.free:
        return capped
    fold = capped.folds[0]
    view, units = fold.views[0], alike(full.samples)
    left = np.setdiff1d(full.folds[0].train, fold.train)
    seen = np.concatenate([fold.train, fold.tune_train, fold.tune_val, view.choose])
    left = left[~np.isin(units[left], units[seen])]
    room = max(MAX_COMPARED - len(view.score), 0)
    strata = strata_of(full.target, len(full.info.classes))
    left = left[thinned(strata[left], room, generator("spared", seed, room))[:room]]
    if not len(left):
        return capped
    views = (View(view.choose, np.sort(np.concatenate([view.score, left]))),)
    made = counted(dataclasses.replace(capped, folds=(dataclasses.replace(fold, views=views),)))
    note = f"Of the rows that do not train, {len(left):,} more are compared on."
    info = dataclasses.replace(made.info, notes=(*made.info.notes, note))
    return stamped(dataclasses.replace(made, info=info))


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
    tunes = np.isin(fold.train, fold.tune_val)  # folds: both tuning parts lie inside the training
    train = fold.train[thinned(2 * strata[fold.train] + tunes, rows, rng)]
    tune_val = np.intersect1d(fold.tune_val, train) if tunes.any() else fold.tune_val
    return Fold(train, fold.views, np.intersect1d(fold.tune_train, train), tune_val)


def thinned(strata: Ints, rows: int, rng: np.random.Generator) -> Ints:
    """Places (n,) of `rows` rows in order: strata in proportion, of each one row at least.

    All places where there are no more, and one a stratum where there are more strata than rows.
    """
    _, kind, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    if rows >= len(strata):
        return np.arange(len(strata))
    kept = _kept(sizes, rows)
    order = np.lexsort((rng.random(len(kind)), kind))
    rank = np.arange(len(kind)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[rank < kept[kind[order]]])


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
