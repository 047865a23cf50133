"""A study too large for its allowance: smaller, and said; or refused with a way out that works."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from tests import toys

from howdeep import api
from howdeep.base.errors import LimitError
from howdeep.base.nouns import RateSearch
from howdeep.data.identity import counted, stamped
from howdeep.data.task import Task
from howdeep.modalities.image.samples import images_of
from howdeep.report.evidence import labelled
from howdeep.report.sentence import next_steps
from howdeep.route.options import parse_options
from howdeep.store.study import Study
from howdeep.trainers.fused import backends, encoded

FEW = stamped(counted(toys.image_task(300, side=32, channels=3, folds=5)))
TIGHT = 7.4e13


def test_what_gives_way_is_said() -> None:
    plan, task = toys.begin(FEW, allowance=TIGHT)
    assert plan.ladders[0].depths == (0, 1, 2, 4)
    assert (plan.looks, plan.folds, len(task.folds)) == ((3, 4), 2, 2)
    assert plan.flops_planned <= plan.allowance
    assert dict(plan.cuts).keys() == {"folds", "seeds", "depths", "extension"}
    assert "2 of 5 folds" in dict(plan.cuts)["folds"]
    assert "--rows all" in plan.cuts[0][1]
    plan, _ = toys.begin(FEW, allowance=2 * TIGHT)
    assert (plan.looks, plan.folds, plan.ladders[0].depths) == ((3, 5), 3, (0, 1, 2, 4))
    assert "Depths left out: 2 blocks of cnn, to stay" in dict(plan.cuts)["depths"]


def test_what_the_user_asked_for_stays() -> None:
    plan, _ = toys.begin(FEW, allowance=TIGHT, max_seeds=5)
    assert (plan.looks[-1], plan.ladders[0].depths) == (5, (0, 1, 2, 4))
    plan, _ = toys.begin(FEW, allowance=TIGHT, depths=(1, 2, 4, 8))
    assert plan.ladders[0].depths == (0, 1, 2, 4)
    assert "8 blocks of resnet" in dict(plan.cuts)["depths"]
    plan, _ = toys.begin(FEW, allowance=TIGHT, depths=(0, 1))
    assert plan.depths == (0, 1)
    plan, _ = toys.begin(FEW, allowance=TIGHT, family=("resnet", "resmlp"))
    assert {"resnet", "cnn", "resmlp", "mlp"} == set(plan.families)


def test_fewer_folds_are_counted_and_have_a_fingerprint_of_their_own() -> None:
    plan, task = toys.begin(FEW, allowance=TIGHT)
    assert plan.task == task.info
    assert task.info.fingerprint != FEW.info.fingerprint
    assert plan.task.select_rows == len(task.select) == dict(plan.task.rows)["folds"] == 96
    assert dict(plan.task.rows)["all"] == 300
    assert np.array_equal(task.test, FEW.test)


def test_a_study_that_cannot_answer_is_refused_with_ways_that_work() -> None:
    allowance, large = 1.55e13, toys.image_task(300, side=64, channels=3, folds=5)
    with pytest.raises(LimitError) as refused:
        toys.begin(large, allowance=allowance)
    assert "0, 1, 2 and 4 blocks" in refused.value.what
    assert re.search(r"about [\d.]+ (minutes|hours) on two cores", refused.value.what)
    size = re.search(r"--image-size (\d+)", refused.value.fix)
    assert size
    assert "--depths 0,1" in refused.value.fix
    assert "--rows all" in refused.value.fix
    small = toys.image_task(300, side=int(size[1]), channels=3, folds=5)
    assert toys.begin(small, allowance=allowance)[0].ladders[0].depths == (0, 1, 2, 4)
    assert toys.begin(large, allowance=allowance, depths=(0, 1))[0].depths == (0, 1)
    assert toys.begin(large, allowance=math.inf)[0].cuts == ()


def test_a_way_out_that_would_not_do_is_not_named() -> None:
    for task in (FEW, toys.task(300, folds=5)):
        with pytest.raises(LimitError) as refused:
            toys.begin(task, allowance=1e6)
        assert "--image-size" not in refused.value.fix
        assert "--depths" not in refused.value.fix
        assert "--rows all" in refused.value.fix


@pytest.fixture(scope="module")
def cut() -> Task:
    return toys.image_task(400, folds=5)


def test_a_study_of_fewer_folds_is_stored_trained_concluded_and_handed_over(
    cut: Task, tmp_path: Path
) -> None:
    small = {
        "family": ("resnet",),
        "depths": (1,),
        "width": 8,
        "max_steps": 40,
        "epsilon": 0.2,
        "search": RateSearch(tuning_seeds=1, grid=(-6, -5), zero_grid=(-6, -5), step=1),
    }
    whole = toys.begin(cut, **small)[0]  # type: ignore[arg-type]
    plan, task = toys.begin(cut, allowance=whole.flops_planned * 0.3, **small)  # type: ignore[arg-type]
    assert (whole.folds, plan.folds, plan.looks[-1]) == (5, 2, 3)
    with Study.create(tmp_path / "s", plan, task, platform=backends.platform()) as study:
        assert study.plan == plan
        kept = study.task()
        assert kept.info == task.info
        assert [len(fold.train) for fold in kept.folds] == [256, 256]
        answer = api.finish(study, parse_options({"jobs": 1, "quiet": True}))
        nets = [trial for trial in study.trials() if trial.stage == "main"]
    assert all(len(trial.steps) == 2 for trial in nets)
    assert answer.verdict.seeds in plan.looks
    assert any("2 of 5 folds" in text for _, text in labelled(answer.dossier))
    assert any("all" in command for command, _ in next_steps(answer.dossier))
    found = json.loads((tmp_path / "s" / "result.json").read_text())
    assert "2 of 5 folds" in found["plan"]["cuts"]["folds"]
    if answer.verdict.enough is not None:
        assert len(answer.predict(images_of(cut)[:5, :, :, 0])) == 5


def test_nets_of_fewer_folds_are_as_wide_as_those_need() -> None:
    whole = toys.task(200, columns=40, folds=5)
    plan, task = toys.begin(whole, allowance=toys.begin(whole)[0].flops_planned / 5)
    assert (plan.folds, plan.ladders[0].depths[:4]) == (2, (0, 1, 2, 4))
    assert {c.rung.inputs for c in plan.cells} == {encoded.inputs(task, encoded.encoders(task))}
