"""What a handed-over net is given as rows: arrays, lists, tensors with gradients, lazy frames."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

import howdeep
import tiny
from howdeep.export.door import _load
from howdeep.modalities.table.typed import typed

N = 150
X = np.random.default_rng(2).normal(size=(N, 3)).round(3)
SMALL: dict[str, Any] = {
    "depths": (0, 1),
    "max_seeds": 2,
    "max_steps": 100,
    "epsilon": 0.5,
    "jobs": 1,
    "rivals": ("none",),
    "family": ("mlp",),
}
NEW = X[:7]


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = tmp_path_factory.mktemp("rows") / "s.study"
    return howdeep.run(X, y=(X[:, 0] + X[:, 1] > 0).astype(int), out=out, **SMALL)


def columns(make: Callable[[Any], Any]) -> dict[str, Any]:
    return {f"column_{j + 1}": make(NEW[:, j]) for j in range(3)}


ROWS: dict[str, Callable[[], Any]] = {
    "array": lambda: NEW,
    "small floats": lambda: NEW.astype(np.float64),
    "objects": lambda: NEW.astype(object),
    "lists": NEW.tolist,
    "tuples": lambda: tuple(map(tuple, NEW.tolist())),
    "list of arrays": lambda: list(NEW),
    "texts": lambda: [[str(cell) for cell in row] for row in NEW.tolist()],
    "tensor": lambda: torch.tensor(NEW),
    "tensor with a gradient": lambda: torch.tensor(NEW).requires_grad_(),
    "computed tensor": lambda: torch.tensor(NEW).requires_grad_() * 1,
    "sparse tensor": lambda: torch.tensor(NEW).to_sparse(),
    "columns with gradients": lambda: columns(lambda c: torch.tensor(c).requires_grad_()),
    "columns of tensors": lambda: columns(lambda c: [torch.tensor(v) for v in c]),
    "columns of tensors with gradients": lambda: columns(
        lambda c: [torch.tensor(v, requires_grad=True) for v in c]
    ),
    "lazy frame": lambda: pl.DataFrame(columns(lambda c: c)).lazy(),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_in_any_form_are_the_same_rows(answer: howdeep.Answer, name: str) -> None:
    net = _load(answer.path / "net")
    wanted = net.predict_proba(columns(lambda c: c))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(net.predict_proba(ROWS[name]()), wanted)
        assert answer.predict(ROWS[name]()) == net.predict(ROWS[name]())


def test_no_rows_give_no_answers(answer: howdeep.Answer) -> None:
    net = _load(answer.path / "net")
    assert net.predict(NEW[:0]) == []
    assert net.predict_proba(NEW[:0]).shape == (0, 2)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (NEW[:, :2], "2 columns without names came, and training had 3"),
        (NEW[:, 0], r"the rows have shape \(7,\)"),
        ([1.0, 2.0, 3.0], "a list that holds no lists"),
        ([[1.0, 2.0, 3.0], [1.0]], "rows differ in length"),
        (torch.zeros(2, 3, 1), r"shape \(2, 3, 1\)"),
    ],
)
def test_what_is_no_rows_is_refused_in_words(answer: howdeep.Answer, rows: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _load(answer.path / "net").predict(rows)


def test_rows_without_names_are_no_columns_of_training_that_had_names(tmp_path: Path) -> None:
    data = tiny.table(tmp_path / "t.csv")
    net = _load(howdeep.run(data, target="y", out=tmp_path / "s.study", **SMALL).path / "net")
    with pytest.raises(ValueError, match="without names, and training had them"):
        net.predict(np.zeros((2, 3)))


def test_a_column_of_tensors_is_numbers_not_their_names() -> None:
    made = typed([torch.tensor(1.5, requires_grad=True), None, torch.tensor(2)])
    assert made.dtype == np.float64
    assert made.tolist()[::2] == [1.5, 2.0]
    assert typed(torch.tensor([1.0, 2.0], requires_grad=True)).tolist() == [1.0, 2.0]
    assert typed(torch.tensor([1.5]).bfloat16()).tolist() == [1.5]
    assert typed(pd.Series([1, 2])).tolist() == [1.0, 2.0]


def test_images_may_be_tensors_with_gradients_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 120)
    images = rng.integers(0, 90, (120, 10, 10), dtype=np.uint8)
    images[labels == 1, 2:8] += 100
    how = {**SMALL, "family": ("mlp",), "depths": (0, 1)}
    scaled = images / 255
    answer = howdeep.run(scaled, y=labels, out=tmp_path / "s.study", **how)
    net, tensor = _load(answer.path / "net"), torch.tensor(scaled[:5])
    wanted = net.predict(scaled[:5])
    assert net.predict(tensor.requires_grad_()) == wanted
    assert net.predict([one.clone().requires_grad_() for one in tensor.detach()]) == wanted
