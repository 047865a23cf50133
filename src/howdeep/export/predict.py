"""New rows through a study's net: a table in, labels or numbers out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import StudyNotFound, TableError
from howdeep.data.cells import NUMBER, is_missing, listed, show
from howdeep.data.table import Column, Table
from howdeep.data.task import Task
from howdeep.export.handover import HandedOver, handed_over, trial_of
from howdeep.store.study import Study

RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell as a formula


def net_of(study: Study) -> tuple[HandedOver, Task]:
    """The study's net and its task.

    Raises:
        StudyNotFound: the study has no verdict, or its verdict recommends no net.
    """
    verdict = study.verdict()
    if verdict is None:
        raise StudyNotFound(f"{study.path}: no verdict yet", f"howdeep resume {study.path}")
    task = study.task()
    trial = trial_of(study, verdict)
    net = handed_over(study, task, trial) if trial else None
    if net is None:
        raise StudyNotFound(
            f"{study.path}: the verdict is {verdict.status!r}, which recommends no net",
            "more seeds or rows may settle it; see the report",
        )
    return net, task


def predict(study: Study, table: Table) -> tuple[str, list[str] | list[float], list[float]]:
    """(target name, predictions, probabilities of the predicted class; empty for numbers).

    Raises:
        TableError: a column that the net needs is missing, or holds text where numbers were.
        StudyNotFound: the study has no net to hand over.
    """
    net, task = net_of(study)
    out = net.outputs(net.encode(*features(task, table)))
    if not net.classes:
        return net.target, (out[:, 0].astype(np.float64) * net.spread + net.shift).tolist(), []
    shifted = np.exp(out - out.max(axis=1, keepdims=True), dtype=np.float64)
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    best = out.argmax(axis=1)
    chances = np.take_along_axis(probability, best[:, None], axis=1)[:, 0].tolist()
    return net.target, [net.classes[i] for i in best.tolist()], chances


def features(task: Task, table: Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The table's columns as the task's numbers (N, p) and codes (N, q); others are ignored."""
    found = {column.name: column for column in table.columns}
    missing = [name for name in (*task.number_names, *task.code_names) if name not in found]
    if missing:
        raise TableError(
            f"{table.name}: the net needs columns that are not there: {listed(missing)}",
            "give them; an empty cell is a missing value",
        )
    numbers = [_numbers(table, found[name]) for name in task.number_names]
    codes = [
        _codes(found[name], levels)
        for name, levels in zip(task.code_names, task.levels, strict=True)
    ]
    n = table.rows
    return (
        np.stack(numbers, axis=1) if numbers else np.empty((n, 0)),
        np.stack(codes, axis=1) if codes else np.empty((n, 0), dtype=np.int64),
    )


def _numbers(table: Table, column: Column) -> NDArray[np.float64]:
    if column.values.dtype == np.float64:
        return column.values.astype(np.float64)
    out = np.empty(table.rows)
    for i, cell in enumerate(column.values):
        text = "" if cell is None else str(cell)
        if NUMBER.fullmatch(text):
            out[i] = float(text)
        elif is_missing(text):
            out[i] = np.nan
        else:
            raise TableError(
                f"{table.name}, column {show(column.name)}, row {i + 1}: {show(text)} is no number",
                "the net was trained on numbers there; correct the cell or empty it",
            )
    return out


def _codes(column: Column, levels: Sequence[str]) -> NDArray[np.int64]:
    """A level that the study never saw gets a code past all levels: all zeros when encoded."""
    place = {level: i for i, level in enumerate(levels)} | {"": -1}
    cells = ["" if cell is None or cell != cell else _label(cell) for cell in column.values]
    return np.array([place.get(cell, len(levels)) for cell in cells], dtype=np.int64)


def _label(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return str(cell)


def to_csv(target: str, predictions: Sequence[object], chances: Sequence[float], rows: int) -> str:
    """Predictions as CSV text, one row per input row, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe(target), "probability"] if chances else [_safe(target)])
    for i in range(rows):
        value = predictions[i]
        cell = _safe(value) if isinstance(value, str) else repr(value)
        writer.writerow([cell, f"{chances[i]:.4f}"] if chances else [cell])
    return out.getvalue()


def _safe(text: str) -> str:
    number = NUMBER.fullmatch(text) is not None
    return f"'{text}" if text.startswith(RISKY) and not number else text
