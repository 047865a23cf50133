"""A task's rows put into parts, refused where a class cannot be learned, and what is said of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import InputError, TargetError
from howdeep.base.limits import MIN_ROWS
from howdeep.base.words import count, show
from howdeep.data import splits
from howdeep.data.identity import counted
from howdeep.data.origin import Origin
from howdeep.data.task import RowIndex, Task
from howdeep.data.units import Ints, kinds_of

COMMON = 0.5  # of the rows have an equal one: of few categories, they are equal by chance
NAMED = 3  # giants whose rows are named
LISTED = 8  # classes

Why = dict[int, list[str]]  # of each class, the parts that lack it


@dataclass(frozen=True)
class Parting:
    """How rows of a modality are put into parts, and what is said of them.

    `row`: what one is called; `holdout_rows`: from so many on there is one hold-out split;
    `error`: what is raised where they cannot be split; `chance`: two may be equal by chance.
    """

    row: str
    holdout_rows: int
    error: type[InputError] = InputError
    chance: bool = True


def parted(task: Task, origin: Origin, seed: int, how: Parting) -> tuple[Task, tuple[str, ...]]:
    """The task with folds and test rows, and what is to be said about them.

    Raises:
        InputError: the rows cannot be split; it is a `how.error`.
        TargetError: a class that some net would train without, or that no checkpoint is chosen on.
    """
    main, given = origin.main, origin.test_given
    strata = splits.strata_of(task.target[:main], len(task.info.classes))
    made = splits.split(
        strata,
        origin.units,
        seed,
        test_given=given,
        time=origin.time,
        copies=not origin.grouped,
        holdout_rows=how.holdout_rows,
    )
    rows, copied = _unseen(task, origin, how) if given else (made.test, ())
    task = dataclasses.replace(
        task,
        folds=made.folds,
        test=rows,
        free=not origin.grouped and not origin.timed,
        groups=_groups(origin, len(task.target)) if origin.grouped else None,
        info=dataclasses.replace(task.info, scheme=made.scheme),
    )
    _check_parts(task, origin, main - len(made.giants), how)
    _check_classes(task, origin, how.row)
    task = counted(task, origin.alike)
    notes = (
        *copied,
        *_giant_notes(made.giants, origin, how.row),
        *_distinct_notes(task, how.row),
        *_lacking_notes(task, origin, how.row),
    )
    return task, notes


def _groups(origin: Origin, rows: int) -> NDArray[np.int64]:
    """The group of each row (N,); each row of a test file is one of its own."""
    known = np.unique(origin.units, return_inverse=True)[1].astype(np.int64)
    return np.concatenate([known, len(known) + np.arange(rows - len(known))])


def _unseen(task: Task, origin: Origin, how: Parting) -> tuple[RowIndex, tuple[str, ...]]:
    """The given test rows that are none of the others again, and what is said of those that are.

    In the order of time a row like one of another time is another row, and so is any row where
    equal ones are common: a table of a few categories has no others.

    Raises:
        InputError: all of them are among the others; it is a `how.error`.
    """
    main, row = origin.main, how.row
    rows = np.arange(main, len(task.target))
    same = origin.alike if origin.copies is None else origin.copies
    if len(same) < len(task.target):  # nobody knows the times of the test rows
        return rows, ()
    copied = np.isin(same[main:], same[:main])
    if not copied.any():
        return rows, ()
    many, of = int(copied.sum()), count(len(rows), f"test {row}")
    if not origin.tied or (how.chance and _repeated(same[:main]) >= COMMON):
        why = f"equal {row}s are common in these data"
        return rows, (f"Like {row}s to learn from, and tested on as {why}: {many:,} of {of}.",)
    if copied.all():
        what = f"all {len(rows):,} test {row}s of {task.info.name} are among the others as well"
        raise how.error(what, f"give test {row}s that differ, or leave them out")
    said = f"Among the {row}s to learn from as well, and left out of the test: {many:,} of {of}."
    return rows[~copied], (said,)


def _repeated(same: Ints) -> float:
    """The share of rows that have an equal one.

    >>> _repeated(np.array([0, 0, 1, 2]))
    0.5
    """
    _, unit, sizes = np.unique(same, return_inverse=True, return_counts=True)
    return float((sizes[unit] > 1).mean())


def _check_parts(task: Task, origin: Origin, dealt: int, how: Parting) -> None:
    views = [view for fold in task.folds for view in fold.views]
    parts = [task.test, *(fold.train for fold in task.folds)]
    parts += [part for fold in task.folds for part in (fold.tune_train, fold.tune_val)]
    parts += [part for view in views for part in (view.choose, view.score)]
    if min(map(len, parts)) > 0 and dealt >= MIN_ROWS:
        return
    why, fix = "most are equal", f"give more {how.row}s that differ"
    if origin.timed:
        why, fix = "most stand in one group of duplicates or equal times", "give finer times"
    elif origin.grouped:
        groups = len(np.unique(origin.units))
        why = f"{count(groups, 'group')} are too few for all parts, or one holds most {how.row}s"
        fix = f"give finer groups or more {how.row}s"
    elif 10 * len(task.info.classes) > dealt >= MIN_ROWS:
        why = f"its {len(task.info.classes):,} classes have too few {how.row}s for all parts"
        fix = "merge rare classes (--merge-rare), or name another target"
    raise how.error(f"the {how.row}s of {task.info.name} cannot be split: {why}", fix)


def _check_classes(task: Task, origin: Origin, row: str) -> None:
    """Refuse classes that are missing from some training rows, or from all that choose.

    Raises:
        TargetError: there are such classes; names them and what helps.
    """
    if not task.info.classes:
        return
    chosen = np.concatenate([view.choose for fold in task.folds for view in fold.views])
    untrained = set[int]().union(*(_missing(task, fold.train) for fold in task.folds))
    unseen = _missing(task, chosen)
    if not untrained | unseen:
        return
    fold = "" if task.info.scheme == "holdout" else "some fold's "
    where = [f"{fold}training rows"] * bool(untrained) + ["the validation rows"] * bool(unseen)
    said = _named(task, origin, sorted(untrained | unseen), row)
    when = "; in the order of time, they come too early or too late" if origin.timed else ""
    raise TargetError(
        f"target {show(task.info.target)}: there are no rows of {said} among"
        f" {' or '.join(where)}{when}",
        _fix(origin),
    )


def _fix(origin: Origin) -> str:
    more = "rows of other times" if origin.timed else "more that differ"
    if origin.merged:
        return f"remove these rows, or give {more}"
    return f"say --merge-rare to merge rare classes into one, or give {more}"


def _missing(task: Task, rows: RowIndex) -> set[int]:
    here = np.bincount(task.target[rows].astype(np.int64), minlength=len(task.info.classes))
    return set(np.flatnonzero(here == 0).tolist())


def _named(task: Task, origin: Origin, classes: list[int], row: str, why: Why | None = None) -> str:
    """Classes with how many different rows they have, and `why` they are named."""
    many = kinds_of(origin.units, task.target[: origin.main].astype(np.int64))
    what = "group" if origin.grouped else f"different {row}"
    rarest = sorted(classes, key=lambda c: (many[c], c))
    each = [
        f"{show(task.info.classes[c], 40)} ({count(int(many[c]), what)}"
        + (f", none in {' and '.join(why[c])})" if why else ")")
        for c in rarest[:LISTED]
    ]
    rest = f" and {len(classes) - LISTED:,} more" if len(classes) > LISTED else ""
    return ", ".join(each) + rest


def _giant_notes(giants: RowIndex, origin: Origin, noun: str) -> tuple[str, ...]:
    """Of rows that are in units too large to be scored."""
    if not len(giants):
        return ()
    _, first, sizes = np.unique(origin.units[giants], return_index=True, return_counts=True)
    largest = np.argsort(-sizes, kind="stable")
    named = [int(giants[first[i]]) + 1 for i in largest[:NAMED]]
    share = f"{len(giants) / origin.main:.0%} of the {noun}s"
    train = "train" + (" where they are early enough" if origin.timed else "")
    unit = f"{noun} {named[0]:,}"
    if len(sizes) == 1 and origin.grouped:
        return (
            f"The group of {unit} holds {count(int(sizes[0]), noun)} ({share}): they {train} and"
            " are never scored, as they would be a part by themselves.",
        )
    if len(sizes) == 1:
        return (
            f"One {noun} occurs {int(sizes[0]):,} times ({share}; the first is {unit}): its copies"
            f" {train} and are never scored, as they would rule the part that holds them.",
        )
    whole = "groups hold" if origin.grouped else f"{noun}s occur so often that their copies make"
    which = f"the largest begin at {noun}s {', '.join(f'{i:,}' for i in sorted(named))}"
    return (
        f"{len(sizes):,} {whole} {share} ({which}): these {train} and are never scored, as each"
        " would rule the part that holds it.",
    )


def _distinct_notes(task: Task, row: str) -> tuple[str, ...]:
    different = dict(task.info.distinct)
    fewer = [
        f"{different[name]:,} of {n:,} ({name})"
        for name, n in task.info.rows
        if name != "all" and different[name] < n
    ]
    return (f"Different {row}s: {', '.join(fewer)}.",) if fewer else ()


def _lacking_notes(task: Task, origin: Origin, row: str) -> tuple[str, ...]:
    """Of classes that some part has no row of, in one sentence."""
    if not task.info.classes:
        return ()
    lacking: Why = {}
    scored = [view.score for fold in task.folds for view in fold.views]
    absent = Counter(c for rows in scored for c in _missing(task, rows))
    for c, times in absent.items():
        half = f"{times} of {len(scored)} half-folds"
        lacking[c] = ["the select rows" if task.info.scheme == "holdout" else half]
    for c in _missing(task, task.test):
        lacking.setdefault(c, []).append("the test rows")
    if not lacking:
        return ()
    said = _named(task, origin, list(lacking), row, lacking)
    return (f"Too few for every part to have rows of: {said}.",)
