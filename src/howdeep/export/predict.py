"""New rows through a study's net: labels or numbers out."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from howdeep import modalities
from howdeep.base.errors import StudyNotFound
from howdeep.data.cells import NUMBER
from howdeep.data.task import Task
from howdeep.export.handover import HandedOver, handed_over, trial_of
from howdeep.modalities import New
from howdeep.store.study import Study

RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell as a formula


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
    """Labels or numbers, one a row; `chances` of the predicted class (empty for numbers); notes."""

    target: str
    values: list[str] | list[float]
    chances: list[float]
    notes: tuple[str, ...]
    row: str = "row"  # what one is called


def predict(study: Study, new: New) -> Predictions:
    """Send new rows through the net that the study hands over.

    Raises:
        InputError: they are not what the net was trained on: a column is missing or holds text
            where numbers were, images are of another shape, ...
        StudyNotFound: the study has no net to hand over.
    """
    net, task = net_of(study)
    found, notes = modalities.of(task.info).serve.samples(new.rows, task, net.reading)
    return _predicted(net, net.encode(found), (*new.notes, *notes))


def predict_file(study: Study, options: Any) -> tuple[Predictions, tuple[str, ...]]:
    """Predictions for `options.data`, a path; with them the rows' names, if they have any.

    Raises:
        InputError: what is wrong with the file, or that it is not what the net was trained on.
        StudyNotFound: the study has no net to hand over.
    """
    own = modalities.of(study.plan.task)
    modalities.refuse_foreign(options, own, f"the net was trained on {own.what}")
    task, known = study.task(), dict(study.plan.options)
    new = own.serve.new(options.data or "", options, task, known)
    return predict(study, new), new.names


def predict_rows(study: Study, data: Any) -> Predictions:
    """Predictions for data from Python, as `predict_file`."""
    serve = modalities.of(study.plan.task).serve
    return predict(study, serve.new_of(data, study.task(), dict(study.plan.options)))


def _predicted(net: HandedOver, x: Tensor, notes: tuple[str, ...]) -> Predictions:
    out, row = net.outputs(x), modalities.modality(net.modality).parting.row
    if not net.classes:
        values = (out[:, 0].astype(np.float64) * net.spread + net.shift).tolist()
        return Predictions(net.target, values, [], notes, row)
    shifted = np.exp(out - out.max(axis=1, keepdims=True), dtype=np.float64)
    probability = shifted / shifted.sum(axis=1, keepdims=True)
    best = out.argmax(axis=1)
    chances = np.take_along_axis(probability, best[:, None], axis=1)[:, 0].tolist()
    labels = [net.classes[i] for i in best.tolist()]
    return Predictions(net.target, labels, chances, notes, row)


def to_csv(found: Predictions, names: Sequence[str] = ()) -> str:
    """Predictions as CSV text, one line per row or named image, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = [found.row] * bool(names) + [_safe(found.target)]
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
