"""Weights, groups and times from the doors: what is parted, recorded, and not asked for again."""

from __future__ import annotations

import csv
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests import tiny

import howdeep
from howdeep import cli
from howdeep.base.errors import ConfigError, HowdeepError
from howdeep.base.nouns import Plan
from howdeep.data.task import Task
from howdeep.modalities.table import prepare
from howdeep.modalities.table.samples import names_of, numbers_of
from howdeep.route import session, tasks
from howdeep.route.options import parse_options

SMALL = {"depths": "0,1", "max_seeds": 2, "epsilon": 0.5, "family": "mlp", "rivals": "none"}


def plan_of(frame: pd.DataFrame, **options: Any) -> tuple[Plan, Task]:
    """The plan that `howdeep.run` makes of a frame, and the rows of every part."""
    chosen = parse_options({"target": "y", **SMALL, **options})
    return session.plan_of(tasks.handed_task(tasks.Handed(frame), chosen), chosen)


def frame(n: int, seed: int, **more: Any) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    y = np.where(a + b + rng.normal(size=n) > 0, "up", "down")
    return pd.DataFrame({"a": a, "b": b, **more, "y": y, "row": np.arange(n) + 0.25})


def rows_of(task: Task, part: np.ndarray) -> np.ndarray:
    """The rows of the frame that a part holds: a plan may have dropped and renumbered some."""
    return numbers_of(task)[part, names_of(task).numbers.index("row")].astype(int)


def held(task: Task) -> list[np.ndarray]:
    """Rows that choose, compare or test; each part once."""
    views = [view for fold in task.folds for view in fold.views]
    once = [view.score for view in views]
    once += [view.choose for view in views] if task.info.scheme == "holdout" else []
    return [rows_of(task, part) for part in (*once, task.test)]


# ---- groups -------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["folds", "holdout"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_rows_of_a_group_stay_in_one_part(scheme: str, data: st.DataObject) -> None:
    n = data.draw(st.sampled_from((200, 420, 700)))
    most = data.draw(st.sampled_from((2, 7, 12)))
    seed = data.draw(st.integers(0, 10**6))
    rows = data.draw(st.sampled_from((None, 150)))
    sizes = np.random.default_rng(seed).integers(1, most + 1, n)
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(n), sizes)[:n])
    with pytest.MonkeyPatch.context() as patch:
        most = 100 if scheme == "holdout" else 10_000
        patch.setattr(prepare, "PARTING", replace(prepare.PARTING, holdout_rows=most))
        table = frame(n, seed, who=[f"g{g}" for g in groups])
        plan, task = plan_of(table, groups="who", seed=seed, **({"rows": rows} if rows else {}))
    assert plan.task.scheme == scheme
    assert "who" not in dict(plan.task.features)
    parts = held(task)
    mine = [set(groups[part].tolist()) for part in parts]
    for i, one in enumerate(mine):
        assert not any(one & other for other in mine[i + 1 :])
    for fold in task.folds:
        train = set(groups[rows_of(task, fold.train)].tolist())
        own = np.concatenate([view.score for view in fold.views])
        own = own if scheme == "folds" else np.r_[own, fold.views[0].choose]
        assert not train & set(groups[rows_of(task, own)].tolist())
        assert not train & mine[-1]
        tune = [set(groups[rows_of(task, p)].tolist()) for p in (fold.tune_train, fold.tune_val)]
        assert not tune[0] & tune[1]


# ---- time ---------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(
    n=st.sampled_from((120, 400, 900)),
    each=st.sampled_from((1, 3, 10)),
    seed=st.integers(0, 10**6),
    grouped=st.booleans(),
    copies=st.booleans(),
)
def test_later_rows_are_compared_and_tested(
    n: int, each: int, seed: int, grouped: bool, copies: bool
) -> None:
    assume(n >= 40 * each)  # fewer groups of two days are refused: they cannot fill all parts
    rng = np.random.default_rng(seed)
    day = rng.permutation(np.arange(n) // each)
    when = [str(np.datetime64("2001-01-01") + int(d)) for d in day]
    table = frame(n, seed, when=when, who=[f"g{d // 2}" for d in day])
    if copies:
        table.loc[rng.integers(0, n, n // 3), ["a", "b"]] = table.loc[0, ["a", "b"]].to_numpy()
    more = {"groups": "who"} if grouped else {"types": "who=drop"}
    plan, task = plan_of(table, time="when", seed=seed, **more)
    assert plan.task.scheme == "holdout"
    assert plan.folds == 1
    (fold,) = task.folds
    (view,) = fold.views
    parts = [rows_of(task, part) for part in (fold.train, view.choose, view.score, task.test)]
    assert sum(map(len, parts)) == n
    for earlier, later in itertools.pairwise(parts):
        assert day[earlier].max() < day[later].min()


# ---- the doors ----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 patients of 5 rows, in the order of their days, with weights."""
    rng = np.random.default_rng(4)
    who = np.repeat(np.arange(60), 5)
    table = frame(300, 4).drop(columns="row")
    table.insert(2, "who", [f"p{w:02}" for w in who])
    table.insert(3, "w", rng.integers(1, 4, 300))
    table.insert(4, "day", [str(np.datetime64("2020-01-01") + int(w)) for w in who])
    path = tmp_path_factory.mktemp("sides") / "patients.csv"
    table.to_csv(path, index=False)
    return path


NAMED = {"weights": "w", "groups": "who", "time": "day"}


def test_files_configs_frames_and_arrays_make_one_task(patients: Path, tmp_path: Path) -> None:
    table = pd.read_csv(patients)
    config = tmp_path / "c.toml"
    config.write_text('weights = "w"\ngroups = "who"\ntime = "day"\n')
    said = {"data": str(patients), "target": "y"}
    bare = table.drop(columns=list(NAMED.values()))
    values = {name: table[column] for name, column in NAMED.items()}
    arrays = {name: column.to_numpy() for name, column in values.items()}
    lists = {name: column.tolist() for name, column in values.items()}
    made = [tasks.task_of(parse_options({**said, **NAMED}))]
    made.append(tasks.task_of(parse_options({**said, "config": str(config)})))
    for frame, sides in ((table, NAMED), (bare, values), (bare, arrays), (bare, lists)):
        chosen = parse_options({"target": "y", **sides})
        made.append(tasks.handed_task(tasks.Handed(frame), chosen))
    assert len({task.info.fingerprint for task in made}) == 1
    assert made[0].info.weighted
    with pytest.raises(ConfigError, match=r"groups: a file holds its own values\n.*groups='NAME'"):
        tasks.task_of(parse_options({**said, "groups": arrays["groups"]}))


@pytest.mark.parametrize("name", NAMED)
def test_each_of_them_is_in_the_fingerprint_and_in_the_record(name: str, patients: Path) -> None:
    drop = ",".join(f"{column}=drop" for column in NAMED.values())
    usual = {"data": str(patients), "target": "y", "types": drop, **SMALL}
    without = session.plan_of(tasks.task_of(parse_options(usual)), parse_options(usual))[0]
    said = parse_options({**usual, name: NAMED[name]})
    plan, _ = session.plan_of(tasks.task_of(said), said)
    assert plan.task.features == without.task.features
    assert plan.task.fingerprint != without.task.fingerprint
    assert dict(plan.options)[name] == NAMED[name]
    assert not set(NAMED) & set(dict(without.options))


def test_values_given_are_recorded_by_their_number(patients: Path) -> None:
    table = pd.read_csv(patients)
    plan, _ = plan_of(table.assign(row=0.5).drop(columns=["who"]), groups=table["who"].to_numpy())
    assert dict(plan.options)["groups"] == "300 values"


@pytest.mark.parametrize("data", ["mnist1d", "images"])
def test_only_tables_have_them(data: str, tmp_path: Path) -> None:
    if data == "images":
        (tmp_path / "images" / "a").mkdir(parents=True)
        data = str(tmp_path / "images")
    for name in NAMED:
        with pytest.raises(ConfigError, match=f"--{name}: "):
            tasks.task_of(parse_options({"data": data, name: "x"}))


@pytest.fixture(scope="module")
def study(patients: Path, tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = tmp_path_factory.mktemp("studies") / "sides.study"
    return howdeep.run(patients, "y", out=str(out), jobs=1, **NAMED, **SMALL)


def test_predict_asks_for_none_of_them_and_takes_them(
    study: howdeep.Answer, patients: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(patients).drop(columns="y")
    bare = table.drop(columns=list(NAMED.values()))
    odd = table.assign(who="", w="none", day="some day")
    wanted = study.predict(bare)
    assert study.predict(table) == study.predict(odd) == wanted
    for name, rows in (("bare", bare), ("all", table), ("odd", odd)):
        path = tmp_path / f"{name}.csv"
        rows.to_csv(path, index=False)
        done = CliRunner().invoke(cli.app, ["predict", str(study.path), str(path)])
        assert done.exit_code == 0, done.output
        assert [line[0] for line in csv.reader(done.stdout.splitlines()[1:])] == wanted
    found = json.loads((study.path / "result.json").read_text())
    assert {name: found["plan"]["options"][name] for name in NAMED} == NAMED


def test_arrays_of_named_columns_are_predicted_with_and_without_them(
    patients: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(patients)
    x, y = table[["a", "w", "b"]].to_numpy(), table["y"].to_numpy()
    out = str(tmp_path / "arrays.study")
    answer = howdeep.run(x, y=y, names=["a", "w", "b"], weights="w", out=out, jobs=1, **SMALL)
    assert answer.predict(x) == answer.predict(x[:, [0, 2]])


def test_a_study_goes_on_where_they_are_the_same_and_nowhere_else(
    study: howdeep.Answer, patients: Path
) -> None:
    again = howdeep.run(patients, "y", out=str(study.path), jobs=1, **NAMED, **SMALL)
    assert again.verdict.digest == study.verdict.digest
    others = {name: column for name, column in NAMED.items() if name != "weights"}
    with pytest.raises(HowdeepError, match=r"--weights: w, now not given"):
        howdeep.run(patients, "y", out=str(study.path), jobs=1, **others, **SMALL)
    resumed = CliRunner().invoke(cli.app, ["resume", str(study.path), "--jobs", "1", "--quiet"])
    assert resumed.exit_code == 0, resumed.output


def test_a_hint_is_printed_before_anything_trains(tmp_path: Path) -> None:
    who = np.repeat(np.arange(40), 8)
    label = np.random.default_rng(0).integers(0, 2, 40)
    table = frame(320, 0, who=who).assign(y=np.array(["no", "yes"])[label[who]])
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    done = CliRunner().invoke(cli.app, ["run", str(path), "--target", "y", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "--groups who compares and tests" in done.stderr
    with pytest.warns(UserWarning, match="--groups who"):
        howdeep.run(table, "y", out=str(tmp_path / "t.study"), jobs=1, **SMALL)


# ---- studies that name none of them -------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "fingerprint"),
    [
        ({}, "2a6dd2aed0a3f816"),
        ({"test": "u.csv", "types": "colour=drop"}, "dd9447757eb64269"),
        (
            {"depths": "0,1", "rows": "200", "seed": 3, "metric": "log_loss", "sep": ","},
            "63d9a45314a62a10",
        ),
    ],
)
def test_a_study_that_names_none_has_the_fingerprint_that_it_had(
    options: dict[str, Any], fingerprint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.table(Path("t.csv"), 300)
    lines = tiny.table(Path("v.csv"), 360).read_text().splitlines()
    Path("u.csv").write_text("\n".join([lines[0], *lines[301:]]) + "\n")  # no row of t.csv
    said = parse_options({"data": "t.csv", "target": "y", "max_seeds": 4, **options})
    plan, _ = session.plan_of(tasks.task_of(said), said)
    assert plan.task.fingerprint.startswith(fingerprint)
