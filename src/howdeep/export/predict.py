"""New rows through a study's net: a table in, labels or numbers out."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from howdeep.base.errors import ImageError, StudyNotFound, TableError
from howdeep.data.cells import NUMBER, count, listed, nearest, show
from howdeep.data.matching import label, match
from howdeep.data.table import Column, Table
from howdeep.data.task import Task
from howdeep.data.typed import as_numbers
from howdeep.export.handover import HandedOver, Reading, handed_over, trial_of
from howdeep.store.study import Study

RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell as a formula


IMAGES = "give images as the study had them: a folder, an IDX file or an array of bytes"


def net_of(study: Study) -> tuple[HandedOver, Task]:
    """The study's net and its task.

    Raises:
        StudyNotFound: the study has no verdict, or its verdict recommends no net.
    """
    verdict = study.verdict()
    if verdict is None:
        raise StudyNotFound(
            f"{study.path}: no verdict yet", f"howdeep resume {shlex.quote(str(study.path))}"
        )
    task = study.task()
    trial = trial_of(study, verdict)
    net = handed_over(study, task, trial) if trial else None
    if net is None:
        fix = "more seeds or rows may settle it; see the report"
        if verdict.status == "nothing_learnt":
            fix = "no net was shown to beat guessing; see the report"
        raise StudyNotFound(
            f"{study.path}: the verdict is {verdict.status!r}, which recommends no net", fix
        )
    return net, task


@dataclass(frozen=True)
class Predictions:
    """Labels or numbers, one a row; `chances` of the foretold class (empty for numbers); notes."""

    target: str
    values: list[str] | list[float]
    chances: list[float]
    notes: tuple[str, ...]


def predict(study: Study, table: Table) -> Predictions:
    """Send the rows of a table through the net that the study hands over.

    Raises:
        TableError: a column that the net needs is missing, holds text where numbers were, or
            none of the categories that it knows.
        StudyNotFound: the study has no net to hand over.
    """
    net, task = net_of(study)
    if task.images is not None:
        raise TableError(f"{table.name} is a table: the net was trained on images", IMAGES)
    numbers, codes, notes = features(task, table, net.reading)
    return _foretold(net, net.encode(numbers, codes), notes)


def predict_images(study: Study, images: NDArray[np.uint8]) -> Predictions:
    """Send images (N, H, W, C), bytes of the trained shape, through the study's net.

    Raises:
        ImageError: another shape, or the study is one of tables.
        StudyNotFound: the study has no net to hand over.
    """
    net, task = net_of(study)
    if task.images is None:
        raise ImageError("images were given: the net was trained on a table", "give a table")
    if images.dtype != np.uint8 or images.shape[1:] != task.info.shape:
        what = f"images of shape {images.shape[1:]} ({images.dtype})"
        raise ImageError(f"{what}: the net takes bytes of shape {task.info.shape}", IMAGES)
    return _foretold(net, net.encode_images(images), ())


def _foretold(net: HandedOver, x: Tensor, notes: tuple[str, ...]) -> Predictions:
    out = net.outputs(x)
    if not net.classes:
        values = (out[:, 0].astype(np.float64) * net.spread + net.shift).tolist()
        return Predictions(net.target, values, [], notes)
    shifted = np.exp(out - out.max(axis=1, keepdims=True), dtype=np.float64)
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    best = out.argmax(axis=1)
    chances = np.take_along_axis(probability, best[:, None], axis=1)[:, 0].tolist()
    return Predictions(net.target, [net.classes[i] for i in best.tolist()], chances, notes)


def features(
    task: Task, table: Table, reading: Reading
) -> tuple[NDArray[np.float64], NDArray[np.int64], tuple[str, ...]]:
    """The table's columns as the task's numbers (N, p) and codes (N, q), and what to say of them.

    Columns that the net does not know are ignored.
    """
    found = {column.name: column for column in table.columns}
    missing = [name for name in (*task.number_names, *task.code_names) if name not in found]
    if missing:
        raise TableError(
            f"{table.name}: the net needs columns that are not there: {listed(missing)}",
            f"give them (the nearest to {show(missing[0])} are {_near(missing[0], found)}); "
            "an empty cell is a missing value",
        )
    read = [_numbers(table, found[name], reading) for name in task.number_names]
    numbers = [values for values, _ in read]
    pairs = zip(task.code_names, task.levels, strict=True)
    codes = [_codes(table, found[name], levels) for name, levels in pairs]
    n = table.rows
    return (
        np.stack(numbers, axis=1) if numbers else np.empty((n, 0)),
        np.stack([c for c, _ in codes], axis=1) if codes else np.empty((n, 0), dtype=np.int64),
        tuple(note for _, note in (*read, *codes) if note),
    )


def _near(name: str, found: Iterable[str]) -> str:
    return listed(nearest(name, tuple(found), 3))


def _numbers(table: Table, column: Column, reading: Reading) -> tuple[NDArray[np.float64], str]:
    """Values (N,), and a sentence where text was taken as missing, as in training."""
    cells = column.values
    out, odd = as_numbers(cells, reading.infinite_is_missing)
    if not len(odd):
        return out, ""
    if column.name not in reading.text_is_missing:
        row = int(odd[0])
        raise TableError(
            f"{table.name}, column {show(column.name)}, row {row + 1}: {show(cells[row])} is no"
            " number",
            "the net was trained on numbers there; correct the cell or empty it",
        )
    return (
        out,
        f"column {show(column.name)}: {count(len(odd), 'cell')} no number, taken as missing.",
    )


def _codes(table: Table, column: Column, levels: Sequence[str]) -> tuple[NDArray[np.int64], str]:
    """Codes (N,), and a sentence where some cells are no known level (`matching.match`).

    A level that the study never saw gets a code past all levels: all zeros when encoded.
    """
    cells = [label(cell) for cell in column.values.tolist()]
    new = len(levels)
    codes = match(cells, {level: i for i, level in enumerate(levels)}, new)
    strange = dict.fromkeys(c for c, code in zip(cells, codes, strict=True) if code == new)
    if not strange:
        return np.array(codes, dtype=np.int64), ""
    rows = codes.count(new)
    what = f"column {show(column.name)}: {listed(strange, 3)} {'was' if rows == 1 else 'were'}"
    if rows == sum(c != "" for c in cells) and len(cells) > 1:
        raise TableError(
            f"{table.name}, {what} never seen in training, nor was any other of its cells",
            f"write them as there: {listed(levels, 4)}; empty cells are missing values",
        )
    return np.array(codes, dtype=np.int64), f"{what} not seen in training ({rows:,} rows)."


def to_csv(found: Predictions, names: Sequence[str] = ()) -> str:
    """Predictions as CSV text, one line per row or named image, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = ["image"] * bool(names) + [_safe(found.target)]
    writer.writerow([*heads, "probability"] if found.chances else heads)
    for i, value in enumerate(found.values):
        cells = [_safe(names[i])] if names else []
        cells.append(_safe(value) if isinstance(value, str) else repr(value))
        writer.writerow([*cells, f"{found.chances[i]:.4f}"] if found.chances else cells)
    return out.getvalue()


def _safe(text: str) -> str:
    # Not by `number.number`: what a spreadsheet reads as a number is safe, however large it is.
    number = NUMBER.fullmatch(text) is not None
    return f"'{text}" if text.startswith(RISKY) and len(text) > 1 and not number else text
