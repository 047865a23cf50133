"""The column to predict: found, judged (classes or numbers?), and refused where it cannot work."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import LimitError, TargetError
from howdeep.base.limits import MAX_CLASSES
from howdeep.base.nouns import Alike, TaskKind
from howdeep.base.words import count, listed, show
from howdeep.data import cells
from howdeep.data.column import Coded, Column, Numerals, floats
from howdeep.data.distinct import different
from howdeep.data.labels import one_label_each
from howdeep.data.matching import label

FEW = 20  # distinct values up to which whole numbers are classes
CODES = 100  # distinct values up to which whole numbers counted from 0 or 1 may be classes
MOSTLY = 0.9  # of the different cells are numbers: what the others are is asked
MIDNIGHT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00(?:\.0+)?")  # a day, in a frame
LARGEST = 1e150  # size of a number to predict whose squares still add up
MERGE_BELOW = 5  # different rows of a class, below which --merge-rare merges it


@dataclass(frozen=True, eq=False)
class Target:
    """Class numbers or values for all rows (N,), those of the test file last."""

    name: str
    kind: TaskKind
    values: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def make_target(
    column: Column,
    test: Column | None,
    kind: TaskKind | None,
    typed: bool,
    merging: NDArray[np.int64] | None = None,
    alike: Alike | None = None,
) -> Target:
    """Judge and convert the target column; `test` is the same column of a test file.

    `merging` (n,): merge classes of few different rows; rows with equal numbers are alike.
    `alike`: what becomes of labels that differ in case or blanks only; without it they are refused.

    Raises:
        TargetError: empty cells, one class, a class of one row, test classes never seen, labels
            that look alike, numbers that are none, or a kind that cannot be told.
        LimitError: more classes than howdeep takes.
    """
    notes: list[str] = []
    numbers = _numbers(column, test)
    if kind is None and numbers is not None:
        kind = _of_many(column.name, numbers[: column.rows], notes)
    if kind == "regression" and numbers is not None:
        _check_values(column.name, numbers, column.rows)
        notes += _counting(column.name, numbers[: column.rows])
        return Target(column.name, kind, numbers, (), tuple(notes))
    text = _text(column)
    later = _text(test) if test is not None else Coded.of([])
    if kind is None:
        distinct = set(text.levels) - {""}
        if len(distinct) < 2:  # what is missing may be what made it constant
            _check_present(column.name, text.rows_of([""]), text.rows, "")
        kind = guess_kind(column.name, distinct, typed and not column.numeric, notes)
        if kind == "classification":
            _ask_gone(column.name, text)
    if kind == "regression":
        parts = [_values(column.name, text, ""), _values(column.name, later, " of the test file")]
        values = np.concatenate(parts)
        _check_spread(column.name, values[: text.rows])
        notes += _counting(column.name, values[: text.rows])
        return Target(column.name, kind, values, (), tuple(notes))
    text, later = one_label_each(column.name, text, later, alike, notes)
    codes, classes = _classes(column.name, text, later, merging, notes)
    return Target(column.name, kind, codes, classes, tuple(notes))


MANY = "The target {} has {:,} different numbers: regression (guessed; --kind)."
OTHER = "name another column with --target"


def _counting(name: str, values: NDArray[np.float64]) -> list[str]:
    """A note on numbers (n,) that only count the rows."""
    low, n = float(values.min()), len(values)
    if low not in (0, 1) or not np.array_equal(np.sort(values), np.arange(n) + low):
        return []
    return [
        f"The target {show(name, 40)} only counts the rows, from {low:g} to {low + n - 1:,.0f},"
        f" each number once: {OTHER}, unless it is a rank."
    ]


def _text(column: Column) -> Coded:
    numbers = floats(column.kept)
    if numbers is None:
        text = column.coded
        days = all(MIDNIGHT.fullmatch(one) for one in text.levels if one)
        return text.rewritten(lambda one: one[:10]) if days else text
    values, where = np.unique(numbers + 0.0, return_inverse=True)
    labels = [label(value) for value in values.tolist()]
    every = np.array(labels, dtype=object)[where.reshape(-1)]
    return Coded.of(every.tolist())


def _numbers(column: Column, test: Column | None) -> NDArray[np.float64] | None:
    """The values (N,), NaN where missing, if all cells are known to be numbers that are exact."""
    found = []
    for one in (column,) if test is None else (column, test):
        kept = one.kept
        values = kept.numbers if isinstance(kept, Numerals) else floats(kept)
        if values is None:
            return None
        found.append(values + 0.0)
    return np.concatenate(found)


def _of_many(name: str, numbers: NDArray[np.float64], notes: list[str]) -> TaskKind | None:
    """Regression, where numbers (n,) are too many to be codes of classes."""
    distinct = different(numbers[~np.isnan(numbers)])
    if distinct <= CODES:
        return None
    notes.append(MANY.format(show(name, 40), distinct))
    return "regression"


def _check_values(name: str, numbers: NDArray[np.float64], main: int) -> None:
    for part, of in ((numbers[:main], ""), (numbers[main:], " of the test file")):
        _check_present(name, np.flatnonzero(np.isnan(part)), len(part), of)
    _check_spread(name, numbers[:main])


def _ask_gone(name: str, text: Coded) -> None:
    """Are cells that are missing in any other column a class of this one?"""
    gone = text.rows_of(cell for cell in text.levels if cell and cells.is_gone(cell))
    if len(gone):
        raise TargetError(
            f"target {show(name)} is {show(text.levels[text.codes[gone[0]]])} in"
            f" {count(len(gone), 'row')} (the first: row {gone[0] + 1:,}): a class, or missing?",
            "remove these rows if it is missing, or say --kind classification if it is a class",
        )


def guess_kind(name: str, distinct: set[str], is_text: bool, notes: list[str]) -> TaskKind:
    """Classification or regression, from the distinct values; `is_text`: of a frame's text.

    Raises:
        TargetError: it cannot be told; asks for --kind.
    """
    numbers = {c for c in distinct if cells.is_number(c) and not cells.CODE.fullmatch(c)}
    words = {c for c in distinct - numbers if not cells.is_missing(c)}
    if words and len(numbers) > FEW and len(numbers) >= MOSTLY * (len(numbers) + len(words)):
        raise TargetError(
            f"target {show(name)} holds numbers, but for {listed(sorted(words), 4)}",
            "correct these cells, or say --kind classification",
        )
    is_text = is_text and not (numbers and not words and _measured(numbers))
    if is_text or words or not numbers or any(map(cells.is_inexact, numbers)):
        notes.append(f"The target {show(name, 40)} is text: classification (guessed; --kind).")
        return "classification"
    values = {float(c) for c in numbers}
    if len(values) == 1 and len(distinct - numbers) == 0:
        raise TargetError(f"target {show(name)} is constant: {min(values):g}", OTHER)
    whole = all(v == int(v) for v in values)
    if whole and len(values) <= FEW:
        notes.append(
            f"The target {show(name, 40)} has {count(len(values), 'whole-number value')}:"
            " classification (guessed; --kind regression predicts them as numbers)."
        )
        return "classification"
    low, high = min(values), max(values)
    codes = len(values) <= CODES and low in (0, 1) and high - low + 1 <= 1.1 * len(values)
    if (whole and codes) or (not whole and len(values) <= FEW):
        raise TargetError(
            f"target {show(name)} has {len(values)} different numbers"
            f" ({listed(sorted(values), 4)}): classes, or values to predict?",
            "say --kind classification or --kind regression",
        )
    notes.append(MANY.format(show(name, 40), len(values)))
    return "regression"


def _measured(numbers: set[str]) -> bool:
    """Are these, though a frame has them as text, no codes of classes?"""
    return len(numbers) > CODES or any(float(c) % 1 for c in numbers)


def _values(name: str, text: Coded, of: str) -> NDArray[np.float64]:
    gone = text.rows_of(cell for cell in text.levels if cells.is_missing(cell))
    _check_present(name, gone, text.rows, of)
    bad = {c for c in text.levels if not cells.is_number(c) or cells.is_inexact(c)}
    if bad:
        row = int(text.rows_of(bad)[0])
        cell = text.levels[text.codes[row]]
        raise TargetError(
            f"target {show(name)}, row {row + 1:,}{of}: {show(cell)} is not a number float64 can"
            " hold",
            "correct the cell, or say --kind classification",
        )
    return np.array([float(c) + 0.0 for c in text.levels])[text.codes]


def _check_spread(name: str, values: NDArray[np.float64]) -> None:
    if (values == values[0]).all():
        raise TargetError(f"target {show(name)} is constant: {values[0]:g}", OTHER)
    low, high = float(values.min()), float(values.max())
    if max(abs(low), abs(high)) > LARGEST or high / 2 - low / 2 < 1 / LARGEST:
        raise TargetError(
            f"target {show(name)} runs from {low:g} to {high:g}: float64 cannot hold its squares",
            "give it in other units",
        )


def _check_present(name: str, missing: NDArray[np.int64], n: int, of: str) -> None:
    if len(missing):
        raise TargetError(
            f"target {show(name)} is missing in {count(len(missing), 'row')} of {n:,}{of}"
            f" (the first: row {missing[0] + 1:,})",
            "remove these rows, or fill the cells in",
        )


def _classes(
    name: str,
    text: Coded,
    later: Coded,
    merging: NDArray[np.int64] | None,
    notes: list[str],
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    _check_present(name, text.rows_of([""]), text.rows, "")
    sizes = _sizes(text)
    later = _match_test(name, later, sizes, notes)
    if len(sizes) > 1 and merging is not None:
        pairs = np.unique(np.stack([text.codes.astype(np.int64), merging]), axis=1)
        counts = np.bincount(pairs[0], minlength=len(text.levels)).tolist()
        rows = Counter(dict(zip(text.levels, counts, strict=True)))
        renamed = _merge(name, sizes, rows, notes)
        text, later = (one.rewritten(lambda c: renamed.get(c, c)) for one in (text, later))
        sizes = _sizes(text)
    _check_classes(name, sizes, notes)
    classes = sorted(sizes, key=_class_order)
    place = {c: i for i, c in enumerate(classes)}
    codes = [
        np.array([place[c] for c in one.levels], dtype=np.int64)[one.codes] for one in (text, later)
    ]
    return np.concatenate(codes), tuple(classes)


def _sizes(text: Coded) -> Counter[str]:
    """How many rows have each label, in the order of their first rows."""
    return Counter(dict(zip(text.levels, text.sizes.tolist(), strict=True)))


def _class_order(label: str) -> tuple[int, float, str]:
    """Numbers in their order, then text in its."""
    return (0, float(label), label) if cells.is_number(label) else (1, 0.0, label)


def _check_classes(name: str, sizes: Counter[str], notes: list[str]) -> None:
    if len(sizes) == 1:
        raise TargetError(
            f"target {show(name)} is constant: it has one class, {listed(sizes)}", OTHER
        )
    if len(sizes) > MAX_CLASSES:
        raise LimitError(
            f"target {show(name)} has {len(sizes):,} classes; the limit is {MAX_CLASSES:,}",
            "if these are numbers to predict, say --kind regression; else name another target",
        )
    single = [c for c, size in sizes.items() if size == 1]
    if single:
        merge = "say --merge-rare to merge rare classes into one, or remove these rows"
        raise TargetError(
            f"target {show(name)}: {len(single):,} of {len(sizes):,} classes have a single row:"
            f" {listed(sorted(single))}",
            merge
            if 2 * len(single) < len(sizes) or len(sizes) <= FEW
            else f"{OTHER}, as this one holds names or free text rather than classes",
        )
    words = sorted(c for c in sizes if cells.is_missing(c) or c.casefold() == "missing")
    if words:
        notes.append(f"Taken as a class of its own, not as a missing value: {listed(words)}.")


def _merge(
    name: str, sizes: Counter[str], different: Counter[str], notes: list[str]
) -> dict[str, str]:
    """New names for the classes below five different rows.

    Raises:
        TargetError: only one is, of a single row, so that there is none to merge it with.
    """
    merged = [label for label in sizes if different[label] < MERGE_BELOW]
    rows = sum(sizes[label] for label in merged)
    if len(merged) == 1 and different[merged[0]] == 1:
        single = "a single row" if rows == 1 else f"{rows:,} rows that belong together"
        raise TargetError(
            f"target {show(name)}: class {show(merged[0])} has {single}, and no other class has"
            f" fewer than {MERGE_BELOW}, so that --merge-rare has nothing to merge it with",
            f"remove the row{'s' * (rows > 1)}",
        )
    if len(merged) < 2:
        return {}
    into = "rare"
    while into in sizes and into not in merged:
        into += "_"
    notes.append(
        f"{len(merged)} rare classes of {show(name, 40)} were merged into {show(into)}"
        f" ({count(rows, 'row')}): {listed(sorted(merged))}."
    )
    return dict.fromkeys(merged, into)


def _match_test(name: str, later: Coded, sizes: Counter[str], notes: list[str]) -> Coded:
    """Labels of the test file as classes; a trailing dot on every one is taken off."""
    unseen = set(later.levels) - set(sizes)
    if unseen and all(c.endswith(".") and c[:-1] in sizes for c in later.levels):
        notes.append("The labels of the test file end in a dot, which was taken off.")
        return later.rewritten(lambda c: c[:-1])
    if unseen:
        _check_present(name, later.rows_of([""]), later.rows, " of the test file")
        raise TargetError(
            f"target {show(name)}: the test file has classes that the training file has not:"
            f" {listed(sorted(unseen))}",
            "remove these rows, or correct the labels",
        )
    return later
