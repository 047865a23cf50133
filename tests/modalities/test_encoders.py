"""Encoders are fitted once, and stored with the study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests import toys

import howdeep
from howdeep.base.nouns import Inputs
from howdeep.data.task import RowIndex, Task
from howdeep.modalities.table import encode
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import CODES, NUMBERS
from howdeep.nets import families
from howdeep.store import encoders as stored
from howdeep.store import older
from howdeep.store.study import Study
from howdeep.trainers.fused import encoded, seeding


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The encoding of each encoder that is fitted."""
    seen: list[str] = []
    fit = encode.fit

    def counted(task: Task, train: RowIndex, encoding: str = "") -> encode.Encoder:
        seen.append(encoding)
        return fit(task, train, encoding)

    monkeypatch.setattr(encode, "fit", counted)
    return seen


def test_a_study_fits_each_encoder_once(fits: list[str], tmp_path: Path) -> None:
    """One for each encoding and fold, up to the net that is handed over and what it predicts."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5))
    y = np.where(x[:, 0] * x[:, 1] > 0, "a", "b")
    small: dict[str, Any] = {"depths": (0, 1), "max_seeds": 2, "epsilon": 0.5, "jobs": 1}
    answer = howdeep.run(x, y=y, out=tmp_path / "s.study", rivals="plain,boosting", **small)
    assert len(answer.predict(x[:5])) == 5
    assert sorted(fits) == sorted(["table", "standard", "linear"] * 5)


def test_where_fewer_rows_train_they_are_fitted_for_these(fits: list[str]) -> None:
    plan, task = toys.begin(toys.task(900, folds=3), rows=300, max_seeds=2)
    assert len(fits) == 3 * 3  # of these rows alone: the size of the nets is told without a fit
    assert task.encoders["table"] == encoded.encoders(
        Task(**{**vars(task), "encoders": {}}), "table"
    )
    assert plan.cells[0].rung.inputs == encoded.inputs(task, task.encoders["table"])


@pytest.mark.parametrize("make", [toys.task, toys.image_task])
def test_stored_encoders_come_back_as_they_were(make: Any, tmp_path: Path) -> None:
    plan, task = toys.begin(make(600, folds=2), max_seeds=2, depths=(0, 1))
    assert task.encoders.keys() == set(task.encodings)
    with Study.create(tmp_path / "s.study", plan, task) as study:
        assert study.task().encoders == task.encoders
        assert study.task().samples.keys() == task.samples.keys()


def test_a_damaged_encoder_is_a_damaged_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, task = toys.begin(toys.task(400), max_seeds=2, depths=(0, 1))
    packed = stored.packed

    def damaged(task: Task) -> Any:
        floats, text = packed(task)
        return floats, text.replace('"low"', '"lower"')

    monkeypatch.setattr(stored, "packed", damaged)
    study = Study.create(tmp_path / "s.study", plan, task)
    with study, pytest.raises(howdeep.StudyError, match="its task is none"):
        study.task()


def test_a_column_means_the_same_in_every_fold() -> None:
    """A feature's columns are its own in all folds, whatever values and levels each fold has."""
    rng = np.random.default_rng(1)
    n = 240
    few = np.minimum(rng.geometric(0.3, n), 14).astype(float)  # some folds lack some of these
    few[[3, 50]] = np.nan
    rare = rng.choice(["a", "b", "c", "d", "e"], n, p=[0.5, 0.44, 0.02, 0.02, 0.02])
    columns: dict[str, Any] = {"few": few, "x": rng.normal(size=n), "rare": rare.astype(object)}
    y = np.where(columns["x"] + few > 4, "up", "down")
    task = make_task(to_table(columns, y=y), "target")
    for encoding in ("table", "linear", "standard"):
        fitted = encoded.encoders(task, encoding)
        inputs = encode.common(fitted, encoding)
        whole = [encode.transform(encoder, task.samples, inputs) for encoder in fitted]
        feature = {}
        for name, array, j in (("few", NUMBERS, 0), ("x", NUMBERS, 1), ("rare", CODES, 0)):
            moved = {key: value.copy() for key, value in task.samples.items()}
            moved[array][:, j] = np.roll(moved[array][:, j], 7)
            for x, encoder in zip(whole, fitted, strict=True):
                changed = (encode.transform(encoder, moved, inputs) != x).any(0)
                for k in np.flatnonzero(changed).tolist():
                    assert feature.setdefault(k, name) == name
        assert set(feature.values()) == {"few", "x", "rare"}
    widths = {encoder.inputs.columns for encoder in encoded.encoders(task)}
    assert len(widths) > 1, "the folds are to differ, or nothing was tested"


def test_padding_does_not_change_the_nets_that_are_drawn() -> None:
    """Where folds differ in the bins of a feature, the nets start as they would without them."""
    lean = toys.group(toys.task(), Inputs(12, 5, 5), blocks=2)
    padded = toys.group(toys.task(), Inputs(15, 5, 5, padding=3), blocks=2)
    resmlp = families.family("resmlp")
    for fold in (0, 2):
        first, then = (
            resmlp.init(group.net, seeding.init_generator(group, 0, fold))
            for group in (lean, padded)
        )
        assert torch.equal(then["stem.weight"][:12], first["stem.weight"])
        assert not then["stem.weight"][12:].any()
        for name in first.keys() - {"stem.weight"}:
            assert torch.equal(first[name], then[name])


def test_the_encoders_of_an_old_study_stay_as_they_were() -> None:
    """Fitted again as then: features one behind the other, with no room for other folds."""
    task = toys.task(400, folds=3)
    old = older.encoded(task)
    for fold, encoder in zip(task.folds, old.encoders["table"], strict=True):
        assert encoder == encode.fit(task, fold.train)
        assert encoder.shared == (0, 0)
