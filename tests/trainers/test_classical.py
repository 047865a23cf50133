"""Classical models on the nets' rows: every file of the folder, on awkward tables and on images."""

from __future__ import annotations

import importlib
import math
from contextlib import closing
from dataclasses import replace

import lightgbm
import numpy as np
import pytest
import sklearn.ensemble
import sklearn.linear_model
import sklearn.neighbors
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import toys
from howdeep.base import limits
from howdeep.base.nouns import Model
from howdeep.base.trials import Group, Member, Result
from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.executors.here import outcome
from howdeep.executors.processes import Processes
from howdeep.judge.plan import next_round
from howdeep.modalities.image import classical as features
from howdeep.modalities.image.samples import IMAGES, STANDARD, images_of
from howdeep.modalities.table.samples import CODES, NUMBERS, Names, names_of, numbers_of
from howdeep.trainers import classical
from howdeep.trainers.classical import _boosted, _plan

SIZE = {"boosting": 60, "lightgbm": 60, "forest": 20, "neighbours": 9, "plain": 100}


def group(
    task: Task, name: str, seeds: int = 1, rows: int = 10_000, settings: int = 0, size: int = 0
) -> Group:
    base = name.split("-")[0]
    settings = settings or (len(classical.model(base).SETTINGS) if base == "plain" else 1)
    size = size or SIZE[base]
    members = tuple(Member(seed, (0,) * len(task.folds)) for seed in range(seeds))
    one = Model(name, seeds, rows, 1, settings, size, 0.0)
    return Group("rival", name, one, members, task.info.fingerprint, None, 0)


def fit(task: Task, name: str, **options: int) -> Result:
    done = outcome(group(task, name, **options), task, ())
    assert done.state == "done", done.reason
    return done.results[0]


def score(task: Task, name: str, part: str = "select", **options: int) -> float:
    return float(fit(task, name, **options).arrays[part].mean())


def pictures(rows: int = 300, side: int = 16, channels: int = 1) -> Task:
    """A bright bar across or down, somewhere, in noise: two classes."""
    rng = np.random.default_rng(0)
    toy = toys.task(rows=rows)
    images = rng.integers(0, 80, (rows, side, side, channels)).astype(np.uint8)
    target = rng.integers(0, 2, rows)
    for image, down, at in zip(images, target, rng.integers(1, side - 2, rows), strict=True):
        (image[:, at : at + 2] if down else image[at : at + 2])[:] += 150
    info = replace(
        toy.info,
        classes=("across", "down"),
        shape=(side, side, channels),
        modality="image",
    )
    return replace(
        toy,
        info=info,
        samples={IMAGES: images},
        names=(),
        target=target.astype(np.int64),
        encoding=STANDARD,
    )


def of_numbers(task: Task, numbers: np.ndarray) -> Task:
    """The task with other numbers in its columns."""
    return replace(task, samples={**task.samples, NUMBERS: numbers})


# ---- every model --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", classical.names())
@pytest.mark.parametrize(
    ("kind", "folds"), [("classification", 1), ("regression", 1), ("classification", 3)]
)
def test_it_learns_something_and_its_rows_are_the_nets(name: str, kind: str, folds: int) -> None:
    toy = toys.task(kind=kind, folds=folds)
    gain = -0.05 if name == "plain" else 0.02  # the signal has next to no linear part
    found = fit(toy, name)
    assert found.arrays["select"].shape == toy.select.shape
    assert found.arrays["test"].shape == toy.test.shape
    for part in ("select", "test"):
        assert np.isfinite(found.arrays[part]).all()
        assert found.arrays[part].mean() > scoring.constant_on(toy, part).mean() + gain
    assert len(found.trial.val) == len(toy.folds)
    assert min(found.trial.val) > max(found.trial.floor) - 0.05  # type: ignore[type-var]


@pytest.mark.parametrize("name", classical.names())
def test_same_bits_again_and_in_another_process(name: str) -> None:
    toy = toys.task(rows=300)
    mine = group(toy, name, seeds=classical.model(name).SEEDS, settings=2)
    here = outcome(mine, toy, ())
    with closing(Processes(1)) as engine:
        there = next(iter(engine([mine], toy)))
    for one in (outcome(mine, toy, ()), there):
        assert [r.trial for r in one.results] == [r.trial for r in here.results]
        for a, b in zip(one.results, here.results, strict=True):
            assert all(a.arrays[part].tobytes() == b.arrays[part].tobytes() for part in b.arrays)


@pytest.mark.parametrize("name", classical.names())
def test_no_target_of_select_or_test_rows_is_looked_at(name: str) -> None:
    toy = toys.task()
    toy = replace(toy, target=toy.target % 2, info=replace(toy.info, classes=("a", "b")))
    other = toy.target.copy()
    hidden = np.concatenate([toy.select, toy.test])
    other[hidden] = 1 - other[hidden]
    found, flipped = (fit(task, name) for task in (toy, replace(toy, target=other)))
    assert flipped.trial.val == found.trial.val
    for part in ("select", "test"):
        np.testing.assert_array_equal(flipped.arrays[part], 1 - found.arrays[part])


@pytest.mark.parametrize("name", classical.names())
def test_in_folds_the_half_that_chooses_is_not_the_half_that_is_scored(name: str) -> None:
    """Changing the targets of one half changes what is chosen on it, never its predictions."""
    toy = toys.task(rows=400, folds=3)
    toy = replace(toy, target=toy.target % 2, info=replace(toy.info, classes=("a", "b")))
    one = toy.folds[0].views[0].score  # scored by the fit that the other half chose
    other = toy.target.copy()
    other[one] = 1 - other[one]
    many = min(len(classical.model(name).SETTINGS), 8)
    found, flipped = (fit(task, name, settings=many) for task in (toy, replace(toy, target=other)))
    assert found.trial.val != flipped.trial.val
    n = len(one)
    np.testing.assert_array_equal(flipped.arrays["select"][:n], 1 - found.arrays["select"][:n])


@pytest.mark.parametrize("name", classical.names())
@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "log_loss"])
def test_a_class_that_training_rows_lack_is_never_predicted(name: str, metric: str) -> None:
    toy = toys.task(rows=300)
    few = toy.target.copy()
    few[toy.folds[0].train] %= 2
    found = score(replace(toy, target=few, info=replace(toy.info, metric=metric)), name)  # type: ignore[arg-type]
    assert np.isfinite(found)
    assert found <= 1


@pytest.mark.parametrize("name", classical.names())
def test_a_fold_whose_training_rows_hold_one_class_says_that_class(name: str) -> None:
    toy = toys.task(rows=300, folds=5)
    one = np.zeros_like(toy.target)
    held = [view.score for view in toy.folds[0].views]
    one[held[0][:2]] = 1  # in the held-out fold alone
    found = fit(replace(toy, target=one), name).arrays["select"]
    np.testing.assert_array_equal(found[: sum(map(len, held))], 1 - one[np.concatenate(held)])


@pytest.mark.parametrize("name", classical.names())
@pytest.mark.parametrize("metric", ["mse", "mae"])
def test_noise_is_predicted_no_better_than_by_a_constant(name: str, metric: str) -> None:
    toy = toys.task(rows=900, kind="regression")
    noise = np.random.default_rng(5).normal(size=len(toy.target))
    toy = replace(toy, target=noise, info=replace(toy.info, metric=metric))  # type: ignore[arg-type]
    constant = scoring.constant_on(toy, "select").mean()
    assert constant - 0.25 < score(toy, name) < constant + 0.05


@pytest.mark.parametrize("name", classical.names())
def test_awkward_tables(name: str) -> None:
    """One column; missing cells; values that floats barely hold; a category of 500 levels."""
    toy = toys.task(rows=400)
    numbers = numbers_of(toy)
    alone = replace(of_numbers(toy, numbers[:, :1]), names=Names(("x0",), (), ()))
    assert np.isfinite(score(alone, name))
    holes = numbers.copy()
    holes[::3, 0] = holes[1::3, 3] = np.nan
    assert score(of_numbers(toy, holes), name) > 0.4
    huge = numbers * [1e306, 1e-300, 1, 1, 1]
    assert score(of_numbers(toy, huge), name) > 0.4
    codes = np.random.default_rng(0).integers(-1, 500, (400, 1))
    levels = tuple(str(i) for i in range(500))
    names = Names(names_of(toy).numbers, ("c",), (levels,))
    many = replace(toy, samples={**toy.samples, CODES: codes}, names=names)
    assert score(many, name) > 0.4


@pytest.mark.parametrize("name", ["boosting", "forest"])
def test_trees_see_the_order_of_a_column_and_nothing_else(name: str) -> None:
    toy = toys.task(rows=300)
    train = np.concatenate([toy.folds[0].train, toy.folds[0].views[0].choose])
    held = replace(
        toy, folds=(replace(toy.folds[0], train=train),)
    )  # rows that choose are training rows: their places are whole numbers in both
    same = of_numbers(held, np.exp(3 * numbers_of(toy)))
    assert fit(held, name).trial.val == fit(same, name).trial.val


@pytest.mark.parametrize("name", classical.names())
def test_sample_weights_count(name: str) -> None:
    toy = toys.task(rows=400, kind="regression")
    weights = np.where(np.arange(400) % 2, 2.0, 0.5)
    found = fit(replace(toy, weights=weights), name).arrays["select"]
    assert not np.array_equal(found, fit(toy, name).arrays["select"])


def test_later_seeds_fit_what_the_first_chose_and_draw_anew_where_anything_is_drawn() -> None:
    toy = toys.task(rows=400, folds=3)
    for name, settings in (("forest", 4), ("boosting", 1), ("boosting", 2)):
        done = outcome(group(toy, name, seeds=3, settings=settings), toy, ())
        settings_ = {tuple(own.setting for own in r.trial.chosen) for r in done.results}
        assert len(settings_) == 1
        drawn = {result.arrays["select"].tobytes() for result in done.results}
        assert len(drawn) == (1 if settings == 1 else 3)


def test_boosting_chooses_by_the_log_loss_where_the_metric_is_coarse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toy = toys.task(rows=400)
    smooth = fit(toy, "boosting").trial
    monkeypatch.setattr(_boosted.Run, "key", lambda run, mark: mark)
    metric = fit(toy, "boosting").trial
    assert smooth.tie[0] > metric.tie[0]  # type: ignore[operator]
    assert smooth.val[0] <= metric.val[0]  # type: ignore[operator]


def test_the_plain_model_is_logistic_regression_on_standardised_columns() -> None:
    toy = toys.task()
    fold = toy.folds[0]
    x = StandardScaler().fit(numbers_of(toy)[fold.train]).transform(numbers_of(toy))
    model = LogisticRegression(C=1e-3).fit(x[fold.train], toy.target[fold.train])
    rows = fold.views[0].score
    right = model.score(x[rows], toy.target[rows])
    assert score(toy, "plain", settings=1) == pytest.approx(right, abs=1.01 / len(rows))


@pytest.mark.parametrize("name", classical.names())
@pytest.mark.parametrize("classes", [True, False])
def test_the_code_that_is_shown_runs(name: str, classes: bool) -> None:
    file = classical.model(name)
    known = {**vars(sklearn.ensemble), **vars(sklearn.linear_model), **vars(sklearn.neighbors)}
    known |= vars(lightgbm)
    for setting in range(len(file.SETTINGS)):
        words, code = file.describe(setting, 9), file.code(setting, 9, 1_000, classes)
        if name == "plain":
            code = code.replace("max_iter=9)", "max_iter=900)")
        assert words
        with threadpool_limits(1):
            assert eval(code, known).fit([[0.0], [1.0], [2.0]] * 9, [0, 1, 1] * 9)  # noqa: S307


@pytest.mark.parametrize("name", classical.names())
@pytest.mark.parametrize("classes", [True, False])
def test_the_class_that_is_called_stands_in_the_module_that_is_named(
    name: str, classes: bool
) -> None:
    file = classical.model(name)
    call = file.code(0, file.LEVELS[0][1], 500, classes)
    where = importlib.import_module(classical.TRAINER.module(name))
    assert callable(getattr(where, call.split("(")[0]))


@pytest.mark.parametrize("name", classical.names())
def test_weights_of_balanced_accuracy_reach_every_model(name: str) -> None:
    """One class in twenty: about as good as the best of scikit-learn's own balanced models."""
    rng = np.random.default_rng(3)
    rare = (rng.random(4_000) < 0.05).astype(np.int64)
    x = rng.normal(size=(4_000, 5)) + 1.5 * rare[:, None] * [1, -1, 0, 0, 0]
    toy = toys.task(rows=4_000)
    info = replace(toy.info, metric="balanced_accuracy", classes=("often", "rare"))
    toy = replace(of_numbers(toy, x), info=info, target=rare)
    train, held = toy.folds[0].train, toy.test
    models = (
        LogisticRegression(class_weight="balanced"),
        sklearn.ensemble.RandomForestClassifier(
            min_samples_leaf=20, class_weight="balanced", random_state=0
        ),
        sklearn.ensemble.HistGradientBoostingClassifier(
            learning_rate=0.03, max_leaf_nodes=4, class_weight="balanced"
        ),
    )
    with threadpool_limits(1):
        best = max(
            balanced_accuracy_score(rare[held], model.fit(x[train], rare[train]).predict(x[held]))
            for model in models
        )
    thorough = {"settings": min(len(classical.model(name).SETTINGS), 8)}
    size = {} if name != "neighbours" else {"size": 200}
    assert score(toy, name, "test", **thorough, **size) > best - 0.03
    assert best > 0.8


# ---- what is planned ----------------------------------------------------------------------------
def test_all_models_are_planned_whole_where_they_fit() -> None:
    models, notes = classical.planned(toys.task(), classical.usual())
    assert tuple(one.name for one in models) == classical.usual()
    assert not notes
    for one in models:
        file = classical.model(one.name)
        assert (one.rows, one.seeds, one.settings, one.size) == (400, file.SEEDS, *file.LEVELS[0])


def test_no_plain_model_where_zero_blocks_is_one() -> None:
    models, _ = classical.planned(replace(toys.task(), encoding="standard"), classical.usual())
    assert "plain" not in {one.name for one in models}


@pytest.mark.parametrize("name", classical.names())
def test_a_search_is_cut_first_and_that_is_said(name: str) -> None:
    toy, file = toys.task(rows=9_000), classical.model(name)
    before = math.inf
    for level in file.LEVELS:
        work = _plan._work(toy, file, 5, 4_500, *level)
        assert 0 < work < before
        before = work
        (one,), notes = classical.planned(toy, (name,), 1.001 * work)
        assert (one.rows, one.settings, one.size) == (4_500, *level)
        assert one.work == work
        whole = level == file.LEVELS[0]
        assert [what for what, _ in notes] == ([] if whole else ["rivals_settings"])
        assert whole or f"{name} {level[0]} of" in notes[0][1] or f"{level[1]:,} of" in notes[0][1]


@pytest.mark.parametrize(("most", "rows"), [(1e8, 4_500), (5e7, 2_250), (3e7, 1_125), (1e7, 0)])
def test_then_rows_then_the_model(most: float, rows: int) -> None:
    models, notes = classical.planned(toys.task(rows=9_000), ("neighbours",), most)
    assert [one.rows for one in models] == [rows] * bool(rows)
    assert all(one.work <= most for one in models)
    said = [what for what, _ in notes]
    assert said == ([] if rows == 4_500 else ["rivals_rows"] if rows else ["rivals_left"])


def test_in_all_they_never_take_more_than_the_nets() -> None:
    toy = toys.task(rows=9_000)
    whole = sum(one.work for one in classical.planned(toy, classical.usual())[0])
    for share in (1.001, 0.7, 0.3, 0.1, 0.01):
        nets = share * whole
        models, notes = classical.planned(toy, classical.usual(), None, nets * limits.RIVAL_FLOPS)
        assert sum(one.work for one in models) <= nets
        assert bool(notes) == (share < 1)
        if share == 0.7:  # what is cheap is whole, and leaves the others more than a quarter each
            assert {one.name: one.settings for one in models}["plain"] == 16
            assert max(one.work for one in models) > nets / 4
            said = dict(notes)["rivals_settings"]
            assert said.startswith("Classical models searched less thoroughly, to take no more ")
            assert "than the nets: boosting " in said


def test_a_short_study_plans_a_short_search() -> None:
    toy = toys.task(rows=4_000, columns=30)
    plan, _ = toys.begin(toy, depths=(0, 1), max_steps=1_000, max_seeds=3, rivals=None)
    work = sum(one.work for one in plan.rivals)
    assert 0 < work <= plan.flops_planned / limits.RIVAL_FLOPS
    assert "rivals_settings" in dict(plan.cuts)


def test_a_cut_model_is_fitted_on_so_many_rows() -> None:
    toy = toys.task(rows=2_000)
    assert fit(toy, "plain", rows=1_000).trial.val == fit(toy, "plain").trial.val
    few = fit(toy, "neighbours", rows=100)
    assert not np.array_equal(few.arrays["select"], fit(toy, "neighbours").arrays["select"])


def test_what_a_library_refuses_loses_the_model_not_the_study(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("Input X contains what it should not")

    toy = toys.task(rows=300)
    monkeypatch.setattr(classical.model("plain"), "choices", refuse)
    found = outcome(group(toy, "plain"), toy, ())
    assert (found.state, found.reason) == ("lost", "Input X contains what it should not")


# ---- images -------------------------------------------------------------------------------------
@pytest.mark.parametrize("channels", [1, 3])
def test_images_give_pixels_and_hog_features(channels: int) -> None:
    pytest.importorskip("skimage")
    task = pictures(channels=channels)
    models, notes = classical.planned(task, classical.usual())
    assert [one.name for one in models] == [
        "boosting-hog",
        "forest",
        "neighbours",
        "neighbours-hog",
        "plain",
        "plain-hog",
    ]
    assert not notes
    for one in models:
        found = score(task, one.name)
        assert found > (0.9 if one.name.endswith("-hog") else 0.45), one.name


def test_without_scikit_image_the_pixels_remain_and_a_note_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "find_spec", lambda name: None)
    models, notes = classical.planned(pictures(), classical.usual())
    assert [one.name for one in models] == ["forest", "neighbours", "plain"]
    assert dict(notes)["rivals_features"].endswith('(pip install "howdeep[images]")')


def test_tiny_images_have_no_gradients() -> None:
    models, notes = classical.planned(pictures(side=6), classical.usual())
    assert [one.name for one in models] == ["forest", "neighbours", "plain"]
    assert "8 pixels" in dict(notes)["rivals_features"]


def test_large_images_are_averaged_down() -> None:
    task = pictures(rows=50, side=100, channels=3)
    assert features.columns(task, "raw") == 25 * 25 * 3
    read, _ = features.reader(task, task.folds[0].train, "raw")
    corner = images_of(task)[7, :4, :4, 0].mean() / 255
    assert read(np.array([7])).reshape(25, 25, 3)[0, 0, 0] == pytest.approx(corner)


def test_a_name_carries_its_features() -> None:
    assert _plan.kind_of("neighbours-hog", pictures(rows=20)) == "hog"
    assert _plan.kind_of("boosting-hog", pictures(rows=20)) == "hog_axes"
    assert _plan.kind_of("neighbours", pictures(rows=20)) == "raw"
    assert _plan.kind_of("boosting", toys.task()) == "cells"


def test_the_round_is_the_same_wherever_it_is_planned() -> None:
    """Groups come from the plan alone, the costly ones first."""
    plan, _ = toys.begin(toys.task(), rivals=None)
    first = next_round(plan, (), None)
    assert first is not None
    fits = [group.cell for group in first.groups if group.stage == "rival"]
    assert sorted(fits) == sorted(one.name for one in plan.rivals)
    work = {one.name: one.work for one in plan.rivals}
    later = [work[group.cell] for group in first.groups[1:] if group.stage == "rival"]
    assert later == sorted(later, reverse=True)
    assert len(later) >= len(fits) - 1
