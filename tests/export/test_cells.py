"""What a cell of a column of numbers is: the same in training, `predict`, frames and net.py."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
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
from howdeep.base.errors import InputError, TableError
from howdeep.data.number import number
from howdeep.modalities.table.features import Feature, Remarks, make_feature

N = 300
MISSING = math.nan
SMALL: dict[str, Any] = {
    "depths": "0,1",
    "max_seeds": 2,
    "epsilon": 0.5,
    "jobs": 1,
    "rivals": "none",
    "kind": "regression",
}
# What each cell is; None: no number.
AWKWARD: dict[str, float | None] = {
    "1_000": None,
    "1e5": 1e5,
    " 3 ": 3.0,
    "0x10": None,
    "inf": None,
    "-Infinity": None,
    "1e999": None,
    "9" * 400: None,
    "NaN": MISSING,
    " na ": MISSING,
    "?": MISSING,
    "": MISSING,
    "-": MISSING,
    "True": None,
    "1,5": None,
    "+.5": 0.5,
    "-0": 0.0,
    ".": MISSING,
    "--": MISSING,
    "1 000": None,
    "9007199254740993": 9007199254740992.0,
}
INFINITE = ("inf", "-Infinity", "1e999")


def frame() -> pd.DataFrame:
    """Numbers of all sizes, some of them missing, and one to predict that follows from both."""
    rng = np.random.default_rng(0)
    a = rng.choice([-1.0, 1.0], N) * 10 ** rng.uniform(-1, 5.5, N)
    b = rng.normal(size=N)
    y = np.arcsinh(a) + b + rng.normal(0, 0.1, N)
    a[::10] = np.nan
    return pd.DataFrame({"a": a, "b": b, "y": y})


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    return howdeep.run(frame(), "y", out=str(tmp_path_factory.mktemp("n") / "s.study"), **SMALL)


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    """Column a was said to be of numbers, and infinite ones to be missing."""
    table = frame()
    a = [repr(cell) for cell in table["a"]]
    a[3], a[5] = "broken", "inf"
    table = table.assign(a=a, b=table["b"].where(table.index != 7, np.inf))
    path = tmp_path_factory.mktemp("l") / "t.csv"
    table.to_csv(path, index=False)
    options = {**SMALL, "types": "a=number", "inf": "missing"}
    return howdeep.run(str(path), "y", out=str(path.with_suffix(".study")), **options)


def check(wanted: Any, read: Callable[[], Any]) -> None:
    """Is what is read as wanted, or "refused" by an error that names the second row?"""
    if wanted == "refused":
        with pytest.raises(InputError, match=r"rows? 2"):
            read()
    else:
        assert read() == wanted


def cells(cell: str) -> dict[str, list[str]]:
    """Three rows, of which the second has the cell in a column of numbers."""
    return {"a": ["0.25", cell, "1.5"], "b": ["1", "2", "3"]}


@pytest.fixture(scope="module")
def meant(answer: howdeep.Answer) -> dict[str, Any]:
    """What is predicted where each cell is given as the number, or the gap, that it is."""
    known = {cell: value for cell, value in AWKWARD.items() if value is not None}
    out = {cell: answer.predict({"a": [0.25, v, 1.5], "b": [1, 2, 3]}) for cell, v in known.items()}
    assert len({str(values) for values in out.values()}) == 6  # five numbers, and missing
    return {cell: out.get(cell, "refused") for cell in AWKWARD}


@pytest.mark.parametrize("cell", AWKWARD)
def test_training_takes_it_for_what_it_is(cell: str) -> None:
    """In a test file's row, as among training rows text makes a category of the column."""
    wanted = AWKWARD[cell]
    assert str(number(cell)) == str(wanted)
    text = np.array(["0.25", "1.5", "2.5", "0", cell], dtype=object)

    def feature(choice: str | None) -> Feature:
        found = make_feature("a", text, 3, choice, typed=False, remarks=Remarks())
        assert found is not None
        return found

    if wanted is None:
        with pytest.raises(TableError, match="row 2 of the test file"):
            feature(None)
    for choice in ("number",) if wanted is None else (None, "number"):
        numbers = feature(choice).numbers
        assert numbers is not None
        assert str(numbers[-1]) == str(MISSING if wanted is None else wanted)


@pytest.mark.parametrize("cell", AWKWARD)
def test_frames_with_text_mean_the_same(
    answer: howdeep.Answer, meant: dict[str, Any], cell: str
) -> None:
    for make in (dict, pd.DataFrame, pl.DataFrame):
        table = make(cells(cell))
        check(meant[cell], lambda table=table: answer.predict(table))


@pytest.mark.parametrize("cell", AWKWARD)
def test_a_file_means_the_same(
    answer: howdeep.Answer, meant: dict[str, Any], cell: str, tmp_path: Path
) -> None:
    path = tmp_path / "new.csv"
    pd.DataFrame(cells(cell)).to_csv(path, index=False)
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(path)])
    if meant[cell] == "refused":
        assert done.exit_code == 2
        assert "row 2" in done.output or "rows 2" in done.output
    else:
        assert [float(line) for line in done.stdout.splitlines()[1:]] == meant[cell]


def test_the_net_alone_means_the_same(answer: howdeep.Answer, meant: dict[str, Any]) -> None:
    code = (
        "import pandas, polars\n"
        "net, out = load(), []\n"
        "for cells in json.loads(sys.argv[2]):\n"
        "    for make in (dict, pandas.DataFrame, polars.DataFrame):\n"
        "        try: out.append(net.predict(make(cells)))\n"
        "        except ValueError as error: out.append(str(error))\n"
        "print(json.dumps(out))\n"
    )
    said = bare(answer.path / "net", code, json.dumps([cells(cell) for cell in AWKWARD]))
    for i, cell in enumerate(AWKWARD):
        for one in said[3 * i : 3 * i + 3]:
            if meant[cell] == "refused":
                assert one.startswith("column 'a', row 2: ")
                assert "is no number" in one
            else:
                assert one == meant[cell]


def test_typed_infinity_is_refused_by_its_row(answer: howdeep.Answer) -> None:
    rows = {"a": [0.25, math.inf, 1.5], "b": [1, 2, 3]}
    check("refused", lambda: answer.predict(rows))
    code = (
        "try: load().predict({'a': [0.25, float('inf')], 'b': [1, 2]})\n"
        "except ValueError as error: print(json.dumps(str(error)))\n"
    )
    assert bare(answer.path / "net", code).startswith("column 'a', row 2: 'inf' is no number")


def test_what_training_was_told_to_take_as_missing_is_missing_later(
    lenient: howdeep.Answer, tmp_path: Path
) -> None:
    """Text of a column said to be of numbers, and infinite numbers, be they alone in a file."""
    wanted = lenient.predict({"a": [None, 0.25], "b": [1.0, None]})
    rows = [{"a": [cell, "0.25"], "b": ["1", oo]} for cell in ("broken", "inf") for oo in INFINITE]
    rows.append({"a": ["?", "0.25"], "b": [1.0, math.inf]})  # type: ignore[list-item]
    for given in rows:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert lenient.predict(given) == wanted
        said = [str(warning.message) for warning in caught]
        text = "column 'a': 1 cell no number, taken as missing."
        assert said == ([text] if given["a"][0] == "broken" else [])
    code = (
        "net = load()\nprint(json.dumps([net.predict(rows) for rows in json.loads(sys.argv[2])]))\n"
    )
    assert bare(lenient.path / "net", code, json.dumps(rows)) == [wanted] * len(rows)
    path = tmp_path / "one.csv"
    path.write_text("a,b\n0.25,1e999\n")
    done = CliRunner().invoke(cli.app, ["predict", str(lenient.path), str(path)])
    assert done.exit_code == 0, done.output
    alone = lenient.predict({"a": [0.25], "b": [None]})  # a row alone has other low bits than two
    assert [float(line) for line in done.stdout.splitlines()[1:]] == alone
    with pytest.raises(TableError, match="row 1: 'broken' is no number"):
        lenient.predict({"a": [1.0], "b": ["broken"]})
