"""`StoredScores`: the row scores that the judge compares, read from the study on disk."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base import limits
from howdeep.base.errors import StudyCorrupt
from howdeep.base.trials import Trial
from howdeep.data.scoring import constant_on, unit
from howdeep.data.task import Task
from howdeep.stats.layout import Layout
from howdeep.store.blobs import Arrays
from howdeep.store.study import Study

RowPart = Literal["select", "test", "net.test"]
Floats = NDArray[np.float64]


class StoredScores:
    """Row scores (n,) by trial and part; a file is verified each time that it is read.

    The first `limits.ROWS_KEPT_BYTES` of them stay in memory, and nothing is taken out again: the
    judge reads from the first seed on every time, so that what was read last is needed last.
    """

    def __init__(self, study: Study, task: Task | None = None) -> None:
        self._study = study
        self._task = task or study.task()
        self._kept: dict[tuple[str, str], NDArray[np.float32]] = {}
        # In one piece: many small ones between what passes through would tear the heap apart.
        self._room = np.empty(limits.ROWS_KEPT_BYTES // 4, dtype=np.float32)
        self._constant: dict[str, Floats] = {}

    def trial(self, trial: Trial, part: RowPart) -> Floats:
        """The row scores of one trial; those of the constant predictor where it was never trained.

        "test" is the mean over a trial's fold nets; "net.test" is the one of them that is kept.

        Raises:
            StudyCorrupt: the trial's arrays are damaged or do not hold this part.
        """
        if trial.failed:
            return self.constant(part)
        found = self._kept.get((trial.blob, part))
        if found is None:
            found = self._read(trial, part)
            if len(found) <= len(self._room):
                own, self._room = np.split(self._room, [len(found)])
                own[:] = found
                self._kept[trial.blob, part] = own
        return found.astype(np.float64)

    def constant(self, part: RowPart) -> Floats:
        """The row scores of the constant predictor."""
        if part not in self._constant:
            self._constant[part] = constant_on(self._task, part)
        return self._constant[part]

    def layout(self) -> Layout:
        """How the rows that are compared lie in folds, and what one of them counts."""
        folds = tuple(sum(len(view.score) for view in fold.views) for fold in self._task.folds)
        return Layout(folds, unit(self._task))

    def _read(self, trial: Trial, part: RowPart) -> NDArray[np.float32]:
        arrays = self._study.arrays(trial)
        self._check(trial, arrays)
        # A trial whose weights were not kept is nobody's candidate: its mean over folds stands in.
        found: NDArray[np.float32] = arrays[part if part in arrays else "test"]
        return found

    def _check(self, trial: Trial, arrays: Arrays) -> None:
        for part in ("select", "test"):
            wanted = self.constant(part).shape
            if part not in arrays or arrays[part].shape != wanted:
                raise StudyCorrupt(
                    f"{self._study.path}: trial {trial.key[:12]} has no row scores on {part!r} "
                    f"of shape {wanted}",
                    "restore the study from a copy, or begin a new one",
                )
