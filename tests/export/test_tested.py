"""The net handed over on its test rows: as `predict` answers them, from studies of any version."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import howdeep
from howdeep import api, cli
from howdeep.store.study import Study

SMALL: dict[str, Any] = {"max_seeds": 2, "max_steps": 200, "jobs": 1, "rivals": "none"}
SMALL |= {"epsilon": 0.4, "depths": "0,1"}
RNG = np.random.default_rng(5)
N = 400
FRAME = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"])
SUM = FRAME["a"] + FRAME["b"] * FRAME["c"] + 0.5 * RNG.normal(size=N)
TARGETS: dict[str, Any] = {
    "two": (SUM > 0).map({True: "yes", False: "no"}),
    "three": pd.cut(SUM, [-99, -1, 0.5, 99], labels=["low", "mid", "high"]).astype(str),
    "number": 1000 + 300 * SUM,
}


@pytest.fixture(scope="module", params=TARGETS)
def answer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = str(tmp_path_factory.mktemp("tested") / "s.study")
    return request.param, howdeep.run(FRAME, y=TARGETS[request.param], out=out, **SMALL)


def test_it_is_what_predict_says_of_the_test_rows(answer: tuple[str, howdeep.Answer]) -> None:
    name, found = answer
    tested = found.dossier.tested
    assert tested is not None
    with Study.open(found.path) as study:
        test = study.task().test
    said = np.asarray(found.predict(FRAME.iloc[test]))
    true = np.asarray(TARGETS[name].iloc[test])
    assert tested.rows == len(test)
    if name == "number":
        assert tested.errors is not None
        assert tested.errors.half.value == pytest.approx(np.median(np.abs(true - said)), rel=1e-4)
        rmse = dict(found.verdict.handed_over.extra)["RMSE"]  # type: ignore[union-attr]
        assert np.sqrt(np.mean(np.square(true - said))) == pytest.approx(rmse, rel=1e-4)
        return
    labels = found.dossier.plan.task.classes
    for label, one in zip(labels, tested.classes, strict=True):
        assert one.rows == np.sum(true == label)
        assert one.called == np.sum(said == label)
        assert one.right == np.sum((true == label) & (said == label))
    right = sum(one.right for one in tested.classes) / tested.rows
    if found.verdict.metric == "accuracy":
        assert right == pytest.approx(found.verdict.handed_over.handed_over.value)  # type: ignore[union-attr]


def test_page_terminal_and_result_have_it(answer: tuple[str, howdeep.Answer]) -> None:
    name, found = answer
    html = (found.path / "report.html").read_text(encoding="utf-8")
    result = json.loads((found.path / "result.json").read_text(encoding="utf-8"))
    seen = CliRunner().invoke(cli.app, ["report", str(found.path)]).output
    assert result["tested"]["rows"] == found.dossier.tested.rows  # type: ignore[union-attr]
    assert result["cost"]["nets"] > 0
    assert "Time and cost" in html
    assert "Time and cost" in seen
    if name == "number":
        assert "Residuals against prediction" in html
        assert "Errors on test rows" in seen
        assert result["tested"]["classes"] == []
        assert set(result["tested"]["errors"]) == {"half", "ninety", "bias"}
        return
    assert "What the net takes for what, on test rows" in html
    assert "By class, test rows" in seen
    assert result["tested"]["errors"] is None
    assert [one["label"] for one in result["tested"]["classes"]] == result["task"]["classes"]


def test_a_study_that_hands_over_nothing_is_silent(
    answer: tuple[str, howdeep.Answer], tmp_path: Path
) -> None:
    _, found = answer
    copy = tmp_path / "copy.study"
    shutil.copytree(found.path, copy)
    with Study.open(copy) as study:
        none = replace(found.verdict, test_score=None, provisional=None)
        assert api.told(study, none).tested is None
    assert found.dossier.tested is not None


def test_large_test_parts_are_encoded_in_pieces(
    answer: tuple[str, howdeep.Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from howdeep.export import tested

    _, found = answer
    monkeypatch.setattr(tested, "ROWS", 7)
    with Study.open(found.path) as study:
        again, whole = tested.tested(study, found.verdict), found.dossier.tested
    assert again is not None
    assert whole is not None
    assert (again.rows, again.classes, again.mistakes) == (
        whole.rows,
        whole.classes,
        whole.mistakes,
    )
    if whole.errors is not None:
        assert again.errors is not None
        # of other sizes of a product the last bits are others
        assert again.errors.half.value == pytest.approx(whole.errors.half.value, rel=1e-4)
        assert np.asarray(again.errors.points) == pytest.approx(
            np.asarray(whole.errors.points), rel=1e-3, abs=0.01
        )
