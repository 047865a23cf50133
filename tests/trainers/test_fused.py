"""Fused training: a net's result is its own, whoever trains next to it, and no select row leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.base.nouns import Stage
from howdeep.base.trials import Group, Result
from howdeep.data.task import Task
from howdeep.modalities.table.samples import NUMBERS, numbers_of
from howdeep.nets import families
from howdeep.trainers.fused import backends, encoded, evaluate, loop, native
from howdeep.trainers.fused.track import track

DIVERGES = 12  # the exponent of a learning rate at which every net is lost


@pytest.fixture(autouse=True, params=native.kinds())
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to train that there is here."""
    monkeypatch.setenv(native.VARIABLE, request.param)


WAYS = [
    (name, way)
    for name in families.names()
    for way in native.kinds()
    if way == native.NONE or families.family(name).chain or families.family(name).stack
]


def same(one: Result, other: Result) -> bool:
    """Bit for bit, but for the keys (which name the group) and the weights (the best's only)."""
    alike = ("val", "tie", "train", "steps", "best_step", "capped", "nonfinite", "flops", "floor")
    names = ("select", "test", "curve")
    return all(getattr(one.trial, a) == getattr(other.trial, a) for a in alike) and all(
        np.array_equal(one.arrays[n], other.arrays[n], equal_nan=True) for n in names
    )


def alone(group: Group, index: int) -> Group:
    return replace(group, members=(group.members[index],))


@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize(("name", "way"), WAYS, indirect=["way"])
@pytest.mark.parametrize("blocks", [0, 3])
def test_a_net_is_the_same_fused_and_alone(name: str, blocks: int, kind: str) -> None:
    toy = toys.task_for(name, kind=kind)
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    # Seven nets, some of which stop early (patience 2) and one of which diverges.
    members = (*((seed, -6) for seed in range(5)), (5, -4), (6, DIVERGES))
    steps, patience = (100, 1) if families.family(name).kind.name == "conv" else (200, 2)
    group = toys.group(toy, inputs, name, blocks, members, steps=steps, patience=patience)
    together = loop.train(group, toy, data)
    steps = {result.trial.steps[0] for result in together}
    assert len(steps) > 1, "no net stopped before another: the test would show nothing"
    assert together[-1].trial.nonfinite or together[-1].trial.val[0] < together[0].trial.val[0]
    for size, starts in ((1, range(0, 7)), (2, (0, 5))):
        for start in starts:
            some = replace(group, members=group.members[start : start + size])
            for i, result in enumerate(loop.train(some, toy, data)):
                assert same(result, together[start + i])


@pytest.mark.parametrize(("name", "way"), WAYS, indirect=["way"])
def test_sixty_four_nets_are_the_same_fused_and_alone(name: str) -> None:
    toy = toys.task_for(name, rows=300)
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    members = tuple((seed, rate) for seed in range(32) for rate in (-8, -5))
    conv = families.family(name).kind.name == "conv"  # its nets go through one by one anyway
    group = toys.group(toy, inputs, name, 1, members, steps=50 if conv else 200, patience=2)
    together = loop.train(group, toy, data)
    for i in range(0, 64, 8 if conv else 1):
        assert same(loop.train(alone(group, i), toy, data)[0], together[i])


def test_nets_in_bf16_are_the_same_fused_and_alone() -> None:
    toy = toys.task()
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, blocks=3, members=((0, -6), (1, -4), (2, DIVERGES)))
    group = replace(group, recipe=replace(group.recipe, precision="bf16"))
    together = loop.train(group, toy, data)
    for i in range(3):
        assert same(loop.train(alone(group, i), toy, data)[0], together[i])
    full = replace(group, recipe=replace(group.recipe, precision="fp32"))
    assert not same(loop.train(full, toy, data)[0], together[0])


def test_five_folds_are_the_same_fused_and_alone() -> None:
    toy = toys.task(folds=5)
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, members=((0, -7), (1, -6), (2, -7)))
    together = loop.train(group, toy, data)
    for i in range(3):
        assert same(loop.train(alone(group, i), toy, data)[0], together[i])


def test_a_diverged_net_is_a_result_scored_as_the_constant_predictor() -> None:
    toy = toys.task(kind="regression")
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, blocks=8, members=((0, 60), (1, -7)))
    lost, fine = loop.train(group, toy, data)
    assert (lost.trial.nonfinite, fine.trial.nonfinite) == (1, 0)
    assert lost.trial.val == (None,)
    assert lost.arrays["select"].mean() == pytest.approx(-1, abs=0.01)  # R2 of a constant
    assert np.isfinite(lost.arrays["test"]).all()


@pytest.mark.parametrize("folds", [1, 3])
@pytest.mark.parametrize("family", ["resmlp", "resnet"])
def test_what_is_stored_of_the_net_handed_over_is_its_own(family: str, folds: int) -> None:
    make = toys.image_task if family == "resnet" else toys.task
    toy = make(folds=folds)
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, family, 1, members=((0, -5), (1, -7), (2, -7)))
    (best,) = (r.arrays for r in loop.train(group, toy, data) if "net.test" in r.arrays)
    fold = data[int(best["net.fold"][0])]
    weights = {n[4:]: torch.from_numpy(v)[None] for n, v in best.items() if n.startswith("net/")}
    out = evaluate.outputs(group.rung, weights, fold, toy.test)
    assert np.array_equal(evaluate.row_scores(toy, out, toy.test, fold)[0], best["net.test"])
    assert folds > 1 or np.array_equal(best["test"], best["net.test"])


def _spread(toy: Task) -> float:
    return float(toy.target[toy.folds[0].train].var())


def _changed(toy: Task, rows: np.ndarray) -> Task:
    """The task with other features and targets on `rows`."""
    rng = np.random.default_rng(1)
    numbers, target = numbers_of(toy).copy(), toy.target.copy()
    numbers[rows] = rng.normal(50, 9, size=numbers[rows].shape)
    target[rows] = (target[rows] + 1) % 3
    return replace(toy, samples={**toy.samples, NUMBERS: numbers}, target=target)


@pytest.mark.parametrize("folds", [1, 5])
@pytest.mark.parametrize("stage", ["rate", "main"])
def test_no_select_row_reaches_training_rates_or_checkpoints(folds: int, stage: str) -> None:
    """Whatever stands in the rows that score a view, its nets come out the same."""
    toy = toys.task(folds=folds)
    first = toy.folds[0]
    hidden = first.views[0].score
    if stage == "rate" and folds == 5:  # a rate search may not even see rows that choose
        hidden = np.concatenate([view.score for view in first.views])
    other = _changed(toy, np.concatenate([hidden, toy.test]))
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, members=((0, -6), (1, -5)), stage=stage)
    one = loop.train(group, toy, encoded.encoded(toy))
    two = loop.train(group, other, _padded_alike(other, toy))
    for a, b in zip(one, two, strict=True):
        if folds == 1 or stage == "rate":
            assert (a.trial.val[0], a.trial.tie[0]) == (b.trial.val[0], b.trial.tie[0])
            assert a.trial.best_step[0] == b.trial.best_step[0]
        if folds == 1:
            assert np.array_equal(a.arrays["curve"], b.arrays["curve"], equal_nan=True)
        if folds == 1 and stage == "main":
            assert all(
                np.array_equal(a.arrays[n], b.arrays[n]) for n in a.arrays if n.startswith("net/")
            )
            assert not np.array_equal(a.arrays["select"], b.arrays["select"])


def _padded_alike(other: Task, toy: Task) -> tuple[encoded.EncodedFold, ...]:
    """The changed task's tensors; its first fold's encoder must be the unchanged task's."""
    assert encoded.encoders(other)[0] == encoded.encoders(toy)[0]
    return encoded.encoded(other)


def test_checkpoints_of_a_view_never_see_the_half_that_scores_it() -> None:
    """In folds the two halves choose for each other: changing one half moves only the checkpoint
    that it chose, so the scores on it (chosen by the other) come from the same weights."""
    toy = toys.task(folds=5)
    half = toy.folds[0].views[0].score  # scored by view 0, choosing for view 1
    target = toy.target.copy()
    target[half] = (target[half] + 1) % 3
    other = replace(toy, target=target)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, members=((0, -5),), patience=2, steps=200)
    one = loop.train(group, toy, encoded.encoded(toy))[0].arrays["select"]
    two = loop.train(group, other, encoded.encoded(other))[0].arrays["select"]
    n = len(half)
    right, wrong = one[:n], two[:n]  # the same outputs against other labels
    assert not (right * wrong).any(), "a row was right under both labels: other weights"
    assert abs(right.sum() - n * 0.5) < n * 0.5


def test_a_net_that_memorises_scores_no_better_than_chance_where_it_is_compared() -> None:
    toy = toys.task(rows=600)
    rng = np.random.default_rng(3)
    noise = replace(toy, target=rng.integers(0, 3, 600))
    inputs = encoded.inputs(noise, encoded.encoders(noise))
    group = toys.group(noise, inputs, width=64, steps=1_500, members=((0, -9),), patience=99)
    group = replace(group, recipe=replace(group.recipe, weight_decay=0.0))
    arrays = loop.train(group, noise, encoded.encoded(noise))[0].arrays
    most = np.nanmax(arrays["curve"][:, 1])
    assert most > 0.95, "it did not memorise: the test would show nothing"
    assert arrays["select"].mean() < 1 / 3 + 4 * np.sqrt(2 / 9 / len(arrays["select"]))


def test_nets_with_one_seed_see_the_same_batches_at_every_rate_and_depth() -> None:
    toy = toys.task()
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    feeds = []
    for blocks, rate in ((1, -7), (4, -5)):
        group = toys.group(toy, inputs, blocks=blocks, members=((3, rate),))
        job = loop._job(group, toy, encoded.encoded(toy))
        feeds.append([next(job.feeds[3, 0]) for _ in range(40)])
    assert all(torch.equal(a, b) for a, b in zip(*feeds, strict=True))


@pytest.mark.parametrize("stage", ["main", "rate"])
def test_the_training_score_is_that_of_the_checkpoint_that_is_kept(stage: Stage) -> None:
    """It is taken once; on the way training rows are looked at now and then, for rates never."""
    toy = toys.task(rows=600)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, members=((0, -6),), stage=stage, steps=200, patience=99)
    data = encoded.encoded(toy)
    job, fold = loop._job(group, toy, data), toy.folds[0]
    tracks = track(1, len(job.parts[0].choose))
    with backends.prepared():
        loop.finished(loop._run(job, loop._weights_of(job), tracks, loop.Stepper(loop._steps, 1.0)))
    found = loop.train(group, toy, data)[0]
    rows = evaluate.sampled(fold.train if stage == "main" else fold.tune_train)
    each = []
    for view in tracks[0].views:
        kept = {name: value[None] for name, value in view.weights.items()}
        each.append(
            evaluate.means(toy, evaluate.outputs(group.rung, kept, data[0], rows), rows, data[0])
        )
    assert found.trial.train == (pytest.approx(np.mean(each), abs=1e-6),)
    curve = found.arrays["curve"]
    assert len(curve) > evaluate.TRAIN_EVERY, "too few evaluations to tell"
    looked = np.arange(len(curve)) % evaluate.TRAIN_EVERY == 0
    assert np.isfinite(curve[:, 1]).tolist() == (looked & (stage == "main")).tolist()


def test_tuning_seeds_are_a_stream_of_their_own() -> None:
    toy = toys.task()
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    results = [
        loop.train(toys.group(toy, inputs, members=((0, -6),), stage=stage), toy, data)[0]
        for data in [encoded.encoded(toy)]
        for stage in ("rate", "main")
    ]
    assert results[0].trial.val != results[1].trial.val
    assert set(results[0].arrays) == {"curve"}, "a rate search is never scored on select"


def test_folds_of_unequal_size_share_one_batch_size() -> None:
    """Or a net's batches would depend on which folds are still trained next to it."""
    toy = toys.task(rows=83, folds=5)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs)
    job = loop._job(replace(group, recipe=replace(group.recipe, batch=64)), toy, ())
    assert len({len(part.train) for part in job.parts}) > 1
    assert len({len(next(feed)) for feed in job.feeds.values()}) == 1
