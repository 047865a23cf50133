"""The columns of new rows are those of training, by name; nothing is matched by made-up names."""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

import howdeep
from howdeep import cli
from howdeep.base.errors import TableError
from howdeep.data.headers import NoColumns, match_names

N = 200
ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
SMALL: dict[str, Any] = {
    "depths": "0,1",
    "max_seeds": 2,
    "max_steps": 200,
    "epsilon": 0.5,
    "jobs": 1,
    "rivals": "none",
}


def rows(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 3)).round(3)
    y = np.where(x[:, 0] > 0, "hi", "lo")
    return pd.DataFrame({"kind": y, "Sepal Length": x[:, 0], "b": x[:, 1], "c": x[:, 2]})


@pytest.fixture(scope="module")
def headless(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    folder = tmp_path_factory.mktemp("headless")
    rows().to_csv(folder / "t.csv", index=False, header=False)
    out = str(folder / "s.study")
    return howdeep.run(str(folder / "t.csv"), target="1", header=False, out=out, **SMALL)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = str(tmp_path_factory.mktemp("named") / "s.study")
    return howdeep.run(rows(), "kind", out=out, **SMALL)


def ran(answer: howdeep.Answer, table: pd.DataFrame, folder: Path, *words: str, **how: Any) -> Any:
    """`howdeep predict` of a file of these rows."""
    table.to_csv(folder / "new.csv", index=False, **how)
    return CliRunner().invoke(
        cli.app, ["predict", str(answer.path), str(folder / "new.csv"), *words]
    )


def labels(done: Any) -> list[str]:
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return [line.split(",")[0] for line in done.stdout.splitlines()[1:]]


def bare(folder: Path) -> Any:
    """The net of a folder, by the code that is handed over."""
    spec = importlib.util.spec_from_file_location(f"net_{id(folder)}", folder / "net.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module.load()


# ---- tables without names -----------------------------------------------------------------------
@pytest.mark.parametrize("take", [[1, 2, 3], [0, 1, 2], [0, 1, 2, 3, 1], [1]])
def test_another_number_of_columns_without_names_is_refused(
    headless: howdeep.Answer, tmp_path: Path, take: list[int]
) -> None:
    done = ran(headless, rows(1).iloc[:, take], tmp_path, "--no-header", header=False)
    assert isinstance(done.exception, TableError) or done.exit_code == 2
    frame = pl.DataFrame({f"column_{j}": rows(1).iloc[:, k] for j, k in enumerate(take, 1)})
    with pytest.raises(TableError, match=f"{len(take)} columns without names came, and training"):
        headless.predict(frame)
    with pytest.raises(TableError, match="training had 4, of which column_1 was the target"):
        headless.predict(rows(1).iloc[:, take].to_numpy())
    net = bare(headless.path / "net")
    with pytest.raises(ValueError, match="training had 4, of which column_1 was the target"):
        net.predict(frame)


def test_all_columns_without_names_or_names_for_fewer_are_read(
    headless: howdeep.Answer, tmp_path: Path
) -> None:
    new = rows(1)
    done = ran(headless, new, tmp_path, "--no-header", header=False)
    whole = labels(done)
    assert np.mean(np.array(whole) == new["kind"]) > 0.9
    assert "'column_1' is what the net predicts, and was not looked at" in done.output
    names = "column_2,column_3,column_4"
    fewer = new.drop(columns="kind")
    refused = ran(headless, fewer, tmp_path, "--no-header", header=False)
    assert refused.exit_code == 2 or f"--names {names}" in str(refused.exception)
    assert labels(ran(headless, fewer, tmp_path, "--names", names, header=False)) == whole
    cells = {f"column_{j + 1}": new.iloc[:, j].to_numpy() for j in (1, 2, 3)}
    assert headless.predict(cells) == whole
    assert bare(headless.path / "net").predict(cells) == whole


@pytest.mark.parametrize("start", ["", "column_"])
def test_names_that_a_frame_library_made_up_are_none(tmp_path: Path, start: str) -> None:
    new = rows()
    new.columns = [f"{start}{j}" for j in range(4)]
    answer = howdeep.run(new, f"{start}0", out=str(tmp_path / "s.study"), **SMALL)
    fewer = new.iloc[:, 1:]
    shifted = fewer.set_axis([f"{start}{j}" for j in range(3)], axis=1)
    with pytest.raises(TableError, match=f"training had 4, of which {start}0 was the target"):
        answer.predict(shifted)
    counted = f"as training counted them: {start}1,{start}2"
    with pytest.raises(ValueError, match=counted):
        bare(answer.path / "net").predict(shifted)
    named = {str(name): column for name, column in fewer.items()}
    assert answer.predict(named) == answer.predict(new) == bare(answer.path / "net").predict(named)


def test_an_array_of_more_or_fewer_columns_than_in_training_is_refused(tmp_path: Path) -> None:
    new = rows()
    x, y = new.iloc[:, 1:].to_numpy(), new["kind"].to_numpy()
    answer = howdeep.run(x, y=y, out=str(tmp_path / "s.study"), **SMALL)
    assert np.mean(np.array(answer.predict(x)) == y) > 0.9
    for other in (x[:, :2], np.column_stack([np.arange(N), x])):
        with pytest.raises(TableError, match=f"{other.shape[1]} columns without names came"):
            answer.predict(other)


def test_the_case_of_the_class_that_stood_first(tmp_path: Path) -> None:
    cases = ROOT.parent / "cases"
    if not cases.exists():
        pytest.skip("there is no folder of cases next to HOWDEEP_TEST_DATA")
    out, file = str(tmp_path / "s.study"), str(cases / "noheader_class_first.csv")
    answer = howdeep.run(file, target="1", header=False, out=out, **SMALL)
    new = str(cases / "noheader_new_without_class.csv")
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), new, "--no-header"])
    assert done.exit_code != 0
    assert "3 columns without names came, and training had 4" in done.output + str(done.exception)


# ---- names that differ a little -----------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["sepal length", " SEPAL  LENGTH ", "SepalLength", "Sepal\u200b Length"]
)
def test_case_and_blanks_of_a_name_do_not_count_where_nothing_else_fits(
    named: howdeep.Answer, tmp_path: Path, name: str
) -> None:
    new = rows(1)
    other = new.rename(columns={"Sepal Length": name, "b": "B"})
    done = ran(named, other, tmp_path)
    ours = named.predict(new)
    assert labels(done) == ours
    assert "names differ in case or blanks: 'Sepal Length' from" in done.output
    assert "'kind' is what the net predicts" in done.output
    with pytest.warns(UserWarning, match="'b' from 'B'"):
        assert named.predict(other) == ours
    with pytest.warns(UserWarning, match="'b' from 'B'"):
        assert bare(named.path / "net").predict(other) == ours


def test_two_columns_that_may_be_meant_are_refused_and_the_exact_one_is_not(
    named: howdeep.Answer,
) -> None:
    new = rows(1)
    two = new.drop(columns="b").assign(**{"B": new["b"], " b": new["b"]})
    with pytest.raises(TableError, match="'B' or ' b' may stand for 'b'"):
        named.predict(two)
    with pytest.raises(ValueError, match="'B' or ' b' may stand for 'b'"):
        bare(named.path / "net").predict(two)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert named.predict(new.assign(B=0.0)) == named.predict(new)
    with pytest.raises(TableError, match="needs columns that are not there: 'b'"):
        named.predict(new.drop(columns="b"))


def test_one_column_never_stands_for_two() -> None:
    with pytest.raises(NoColumns, match="'A ' may stand for 'a' or 'A'"):
        match_names(["a", "A"], ["A ", "b"])
    assert match_names(["a", "A"], ["A", "b"]) == {"A": "A"}
    assert match_names(["x y"], ["xy", "x y"]) == {"x y": "x y"}
