"""New rows are read as the training rows were: by `Answer.predict`, the command line and net.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import howdeep
from howdeep import cli

N = 300
SMALL = {"depths": "0,1", "max_seeds": 3, "epsilon": 0.1, "jobs": 1, "rivals": "none"}


def frame(seed: int = 0) -> pd.DataFrame:
    """Categories that are written in several ways; the label follows from three of them."""
    rng = np.random.default_rng(seed)
    dose = rng.choice([1.0, 1.5, 2.0, 2.5], N)
    ward = rng.integers(101, 104, N)
    job = rng.choice([" Private", " Gov"], N)
    flag = pd.array(rng.choice(["on", "off"], N), dtype="string")
    flag[::7] = pd.NA
    score = (dose > 1.6) + (ward == 102) * 1.0 + (job == " Gov")
    y = np.where(score + rng.normal(0, 0.1, N) > 1.2, "yes", "no")
    columns = {"dose": dose, "ward": pd.Categorical(ward), "job": job, "flag": flag, "y": y}
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = tmp_path_factory.mktemp("predict") / "s.study"
    options: dict[str, Any] = {**SMALL, "types": {"dose": "category"}}
    found = howdeep.run(frame(), "y", out=str(out), **options)
    assert found.dossier.plan.task.features == (
        ("dose", "category"),
        ("ward", "category"),
        ("job", "category"),
        ("flag", "category"),
    )
    return found


def by_net(answer: howdeep.Answer, code: str, *words: str) -> Any:
    """What `net.py` answers in a process without howdeep."""
    lines = "import sys, json; sys.modules['howdeep'] = None; sys.path.insert(0, sys.argv[1])\n"
    command = [sys.executable, "-c", lines + code, str(answer.path / "net"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_frame_of_training_is_predicted_without_a_word_and_well(
    answer: howdeep.Answer, recwarn: pytest.WarningsRecorder
) -> None:
    table = frame()
    assert np.mean(np.array(answer.predict(table)) == table["y"]) > 0.95
    assert not [w for w in recwarn if issubclass(w.category, UserWarning)]


def test_files_frames_and_the_net_alone_predict_alike(
    answer: howdeep.Answer, tmp_path: Path
) -> None:
    table = frame(seed=1)
    path = tmp_path / "new.csv"
    table.to_csv(path, index=False)
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(path)])
    assert done.exit_code == 0, done.output
    labels = answer.predict(table)
    assert [line.split(",")[0] for line in done.stdout.splitlines()[1:]] == labels
    code = "import pandas\nfrom net import load\n"
    code += "print(json.dumps(load().predict(pandas.read_csv(sys.argv[2]))))\n"
    assert by_net(answer, code, str(path)) == labels
    table["ward"] = table["ward"].astype(float)  # as a column with a missing cell is read
    table["job"] = table["job"].str.strip()
    assert answer.predict(table) == labels


def test_numbers_far_from_zero_keep_their_digits(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 2))
    y = 1.7e9 + 100 * x[:, 0] + 10 * rng.normal(size=N)
    found = howdeep.run(x, y=y, out=str(tmp_path / "s.study"), **(SMALL | {"epsilon": 0.3}))
    ours = np.array(found.predict(x))
    assert np.std(ours - y) < 50
    code = "from net import load\nimport numpy\nx = numpy.array(json.loads(sys.argv[2]))\n"
    code += "cells = {'column_1': x[:, 0], 'column_2': x[:, 1]}\n"
    code += "print(json.dumps(load().predict(cells)))\n"
    theirs = np.array(by_net(found, code, json.dumps(x.tolist())))
    assert np.abs(ours - theirs).max() < 1e-2


def test_an_array_of_named_columns_and_chosen_numbers_are_read_as_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 2))
    y = np.where(x[:, 0] > 0, "up", "down")
    test = (x[:50] + 0.01, y[:50])
    options: dict[str, Any] = {**SMALL, "out": str(tmp_path / "a.study"), "names": ["p", "q"]}
    named = howdeep.run(x, y=y, test=test, **options)
    assert named.dossier.plan.task.test_rows == 50
    assert np.mean(np.array(named.predict(x)) == y) > 0.9
    assert named.predict(x) == named.predict({"q": x[:, 1], "p": x[:, 0]})
    age = ["unknown" if i % 50 == 0 else str(a) for i, a in enumerate(x[:, 0])]
    rows = tmp_path / "age.csv"
    pd.DataFrame({"age": age, "b": x[:, 1], "y": y}).to_csv(rows, index=False)
    chosen = howdeep.run(str(rows), "y", out=str(tmp_path / "b.study"), types="age=number", **SMALL)
    done = CliRunner().invoke(cli.app, ["predict", str(chosen.path), str(rows)])
    assert done.exit_code == 0, done.output
    assert "'age': 6 cells no number, taken as missing" in done.output


def test_a_test_file_beside_a_frame_has_the_frame_s_types(tmp_path: Path) -> None:
    table = frame().drop(columns=["ward", "flag"]).assign(x=np.linspace(0, 1, N))
    path = tmp_path / "t.csv"
    table.iloc[:60].to_csv(path, index=False)
    table = table.iloc[60:]
    found = howdeep.run(table, "y", test=str(path), out=str(tmp_path / "s.study"), **SMALL)
    assert found.dossier.plan.task.test_rows == 60
    assert found.verdict.test_score is not None
    assert found.verdict.test_score.retrained.value > 0.8
    config = tmp_path / "c.toml"
    config.write_text(f'test = "{path}"\n')
    again = howdeep.run(table, "y", config=str(config), out=str(tmp_path / "c.study"), **SMALL)
    assert again.dossier.plan.task.test_rows == 60


@pytest.mark.parametrize(
    ("out", "error"), [(".", "is a folder"), ("no/where.csv", "no folder"), ("/", "is a folder")]
)
def test_where_predictions_cannot_go_is_said_first(
    answer: howdeep.Answer, out: str, error: str, tmp_path: Path
) -> None:
    path = tmp_path / "new.csv"
    frame().to_csv(path, index=False)
    command = [sys.executable, "-m", "howdeep", "predict", str(answer.path), str(path)]
    done = subprocess.run([*command, "--out", out], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert error in done.stderr
    path.unlink()
    kept = tmp_path / "kept.csv"
    kept.write_text("mine")
    done = subprocess.run(
        [*command, "--out", str(kept)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, kept.read_text()) == (2, "mine")
    assert "new.csv' does not exist" in done.stderr


def test_a_module_beside_the_data_is_not_run(tmp_path: Path) -> None:
    """Child processes take no modules from the current folder."""
    for name in ("json", "queue", "random"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')\n")
    frame().to_parquet(tmp_path / "t.parquet")
    words = "t.parquet --target y --depths 0,1 --max-seeds 2 --epsilon 0.5 --rivals none --jobs 2"
    code = "import sys; sys.path.pop(0); from howdeep.cli import main; main()"
    command = [sys.executable, "-c", code, "run", *words.split(), "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "hijacked" not in done.stderr
