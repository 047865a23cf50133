"""The encoding: fitted on training rows only, finite whatever the cells, and what it claims."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.base.errors import LimitError, TableError
from howdeep.base.nouns import Inputs, TaskInfo
from howdeep.data.task import Task
from howdeep.modalities.table import columns as col
from howdeep.modalities.table import encode, fitted
from howdeep.modalities.table.samples import CODES, NUMBERS, OWN, Names, codes_of, numbers_of


def task_of(
    numbers: NDArray[np.float64],
    codes: NDArray[np.int64] | None = None,
    levels: tuple[tuple[str, ...], ...] = (),
    encoding: str = OWN,
) -> Task:
    n, p = numbers.shape
    codes = np.empty((n, 0), dtype=np.int64) if codes is None else codes
    info = TaskInfo(
        "t", "f", "regression", "mse", "holdout", (), "y", (), (), 0, 0, modality="table"
    )
    names = Names(
        tuple(f"x{j}" for j in range(p)), tuple(f"c{j}" for j in range(codes.shape[1])), levels
    )
    return Task(
        info=info,
        samples={NUMBERS: numbers, CODES: codes},
        names=names,
        target=np.zeros(n),
        weights=None,
        folds=(),
        test=np.arange(0),
        encoding=encoding,
    )


def mixed(n: int = 600, seed: int = 0) -> Task:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, 3)) * [1.0, 1e3, 1e-3]
    numbers[rng.random(n) < 0.2, 1] = np.nan
    codes = np.stack([rng.integers(0, 5, n), rng.integers(-1, 2, n)], axis=1)
    return task_of(numbers, codes, (tuple("abcde"), ("no", "yes")))


def whole(task: Task) -> NDArray[np.int64]:
    return np.arange(len(task.target))


def encoded(encoder: encode.Encoder, task: Task) -> NDArray[np.float32]:
    return encode.transform(encoder, task.samples, encoder.inputs)


def cells(
    encoder: encode.Encoder, numbers: NDArray[np.float64], codes: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Other rows than those of a task, encoded."""
    return encode.transform(encoder, {NUMBERS: numbers, CODES: codes}, encoder.inputs)


# ---- what is fitted, and on what ----------------------------------------------------------------
@pytest.mark.parametrize("encoding", encode.ENCODINGS)
def test_rows_outside_training_change_nothing(encoding: str) -> None:
    task, planted = mixed(), mixed()
    train = np.arange(0, 600, 2)
    numbers_of(planted)[1::2] = [1e6, np.nan, -1e6]
    codes_of(planted)[1::2] = [4, -1]
    first = encode.fit(task, train, encoding)
    second = encode.fit(planted, train, encoding)
    assert keys.dumps(first) == keys.dumps(second)


@pytest.mark.parametrize("encoding", encode.ENCODINGS)
def test_an_encoder_read_back_encodes_bit_for_bit(encoding: str) -> None:
    task = mixed()
    encoder = encode.fit(task, whole(task), encoding)
    again = keys.loads(encode.Encoder, keys.dumps(encoder))
    assert again == encoder
    assert keys.digest(again) == keys.digest(encoder)
    assert encoded(again, task).tobytes() == encoded(encoder, task).tobytes()


def test_a_row_is_encoded_alike_alone_and_among_others() -> None:
    task = mixed()
    encoder = encode.fit(task, whole(task))
    alone = cells(encoder, numbers_of(task)[7:8], codes_of(task)[7:8])
    assert np.array_equal(alone[0], encoded(encoder, task)[7])


def test_piecewise_linear_columns_come_last_and_inputs_count_them() -> None:
    task = mixed()
    encoder = encode.fit(task, whole(task))
    # 3 base + 1 indicator + 5 levels + (2 levels + missing) = 12, then 3 x 16 bins
    assert encoder.inputs == Inputs(columns=60, features=5, zero_from=12)
    table = encoded(encoder, task)
    assert table.shape == (600, 60)
    assert table.dtype == np.float32
    order = np.argsort(numbers_of(task)[:, 0])
    assert np.all(np.diff(table[order, 12:28], axis=0) >= 0)  # x0's bins, monotone in x0
    assert np.array_equal(np.isnan(numbers_of(task)[:, 1]), table[:, 2] == table[:, 2].max())


def test_the_table_encoding_begins_with_the_columns_it_has_without_bins() -> None:
    """With stem rows of zero from `zero_from` on, a net starts as one of the front columns."""
    task = mixed()
    encoder = encode.fit(task, whole(task))
    front = encoded(encoder, task)[:, : encoder.inputs.zero_from]
    ranked = front[:, 0]
    assert np.array_equal(np.argsort(ranked), np.argsort(numbers_of(task)[:, 0]))
    assert abs(ranked.mean()) < 0.02
    assert abs(ranked.std() - 1) < 0.1


# ---- the formulas -------------------------------------------------------------------------------
@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 9)), min_size=3, max_size=80),
    st.sampled_from([2, 8, 16]),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=9),
)
@settings(max_examples=80, deadline=None)
def test_bins_fill_in_order_and_sum_to_the_edge(
    train: list[float], bins: int, score: list[float]
) -> None:
    edges = col.bin_edges(np.sort(np.array(train)), bins)
    if len(edges) < 2:
        return
    assert len(edges) <= bins + 1
    at_edges = fitted.piecewise_linear(edges, edges)
    assert np.allclose(at_edges.sum(axis=1), np.arange(len(edges)))
    x = np.sort(np.array(score + train))
    filled = fitted.piecewise_linear(x, edges)
    assert filled.min() >= 0
    assert filled.max() <= 1
    assert np.all(np.diff(filled, axis=0) >= 0)
    assert np.all(np.diff(filled, axis=1) <= 0)  # a bin fills after the one before it


def test_each_block_has_mean_zero_and_total_variance_one() -> None:
    task = mixed(2_000)
    encoder = encode.fit(task, whole(task))
    table = encoded(encoder, task).astype(np.float64)
    bins = [slice(12 + 16 * j, 28 + 16 * j) for j in range(3)]
    for block in [slice(4, 9), slice(9, 12), *bins]:
        assert np.abs(table[:, block].mean(axis=0)).max() < 1e-5
        assert table[:, block].var(axis=0).sum() == pytest.approx(1.0, abs=1e-4)


def test_normal_scores_follow_ranks_not_scale() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3_000, 1))
    plain = task_of(np.hstack([x, np.exp(3 * x)]))
    encoder = encode.fit(plain, whole(plain))
    front = encoded(encoder, plain)[:, :2]
    apart = np.abs(front[:, 0] - front[:, 1])  # by interpolation inside a quantile, only
    assert np.quantile(apart, 0.98) < 0.05
    assert apart.max() < 1
    assert np.abs(front).max() <= fitted.NORMAL_CLIP


def test_ties_get_the_middle_of_their_ranks() -> None:
    x = np.repeat([0.0, 1.0, 2.0], [400, 400, 200])[:, None]
    task = task_of(x)
    base = encoded(encode.fit(task, whole(task)), task)[:, 0]
    assert base[0] == pytest.approx(-0.842, abs=1e-3)  # Phi^-1(.2)
    assert base[999] == pytest.approx(1.282, abs=1e-3)  # Phi^-1(.9)


def test_a_column_that_is_mostly_one_value_keeps_its_tail_apart() -> None:
    """Adult's capital gain: nine in ten are zero, and it matters how large the others are."""
    rng = np.random.default_rng(0)
    gain = np.where(rng.random(4_000) < 0.9, 0.0, rng.lognormal(8, 1, 4_000))
    (column,) = encode.fit(task_of(gain[:, None]), np.arange(4_000)).numbers
    assert len(column.edges) > 12
    tail = np.histogram(gain[gain > 0], bins=column.edges[1:])[0] / (gain > 0).sum()
    assert tail.max() < 0.12
    assert column.edges[0] == 0


def test_two_values_are_standardised() -> None:
    x = np.repeat([3.0, 7.0], [750, 250])[:, None]
    task = task_of(x)
    encoder = encode.fit(task, whole(task))
    assert encoder.inputs == Inputs(columns=1, features=1, zero_from=1)  # a bin would repeat it
    assert np.allclose(encoded(encoder, task), (x - x.mean()) / x.std(), atol=1e-5)


def test_linear_is_each_column_standardised_and_one_hot() -> None:
    task = mixed()
    encoder = encode.fit(task, whole(task), "linear")
    assert encoder.inputs == Inputs(columns=12, features=5, zero_from=12)
    x = numbers_of(task)[:, 2]
    expected = (x - x.mean()) / x.std()
    assert np.allclose(encoded(encoder, task)[:, 3], expected, atol=1e-5)


def test_standard_keeps_every_column_its_order_and_its_relative_scale() -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(2.0, 3.0, size=(300, 6)) * [1, 1, 5, 1, 1, 0]
    task = task_of(signal, encoding="standard")
    encoder = encode.fit(task, whole(task))
    table = encoded(encoder, task)
    assert encoder.inputs == Inputs(columns=6, features=6, zero_from=6)
    assert np.allclose(table, (signal - signal.mean()) / signal.std(), atol=1e-5)
    signal[3, 2] = np.nan
    assert cells(encoder, signal, codes_of(task))[3, 2] == pytest.approx(0, abs=1e-6)


# ---- cells nobody wants -------------------------------------------------------------------------
UGLY = {
    "two values": np.r_[np.zeros(300), np.ones(300)],
    "two values, one rare": np.r_[np.zeros(599), 1.0],
    "nine in ten zero": np.r_[np.zeros(540), np.arange(60.0) ** 4],
    "huge": np.r_[np.full(300, -1e308), np.linspace(0, 1.7e308, 300)],
    "huge, one": np.r_[np.linspace(0, 1, 599), 1e300],
    "minute": np.linspace(0, 1e-310, 600),
    "tiny spread": 1e9 + np.arange(600) * 2e-7,
    "tiny spread, one": np.r_[np.full(599, 1e9), np.nextafter(1e9, 2e9)],
    "mostly missing": np.r_[np.full(598, np.nan), 1.0, 2.0],
    "one value or missing": np.r_[np.full(300, np.nan), np.ones(300)],
    "infinite cells": np.r_[np.inf, -np.inf, np.linspace(0, 1, 598)],
    "integers": np.arange(600.0) % 7,
    "skewed": np.exp(np.linspace(-30, 30, 600)),
}


@pytest.mark.parametrize("encoding", encode.ENCODINGS)
@pytest.mark.parametrize("name", UGLY)
def test_no_column_gives_a_value_that_is_not_finite(name: str, encoding: str) -> None:
    task = task_of(UGLY[name][:, None], encoding=encoding)
    if name == "one value or missing" and encoding == "standard":
        with pytest.raises(TableError):  # the mean stands in for missing cells: nothing varies
            encode.fit(task, whole(task))
        return
    encoder = encode.fit(task, whole(task))
    table = encoded(encoder, task)
    assert np.isfinite(table).all()
    assert np.ptp(table, axis=0).max() > 0  # it still says something
    outside = np.array([[np.inf], [-np.inf], [1e308], [-1e308], [np.nan], [0.0], [1e-320]])
    assert np.isfinite(cells(encoder, outside, codes_of(task)[:7])).all()
    if encoding == "table":
        assert np.abs(table).max() <= 60
    assert keys.loads(encode.Encoder, keys.dumps(encoder)) == encoder


@pytest.mark.parametrize("encoding", encode.ENCODINGS)
def test_values_outside_the_training_range_get_the_edge(encoding: str) -> None:
    task = task_of(np.linspace(-2, 5, 400)[:, None], encoding=encoding)
    encoder = encode.fit(task, whole(task))
    codes = codes_of(task)[:4]
    got = cells(encoder, np.array([[-2.0], [-1e300], [5.0], [np.inf]]), codes)
    assert np.array_equal(got[0], got[1])
    assert np.array_equal(got[2], got[3])
    assert not np.array_equal(got[0], got[2])


@given(st.lists(st.one_of(st.floats(), st.sampled_from([0.0, 1.0])), min_size=2, max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_column_of_floats_is_encoded_finite_or_refused(cells: list[float]) -> None:
    task = task_of(np.array(cells)[:, None])
    try:
        encoder = encode.fit(task, whole(task))
    except TableError:
        assert len({c for c in cells if np.isfinite(c)}) < 2
        return
    assert np.isfinite(encoded(encoder, task)).all()


def test_constant_columns_are_dropped_and_not_counted() -> None:
    numbers = np.stack([np.ones(100), np.arange(100.0), np.full(100, np.nan)], axis=1)
    codes = np.stack([np.zeros(100, dtype=np.int64), np.arange(100) % 3], axis=1)
    task = task_of(numbers, codes, (("only",), ("a", "b", "c")))
    encoder = encode.fit(task, whole(task))
    assert [c.name for c in encoder.numbers] == ["x1"]
    assert [c.name for c in encoder.categories] == ["c1"]
    assert encoder.inputs.features == 2


def test_a_table_without_a_varying_column_is_refused() -> None:
    task = task_of(np.ones((60, 2)))
    with pytest.raises(TableError, match="varies"):
        encode.fit(task, whole(task))


# ---- categories ---------------------------------------------------------------------------------
def test_rare_and_unseen_levels_are_all_zero_and_missing_has_its_column() -> None:
    levels = tuple(f"l{k}" for k in range(40))
    train = np.concatenate([np.repeat(np.arange(30), np.arange(60, 30, -1)), [-1] * 50])
    task = task_of(np.zeros((len(train), 0)), train[:, None], (levels,))
    encoder = encode.fit(task, whole(task))
    (category,) = encoder.categories
    assert category.levels == levels[:24]
    asked = np.array([[25], [35], [999], [-1], [0]])
    got = cells(encoder, np.zeros((5, 0)), asked)
    rare, other, unseen, missing, frequent = got
    assert np.array_equal(rare, other)
    assert np.array_equal(rare, unseen)
    assert np.flatnonzero(missing != rare).tolist() == [24]
    assert np.flatnonzero(frequent != rare).tolist() == [0]


# ---- sizes --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("rows", "columns"), [(500, 200), (500, 700), (500, 1_500)])
def test_wide_tables_get_fewer_bins(rows: int, columns: int) -> None:
    numbers = np.random.default_rng(0).normal(size=(rows, columns))
    inputs = encode.fit(task_of(numbers), np.arange(rows)).inputs
    assert inputs.zero_from == columns
    assert inputs.columns <= max(encode.HARD_ROOM, columns)


def test_too_many_encoded_columns_are_refused() -> None:
    codes = np.tile(np.arange(60)[:, None] % 24, (1, 900))
    levels = tuple(tuple(f"v{k}" for k in range(24)) for _ in range(900))
    task = task_of(np.zeros((60, 0)), codes, levels)
    with pytest.raises(LimitError, match="21600 encoded columns"):
        encode.fit(task, whole(task))


def test_columns_that_do_not_fit_the_encoder_are_an_error() -> None:
    task = mixed()
    encoder = encode.fit(task, whole(task))
    with pytest.raises(ValueError, match="do not fit"):
        cells(encoder, numbers_of(task)[:, :2], codes_of(task))


@pytest.mark.parametrize("kind", ["spread", "few", "ties", "huge"])
@pytest.mark.parametrize("n", [2, 7, 5_000])
def test_quantiles_of_ordered_numbers_are_numpys_bit_by_bit(kind: str, n: int) -> None:
    rng = np.random.default_rng(n)
    values = {
        "spread": rng.normal(size=n) * 1e3,
        "few": rng.integers(0, 3, n).astype(np.float64),
        "ties": np.where(rng.random(n) < 0.6, 0.1, rng.normal(size=n)),
        "huge": rng.normal(size=n) * 1e150,
    }[kind]
    for count in (10, 33, 1_000):
        found = col.quantiles_of(np.sort(values), count)
        expected = np.quantile(values, np.linspace(0.0, 1.0, count))
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("width", [1, 2, 3, 8, 33])
@pytest.mark.parametrize("n", [1, col.AT_ONCE, col.AT_ONCE + 1, 3 * col.AT_ONCE - 5])
def test_a_block_fitted_in_runs_is_that_of_all_rows_bit_by_bit(n: int, width: int) -> None:
    columns = np.random.default_rng(n).random((n, width)) ** 9
    made = col.fit_made(lambda rows: columns[rows], n, width)
    assert made == col.fit_block(columns)


@pytest.mark.parametrize("encoding", ["", "linear", "standard"])
def test_a_sketch_has_the_shape_and_places_of_the_fit(encoding: str) -> None:
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=(3_000, 5))
    numbers[:, 1] = rng.integers(0, 2, 3_000)  # two values
    numbers[:, 2] = np.where(rng.random(3_000) < 0.8, 0.0, numbers[:, 2])  # one that dominates
    numbers[rng.random(3_000) < 0.1, 3] = np.nan
    numbers[:, 4] = 7.0  # constant: left out
    codes = np.stack([rng.integers(-1, 3, 3_000), rng.integers(0, 90, 3_000)], axis=1)
    levels = (tuple("abc"), tuple(f"level {i}" for i in range(90)))
    task = task_of(numbers, codes, levels)
    for rows in (np.arange(3_000), np.arange(40), np.arange(5, 3_000, 7)):
        whole = encode.align([encode.fit(task, rows, encoding)])
        rough = encode.align([encode.sketch(task, rows, encoding)])
        assert encode.common(rough, encoding) == encode.common(whole, encoding)
        assert encode.blocks(rough) == encode.blocks(whole)
