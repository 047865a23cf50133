"""Months, quarters and spelt dates, masked cells, odd objects: the net alone reads them alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bare import bare
from click.testing import CliRunner

import howdeep
from howdeep import cli
from howdeep.base.errors import TableError

N = 300
SMALL: dict[str, Any] = {
    "depths": "0,1",
    "max_seeds": 2,
    "max_steps": 200,
    "epsilon": 0.5,
    "jobs": 1,
    "rivals": "none",
    "kind": "regression",
}


def rows(seed: int, first: int) -> pd.DataFrame:
    """A month, a quarter, a week, a spelt day and a short one, and what follows from them."""
    rng = np.random.default_rng(seed)
    days = pd.to_datetime(f"{first}-01-05") + pd.to_timedelta(rng.integers(0, 700, N), unit="D")
    frame = {
        "month": days.strftime("%b %Y"),
        "quarter": [f"{day.year}Q{day.quarter}" for day in days],
        "week": days.strftime("%G-W%V"),
        "day": days.strftime("%A, %d %B %Y"),
        "short": days.strftime("%d-%b-%y"),
        "x": rng.normal(size=N),
    }
    y = (days - days.min()).days.to_numpy() / 100 + np.sin(days.day_of_year.to_numpy() / 58)
    return pd.DataFrame(frame).assign(y=y + rng.normal(0, 0.1, N))


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    folder = tmp_path_factory.mktemp("spelt")
    rows(0, 2018).to_csv(folder / "t.csv", index=False)
    return howdeep.run(str(folder / "t.csv"), "y", out=str(folder / "s.study"), **SMALL)


def test_later_rows_are_answered_alike(answer: howdeep.Answer, tmp_path: Path) -> None:
    assert dict(answer.dossier.plan.task.features) == dict.fromkeys(
        ("month", "quarter", "week", "day", "short"), "date"
    ) | {"x": "number"}
    later = rows(1, 2020).drop(columns="y")
    wanted = answer.predict(later)
    assert len(set(wanted)) > 0.9 * N
    path = tmp_path / "new.csv"
    later.to_csv(path, index=False)
    code = "import pandas\nprint(json.dumps(load().predict(pandas.read_csv(sys.argv[2]))))\n"
    assert bare(answer.path / "net", code, str(path)) == wanted
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(path)])
    assert done.exit_code == 0, done.output
    assert [float(line) for line in done.stdout.splitlines()[1:]] == wanted


GOOD = {
    "month": "Mar 2020",
    "quarter": "2020Q1",
    "week": "2020-W10",
    "day": "4 March 2020",
    "short": "04-Mar-20",
    "x": 0.5,
}
ODD = {"month": "2020-03-04", "quarter": "2020Q5", "week": "2020-W60", "day": "soon", "short": "4"}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_such_date_is_refused_by_both(answer: howdeep.Answer, name: str) -> None:
    new = {key: [value, value] for key, value in GOOD.items()}
    assert len(answer.predict(new)) == 2
    new[name] = [new[name][0], ODD[name]]
    with pytest.raises(TableError, match=f"column '{name}', row 2: '{ODD[name]}' is no date"):
        answer.predict(new)
    code = (
        "try: load().predict(json.loads(sys.argv[2]))\n"
        "except ValueError as error: print(json.dumps(str(error)))\n"
    )
    assert f"column '{name}', row 2: '{ODD[name]}' is no date" in bare(
        answer.path / "net", code, json.dumps(new)
    )


def test_other_spellings_of_the_same_day_are_the_same_row(answer: howdeep.Answer) -> None:
    new = {key: [value] * 4 for key, value in GOOD.items()}
    new["month"] = ["Mar 2020", "March 2020", "2020-03", "03/2020"]
    new["quarter"] = ["2020Q1", "Q1 2020", "2020-Q1", "1Q2020"]
    new["day"] = ["4 March 2020", "Mar 4, 2020", "2020-03-04", "Wed, 04 Mar 2020"]
    assert len(set(answer.predict(new))) == 1
    code = "print(json.dumps(load().predict(json.loads(sys.argv[2]))))\n"
    assert len(set(bare(answer.path / "net", code, json.dumps(new)))) == 1


def test_masked_cells_are_missing_in_both_and_objects_are_refused(answer: howdeep.Answer) -> None:
    new: dict[str, Any] = {key: [value] * 2 for key, value in GOOD.items()}
    masked = np.ma.masked_array([0.5, -999.0], [False, True])
    with pytest.warns(UserWarning, match="none was in training"):
        wanted = answer.predict(new | {"x": [0.5, None]})
    with pytest.warns(UserWarning, match="none was in training"):
        assert answer.predict(new | {"x": masked}) == wanted
    code = (
        "import numpy\nnew = json.loads(sys.argv[2])\n"
        "new['x'] = numpy.ma.masked_array([0.5, -999.0], [False, True])\n"
        "print(json.dumps(load().predict(new)))\n"
    )
    assert bare(answer.path / "net", code, json.dumps(new)) == wanted
    with pytest.raises(TableError, match="column 'x' holds objects of the type object"):
        answer.predict(new | {"x": [object(), object()]})
    code = (
        "new = json.loads(sys.argv[2]) | {'x': [object()] * 2}\n"
        "try: load().predict(new)\n"
        "except ValueError as error: print(json.dumps(str(error)))\n"
    )
    assert "column 'x' holds objects" in bare(answer.path / "net", code, json.dumps(new))
