"""Real sets as a newcomer would give them: kinds, metrics, row counts and notes make sense."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from howdeep.base.errors import TableError, TargetError
from howdeep.data.task import Task
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.samples import names_of

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
]


def real(name: str) -> Path:
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not there; HOWDEEP_TEST_DATA names the folder of real sets")
    return path


def said(task: Task, words: str) -> bool:
    return any(words in note for note in task.info.notes)


def test_adult_asks_for_its_header_then_reads_both_files() -> None:
    train, test = real("adult/train.csv"), real("adult/test.csv")
    with pytest.raises(TableError, match="--names"):
        read_table(train)
    tables = [read_table(path, names=ADULT) for path in (train, test)]
    task = make_task(tables[0], "income", test=tables[1])
    assert task.info.classes == ("<=50K", ">50K")
    assert task.info.metric == "accuracy"
    assert dict(task.info.rows)["all"] == 32_561 + 16_281
    assert task.info.test_rows == 16_281 - 26
    assert said(task, "left out of the test: 26 of 16,281 test rows")
    assert names_of(task).numbers[0] == "age"
    assert "?" in names_of(task).levels[names_of(task).codes.index("workclass")]
    assert said(task, "Blanks around cells")
    assert said(task, "end in a dot")
    share = np.bincount(task.target[32_561:].astype(int))[1] / 16_281
    assert share == pytest.approx(0.2362, abs=1e-4)  # as published with the set


def test_california_housing_is_a_regression_with_one_category() -> None:
    task = make_task(read_table(real("california_housing/housing.csv")), "median_house_value")
    assert (task.info.kind, task.info.metric) == ("regression", "mse")
    assert names_of(task).codes == ("ocean_proximity",)
    assert len(names_of(task).numbers) == 8
    assert said(task, "'total_bedrooms' has 207 missing cells of 20,640 (empty)")
    assert [n for _, n in task.info.rows] == [20_640, 16_512, 4_128]


def test_letter_has_26_classes_and_a_header() -> None:
    task = make_task(read_table(real("letter_recognition/letter.csv")), "lettr")
    assert "".join(task.info.classes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(names_of(task).numbers) == 16
    assert dict(task.info.rows)["all"] == 20_000
    assert task.info.metric == "accuracy"  # 26 classes, all about as frequent
    assert said(task, "earlier row: 1,332 rows")


def test_online_shoppers_keeps_booleans_and_months_as_categories() -> None:
    table = read_table(real("online_shoppers/online_shoppers_intention.csv"))
    task = make_task(table, "Revenue")
    assert task.info.classes == ("FALSE", "TRUE")
    assert task.info.metric == "accuracy"
    assert {"Month", "Weekend", "VisitorType"} <= set(names_of(task).codes)
    assert len(task.info.features) == 17


@pytest.mark.parametrize(
    ("name", "rows", "scheme"),
    [("phoneme/phoneme.csv", 5_404, "folds"), ("pima/pima.csv", 768, "folds")],
)
def test_two_classes_in_the_last_of_unnamed_columns(name: str, rows: int, scheme: str) -> None:
    with pytest.raises(TableError, match="--no-header"):
        read_table(real(name))
    task = make_task(read_table(real(name), header=False), "last")
    assert task.info.kind == "classification"
    assert task.info.classes == ("0", "1")
    assert task.info.metric == "accuracy"
    assert task.info.scheme == scheme
    assert dict(task.info.rows)["all"] == rows
    assert names_of(task).codes == ()


def test_wine_ratings_are_classes_with_rare_ones_or_numbers_if_asked() -> None:
    red, white = (
        read_table(real(f"wine_quality/{name}.csv"), header=False) for name in ("red", "white")
    )
    task = make_task(red, 12)
    assert task.info.classes == ("3", "4", "5", "6", "7", "8")
    assert task.info.metric == "balanced_accuracy"
    assert said(task, "earlier row: 240 rows")
    task = make_task(white, 12, kind="regression")
    assert (task.info.kind, task.info.metric) == ("regression", "mse")
    assert make_task(white, 12).info.classes == tuple("3456789")


def test_text_messages_say_that_a_table_of_free_text_cannot_be_learned_from() -> None:
    table = read_table(real("sms_spam/sms.tsv"), header=False)
    assert table.rows == 5_574
    assert any("Quotation marks" in note for note in table.notes)
    with pytest.raises(TableError, match="free text"):
        make_task(table, 1)


def test_an_hourly_series_is_learnt_from_its_dates_and_its_order_is_offered() -> None:
    table = read_table(real("etth/ETTh1.csv"))
    task = make_task(table, "OT")
    assert dict(task.info.features)["date"] == "date"
    assert said(task, "--time date compares and tests on the later rows")
    assert len(names_of(task).numbers) == 6 + 7
    assert len(names_of(make_task(table, "OT", time="date")).numbers) == 6


def test_a_newcomer_who_names_no_target_sees_the_columns() -> None:
    with pytest.raises(TargetError, match="'median_house_value'"):
        make_task(read_table(real("california_housing/housing.csv")), None)


@pytest.mark.parametrize("name", ["mnist/train-labels-idx1-ubyte.gz", "cifar10.tar.gz", "pima"])
def test_what_is_no_table_is_named(name: str) -> None:
    with pytest.raises(TableError, match=r"NUL byte|tar archive|directory"):
        read_table(real(name))
