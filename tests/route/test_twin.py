"""Real nets with planted scores: those as large as the answer are trained, and resume alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests import toys

from howdeep.base.events import Finished, GroupDone
from howdeep.base.nouns import Plan, RateSearch
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Standing, Verdict
from howdeep.data.identity import counted, stamped
from howdeep.data.task import Task
from howdeep.executors.here import Here
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.judge.row_scores import RowPart, RowScores
from howdeep.route.drive import drive
from howdeep.stats.layout import Layout
from howdeep.store.study import Study
from howdeep.trainers.fused import backends

BONUS = {0: 0.0, 1: 10.0, 2: 20.0, 4: 30.0, 6: 30.0}  # by blocks: what four of them reach


class Planted:
    """Scores of real nets, to which their depth adds far more than training does."""

    def __init__(self, rows: RowScores) -> None:
        self.rows = rows

    def trial(self, trial: Trial, part: RowPart) -> np.ndarray:
        return self.rows.trial(trial, part) + BONUS[trial.rung.blocks]

    def constant(self, part: RowPart) -> np.ndarray:
        return self.rows.constant(part)

    def layout(self) -> Layout:
        return self.rows.layout()


def _look(plan: Plan, trials: Sequence[Trial], rows: RowScores) -> Standing:
    return look(plan, trials, Planted(rows))


def _conclude(plan: Plan, trials: Sequence[Trial], rows: RowScores, **said: object) -> Verdict:
    return conclude(plan, trials, Planted(rows), **said)  # type: ignore[arg-type]


def begun(family: str) -> tuple[Plan, Task]:
    """A study of 0 to 6 blocks, each net trained for a moment."""
    images = family == "resnet"
    task = toys.image_task(120, side=8) if images else toys.task(400)
    return toys.begin(
        stamped(counted(task)),
        family=(family,),
        depths=tuple(BONUS),
        width=32 if images else 16,
        max_seeds=3,
        max_steps=20,
        epsilon=2.0,
        search=RateSearch(tuning_seeds=1, grid=(-8, -7), zero_grid=(-8, -7), lowest=-8, highest=-7),
    )


def ended(path: Path, plan: Plan, task: Task, groups: int = 1_000) -> tuple[Verdict, list[Trial]]:
    """Verdict and trials of a study that is left alone after every so many groups."""
    with Study.create(path, plan, task, platform=backends.platform()) as study:
        while True:
            going = drive(study, Here(), _look, _conclude)
            left = groups
            for event in going:
                if isinstance(event, Finished):
                    return event.verdict, list(study.trials())
                left -= isinstance(event, GroupDone)
                if not left:
                    break
            going.close()


@pytest.mark.parametrize("family", ["resmlp", "resnet"])
def test_control_and_twin_are_trained_and_a_resumed_study_decides_alike(
    family: str, tmp_path: Path
) -> None:
    plan, task = begun(family)
    verdict, trials = ended(tmp_path / "whole", plan, task)
    assert (verdict.status, verdict.blocks) == ("recommended", 4)
    assert verdict.control is not None, verdict.control_why
    assert verdict.twin is not None, verdict.twin_why
    for found, blocks in ((verdict.control, 2), (verdict.twin, 1)):
        assert (found.rival.blocks, found.says, found.seeds) == (blocks, "depth", 3)
        assert abs(found.parameters_ratio - 1) <= 0.02
        nets = [t for t in trials if t.stage == "control" and t.rung.blocks == blocks]
        assert [t.rung.width for t in nets] == [found.rival.width] * 3
    assert ended(tmp_path / "resumed", plan, task, groups=7)[0] == verdict
