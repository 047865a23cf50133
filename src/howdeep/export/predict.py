"""New rows through a study's net: labels or numbers out."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from howdeep import modalities
from howdeep.base.errors import StudyNotFound
from howdeep.base.verdicts import Verdict
from howdeep.data.cells import NUMBER
from howdeep.data.task import Task
from howdeep.export.door import Labels, probabilities, typed_labels
from howdeep.export.handover import HandedOver, handed_over, trial_of
from howdeep.modalities import New
from howdeep.route.answer import verdict_of
from howdeep.store.study import Study

RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell as a formula


def net_of(study: Study) -> tuple[HandedOver, Task, Verdict]:
    """The study's net, its task and its verdict.

    Raises:
        StudyNotFound: the study has no verdict, or its verdict hands over no net.
    """
    verdict = verdict_of(study)
    if verdict is None:
        raise StudyNotFound(
            f"{study.path}: no verdict yet", f"howdeep resume {shlex.quote(str(study.path))}"
        )
    task = study.task()
    trial = trial_of(study, verdict)
    net = handed_over(study, task, trial) if trial else None
    if net is None:
        fix = "more seeds or rows may settle it; see the report"
        if not verdict.looks:
            fix = f"no depth was compared yet: howdeep resume {shlex.quote(str(study.path))}"
        if verdict.status == "nothing_learnt":
            fix = "no net was shown to beat guessing; see the report"
        raise StudyNotFound(
            f"{study.path}: the verdict is {verdict.status!r}, which hands over no net", fix
        )
    return net, task, verdict


@dataclass(frozen=True)
class Predictions:
    """Labels of the target's type or numbers, one a row, and what is to be said of them.

    Of classes also their names, the number of each row's, and all probabilities (N, classes).
    """

    target: str
    values: list[Any]
    notes: tuple[str, ...]
    row: str = "row"  # what one is called
    classes: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    probabilities: NDArray[np.float64] | None = None


def predict(study: Study, new: New) -> Predictions:
    """Send new rows through the net that the study hands over.

    Raises:
        InputError: they are not what the net was trained on: a column is missing or holds text
            where numbers were, images are of another shape, ...
        StudyNotFound: the study has no net to hand over.
    """
    net, task, verdict = net_of(study)
    found, notes = modalities.of(task.info).serve.samples(new.rows, task, net.reading)
    return _predicted(net, net.encode(found), (*_for_now(verdict), *new.notes, *notes))


def _for_now(verdict: Verdict) -> tuple[str, ...]:
    """That the net is provisional, where it is."""
    if verdict.provisional is None:
        return ()
    name = verdict.provisional.cell.name
    return (f"The net, {name}, is provisional: the verdict is {verdict.status!r}.",)


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
        return Predictions(net.target, values, notes, row)
    codes, labels = out.argmax(axis=1).tolist(), typed_labels(net.classes, net.labels)
    found, shares = Labels(labels[i] for i in codes), probabilities(out)
    return Predictions(net.target, found, notes, row, net.classes, tuple(codes), shares)


def to_csv(found: Predictions, names: Sequence[str] = ()) -> str:
    """Predictions as CSV text, one line per row or named image, safe to open in a spreadsheet.

    Of classes the predicted one with its probability, and then the probabilities of all.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = [found.row] * bool(names) + [_safe(found.target)]
    shares = found.probabilities
    if shares is not None:
        heads += ["probability", *(f"probability {label}" for label in found.classes)]
    writer.writerow(heads)
    for i, value in enumerate(found.values):
        cells = [_safe(names[i])] if names else []
        if shares is None:
            writer.writerow([*cells, repr(value)])
            continue
        code, row = found.codes[i], [f"{share:.4f}" for share in shares[i].tolist()]
        writer.writerow([*cells, _safe(found.classes[code]), row[code], *row])
    return out.getvalue()


def _safe(text: str) -> str:
    # Not by `number.number`: what a spreadsheet reads as a number is safe, however large it is.
    number = NUMBER.fullmatch(text) is not None
    return f"'{text}" if text.startswith(RISKY) and len(text) > 1 and not number else text
