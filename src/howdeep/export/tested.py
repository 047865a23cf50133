"""The net that is handed over on its test rows: what it gets wrong there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.base.verdicts import Tested, Verdict
from howdeep.data.task import Task
from howdeep.export.handover import HandedOver, handed_over, trial_of
from howdeep.judge.tested import of_classes, of_numbers
from howdeep.store.study import Study

ROWS = 8192  # that are encoded at a time


def tested(study: Study, verdict: Verdict) -> Tested | None:
    """From the stored net and task, so that studies of any version have it.

    `None` where no net is handed over, or none of its rows were kept for a test.
    """
    trial = trial_of(study, verdict)
    if trial is None:
        return None
    task = study.task()
    net = handed_over(study, task, trial)
    if net is None or not len(task.test):
        return None
    out, true = _outputs(net, task), task.target[task.test]
    if not np.isfinite(out).all():
        return None
    if net.classes:
        codes = out.argmax(axis=1).astype(np.int64)
        return of_classes(true.astype(np.int64), codes, len(net.classes), verdict.confidence)
    said = out[:, 0].astype(np.float64) * net.spread + net.shift
    return of_numbers(true.astype(np.float64), said, verdict.confidence)


def _outputs(net: HandedOver, task: Task) -> NDArray[np.float32]:
    parts = np.split(task.test, range(ROWS, len(task.test), ROWS))
    found = []
    for rows in parts:
        samples = {name: array[rows] for name, array in task.samples.items()}
        found.append(net.outputs(net.encode(samples)))
    return np.concatenate(found)


tested.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name
