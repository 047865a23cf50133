"""From tables to tasks: what a column is, what the target is, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from howdeep.base.errors import ConfigError, InputError, TableError, TargetError
from howdeep.data.column import Column
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import codes_of, names_of, numbers_of
from howdeep.modalities.table.table import Table

N = 120


def texts(**columns: list[str]) -> Table:
    """A table as a reader of text files leaves it."""
    made = tuple(Column(name, np.array(v, dtype=object)) for name, v in columns.items())
    return Table("made/t.csv", "t.csv", "0" * 64, made)


def honest(n: int = N, **more: list[str]) -> dict[str, list[str]]:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=n), rng.normal(size=n)
    y = ["up" if v > 0 else "down" for v in a + b / 3]
    return {"a": [f"{v:.4f}" for v in a], "b": [f"{v:.4f}" for v in b]} | more | {"y": y}


def task(columns: dict[str, list[str]], target: str | int = "y", **options: Any) -> Task:
    return make_task(texts(**columns), target, **options)


def notes(made: Task) -> str:
    return "\n".join(made.info.notes)


# ---- features ------------------------------------------------------------------------------------
def test_missing_words_in_a_column_of_numbers_are_missing_and_counted() -> None:
    words = ["", "NA", "N/A", "nan", "null", "None", "?", "-"]
    made = task(honest(m=words + [str(i % 7) for i in range(N - len(words))]))
    j = names_of(made).numbers.index("m")
    assert np.isnan(numbers_of(made)[:, j]).sum() == len(words)
    assert "'m' has 8 missing cells of 120" in notes(made)


def test_what_is_missing_in_a_category_is_what_pandas_takes_for_it() -> None:
    made = task(honest(m=["NA", "?", "", "x", "none", "None"] * (N // 6)))
    assert names_of(made).levels == (("?", "none", "x"),)
    assert (codes_of(made)[:, 0] == -1).sum() == N // 2
    assert "'m' has 60 missing cells of 120 (empty, 'NA', 'None')" in notes(made)


def test_words_of_missing_values_alone_are_all_missing_only_where_they_are_one_word() -> None:
    made = task(honest(m=["none"] * N, k=["none", "-"] * (N // 2)))
    assert names_of(made).codes == ("k",)
    assert "all cells are missing: 'm'" in notes(made)


def test_underscores_hex_and_foreign_digits_are_text() -> None:
    made = task(honest(m=["1_000", "0x10", "\u0661\u0662"] * (N // 3)))
    assert names_of(made).codes == ("m",)


def test_small_whole_numbers_are_numbers_unless_said_otherwise() -> None:
    columns = honest(m=[str(i % 3) for i in range(N)])
    assert "m" in names_of(task(columns)).numbers
    made = task(columns, types={"m": "category"})
    assert names_of(made).codes == ("m",)
    assert names_of(made).levels == (("0", "1", "2"),)


def test_a_column_said_to_be_numbers_takes_its_text_as_missing() -> None:
    columns = honest(m=["low", *(str(i % 9) for i in range(N - 1))])
    made = task(columns, types={"m": "number"})
    assert np.isnan(numbers_of(made)[0, names_of(made).numbers.index("m")])
    assert "'low'" in notes(made)


def test_one_number_in_a_column_of_text_is_named() -> None:
    made = task(honest(m=["x", "z"] * 30 + ["17"] + ["x"] * 59))
    assert "1 cell of numbers, the first '17' in row 61" in notes(made)


def test_an_unknown_column_or_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'a'"):
        task(honest(), types={"aa": "number"})
    with pytest.raises(ConfigError, match="number, category, date or drop"):
        task(honest(), types={"a": "integer"})
    with pytest.raises(ConfigError, match="--kind"):
        task(honest(), types={"y": "category"})


def test_dropped_columns_are_gone() -> None:
    made = task(honest(), types={"a": "drop"})
    assert made.info.features == (("b", "number"),)
    assert "Left out as asked: 'a'" in notes(made)


def test_no_column_left_to_learn_from_says_why() -> None:
    columns = {"id": [str(i) for i in range(N)], "y": ["u", "v"] * (N // 2)}
    with pytest.raises(TableError, match=r"row numbers.*'id'"):
        task(columns)


SPREAD = [str((i * 7919) % 100_003) for i in range(N)]  # whole, all different, in no order


@pytest.mark.parametrize(
    ("name", "values", "kept"),
    [
        ("order", [str(i * 3) for i in range(N)], True),  # as a dose is
        ("year", [str(1900 + i) for i in range(N)], True),
        ("shuffled", [str((i * 7) % N) for i in range(N)], False),  # from 0, without a gap
        ("obs", [str(N - i) for i in range(N)], False),
        ("customer_id", SPREAD, False),  # by their names
        ("PassengerId", SPREAD, False),
        ("S.No", SPREAD, False),
        ("index", SPREAD, False),
        ("level_0", SPREAD, False),
        ("Unnamed: 0", SPREAD, False),
        ("Unnamed: 0.1", [str(i % (N // 2)) for i in range(N)], False),  # two frames, joined
        ("__index_level_0__", SPREAD, False),
        ("column_3", SPREAD, False),  # nobody named it
        ("income", SPREAD, True),
        ("paid", SPREAD, True),
        ("half", [str((i * 7) % N + 0.5) for i in range(N)], True),
        ("word", [f"w{i}" for i in range(N)], False),
        ("level", [f"w{i % 30}" for i in range(N)], True),
    ],
)
def test_row_numbers_and_identifiers_are_left_out(name: str, values: list[str], kept: bool) -> None:
    made = task(honest(**{name: values}))
    assert (name in dict(made.info.features)) == kept
    assert kept or f"'{name}'" in notes(made)
    wanted = "category" if name == "word" else "number"
    assert name in dict(task(honest(**{name: values}), types={name: wanted}).info.features) or kept


def test_one_sentence_names_all_columns_it_is_about() -> None:
    made = task(honest(**{f"c{i}": ["1"] * N for i in range(12)}))
    assert "all cells are equal: 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 4 more." in (
        notes(made)
    )


# ---- target --------------------------------------------------------------------------------------
@pytest.mark.parametrize("target", ["y", 3, "3", -1, "-1", "last"])
def test_the_target_by_name_and_number(target: str | int) -> None:
    assert task(honest(), target).info.target == "y"


def test_a_name_goes_before_a_number() -> None:
    made = task({"2": honest()["a"], "b": honest()["b"], "1": honest()["y"]}, "1")
    assert made.info.target == "1"


@pytest.mark.parametrize("target", [None, "z", 0, 4, -4, "", "1.5", "9" * 30])
def test_no_such_target_is_asked_for(target: str | int | None) -> None:
    with pytest.raises(TargetError) as caught:
        make_task(texts(**honest()), target)
    assert "'a'" in str(caught.value) or "count from 1 to 3" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"] * 60, "classification"),
        (["TRUE", "FALSE"] * 60, "classification"),
        ([str(3 + i % 7) for i in range(N)], "classification"),
        ([f"{1 + i % 3}.0" for i in range(N)], "classification"),
        (["001", "002"] * 60, "classification"),
        (["1", "2", "?"] * 40, "classification"),
        ([str(i % 60 / 8) for i in range(N)], "regression"),
        ([str(1000 + 37 * (i % 60)) for i in range(N)], "regression"),
        ([str(18 + i % 60) for i in range(N)], "regression"),
    ],
)
def test_the_kind_is_guessed_and_said(values: list[str], kind: str) -> None:
    made = task(honest() | {"y": values})
    assert made.info.kind == kind
    assert "(guessed; --kind" in notes(made) or "guessed; --kind" in notes(made)


@pytest.mark.parametrize(
    "values",
    [
        ["0.5", "1.5", "2.5"] * 40,
        [str(i % 40) for i in range(N)],
        [str(1 + i % 29) for i in range(N)],
    ],
)
def test_a_kind_that_cannot_be_told_is_asked_for(values: list[str]) -> None:
    columns = honest() | {"y": values}
    with pytest.raises(TargetError, match="--kind classification or --kind regression"):
        task(columns)
    assert task(columns, kind="regression").info.kind == "regression"
    assert task(columns, kind="classification").info.kind == "classification"


def test_classes_stand_in_the_order_of_their_numbers() -> None:
    made = task(honest() | {"y": [str(i % 12) for i in range(N)]})
    assert made.info.classes == tuple(map(str, range(12)))
    assert list(made.target[:12]) == list(range(12))


def test_a_word_among_numbers_to_predict_is_refused() -> None:
    values = [str(i / 7) for i in range(N)]
    with pytest.raises(TargetError, match="row 3: 'high'"):
        task(honest() | {"y": [*values[:2], "high", *values[3:]]}, kind="regression")
    with pytest.raises(TargetError, match="missing in 1 row"):
        task(honest() | {"y": [*values[:2], "NA", *values[3:]]})


def labelled(*labels: str, **options: Any) -> Task:
    return task(honest() | {"y": list(labels) * (N // len(labels))}, **options)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["1", "1.0", "2", "2.0"], ("1", "2")),
        (["0.0", "-0.0", "1", "1e0"], ("0", "1")),
        (["1.50", "1.5", "2.0", "no"], ("1.5", "2", "no")),
        (["+3", "3", "4"], ("3", "4")),
    ],
)
def test_labels_that_are_the_same_number_are_one_class(
    labels: list[str], classes: tuple[str, ...]
) -> None:
    frame = to_table({"a": np.arange(N) ** 0.5}, labels * (N // len(labels)))
    made_of_text = labelled(*labels, kind="classification")
    for made in (made_of_text, make_task(frame, "target")):
        assert made.info.classes == classes
        assert "the same number are one class" in notes(made)


def test_labels_that_are_written_in_one_way_stay_as_they_are() -> None:
    assert labelled("1.0", "2.0", kind="classification").info.classes == ("1.0", "2.0")
    assert labelled("01", "1", "2").info.classes == ("01", "1", "2")  # a code is no number
    frame = to_table({"a": np.arange(N) ** 0.5}, np.array([-0.0, 0.0, 1.0] * (N // 3)))
    assert make_task(frame, "target").info.classes == ("0", "1")


@pytest.mark.parametrize(
    "labels", [["Yes", "yes", "no"], ["a b", "a  B", "c"], ["x\u200b", "x", "y"]]
)
def test_labels_that_look_alike_are_refused_merged_or_kept(labels: list[str]) -> None:
    with pytest.raises(TargetError, match=r"differ in case or blanks only: .* in 40 rows") as error:
        labelled(*labels)
    assert "--alike-labels merge" in error.value.fix
    assert len(labelled(*labels, alike_labels="merge").info.classes) == 2
    kept = labelled(*labels, alike_labels="keep")
    assert kept.info.classes == tuple(sorted(labels))
    assert "look alike were kept apart" in notes(kept)


def test_the_most_frequent_spelling_names_the_merged_class() -> None:
    made = labelled(" Yes", "YES", "YES", "no", alike_labels="merge")
    assert made.info.classes == ("YES", "no")
    assert np.bincount(made.target).tolist() == [90, 30]


def test_labels_of_a_test_file_are_written_as_those_of_the_table() -> None:
    main, test = split_file(honest() | {"y": ["1", "2"] * 40 + ["1.0", "2.0"] * 20}, 80)
    assert make_task(main, "y", test=test).info.classes == ("1", "2")
    main, test = split_file(honest() | {"y": ["yes", "no"] * 40 + ["Yes", "NO"] * 20}, 80)
    with pytest.raises(TargetError, match="'NO' in 0 rows"):
        make_task(main, "y", test=test)
    assert make_task(main, "y", test=test, alike_labels="merge").info.classes == ("no", "yes")


@pytest.mark.parametrize("wanted", ["a,b", " b ; a ", "a+b", "a b", "a, b ,c"])
def test_several_targets_are_refused_with_the_way_to_leave_the_others_out(wanted: str) -> None:
    with pytest.raises(TargetError, match="one target only") as error:
        task(honest(c=["1", "2"] * (N // 2)), wanted)
    first = wanted.strip()[0]
    assert f"--target {first} --types" in error.value.fix
    assert "=drop" in error.value.fix


def test_a_column_whose_name_holds_a_comma_is_one_target() -> None:
    assert task(honest() | {"a,b": ["p", "q"] * (N // 2)}, "a,b").info.target == "a,b"


def test_metric_and_kind_must_fit() -> None:
    with pytest.raises(ConfigError, match="does not score"):
        task(honest(), metric="mse")
    assert task(honest(), metric="log_loss").info.metric == "log_loss"


def test_balanced_accuracy_where_the_rarest_class_is_rare() -> None:
    assert task(honest()).info.metric == "accuracy"
    made = task(honest() | {"y": ["odd"] * 7 + honest()["y"][7:]})
    assert made.info.metric == "balanced_accuracy"
    assert "'odd', has 6.2% of the training rows, less than a fifth of an equal share among 3" in (
        notes(made)
    )


@pytest.mark.parametrize(
    ("shares", "metric"),
    [
        ([0.12, 0.88], "accuracy"),
        ([0.08, 0.92], "balanced_accuracy"),
        ([0.1] * 10, "accuracy"),
        ([0.03] + [0.97 / 9] * 9, "accuracy"),
        ([0.01] + [0.11] * 9, "balanced_accuracy"),
    ],
)
def test_rare_is_less_than_a_fifth_of_an_equal_share(shares: list[float], metric: str) -> None:
    rng = np.random.default_rng(0)
    y = np.repeat(
        [f"c{i}" for i in range(len(shares))], np.round(np.array(shares) * 1_000).astype(int)
    )
    made = make_task(to_table({"x": rng.normal(size=len(y)), "y": y}), "y")
    assert made.info.metric == metric


def test_a_regression_knows_the_spread_of_its_target() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(50, 9, size=5_000)
    made = make_task(to_table(rng.normal(size=(5_000, 2)), y), "target")
    assert made.info.scheme == "folds"
    assert made.info.spread == pytest.approx(y[made.select].std(), rel=0.01)
    assert task(honest()).info.spread == 0.0


# ---- leaks ---------------------------------------------------------------------------------------
def test_a_category_that_names_the_class_is_a_leak_but_a_coarser_one_is_not() -> None:
    y = [f"k{i % 6}" for i in range(N)]
    with pytest.raises(TargetError, match="'same'"):
        task(honest() | {"same": [f"{ord(v[1]) * 7}" for v in y], "y": y})
    made = task(honest() | {"coarse": [str(int(v[1]) // 2) for v in y], "y": y})
    assert "coarse" in names_of(made).numbers


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, dict])
def test_an_index_that_a_frame_has_as_a_column_is_left_out(frame: Any) -> None:
    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=N), "dose": np.arange(N) * 5 + 10, "y": ["u", "v"] * (N // 2)}
    for name in ("", "Unnamed: 0", "__index_level_0__", "index"):
        made = make_task(to_table(frame({name: rng.permutation(9 * N)[:N]} | data)), "y")
        assert names_of(made).numbers == ("x", "dose")


def test_columns_that_nobody_named_are_judged_by_their_numbers_alone() -> None:
    x = np.random.default_rng(0).normal(size=(N, 2))
    y = ["u", "v"] * (N // 2)
    spread = np.arange(N) ** 2 % 9973
    for count, kept in ((np.arange(N), False), (np.arange(N) * 7, False), (spread, True)):
        frame = pd.DataFrame(np.column_stack([count, x]))
        assert ("0" in names_of(make_task(to_table(frame, y), "target")).numbers) == kept
        array = to_table(np.column_stack([count, x]), y)
        assert ("column_1" in names_of(make_task(array, "target")).numbers) == kept


@pytest.mark.parametrize(
    ("numbers", "leaks"),
    [
        (lambda i: 2 * i, True),  # in order, as rows are that every other was taken from
        (lambda i: N + i + i // 3, True),
        (lambda i: (i * 7) % N + 5, False),
        (lambda i: 5 * i + 10, True),
        (lambda i: (i ^ 1) ** 2, False),  # a measurement may tell classes apart, too
    ],
)
def test_numbers_that_run_through_the_classes_in_turn_are_a_leak(
    numbers: Callable[[int], int], leaks: bool
) -> None:
    y = [f"k{3 * i // N}" for i in range(N)]
    columns = honest() | {"step": [str(numbers(i)) for i in range(N)], "y": y}
    if leaks:
        with pytest.raises(TargetError, match=r"'step': its numbers run through the classes"):
            task(columns)
        assert "kept as asked: 'step'" in notes(task(columns, allow_leak=True))
    else:
        assert "step" in names_of(task(columns)).numbers


def test_a_noisy_threshold_of_an_even_dose_is_no_leak() -> None:
    rng = np.random.default_rng(0)
    y = np.where(np.arange(N) + rng.normal(size=N) * 8 > N / 2, "ill", "well").tolist()
    made = task(honest() | {"dose": [str(10 + 5 * i) for i in range(N)], "y": y})
    assert "dose" in names_of(made).numbers
    assert "all different, taken as numbers" in notes(made)


def test_a_feature_that_tells_the_target_almost_alone_is_said_with_the_way_out() -> None:
    rng = np.random.default_rng(0)
    heat, x = rng.normal(size=N), rng.normal(size=(3, N))
    other = {f"x{j}": x[j] for j in range(3)}
    for near in (heat + 0.1 * rng.normal(size=N), np.exp(heat) + 0.01 * rng.normal(size=N)):
        said = notes(make_task(to_table(other | {"cool": near}, heat), "target"))
        assert "'target' almost alone: 'cool'" in said
        assert "--types cool=drop" in said
    loose = other | {"cool": heat + rng.normal(size=N)}
    assert "almost alone" not in notes(make_task(to_table(loose, heat), "target"))
    label = np.where(heat > 0, "hot", "cold")
    near = np.where(rng.random(N) < 0.02, "odd", label)
    assert "'near'" in notes(make_task(to_table(other | {"near": near}, label), "target"))
    rare = np.where(rng.random(N) < 0.1, "a", "b")  # guessing is right as often
    assert "almost alone" not in notes(make_task(to_table(other, rare), "target"))


def test_extreme_magnitudes_neither_hide_nor_invent_a_leak() -> None:
    rng = np.random.default_rng(0)
    y, other = rng.normal(size=N), rng.normal(size=N) * 1e-300
    with pytest.raises(TargetError, match="'column_1'"):
        make_task(to_table(np.column_stack([-y * 1e300, other]), y), "target")
    assert len(make_task(to_table(other[:, None], y * 1e100), "target").info.features) == 1


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_a_target_whose_squares_float64_cannot_hold_is_refused(scale: float) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(TargetError, match="units"):
        make_task(to_table(rng.normal(size=(N, 1)), rng.normal(size=N) * scale), "target")


# ---- test file -----------------------------------------------------------------------------------
def split_file(columns: dict[str, list[str]], at: int) -> tuple[Table, Table]:
    main = texts(**{name: values[:at] for name, values in columns.items()})
    return main, texts(**{name: values[at:] for name, values in reversed(columns.items())})


def test_a_test_file_brings_the_test_rows_in_any_column_order() -> None:
    main, test = split_file(honest(c=["p", "q"] * 60), 80)
    made = make_task(main, "y", test=test)
    assert list(made.test) == list(range(80, 120))
    assert made.info.rows == (("all", 120), ("folds", 80), ("test", 40))
    whole = texts(**honest(c=["p", "q"] * 60))
    np.testing.assert_array_equal(numbers_of(made), numbers_of(make_task(whole, "y")))


def test_labels_that_end_in_a_dot_in_the_test_file_only_are_matched() -> None:
    columns = honest()
    columns["y"] = columns["y"][:80] + [label + "." for label in columns["y"][80:]]
    made = make_task(*[split_file(columns, 80)[0], "y"], test=split_file(columns, 80)[1])
    assert made.info.classes == ("down", "up")
    assert "end in a dot" in notes(made)


def test_classes_only_in_the_test_file_are_refused() -> None:
    columns = honest()
    main, test = split_file(columns | {"y": [*columns["y"][:-1], "sideways"]}, 80)
    with pytest.raises(TargetError, match="'sideways'"):
        make_task(main, "y", test=test)


def test_a_test_file_with_other_columns_is_refused() -> None:
    main, test = split_file(honest(), 80)
    fewer = Table(test.name, test.path, test.sha256, test.columns[:-1])
    with pytest.raises(TableError, match="lacks 'a'"):
        make_task(main, "y", test=fewer)


def test_text_in_a_test_file_where_numbers_were_is_refused() -> None:
    columns = honest()
    columns["a"][100] = "oops"
    main, test = split_file(columns, 80)
    with pytest.raises(TableError, match=r"row 21 of the test file is 'oops'"):
        make_task(main, "y", test=test)


def test_rows_of_the_test_file_decide_nothing() -> None:
    """A column constant in the training file stays out, whatever the test file holds."""
    main, test = split_file(honest(k=["1"] * 80 + ["2"] * 40), 80)
    assert "k" not in dict(make_task(main, "y", test=test).info.features)


def test_rows_that_the_files_share_are_left_out_of_the_test_and_said() -> None:
    columns = {name: values[:80] + values[:30] + values[80:90] for name, values in honest().items()}
    main, test = split_file(columns, 80)
    made = make_task(main, "y", test=test)
    assert made.test.tolist() == list(range(110, 120))
    assert "left out of the test: 30 of 40 test rows." in notes(made)


def test_rows_of_few_categories_are_equal_by_chance_and_tested_on() -> None:
    rng = np.random.default_rng(0)
    columns = {name: rng.choice(["u", "v", "w", "x"], 600).tolist() for name in "abcd"}
    columns["y"] = rng.choice(["no", "yes"], 600).tolist()
    main, test = split_file(columns, 500)
    made = make_task(main, "y", test=test)
    assert len(made.test) == 100
    assert "tested on as equal rows are common in these data: " in notes(made)


def test_a_test_file_whose_rows_all_train_is_refused() -> None:
    columns = {name: values[:80] + values[:40] for name, values in honest().items()}
    main, test = split_file(columns, 80)
    with pytest.raises(InputError, match="all 40 test rows"):
        make_task(main, "y", test=test)


# ---- weights, groups, time -----------------------------------------------------------------------
def test_weights_by_column_or_array_leave_the_features() -> None:
    made = task(honest(w=[str(1 + i % 3) for i in range(N)]), weights="w")
    assert made.weights is not None
    assert list(made.weights[:3]) == [1.0, 2.0, 3.0]
    assert "w" not in dict(made.info.features)
    other = task(honest(), weights=[1 + i % 3 for i in range(N)])
    np.testing.assert_array_equal(other.weights, made.weights)
    assert other.info.fingerprint == made.info.fingerprint


@pytest.mark.parametrize("bad", [[0.0] * N, [-1.0] * N, [float("nan")] * N, [1.0] * 3])
def test_weights_that_cannot_weigh_are_refused(bad: list[float]) -> None:
    with pytest.raises(InputError):
        task(honest(), weights=bad)


# ---- identity ------------------------------------------------------------------------------------
def test_the_fingerprint_is_of_the_content_and_not_of_the_path(tmp_path: Path) -> None:
    one = make_task(texts(**honest()), "y")
    moved = Table("elsewhere/u.csv", "u.csv", "1" * 64, texts(**honest()).columns)
    assert make_task(moved, "y").info.fingerprint == one.info.fingerprint
    columns = honest()
    columns["a"][7] = "0.5"
    others = (
        task(columns),
        task(honest(), seed=1),
        task(honest(), metric="log_loss"),
        task(honest(), encoding="standard"),
        task({"A": columns["a"], **{k: v for k, v in columns.items() if k != "a"}}),
    )
    assert len({one.info.fingerprint, *(t.info.fingerprint for t in others)}) == 6


def test_a_task_survives_its_arrays() -> None:
    made = task(honest(c=["p", "", "q"] * 40))
    again = from_arrays(*to_arrays(made))
    assert again.info == made.info
    assert again.names == made.names
    np.testing.assert_array_equal(codes_of(again), codes_of(made))


def test_too_few_rows_and_too_few_different_rows_are_refused() -> None:
    with pytest.raises(TargetError, match="49 rows; at least 50"):
        task(honest(49))
    same = {"a": ["1", "2"] * 60, "b": ["1", "2", "3"] * 40, "y": honest()["y"]}
    with pytest.raises(TableError, match="6 different rows among 120"):
        task(same)


def test_minus_zero_is_zero() -> None:
    columns = honest()
    columns["a"][:2] = ["-0.0", "0"]
    columns["b"][:2] = ["1", "1"]
    made = task(columns)
    assert numbers_of(made)[0].tobytes() == numbers_of(made)[1].tobytes()


def test_merging_takes_rare_classes_only() -> None:
    x = np.arange(120.0)
    labels = ["a"] * 3 + ["b"] * 50 + ["c"] * 67
    table = to_table({"x": x * 7 % 11 + x / 1_000, "y": labels})
    assert make_task(table, "y", merge_rare=True).info.classes == ("a", "b", "c")
    labels[:3] = ["p", "q", "a"]
    table = to_table({"x": x * 7 % 11 + x / 1_000, "y": labels})
    assert make_task(table, "y", merge_rare=True).info.classes == ("b", "c", "rare")
    labels[:3] = ["p", "b", "b"]
    with pytest.raises(TargetError, match="nothing to merge it with"):
        make_task(to_table({"x": x, "y": labels}), "y", merge_rare=True)
