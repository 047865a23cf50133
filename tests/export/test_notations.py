"""A cell means after training what it meant in it: in files, frames and the handed-over net."""

from __future__ import annotations

import json
import re
import warnings
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
from howdeep.base.errors import InputError

N = 300
SMALL: dict[str, Any] = {"depths": "0,1", "max_seeds": 2, "epsilon": 0.5, "jobs": 1}
PLAIN = {"income": 2500.5, "rate": 40.0, "profit": -458.0, "power": 90.0}
ROW = {"income": "2500.5", "rate": "40%", "profit": "-458", "power": "90 hp", "alley": "Pave"}


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    income, rate = np.round(rng.lognormal(9, 1, N), 2), rng.integers(1, 99, N)
    profit, power = rng.integers(-5_000, 5_000, N), rng.integers(40, 200, N)
    alley = rng.choice(["Grvl", "NA", "Pave"], N)
    y = np.log(income) + rate / 30 + profit / 4_000 + power / 90 + 2.0 * (alley == "NA")
    return pd.DataFrame(
        {
            "income": [f"${value:,.2f}" for value in income],
            "rate": [f"{value}%" for value in rate],
            "profit": [f"{v:,}" if v >= 0 else f"({-v:,})" for v in profit],
            "power": [f"{value} hp" for value in power],
            "alley": alley,
            "y": np.round(y, 4),
        }
    )


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    path = tmp_path_factory.mktemp("notation") / "t.csv"
    table().to_csv(path, index=False)
    out = str(path.with_suffix(".study"))
    found = howdeep.run(str(path), "y", out=out, kind="regression", rivals="none", **SMALL)
    kinds = dict(found.dossier.plan.task.features)
    assert [name for name, kind in kinds.items() if kind == "number"] == list(PLAIN)
    return found


GOOD = [
    {"income": "$2,500.50"},
    {"income": "2,500.5"},
    {"income": "$ 2500.50"},
    {"profit": "(458)"},
    {"profit": "\u2212458"},
    {"profit": "458-"},
    {"profit": "\uff0d\uff14\uff15\uff18"},
    {"rate": " 40 %"},
    {"power": "90hp"},
]
BAD = [
    {"income": "2.500,50"},
    {"income": "€2,500.50"},
    {"income": "2500.5 USD"},
    {"income": "(2500.5)"},
    {"rate": "0.4"},
    {"rate": "40"},
    {"power": "90"},
    {"power": "90 kW"},
    {"profit": "4,58"},
    {"profit": "GOLD"},
    {"profit": "True"},
]


def rows(change: dict[str, Any]) -> dict[str, list[Any]]:
    """Two rows, of which the second has the change."""
    return {name: [cell, change.get(name, cell)] for name, cell in ROW.items()}


def by_file(answer: howdeep.Answer, data: dict[str, list[Any]], folder: Path, *more: str) -> Any:
    path = folder / "new.csv"
    pd.DataFrame(data).to_csv(path, index=False)
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(path), *more])
    lines = done.stdout.splitlines()[1:]
    return [float(line) for line in lines] if done.exit_code == 0 else done.output


@pytest.mark.parametrize("change", GOOD, ids=str)
def test_another_way_to_write_the_number_is_that_number(
    answer: howdeep.Answer, change: dict[str, Any], tmp_path: Path
) -> None:
    wanted = answer.predict(rows({}))
    assert wanted[0] == pytest.approx(wanted[1], abs=1e-6)
    numbers = {name: [cell] * 2 for name, cell in PLAIN.items()} | {"alley": ["Pave"] * 2}
    assert answer.predict(numbers) == wanted
    for make in (dict, pd.DataFrame, pl.DataFrame):
        assert answer.predict(make(rows(change))) == wanted
    assert by_file(answer, rows(change), tmp_path) == wanted


@pytest.mark.parametrize("change", BAD, ids=str)
def test_a_cell_in_another_notation_is_refused(
    answer: howdeep.Answer, change: dict[str, Any], tmp_path: Path
) -> None:
    (name, cell), *_ = change.items()
    says = re.escape(f"column '{name}', row 2: '{cell}' is no number")
    for make in (dict, pd.DataFrame, pl.DataFrame):
        with pytest.raises(InputError, match=says):
            answer.predict(make(rows(change)))
    assert re.search(says, " ".join(by_file(answer, rows(change), tmp_path).split()))


@pytest.mark.parametrize("cell", ["1.234", "-2.345", "1.234.567"])
def test_groups_with_another_sign_than_in_training_are_asked_about(
    answer: howdeep.Answer, cell: str, tmp_path: Path
) -> None:
    says = re.escape(f"column 'profit', row 2: '{cell}' may be {cell.replace('.', '')}")
    with pytest.raises(InputError, match=says):
        answer.predict(rows({"profit": cell}))
    assert re.search(says, " ".join(by_file(answer, rows({"profit": cell}), tmp_path).split()))
    code = (
        "try: load().predict(json.loads(sys.argv[2]))\n"
        "except ValueError as error: print(json.dumps(str(error)))\n"
    )
    alone = bare(answer.path / "net", code, json.dumps(rows({"profit": cell})))
    assert re.search(says, alone)
    fine = rows({"profit": "1.25"})
    assert answer.predict(fine) == by_file(answer, fine, tmp_path)


def test_the_net_alone_reads_and_refuses_the_same(answer: howdeep.Answer) -> None:
    code = (
        "net, out = load(), []\n"
        "for rows in json.loads(sys.argv[2]):\n"
        "    try: out.append(net.predict(rows))\n"
        "    except ValueError as error: out.append(str(error))\n"
        "print(json.dumps(out))\n"
    )
    said = bare(answer.path / "net", code, json.dumps([rows(c) for c in (*GOOD, *BAD)]))
    assert said[: len(GOOD)] == [answer.predict(rows({}))] * len(GOOD)
    for change, one in zip(BAD, said[len(GOOD) :], strict=True):
        (name, cell), *_ = change.items()
        assert one.startswith(f"column '{name}', row 2: '{cell}' is no number as they are written")
        with pytest.raises(InputError) as caught:
            answer.predict(rows(change))
        assert one.split("; ")[0] in caught.value.what


def test_new_rows_in_a_notation_that_is_said(answer: howdeep.Answer, tmp_path: Path) -> None:
    wanted = answer.predict(rows({}))
    other = rows({}) | {"income": ["$2.500,50", "2500,5"], "profit": ["-458,0", "(458)"]}
    assert by_file(answer, other, tmp_path, "--decimal", ",") == wanted
    assert by_file(answer, other, tmp_path, "--thousands", "dot") == wanted
    assert "is no number" in by_file(answer, other, tmp_path)
    both = by_file(answer, other, tmp_path, "--decimal", ",", "--thousands", "comma")
    assert "one sign for both" in both


@pytest.mark.parametrize("gone", ["NA", "None", "", "n/a", None])
def test_missing_is_one_thing_after_training(
    answer: howdeep.Answer, gone: str | None, tmp_path: Path
) -> None:
    """As in training; and where training had none it is said."""
    wanted = answer.predict(rows({"alley": "NA"}))
    assert abs(wanted[1] - wanted[0]) > 0.5  # the missing level was learnt from
    given = rows({"alley": gone})
    for make in (dict, pd.DataFrame, pl.DataFrame):
        assert answer.predict(make(given)) == wanted
    path = tmp_path / "new.csv"
    pd.DataFrame(given).to_csv(path, index=False)
    for read in (pd.read_csv, pl.read_csv):
        assert answer.predict(read(path)) == wanted
    assert by_file(answer, given, tmp_path) == wanted
    code = "print(json.dumps(load().predict(json.loads(sys.argv[2]))))\n"
    assert bare(answer.path / "net", code, json.dumps(given)) == wanted


def test_a_missing_number_where_training_had_none_is_said(answer: howdeep.Answer) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer.predict(rows({"rate": "NA"}))
    said = [str(warning.message) for warning in caught]
    assert said == ["column 'rate': 1 cell missing, and none was in training."]
    code = (
        "import warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    load().predict(json.loads(sys.argv[2]))\n"
        "print(json.dumps([str(one.message) for one in caught]))\n"
    )
    given = json.dumps(rows({"rate": "NA"}))
    assert bare(answer.path / "net", code, given) == said


@pytest.mark.parametrize("count", [1, 2, 5])
def test_unseen_categories_are_answered_alike_with_a_note(
    answer: howdeep.Answer, count: int, tmp_path: Path
) -> None:
    data = {name: [cell] * count for name, cell in ROW.items()} | {"alley": ["Dirt"] * count}
    with pytest.warns(UserWarning, match="'Dirt' .* not seen in training"):
        found = answer.predict(data)
    assert np.ptp(found) < 1e-6
    assert by_file(answer, data, tmp_path) == found
