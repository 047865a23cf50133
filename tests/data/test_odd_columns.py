"""What frames and arrays may hold: each column is read as meant, or refused by its name."""

from __future__ import annotations

import datetime as dt
import enum
import pathlib
import uuid
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from between import A, N, Y, made, parts

from howdeep.base.errors import TableError, TargetError
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.typed import typed
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
I = np.arange(N)  # noqa: E741
HALF = np.array(["u", "v"])[I % 2]
MASK = I % 4 == 0


class Thing:
    """No text of its own: what Python shows is a place in memory."""


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


# ---- objects ------------------------------------------------------------------------------------
NO_TEXT: dict[str, Callable[[], Any]] = {
    "objects": lambda: [Thing() for _ in I],
    "objects of pandas": lambda: pd.Series([Thing() for _ in I]),
    "objects of polars": lambda: pl.Series([Thing() for _ in I], dtype=pl.Object),
    "objects among text": lambda: [Thing() if i % 9 == 0 else "u" for i in I],
    "functions": lambda: [len, max] * (N // 2),
    "types": lambda: [int, float] * (N // 2),
    "offsets": lambda: [pd.DateOffset(months=int(i % 3)) for i in I],
    "complex": lambda: [1j, 2j] * (N // 2),
    "complex array": lambda: A + 1j,
}
NESTED: dict[str, Callable[[], Any]] = {
    "frozensets": lambda: [frozenset([i % 3]) for i in I],
    "ranges": lambda: [range(3)] * N,
    "lists of polars": lambda: pl.Series([[1, 2]] * N),
    "arrays of polars": lambda: pl.Series([[1.0, 2.0]] * N, dtype=pl.Array(pl.Float64, 2)),
    "structs of polars": lambda: pl.Series([{"u": 1}] * N),
    "bytes of polars": lambda: pl.Series([b"ab"] * N),
    "lists of Arrow": lambda: pa.array([[1]] * N),
    "structs of Arrow": lambda: pa.array([{"u": 1}] * N),
    "maps of Arrow": lambda: pa.array([[("k", 1)]] * N, pa.map_(pa.string(), pa.int64())),
    "bytes of Arrow": lambda: pa.array([b"u"] * N),
    "lists of pandas": lambda: pd.Series([[1]] * N, dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "arrays in cells": lambda: [np.zeros(2)] * N,
}


@pytest.mark.parametrize("kind", [*NO_TEXT, *NESTED])
def test_cells_without_a_text_are_refused_by_the_column(kind: str) -> None:
    with pytest.raises(TableError, match=r"column 'when' (holds|has the type)"):
        made((NO_TEXT | NESTED)[kind]())


WORDS: dict[str, tuple[Callable[[], Any], list[Any]]] = {
    "enums": (lambda: [Colour.RED, Colour.BLUE], ["Colour.RED", "Colour.BLUE"]),
    "identifiers": (lambda: [uuid.UUID(int=1), None], [str(uuid.UUID(int=1)), None]),
    "paths": (lambda: [pathlib.PurePosixPath("a/b"), "c"], ["a/b", "c"]),
    "intervals": (lambda: pd.cut(pd.Series([0.0, 9.0]), [-1, 1, 10]), ["(-1, 1]", "(1, 10]"]),
    "intervals alone": (
        lambda: pd.Series(pd.arrays.IntervalArray.from_breaks([0, 1, 2])),
        ["(0, 1]", "(1, 2]"],
    ),
    "strings of numpy": (
        lambda: np.array(["u", "v"], dtype=np.dtypes.StringDType()),
        ["u", "v"],
    ),
    "views of Arrow": (lambda: pa.array(["u", None]).cast(pa.string_view()), ["u", None]),
    "large strings of Arrow": (lambda: pa.array(["u", None], pa.large_string()), ["u", None]),
    "categories of polars": (lambda: pl.Series(["u", None]).cast(pl.Categorical), ["u", None]),
    "enums of polars": (lambda: pl.Series(["u", "v"]).cast(pl.Enum(["v", "u"])), ["u", "v"]),
    "dictionaries of Arrow": (lambda: pa.array(["u", "v"]).dictionary_encode(), ["u", "v"]),
}
NUMBERS: dict[str, tuple[Callable[[], Any], list[float]]] = {
    "fractions": (lambda: [Fraction(1, 4), 2], [0.25, 2.0]),
    "tensors in cells": (lambda: [torch.tensor(1.5), torch.tensor(2)], [1.5, 2.0]),
    "arrays of no dimensions": (lambda: [np.array(1.5), 2], [1.5, 2.0]),
    "objects of polars": (lambda: pl.Series([1, 2], dtype=pl.Object), [1.0, 2.0]),
    "sparse columns": (lambda: pd.Series(pd.arrays.SparseArray([0.0, 1.5])), [0.0, 1.5]),
    "run ends": (lambda: pa.RunEndEncodedArray.from_arrays([1, 2], pa.array([1.0, 2.0])), [1, 2]),
    "wide integers": (lambda: pl.Series([1, 2]).cast(pl.Int128), [1.0, 2.0]),
    "longdouble": (lambda: np.array([1.5, 2], dtype=np.longdouble), [1.5, 2.0]),
    "the other byte order": (lambda: np.array([1.5, 2], dtype=">f8"), [1.5, 2.0]),
}


@pytest.mark.parametrize("kind", [*WORDS, *NUMBERS])
def test_what_has_a_text_or_is_a_number_is_read_as_that(kind: str) -> None:
    make, wanted = (WORDS | NUMBERS)[kind]
    assert typed(make()).tolist() == wanted


def test_the_order_of_categories_is_not_used_and_that_is_said() -> None:
    levels = pd.Categorical(np.array(["low", "mid", "high"])[I % 3], ["low", "mid", "high"])
    task = made(pd.Series(levels.as_ordered()))
    assert "Ordered categories were taken without their order: 'when'." in task.info.notes
    cut = made(pd.cut(pd.Series(A), 4))
    assert "Ordered categories were taken without their order: 'when'." in cut.info.notes
    assert "Cells of digits with other signs were taken as categories, not as numbers: 'when'." in (
        cut.info.notes
    )
    assert not any("order" in note for note in made(pd.Series(levels)).info.notes)


# ---- masked and missing -------------------------------------------------------------------------
MASKED: dict[str, Any] = {
    "numbers": np.ma.masked_array(A, MASK),
    "a filler": np.ma.masked_values(np.where(MASK, -999.0, A), -999.0),
    "whole numbers": np.ma.masked_array(I % 7, MASK),
    "text": np.ma.masked_array(HALF, MASK),
    "dates": np.ma.masked_array(np.arange("2020-01-01", N, dtype="M8[D]"), MASK),
}


@pytest.mark.parametrize("kind", MASKED)
def test_masked_cells_are_missing(kind: str) -> None:
    task = made(MASKED[kind])
    plain = made(
        [None if gone else v for v, gone in zip(MASKED[kind].data.tolist(), MASK, strict=True)]
    )
    assert task.info.fingerprint == plain.info.fingerprint
    assert any("24 missing cells of 96" in note for note in task.info.notes)


def test_masked_rows_and_targets_are_missing() -> None:
    both = np.ma.masked_array(np.column_stack([A, Y]), np.column_stack([MASK, ~MASK]))
    table = to_table(both, y=I % 2)
    assert np.isnan(table.columns[0].values.astype(float)).sum() == MASK.sum()
    for y in (np.ma.masked_array(Y, MASK), np.ma.masked_array(I % 2, MASK)):
        with pytest.raises(TargetError, match="missing in 24 rows of 96"):
            make_task(to_table({"a": A}, y=y), "target")


def test_records_are_columns_by_their_names() -> None:
    rows = np.array(
        list(zip(A, HALF, Y, strict=True)), dtype=[("a", "f8"), ("h", "U1"), ("y", "f8")]
    )
    for given in (rows, np.rec.array(rows)):
        task = make_task(to_table(given), "y")
        assert dict(task.info.features) == {"a": "number", "h": "category"}
        np.testing.assert_array_equal(parts(task)["a"], A)


# ---- whole tables -------------------------------------------------------------------------------
def asked(data: Any, y: Any = None, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # hints
        return handed_task(Handed(data, y, None), parse_options(options))


NO_TABLES: dict[str, tuple[Callable[[], Any], str]] = {
    "rows as dicts": (lambda: [{"a": 1}] * N, r"fix: .*pandas.DataFrame\(rows\)"),
    "ragged rows": (lambda: [[1, 2]] * 60 + [[1]] * 36, "row 61 has 1 cells, the first has 2"),
    "a generator": (lambda: (row for row in [[1, 2]]), "generator, which gives its items once"),
    "a reader": (lambda: pa.table({"a": A}).to_reader(), r"fix: give data.read_all\(\)"),
    "nothing": (lambda: None, "type NoneType is no table"),
    "a number": (lambda: 3.0, "type float is no table"),
    "one column": (lambda: A, r"the data has shape \(96,\)"),
    "a tensor without numbers": (lambda: torch.empty(N, 2, device="meta"), "device meta"),
}


@pytest.mark.parametrize("kind", NO_TABLES)
def test_what_is_no_table_is_refused_with_a_way_out(kind: str) -> None:
    make, error = NO_TABLES[kind]
    with pytest.raises(TableError, match=error):
        asked(make(), I % 2)


TABLES: dict[str, Callable[[], Any]] = {
    "a lazy frame": lambda: pl.DataFrame({"a": A, "y": Y}).lazy(),
    "a batch of Arrow": lambda: pa.RecordBatch.from_pydict({"a": A, "y": Y}),
    "a tensor of gradients": lambda: {"a": torch.tensor(A, requires_grad=True), "y": Y},
    "a sparse tensor": lambda: {"a": torch.tensor(A).to_sparse(), "y": Y},
    "records": lambda: np.array(list(zip(A, Y, strict=True)), dtype=[("a", "f8"), ("y", "f8")]),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_all_libraries_are_the_same_table(kind: str) -> None:
    wanted = asked({"a": A, "y": Y}, target="y").info.fingerprint
    assert asked(TABLES[kind](), target="y").info.fingerprint == wanted


def test_tensors_of_odd_layouts_are_numbers() -> None:
    rows = np.column_stack([A, Y])
    for made_of in (torch.Tensor.to_sparse_csr, torch.Tensor.to_sparse):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # torch: sparse layouts are new
            table = to_table(made_of(torch.tensor(rows)), y=I % 2)
        np.testing.assert_array_equal(table.columns[0].values, A)


# ---- one-hot targets ----------------------------------------------------------------------------
HOT = np.eye(3)[I % 3]
NAMED = np.array(["u", "v", "w"])
ONE_HOT: dict[str, tuple[Callable[[], Any], str, tuple[str, ...]]] = {
    "floats": (lambda: HOT, "int", ("0", "1", "2")),
    "whole numbers": (lambda: HOT.astype(int), "int", ("0", "1", "2")),
    "truths": (lambda: HOT.astype(bool), "int", ("0", "1", "2")),
    "lists": (lambda: HOT.tolist(), "int", ("0", "1", "2")),
    "a tensor": (lambda: torch.tensor(HOT, requires_grad=True), "int", ("0", "1", "2")),
    "a list of tensors": (lambda: list(torch.tensor(HOT)), "int", ("0", "1", "2")),
    "a dict": (lambda: dict(zip(NAMED, HOT.T, strict=True)), "str", ("u", "v", "w")),
    "Arrow": (
        lambda: pa.table(dict(zip(NAMED.tolist(), HOT.T, strict=True))),
        "str",
        ("u", "v", "w"),
    ),
    "pandas": (lambda: pd.get_dummies(pd.Series(NAMED[I % 3])), "str", ("u", "v", "w")),
    "polars": (lambda: pl.DataFrame(HOT, schema=NAMED.tolist()), "str", ("u", "v", "w")),
    "a sparse matrix": (
        lambda: pytest.importorskip("scipy.sparse").csr_matrix(HOT),
        "int",
        ("0", "1", "2"),
    ),
}


@pytest.mark.parametrize("kind", ONE_HOT)
def test_one_hot_labels_of_every_source_are_classes(kind: str) -> None:
    make, labels, classes = ONE_HOT[kind]
    task = asked(np.column_stack([A, Y]), make())
    assert (task.info.classes, task.info.labels) == (classes, labels)
    np.testing.assert_array_equal(task.target, I % 3)


SINGLE: dict[str, tuple[Callable[[], Any], str]] = {
    "an array": (lambda: (I % 2)[:, None], "int"),
    "truths": (lambda: (I % 2 == 1)[:, None], "bool"),
    "lists": (lambda: (I % 2)[:, None].tolist(), "int"),
    "pandas": (lambda: pd.DataFrame({"z": I % 2}), "int"),
    "pandas of text": (lambda: pd.DataFrame({"z": HALF}), "str"),
    "polars": (lambda: pl.DataFrame({"z": I % 2}), "int"),
    "Arrow": (lambda: pa.table({"z": I % 2}), "int"),
    "a tensor": (lambda: torch.tensor(I % 2)[:, None], "int"),
}


@pytest.mark.parametrize("kind", SINGLE)
def test_one_column_of_labels_keeps_its_type(kind: str) -> None:
    make, labels = SINGLE[kind]
    task = asked(np.column_stack([A, Y]), make())
    assert task.info.labels == labels
    np.testing.assert_array_equal(task.target, I % 2)


def test_several_targets_are_told_from_classes() -> None:
    several = np.where(I[:, None] == 3, 0.0, HOT)
    shares = np.full((N, 3), 1 / 3)
    rows = np.column_stack([A, Y])
    with pytest.raises(TableError, match="row 4 has none"):
        asked(rows, several)
    with pytest.raises(TableError, match=r"shares of classes.*\n.*argmax"):
        asked(rows, shares)
    with pytest.raises(TableError, match="2 columns: a study predicts one target only"):
        asked(rows, rows)


def test_days_without_a_time_are_dates_wherever_they_come_from() -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=int(i)) for i in I]
    wanted = made(days).info.fingerprint
    for form in (pa.array(days, pa.date64()), pa.array(days).dictionary_encode(), pl.Series(days)):
        assert made(form).info.fingerprint == wanted
