"""Trainers are found by name, and what fits a candidate follows from the candidate."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import howdeep
import toys
from howdeep import trainers
from howdeep.base import naming
from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Model
from howdeep.base.trials import Chosen, Group, Result, Trial
from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.modalities.table.samples import numbers_of
from howdeep.testing import check_trainer
from howdeep.trainers import Trainer


def test_rungs_are_nets_and_a_model_names_its_trainer() -> None:
    assert trainers.trainer_of(Model("boosting", 1, 9, 9, 1, 1, 1.0)).name == "classical"
    assert {own.name for own in trainers.offered().values()} == {"classical"}
    assert trainers.trainer(trainers.NETS).on_device


def test_an_unknown_trainer_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="trainer 'fuzed': there is none"):
        trainers.trainer_of(Model("a", 1, 9, 9, 1, 1, 1.0, trainer="fuzed"))


# ---- a trainer of one's own ---------------------------------------------------------------------
def fit(group: Group, task: Task, _data: object) -> tuple[Result, ...]:
    """The side of zero on which the first column lies."""
    outputs = np.stack([-numbers_of(task)[:, 0], numbers_of(task)[:, 0]], axis=1)
    fold = task.folds[0]
    scale = scoring.scale(task, fold.train)

    def scores(rows: np.ndarray) -> np.ndarray:
        return scoring.scorer(task, rows).contributions(outputs[rows], scale).astype(np.float32)

    select = np.concatenate([scores(v.score) for f in task.folds for v in f.views])
    trial = Trial(
        key=naming.trial_key(group, 0),
        group=naming.group_key(group),
        stage=group.stage,
        cell=group.cell,
        rung=group.rung,
        seed=0,
        rates=group.members[0].rates,
        val=(float(scores(fold.views[0].choose).mean()),) * len(task.folds),
        tie=(0.0,) * len(task.folds),
        floor=(0.5,) * len(task.folds),
        train=(None,) * len(task.folds),
        steps=(0,) * len(task.folds),
        best_step=(0,) * len(task.folds),
        capped=0,
        nonfinite=0,
        flops=0.0,
        chosen=(Chosen(0, 1, "at zero", "x > 0"),) * len(task.folds),
    )
    return (Result(trial, {"select": select, "test": scores(task.test)}),)


def models(
    task: Task, wanted: object, work: float | None, nets_flops: float
) -> tuple[tuple[Model, ...], trainers.Notes]:
    if work == 1.0:  # nanoseconds
        return (), ()
    rows = len(task.folds[0].train)
    one = Model("sign", 1, rows, 1, 1, 1, 1e6, trainer="toy", label="the sign of a column")
    return (one,), (("toy", "Nothing was left out of the sign"),)


TOY = Trainer("toy", fit, lambda: ("sign",), models=models)


@pytest.mark.parametrize("folds", [1, 3])
@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_classical_models_keep_to_what_is_relied_on(kind: str, folds: int) -> None:
    task = toys.task(rows=300, kind=kind, folds=folds)
    for model in ("plain", "neighbours"):
        check_trainer(trainers.trainer("classical"), task, model)


def test_a_trainer_of_ones_own_keeps_to_it() -> None:
    task = toys.task(rows=300)
    check_trainer(TOY, task, "sign")
    with pytest.raises(AssertionError, match="offers no plain"):
        check_trainer(TOY, task, "plain")
    forever = dataclasses.replace(TOY, models=lambda t, wanted, work, f: models(t, wanted, None, f))
    with pytest.raises(AssertionError, match="takes longer"):
        check_trainer(forever, task, "sign")


def test_a_trainer_of_ones_own_joins_a_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = trainers.trainer
    monkeypatch.setattr(trainers, "names", lambda: ("classical", "fused", "toy"))
    monkeypatch.setattr(trainers, "trainer", lambda name: TOY if name == "toy" else known(name))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    answer = howdeep.run(
        x,
        y=np.where(x[:, 0] > 0, "up", "down"),
        out=tmp_path / "a.study",
        rivals=("sign", "plain"),
        depths=(0, 1),
        max_seeds=2,
        max_steps=200,
        epsilon=0.1,
        jobs=1,
    )
    found = {rival.name: rival for rival in answer.verdict.rivals}
    assert set(found) == {"sign", "plain"}
    assert found["sign"].score == 1.0
    assert (found["sign"].settings, found["sign"].code) == ("at zero", "x > 0")
    assert dict(answer.dossier.plan.cuts)["toy"] == "Nothing was left out of the sign"


def test_what_is_not_installed_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = trainers.trainer
    absent = dataclasses.replace(TOY, missing=lambda name: "pip install toy")
    monkeypatch.setattr(trainers, "names", lambda: ("toy", "fused"))
    monkeypatch.setattr(trainers, "trainer", lambda name: absent if name == "toy" else known(name))
    assert trainers.models(toys.task(rows=200)) == ((), ())  # no default: it was not asked for
    with pytest.raises(ConfigError, match="sign: what it needs is not installed") as refused:
        trainers.models(toys.task(rows=200), ["sign"])
    assert refused.value.fix == "pip install toy"
