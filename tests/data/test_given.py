"""Tables that Python hands over in other forms: read as meant, or refused by their cause."""

from __future__ import annotations

import io
from collections import deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from scipy import sparse
from torch.utils.data import TensorDataset, random_split

import howdeep
from howdeep.base.errors import ConfigError, InputError, TargetError
from howdeep.data.task import Task
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task

N = 60
X = np.random.Generator(np.random.PCG64(0)).normal(size=(N, 3))
Y = np.arange(N) % 2
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
ROWS = [(float(a), float(b), int(y)) for a, b, y in zip(X[:, 0], X[:, 1], Y, strict=True)]
Row = namedtuple("Row", "a b y")


@dataclass
class Record:
    a: float
    y: int


class Dask:
    """What a frame that is computed later offers of itself."""

    columns = ("a", "b")
    iloc = None

    def compute(self) -> pd.DataFrame:
        return FRAME


def task(data: Any, y: Any = None, test: Any = None, **options: Any) -> Task:
    return handed_task(Handed(data, y, test), parse_options(options))


READ: dict[str, tuple[Callable[[], tuple[Any, Any]], str]] = {  # data and y, and type of labels
    "big endian": (lambda: (X.astype(">f8"), Y.astype(">i4")), "int"),
    "small endian of two bytes": (lambda: (X, Y.astype("<u2")), "int"),
    "big endian floats": (lambda: (X, Y.astype(">f8")), "float"),
    "a matrix": (lambda: (np.matrix(X), np.matrix(Y).T), "int"),
    "several axes of one": (lambda: (X, Y[:, None, None]), "int"),
    "a lazy target": (lambda: (FRAME, pl.LazyFrame({"grade": Y})), "int"),
    "values of a dict": (lambda: (X, dict(enumerate(Y.tolist())).values()), "int"),
    "a deque": (lambda: (X, deque(Y.tolist())), "int"),
    "Fortran order": (lambda: (np.asfortranarray(X), Y), "int"),
    "rows in an array of objects": (lambda: (np.array([*map(tuple, X), 0], object)[:-1], Y), "int"),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_it_is_meant(name: str) -> None:
    make, kind = READ[name]
    found = task(*make())
    assert found.info.classes == ("0", "1")
    assert found.info.labels == kind
    assert len(found.info.features) == 3
    assert found.target.tolist() == Y.tolist()


def test_named_records_keep_their_names() -> None:
    found = task([Row(*row) for row in ROWS], target="y")
    assert [name for name, _ in found.info.features] == ["a", "b"]


@pytest.mark.parametrize(
    "y", [pl.LazyFrame({"grade": Y}), pa.table({"grade": Y}), {"grade": Y}, pl.Series("grade", Y)]
)
def test_a_target_keeps_the_name_of_its_column(y: Any) -> None:
    assert task(X, y).info.target == "grade"


def batches() -> list[Any]:
    return [[torch.zeros(4, 3), torch.zeros(4)], [torch.zeros(4, 3), torch.zeros(4)]]


REFUSED: dict[str, tuple[Callable[[], tuple[Any, Any]], str, str]] = {  # what is said, and the fix
    "data and labels": (lambda: ((X, Y), None), "pair of data and labels", "run(X, y=y)"),
    "their list": (lambda: ([X, Y], None), "pair of data and labels", "run(X, y=y)"),
    "a frame and labels": (lambda: ((FRAME, Y), None), "pair of data and labels", "run(X, y=y)"),
    "batches": (lambda: (batches(), None), "as of batches", "numpy.concatenate"),
    "record batches": (
        lambda: ([pa.record_batch({"a": X[:, 0]})] * 3, Y), "list of tables", "from_batches",
    ),
    "datasets": (
        lambda: (random_split(TensorDataset(torch.tensor(X), torch.tensor(Y)), [40, 20]), None),
        "list of datasets", "test=",
    ),
    "dicts": (lambda: ([{"a": 1.0}] * N, Y), "do not say what the columns", "pandas.DataFrame"),
    "records": (lambda: ([Record(1.0, 1)] * N, Y), "do not say what the columns", "DataFrame"),
    "a first row of names": (
        lambda: ([("a", "b", "y"), *ROWS], None), "names in its first row: 'a', 'b'", "rows[0]",
    ),
    "a generator": (lambda: ((x for x in X), Y), "generator", "list(data)"),
    "zipped columns": (lambda: (zip(X[:, 0], X[:, 1], strict=True), Y), "type zip", "list(data)"),
    "an open file": (lambda: (io.StringIO("a,b"), None), "read by their path", "give the path"),
    "a frame of later": (lambda: (Dask(), Y), "of type Dask", "data.compute()"),
    "a reader of batches": (
        lambda: (pa.table({"a": X[:, 0]}).to_reader(), Y), "RecordBatchReader", "data.read_all()",
    ),
    "a sparse dict": (lambda: (sparse.dok_array(X), Y), "sparse", "toarray"),
    "a sparse array": (lambda: (sparse.csr_array(X), Y), "sparse", "toarray"),
    "several arrays": (
        lambda: ({"data": X, "target": Y}, None), "'data' is an array of shape (60, 3)", "y=",
    ),
    "one column": (lambda: (FRAME["a"], Y), "shape (60,)", "data.to_frame()"),
    "one axis": (lambda: (X[:, 0], Y), "shape (60,)", "reshape(-1, 1)"),
    "five axes": (lambda: (np.zeros((N, 2, 4, 4, 3)), Y), "images (N, H, W, C)", "each row"),
    "no data": (lambda: (None, Y), "NoneType", "numpy array"),
    "y in a row": (lambda: (X, Y[None]), "y has shape (1, 60): one row", "y.reshape(-1)"),
    "y of one name": (lambda: (FRAME, "a"), "y is the text 'a'", "N values"),
    "y of one number": (lambda: (X, 1), "y is '1' alone", "N values"),
    "y without order": (lambda: (X, set(Y.tolist())), "y is of type set", "array"),
    "y by number": (lambda: (X, dict(enumerate(Y.tolist()))), "y is of type dict", "list"),
    "y read once": (lambda: (X, map(int, Y)), "y is of type map", "list"),
    "y masked": (lambda: (X, np.ma.masked_equal(Y, 1)), "missing in 30 rows", "fill"),
    "y that fails later": (
        lambda: (X, pl.LazyFrame({"y": Y}).select("z")), "cannot be collected", "collect()",
    ),
    "y in another order": (
        lambda: (FRAME, pd.Series(Y, index=range(N)[::-1])), "in another order", "reindex",
    ),
    "columns in another order": (
        lambda: ({"a": FRAME["a"], "b": FRAME["b"][::-1]}, Y),
        "column 'b' has the labels", "reindex",
    ),
    "orient of pandas": (lambda: (FRAME.to_dict(), Y), "column 'a' is of type dict", "list"),
    "a column of one number": (lambda: ({"a": 1, "b": X[:, 0]}, Y), "'1' alone", "N values"),
    "a column of one text": (lambda: ({"a": "x" * N}, Y), "column 'a' is the text", "N values"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_its_cause(name: str) -> None:
    make, said, fix = REFUSED[name]
    with pytest.raises(InputError) as caught:
        task(*make())
    assert said in caught.value.what
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (pd.Index([f"c{i}" for i in range(N)], name="customer"), "index 'customer' was not read"),
        (pd.date_range("2020", periods=N), "The frame's index was not read"),
        (pd.MultiIndex.from_product([range(6), range(10)], names=["p", "q"]), "index 'p', 'q'"),
    ],
)
def test_an_index_that_says_something_is_said_to_be_left_out(index: pd.Index, said: str) -> None:
    found = task(FRAME.set_axis(index), Y)
    assert any(said in note for note in found.info.notes)
    plain = task(FRAME.set_axis(range(N)[::-1]), Y)
    assert not any("index" in note for note in plain.info.notes)


def test_a_target_that_is_the_index_is_refused_with_the_way_out() -> None:
    with pytest.raises(TargetError, match="is the frame's index") as caught:
        task(FRAME.assign(y=Y).set_index("y"), target="y")
    assert "reset_index" in caught.value.fix


@pytest.mark.parametrize("side", ["groups", "weights"])
def test_values_beside_the_rows_are_in_their_order(side: str) -> None:
    values = pd.Series(np.arange(N) // 3 + 1, index=range(N)[::-1])
    with pytest.raises(ConfigError, match=f"{side} has the labels of the rows' index"):
        task(FRAME, Y, **{side: values})
    later = task(FRAME, Y, **{side: values.set_axis(range(100, 100 + N))})
    assert any(f"{side} was taken row by row" in note for note in later.info.notes)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (X + 1, "test has 3 columns, where 4 are needed"),
        ((X[:, :2], Y), "test has 2 columns, where 3 are needed"),
        ((X + 1, None), "test is no pair"),
    ],
)
def test_test_rows_that_are_none_are_refused_by_what_they_lack(test: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        task(X, Y, test)
    assert len(task(X, Y, [X + 1, Y]).target) == 2 * N  # a list of two is a pair as well


def test_columns_of_several_levels_and_numbers_of_numpy_name_the_target() -> None:
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("t", "t")])
    frame = pd.DataFrame(np.c_[X[:, 0], Y], columns=columns)
    for data, target in ((frame, ("t", "t")), (np.c_[X, Y], np.int64(-1))):
        with pytest.raises(ConfigError, match="--depths"):  # the target was taken
            howdeep.run(data, target=target, depths="none")
    with pytest.raises(ConfigError, match="values can be read only once"):
        howdeep.run(X, y=Y, time=(i for i in range(N)))
