"""A study that names no depth still hands over a net, and says everywhere that it is for now."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bare import bare
from click.testing import CliRunner

import howdeep
from howdeep import cli
from howdeep.base.errors import StudyNotFound
from howdeep.store.study import Study

N = 240
RNG = np.random.default_rng(11)
X = RNG.normal(size=(N, 3))
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
Y = (X[:, 0] + X[:, 1] * X[:, 2] + RNG.normal(size=N) > 0).astype(int)
SMALL: dict[str, Any] = {"depths": "0,1,2", "max_seeds": 2, "max_steps": 200, "jobs": 1}
SMALL |= {"rivals": "none"}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = str(tmp_path_factory.mktemp("open") / "s.study")
    found = howdeep.run(FRAME, y=Y, out=out, epsilon=0.0001, **SMALL)
    assert found.verdict.status == "undetermined"
    return found


def test_the_answer_says_what_to_use_and_predicts_with_it(answer: howdeep.Answer) -> None:
    later = answer.verdict.provisional
    assert later is not None
    assert later.test_score is not None
    assert later.cell.name in repr(answer) or "linear model" in repr(answer)
    assert "Use " in repr(answer)
    assert " for now: no depth tried is shown to be better" in repr(answer)
    with pytest.warns(UserWarning, match=f"The net, {later.cell.name}, is provisional"):
        labels = answer.predict(FRAME)
    with Study.open(answer.path) as study:
        task, trials = study.task(), study.trials()
        test = task.test
        key = later.test_score.handed_over_trial
        assert next(t for t in trials if t.key == key).cell == later.cell.name
    right = np.mean(np.array(labels)[test] == Y[test])
    assert right == pytest.approx(later.test_score.handed_over.value)


def test_the_command_line_predicts_and_notes_it(answer: howdeep.Answer, tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "new.csv", index=False)
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(tmp_path / "new.csv")])
    assert done.exit_code == 0, done.output
    assert "is provisional: the verdict is 'undetermined'" in done.stderr
    assert len(done.stdout.splitlines()) == N + 1


def test_the_folder_marks_it(answer: howdeep.Answer) -> None:
    folder = answer.path / "net"
    assert json.loads((folder / "net.json").read_text())["provisional"] is True
    text = (folder / "README.md").read_text()
    assert "**Provisional.** The study has not named a depth (`undetermined`)" in text
    assert "below the best (95 % sure)" in text
    code = "rows = json.loads(sys.argv[2])\nprint(json.dumps(load().predict(rows)))\n"
    theirs = bare(folder, code, json.dumps(FRAME.to_dict("list")))
    with pytest.warns(UserWarning, match="provisional"):
        assert theirs == answer.predict(FRAME)


def test_result_and_page_have_it(answer: howdeep.Answer) -> None:
    told = json.loads((answer.path / "result.json").read_text())
    assert answer.verdict.provisional is not None
    assert told["verdict"]["provisional"]["below"] == answer.verdict.provisional.below
    assert told["verdict"]["provisional"]["test_score"]["handed_over"]["value"] > 0.5
    page = (answer.path / "report.html").read_text()
    assert "for now" in page
    assert "chosen after the fact" in page


def test_it_is_the_same_when_the_study_is_opened_again(answer: howdeep.Answer) -> None:
    again = howdeep.open_study(answer.path)
    assert again.verdict == answer.verdict


def test_a_ladder_that_is_too_short_hands_over_its_deepest(tmp_path: Path) -> None:
    x = RNG.uniform(-1, 1, size=(600, 2))
    y = np.sign(x[:, 0] * x[:, 1]) + 0.1 * RNG.normal(size=600)
    options = SMALL | {"depths": "0,1", "max_steps": 400, "family": "mlp", "max_seeds": 3}
    found = howdeep.run(x, y=y, out=str(tmp_path / "s.study"), epsilon=0.001, **options)
    assert found.verdict.status == "extend"
    assert found.verdict.provisional is not None
    assert found.verdict.provisional.cell.name == "mlp-1"
    with pytest.warns(UserWarning, match="The net, mlp-1, is provisional: the verdict is 'extend'"):
        assert len(found.predict(x)) == 600
    assert "the deepest that was tried" in (found.path / "net" / "README.md").read_text()


def test_a_study_stopped_before_any_look_hands_over_nothing(
    answer: howdeep.Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = replace(answer.verdict, provisional=None, looks=())
    monkeypatch.setattr(Study, "verdict", lambda self: none)
    with pytest.raises(StudyNotFound, match="hands over no net") as caught:
        answer.predict(FRAME)
    assert "no depth was compared yet: howdeep resume" in str(caught.value)
