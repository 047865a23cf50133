"""Tables from arrays and frames: types kept, nothing rounded, nothing guessed."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from howdeep.base.errors import LimitError, TableError
from howdeep.modalities.table import serve
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import names_of

BIG = 2**53 + 1


def column(data: Any, name: str) -> list[object]:
    found = next(c for c in to_table(data).columns if c.name == name)
    return [None if value != value else value for value in found.values.tolist()]


FRAMES = [pd.DataFrame, pl.DataFrame, dict]


@pytest.mark.parametrize("frame", FRAMES)
def test_each_kind_of_column(frame: Any) -> None:
    data = frame(
        {
            "whole": [1, 2, 3],
            "real": [0.5, None, 1.5],
            "text": ["x", None, "01"],
            "truth": [True, False, True],
            "day": [datetime.date(2020, 1, 2), None, datetime.date(2021, 1, 1)],
        }
    )
    assert column(data, "whole") == [1.0, 2.0, 3.0]
    assert column(data, "real") == [0.5, None, 1.5]
    assert column(data, "text") == ["x", None, "01"]
    assert column(data, "truth") == ["True", "False", "True"]
    assert column(data, "day") == ["2020-01-02", None, "2021-01-01"]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, None, BIG], dtype="Int64"),
        pl.Series([1, None, BIG]),
        [1, None, BIG],
        np.array([1, None, BIG], dtype=object),
    ],
)
def test_whole_numbers_beyond_2_53_stay_exact(values: Any) -> None:
    assert column({"n": values}, "n") == ["1", None, str(BIG)]


def test_whole_numbers_beside_missing_ones_are_numbers() -> None:
    for values in (pd.Series([1, None, 3], dtype="Int64"), pl.Series([1, None, 3])):
        assert column({"n": values}, "n") == [1.0, None, 3.0]
    assert column({"n": np.array([2**64 - 1, 1], dtype=np.uint64)}, "n") == [str(2**64 - 1), "1"]
    assert column({"n": np.array([-(2**63), 1])}, "n") == [str(-(2**63)), "1"]


def test_pandas_types() -> None:
    data = pd.DataFrame(
        {
            "category": pd.Categorical(["a", None, "b"]),
            "truth": pd.array([True, None, False], dtype="boolean"),
            "half": np.array([0.5, 1, 2], dtype=np.float16),
            "money": [Decimal("1.10"), None, Decimal("2")],
        }
    )
    assert column(data, "category") == ["a", None, "b"]
    assert column(data, "truth") == ["True", None, "False"]
    assert column(data, "half") == [0.5, 1.0, 2.0]
    assert column(data, "money") == [1.1, None, 2.0]


def test_polars_types() -> None:
    data = pl.DataFrame({"c": pl.Series(["a", None, "b"], dtype=pl.Categorical)})
    assert column(data, "c") == ["a", None, "b"]


def test_numpy_arrays_and_lists() -> None:
    table = to_table(np.arange(6).reshape(3, 2), y=np.array([1, 0, 1]))
    assert table.names == ("column_1", "column_2", "target")
    assert table.rows == 3
    assert table.path == ""
    assert to_table([[1, "a"], [2, None]]).columns[1].values.tolist() == ["a", None]
    assert to_table(np.array([["1", "x"]])).columns[0].values.tolist() == ["1"]


def test_names_can_be_given_and_a_target_keeps_its_own() -> None:
    y = pd.Series([0, 1], name="sold")
    assert to_table(np.eye(2), y, names=["p", "q"]).names == ("p", "q", "sold")
    with pytest.raises(TableError, match="2 columns, 1 name"):
        to_table(np.eye(2), names=["p"])


@pytest.mark.parametrize(
    "data",
    [
        np.zeros(3),
        np.zeros((2, 2, 2)),
        np.zeros((0, 2)),
        np.zeros((2, 0)),
        np.zeros((2, 2), dtype=complex),
        np.zeros((2, 2), dtype="V8"),
        {},
        {"a": [1, 2], "b": [1]},
        {"a": [[1], [2]]},
        {"a": [{"k": 1}, None]},
        {"a": [b"x", b"y"]},
        {"a": np.zeros((2, 2))},
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        {"caf\xe9": [1], "cafe\u0301": [2]},
        3,
        "text",
        None,
    ],
)
def test_what_is_no_table_is_refused(data: Any) -> None:
    with pytest.raises(TableError):
        to_table(data)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(LimitError, match="10,001"):
        to_table(np.zeros((1, 10_001)))


@pytest.mark.parametrize("values", [np.array([1.0, np.inf]), [1.0, float("-inf")]])
def test_infinite_numbers_are_refused_or_missing(values: Any) -> None:
    with pytest.raises(TableError, match=r"infinite in 1 row \(the first: row 2\)"):
        to_table({"a": values})
    assert np.isnan(to_table({"a": values}, inf="missing").columns[0].values[1])


def test_text_of_a_frame_is_a_category_even_if_it_looks_like_numbers() -> None:
    n = 60
    data = pd.DataFrame({"code": ["1", "2", "3"] * 20, "x": np.linspace(0, 1, n)})
    made = make_task(to_table(data, y=np.arange(n) % 2), "target")
    assert names_of(made).codes == ("code",)
    assert names_of(made).numbers == ("x",)
    assert made.info.classes == ("0", "1")


def test_equal_data_from_any_frame_is_one_task() -> None:
    rng = np.random.default_rng(0)
    columns = {"x": rng.normal(size=80), "c": ["p", "q"] * 40, "y": rng.integers(0, 2, 80)}
    made = [make_task(to_table(frame(columns)), "y") for frame in FRAMES]
    assert len({task.info.fingerprint for task in made}) == 1
    assert len({task.info.source_sha256 for task in made}) == 1


def test_what_is_given_is_not_changed() -> None:
    x = np.array([[1.0, -0.0], [np.inf, 2.0]])
    before = x.copy()
    to_table(x, inf="missing")
    np.testing.assert_array_equal(x, before)


def test_pandas_categories_of_numbers_stay_classes() -> None:
    pandas = pytest.importorskip("pandas")
    codes = pandas.Categorical([101, 102, None, 101])
    table = to_table({"ward": codes, "dose": pandas.Categorical([1.5, 2.0, 1.5, 2.0])})
    assert table.columns[0].values.tolist() == ["101", "102", None, "101"]
    assert table.columns[1].values.tolist() == ["1.5", "2", "1.5", "2"]


# ---- what people hand over ----------------------------------------------------------------------
ROWS = np.random.default_rng(0).normal(size=(60, 2))
CODES = np.arange(60) % 3
HOT = np.eye(3)[CODES]


def last(data: Any, y: Any) -> tuple[list[Any], tuple[str, ...]]:
    table = to_table(data, y)
    return table.columns[-1].values.tolist(), table.notes


@pytest.mark.parametrize(
    "y",
    [
        CODES[:, None],
        CODES[:, None].tolist(),
        torch.tensor(CODES)[:, None],
        pd.DataFrame({"target": CODES}),
        pl.DataFrame({"target": CODES}),
    ],
)
def test_a_target_of_one_column_is_taken_and_said(y: Any) -> None:
    values, notes = last(ROWS, y)
    assert values == CODES.tolist()
    assert "y came as one column, (60, 1)" in notes[0]


@pytest.mark.parametrize(
    "y",
    [
        HOT,
        HOT.astype(bool),
        HOT.astype(int).tolist(),
        torch.tensor(HOT, requires_grad=True),
        [torch.tensor(row) for row in HOT],
        pd.DataFrame(HOT),
        pl.DataFrame(HOT, schema=["0", "1", "2"]),
    ],
)
def test_a_one_hot_target_is_one_of_classes(y: Any) -> None:
    values, notes = last(ROWS, y)
    assert values == [str(code) for code in CODES]
    assert "one-hot in 3 columns" in notes[0]
    assert make_task(to_table(ROWS, y), "target").info.classes == ("0", "1", "2")


def test_one_hot_columns_name_their_classes() -> None:
    named = pd.get_dummies(pd.Series(["ant", "bee", "cat"] * 20))
    assert last(ROWS, named)[0][:4] == ["ant", "bee", "cat", "ant"]


@pytest.mark.parametrize("y", [ROWS, 1 - HOT, HOT * 0.5, ROWS.tolist(), pd.DataFrame(ROWS)])
def test_several_targets_are_refused(y: Any) -> None:
    with pytest.raises(TableError, match="columns: a study predicts one target only"):
        to_table(ROWS, y)


@pytest.mark.parametrize(
    "data",
    [
        torch.tensor(ROWS, requires_grad=True),
        [torch.tensor(row) for row in ROWS],
        torch.tensor(ROWS).to_sparse(),
        pa.table({"column_1": ROWS[:, 0], "column_2": ROWS[:, 1]}),
        pa.record_batch({"column_1": ROWS[:, 0], "column_2": ROWS[:, 1]}),
        pl.LazyFrame(ROWS, schema=["column_1", "column_2"]),
        {
            "column_1": torch.tensor(ROWS[:, 0], requires_grad=True),
            "column_2": pa.array(ROWS[:, 1]),
        },
    ],
)
def test_tensors_arrow_tables_and_lazy_frames_are_read(data: Any) -> None:
    table = to_table(data, [torch.tensor(code) for code in CODES])
    assert table.names == ("column_1", "column_2", "target")
    for j, found in enumerate(table.columns[:2]):
        assert found.values.tolist() == ROWS[:, j].tolist()
    assert table.columns[2].values.tolist() == CODES.tolist()


def test_arrow_columns_keep_their_kinds() -> None:
    data = pa.table(
        {
            "whole": pa.array([1, None, 3]),
            "word": pa.array(["x", None, "y"]),
            "class": pa.array([7, 8, None]).dictionary_encode(),
            "exact": pa.array([BIG, 1, 2]),
            "half": pa.array(np.array([1, 2, 3], np.float16)),
        }
    )
    assert column(data, "whole") == [1.0, None, 3.0]
    assert column(data, "word") == ["x", None, "y"]
    assert column(data, "class") == ["7", "8", None]
    assert column(data, "exact") == [str(BIG), "1", "2"]
    assert column(data, "half") == [1.0, 2.0, 3.0]


def test_batches_and_broken_lazy_frames_are_refused() -> None:
    pairs = TensorDataset(torch.tensor(ROWS), torch.tensor(CODES))
    with pytest.raises(TableError, match="batches") as error:
        to_table(DataLoader(pairs))
    assert "loader.dataset" in error.value.fix
    with pytest.raises(TableError, match="cannot be collected"):
        to_table(pl.scan_csv("/no/such.csv"))


def test_rows_from_tensors_are_predicted_and_tested_on_as_arrays_are() -> None:
    from howdeep.route.options import parse_options
    from howdeep.route.tasks import Handed, handed_task

    x, y = torch.tensor(ROWS, requires_grad=True), torch.tensor(HOT)
    named = parse_options({"names": ["p", "q"]})
    made = handed_task(Handed(x, y, (x[:20] + 0.1, y[:20])), named)
    assert made.info.test_rows == 20
    assert names_of(made).numbers == ("p", "q")
    new = serve.new_of(torch.tensor(ROWS), made, {"names": "p,q"})
    assert new.rows.names == ("p", "q")
