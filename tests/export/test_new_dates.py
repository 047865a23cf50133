"""Dates, times of day and durations in new rows: `predict` and the net alone answer alike."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bare import bare
from click.testing import CliRunner

import howdeep
from howdeep import cli
from howdeep.base.errors import TableError

N = 400
SMALL: dict[str, Any] = {
    "depths": "0,1",
    "max_seeds": 2,
    "max_steps": 300,
    "epsilon": 0.5,
    "jobs": 1,
    "rivals": "none",
    "kind": "regression",
}
FORMS = ("frame", "text", "parquet", "polars")
DATA = os.environ.get("HOWDEEP_TEST_DATA")
CASES = Path(DATA or "none").parent / "cases"


def rows(seed: int, first: str, n: int = N) -> pd.DataFrame:
    """Dates, times of day, durations and decimals with gaps, and what follows from all of them."""
    rng = np.random.default_rng(seed)
    days, seconds = rng.integers(0, 90, n), rng.integers(0, 86_400, n)
    date = pd.Timestamp(first) + pd.to_timedelta(days, unit="D")
    clock = pd.to_timedelta(seconds, unit="s")
    wait = rng.integers(1, 500, n)
    y = days / 30 + np.sin(days * 2 * np.pi / 7) + np.cos(seconds / 86_400 * 2 * np.pi)
    frame = {
        "day": date.astype("datetime64[us]"),
        "at": [None if i % 17 == 0 else str(c)[-8:] for i, c in enumerate(clock)],
        "wait": pd.to_timedelta(wait, unit="s").astype("timedelta64[us]"),
        "x": rng.normal(size=n),
        "y": y + wait / 500 + rng.normal(0, 0.1, n),
    }
    found = pd.DataFrame(frame)
    found["day"] = found["day"].mask(found.index % 13 == 0)
    return found


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = str(tmp_path_factory.mktemp("dates") / "s.study")
    return howdeep.run(rows(0, "2022-11-15"), "y", out=out, **SMALL)


READ = {
    "frame": "import pandas\ndata = pandas.read_pickle(sys.argv[2])\n",
    "text": "import pandas\ndata = pandas.read_csv(sys.argv[2], dtype=str)\n"
    "data['x'] = data['x'].astype(float)\n",
    "parquet": "import pyarrow.parquet\ndata = pyarrow.parquet.read_table(sys.argv[2])\n",
    "polars": "import polars\ndata = polars.read_parquet(sys.argv[2])\n",
}


@pytest.mark.parametrize("form", READ)
def test_later_rows_are_answered_alike_by_the_net_alone(
    answer: howdeep.Answer, form: str, tmp_path: Path
) -> None:
    later = rows(1, "2024-02-27").drop(columns="y")
    wanted = answer.predict(later)
    assert len(set(wanted)) > 0.9 * len(later)
    path = tmp_path / "new"
    {
        "frame": later.to_pickle,
        "text": lambda p: later.to_csv(p, index=False),
        "parquet": later.to_parquet,
        "polars": later.to_parquet,
    }[form](path)
    code = READ[form] + "print(json.dumps(load().predict(data)))\n"
    assert bare(answer.path / "net", code, str(path)) == wanted
    if form != "frame":
        done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(path)])
        assert done.exit_code == 0, done.output
        assert [float(line) for line in done.stdout.splitlines()[1:]] == wanted


def test_a_trend_goes_on_beyond_the_dates_of_training(answer: howdeep.Answer) -> None:
    """As far again as the table's dates reach; later still nothing is made up."""
    days = [f"2023-0{month}-14" for month in (2, 3, 4)] + ["2023-05-10", "2033-05-10"]
    row = {"at": ["06:00:00"], "wait": ["PT60S"], "x": [0.0]}
    found = [answer.predict({"day": [day], **row})[0] for day in days]
    assert float(found[3]) > float(found[0]) + 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"day": ["2024-01-01", "soon"]}, "column 'day', row 2: 'soon' is no date"),
    ({"day": ["2024-01-01", "31/12/2024"]}, "column 'day', row 2: '31/12/2024' is no date"),
    ({"day": ["2024-01-01Z", None]}, "column 'day', row 1: '2024-01-01Z' stands where training"),
    ({"at": ["7 o'clock", "07:00"]}, r"column 'at', row 1: .* is no time of day"),
    ({"wait": ["PT1S", "3 parsecs"]}, "column 'wait', row 2: '3 parsecs' is no duration"),
    ({"wait": [60.0, 30.0]}, "column 'wait', row 1: '60.0' is no duration"),
]


@pytest.mark.parametrize(("change", "error"), BAD)
def test_cells_that_are_no_dates_are_refused_by_both(
    answer: howdeep.Answer, change: dict[str, Any], error: str
) -> None:
    good = {"day": ["2024-01-01"] * 2, "at": ["07:00"] * 2, "wait": ["PT1S"] * 2, "x": [0.0, 1.0]}
    with pytest.raises(TableError, match=error):
        answer.predict(good | change)
    code = (
        "try: load().predict(json.loads(sys.argv[2]))\n"
        "except ValueError as error: print(json.dumps(str(error)))\n"
    )
    with pytest.raises(ValueError, match=error):
        raise ValueError(bare(answer.path / "net", code, json.dumps(good | change)))


def test_a_date_that_is_missing_where_training_had_all_is_said(tmp_path: Path) -> None:
    table = rows(2, "2021-01-01")
    table["day"] = table["day"].dt.strftime("%Y-%m-%d").fillna("2021-02-03")
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    found = howdeep.run(str(path), "y", out=str(tmp_path / "s.study"), **SMALL)
    new = {"day": ["2021-04-03", "NaT"], "at": ["07:00"] * 2, "wait": ["PT1S"] * 2, "x": [0.0] * 2}
    says = "column 'day': 1 cell missing, and none was in training"
    with pytest.warns(UserWarning, match=says):
        wanted = found.predict(new)
    code = (
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as said:\n"
        "    warnings.simplefilter('always')\n"
        "    out = load().predict(json.loads(sys.argv[2]))\n"
        "print(json.dumps([out, [str(one.message) for one in said]]))\n"
    )
    out, said = bare(found.path / "net", code, json.dumps(new))
    assert out == wanted
    assert any(says in one for one in said)


def test_dates_as_missing_text_and_day_first_are_kept_for_new_rows(tmp_path: Path) -> None:
    table = rows(2, "2021-01-01")
    table["day"] = table["day"].dt.strftime("%d.%m.%Y")
    table.loc[3, "day"] = "unknown"
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    out = str(tmp_path / "s.study")
    found = howdeep.run(str(path), "y", types="day=date", out=out, **SMALL)
    new = {"at": ["07:00"] * 3, "wait": ["PT1S"] * 3, "x": [0.0] * 3}
    with pytest.warns(UserWarning, match="column 'day': 1 cell no date, taken as missing"):
        first = found.predict({"day": ["03.04.2021", "never", None], **new})
    second = found.predict({"day": ["2021-04-03", None, None], **new})
    assert first == second
    assert first[0] != first[1]
    code = "print(json.dumps(load().predict(json.loads(sys.argv[2]))))\n"
    said = json.dumps({"day": ["03.04.2021", "never", None], **new})
    assert bare(found.path / "net", code, said) == first


@pytest.mark.skipif(not (CASES / "daily_sales.csv").exists(), reason=f"no cases in {CASES}")
@pytest.mark.filterwarnings("ignore:The rows stand in the order of 'date'")
def test_the_next_month_of_sales_is_predicted(tmp_path: Path) -> None:
    out = str(tmp_path / "s.study")
    how = SMALL | {"max_steps": 1200}
    found = howdeep.run(str(CASES / "daily_sales.csv"), "sales", out=out, **how)
    assert dict(found.dossier.plan.task.features) == {"date": "date", "store": "number"}
    later = str(CASES / "daily_sales_next.csv")
    done = CliRunner().invoke(cli.app, ["predict", str(found.path), later])
    assert done.exit_code == 0, done.output
    wanted = [float(line) for line in done.stdout.splitlines()[1:]]
    assert len(wanted) == 200
    for frame in (pd.read_csv(later, parse_dates=["date"]), pl.read_csv(later)):
        assert found.predict(frame) == wanted
    code = "import polars\ndata = polars.read_csv(sys.argv[2], try_parse_dates=True)\n"
    code += "print(json.dumps(load().predict(data)))\n"
    assert bare(found.path / "net", code, later) == wanted
