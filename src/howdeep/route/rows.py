"""`Rows`: the row scores that the judge compares, read from the study on disk."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import StudyCorrupt
from howdeep.base.trials import Trial
from howdeep.data.metrics import constant_on
from howdeep.data.task import Task
from howdeep.store.study import Study

Part = Literal["select", "test", "net.test"]
Scores = NDArray[np.float64]


class Rows:
    """Row scores (n,) by trial and part; each file is read and verified once."""

    def __init__(self, study: Study, task: Task | None = None) -> None:
        self._study = study
        self._task = task or study.task()
        self._by_blob: dict[tuple[str, str], NDArray[np.float32]] = {}
        self._constant: dict[str, Scores] = {}

    def trial(self, trial: Trial, part: Part) -> Scores:
        """The row scores of one trial; those of the constant predictor where it was never trained.

        "test" is the mean over a trial's fold nets; "net.test" is the one of them that is kept.

        Raises:
            StudyCorrupt: the trial's arrays are damaged or do not hold this part.
        """
        if trial.failed:
            return self.constant(part)
        if (trial.blob, part) not in self._by_blob:
            self._load(trial)
        return self._by_blob[trial.blob, part].astype(np.float64)

    def constant(self, part: Part) -> Scores:
        """The row scores of the constant predictor."""
        if part not in self._constant:
            self._constant[part] = constant_on(self._task, part)
        return self._constant[part]

    def _load(self, trial: Trial) -> None:
        arrays = self._study.arrays(trial)
        for part in ("select", "test"):
            wanted = self.constant(part).shape
            if part not in arrays or arrays[part].shape != wanted:
                raise StudyCorrupt(
                    f"{self._study.path}: trial {trial.key[:12]} has no row scores on {part!r} "
                    f"of shape {wanted}",
                    "restore the study from a copy, or begin a new one",
                )
            self._by_blob[trial.blob, part] = arrays[part]
        # A trial whose weights were not kept is nobody's candidate: its mean over folds stands in.
        self._by_blob[trial.blob, "net.test"] = arrays.get("net.test", arrays["test"])
