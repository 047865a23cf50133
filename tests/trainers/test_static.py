"""Steps that are replayed are the steps that are taken one by one, bit for bit.

A GPU replays the kernels of a recorded step on the same addresses. `Graph` does so on a processor:
it records the operations of a step and repeats those, so that what a step takes from Python and not
from its tensors shows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tests import toys
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from howdeep import metrics
from howdeep.base.trials import Group, Result
from howdeep.data.task import Task
from howdeep.nets import families
from howdeep.trainers.fused import backends, encoded, evaluate, gpu_scores, loop, native, static
from howdeep.trainers.fused.weights import unpacked

aten = torch.ops.aten
DIVERGES = 12  # the exponent of a learning rate at which every net is lost
CPU = torch.device("cpu")
# Numbers read from the device, and numbers brought to it: neither is part of a recording.
FROM_OUTSIDE = {"aten::_local_scalar_dense", "aten::lift_fresh", "aten::is_nonzero"}


class Graph(TorchDispatchMode):
    """Plays `torch.cuda.CUDAGraph`: the operations of a step, recorded without effect, repeated.

    They are repeated on the very tensors that they were recorded with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, Any]] = []
        self.before: dict[int, tuple[Any, Any]] = {}

    def capture_begin(self, capture_error_mode: str) -> None:
        assert capture_error_mode == "thread_local"
        self.__enter__()

    def capture_end(self) -> None:
        self.__exit__(None, None, None)
        for storage, copy in self.before.values():
            storage.copy_(copy)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        assert func._schema.name not in FROM_OUTSIDE, f"{func}: no part of a recording"
        if func._schema.is_mutable:
            for own in tensors((args, kwargs)):
                storage = own.untyped_storage()
                self.before.setdefault(storage.data_ptr(), (storage, storage.clone()))
        out = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, out))
        return out

    def replay(self) -> None:
        with torch.no_grad():
            for call in self.calls:
                repeat(*call)


def repeat(func: Any, args: Any, kwargs: Any, out: Any) -> None:
    """One operation again: its results go where they went when it was recorded."""
    if func._schema.is_mutable:
        func(*args, **kwargs)
        return
    given = {t.untyped_storage().data_ptr() for t in tensors((args, kwargs))}
    made = tensors(out)
    if all(t.untyped_storage().data_ptr() in given for t in made):  # a view: nothing is computed
        return
    for old, new in zip(made, tensors(func(*args, **kwargs)), strict=True):
        old.copy_(new)


def tensors(tree: object) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


ELSEWHERE = torch.device("meta")  # tensors without numbers: a device that this machine has not


class Elsewhere(TorchDispatchMode):
    """A device apart: operations on tensors here and there are refused; what comes back is ones.

    Also the one operation that has no form without numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.there, self.brought = 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = kwargs or {}
        given = tensors((args, kwargs))
        devices = {t.device for t in given}
        if func._schema.name in ("aten::_to_copy", "aten::copy_"):
            self.brought += len({*devices, kwargs.get("device", given[0].device)}) > 1
            if given[0].device == ELSEWHERE and kwargs.get("device") == CPU:
                return torch.ones(given[0].shape, dtype=given[0].dtype)
            return func(*args, **kwargs)
        assert len(devices) <= 1, f"{func}: {devices}"
        self.there += ELSEWHERE in devices
        if func._schema.name == "aten::_fused_adamw_":
            for own in args[1:4]:
                assert [t.shape for t in own] == [w.shape for w in args[0]]
            assert kwargs["lr"].numel() == 1
            assert all(step.numel() == 1 for step in args[5])
            return None
        return func(*args, **kwargs)


@pytest.fixture(autouse=True)
def in_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is replayed are PyTorch's operations, not the compiled kernels."""
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)


def trained(group: Group, toy: Task, replay: static.Replay) -> tuple[Result, ...]:
    data = encoded.placed(encoded.encoded(toy), CPU)
    with backends.prepared():
        return loop.finished(static.static(group, toy, data, replay))


def assert_same(found: tuple[Result, ...], wanted: tuple[Result, ...]) -> None:
    for mine, theirs in zip(found, wanted, strict=True):
        assert mine.trial == theirs.trial
        assert mine.arrays.keys() == theirs.arrays.keys()
        for name, value in theirs.arrays.items():
            assert np.array_equal(mine.arrays[name], value, equal_nan=True), name


def a_group(toy: Task, name: str, blocks: int, **changes: Any) -> Group:
    """Nets of three rates, some of which stop early and one of which diverges."""
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    members = (*((seed, -6) for seed in range(3)), (0, -4), (3, DIVERGES))
    return toys.group(toy, inputs, name, blocks, members, steps=110, patience=1, **changes)


@pytest.mark.parametrize("replay", [static.called, static.Recorded])
@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("blocks", [0, 2])
@pytest.mark.parametrize("name", families.names())
def test_a_replayed_group_is_the_trained_one(
    name: str, blocks: int, kind: str, replay: static.Replay
) -> None:
    toy = toys.task_for(name, rows=400, kind=kind)
    group = a_group(toy, name, blocks)
    wanted = loop.train(group, toy, encoded.encoded(toy))
    assert len({result.trial.steps for result in wanted}) > 1, "no net left: nothing is shown"
    assert_same(trained(group, toy, replay), wanted)


def test_a_program_is_recorded_anew_once_half_of_its_nets_have_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toy = toys.task(rows=300)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    members = ((0, -7), (1, -7), (2, 60), (3, 60))  # two diverge at once
    group = toys.group(toy, inputs, "resmlp", 4, members)
    sizes: list[int] = []
    made = static.Step.__init__

    def init(self, job, fused, held, data):  # type: ignore[no-untyped-def]
        sizes.append(len(held))
        made(self, job, fused, held, data)

    monkeypatch.setattr(static.Step, "__init__", init)
    found = trained(group, toy, static.Recorded)
    assert sizes == [4, 2]
    assert [result.trial.nonfinite for result in found] == [0, 0, 1, 1]
    assert_same(found, loop.train(group, toy, encoded.encoded(toy)))


@pytest.mark.parametrize("images", [False, True])
def test_nets_of_several_folds(images: bool) -> None:
    """Each fold has its own rows or, of images, its own scale; the last block is shorter."""
    toy = toys.image_task(rows=300, folds=5) if images else toys.task(rows=300, folds=5)
    group = a_group(toy, "resmlp", 1, width=8)
    wanted = loop.train(group, toy, encoded.encoded(toy))
    assert_same(trained(group, toy, static.Recorded), wanted)


@pytest.mark.parametrize("stage", ["rate", "main"])
def test_weights_of_loss_absolute_errors_and_no_average(stage: Any) -> None:
    toy = toys.task(rows=300, kind="regression")
    toy = replace(
        toy,
        info=replace(toy.info, metric="mae"),
        weights=np.random.default_rng(0).uniform(0.5, 2, 300),
    )
    group = a_group(toy, "preln", 2, stage=stage)
    group = replace(group, recipe=replace(group.recipe, ema=0.0, evaluate_every=23))
    wanted = loop.train(group, toy, encoded.encoded(toy))
    assert_same(trained(group, toy, static.Recorded), wanted)


@pytest.mark.parametrize("folds", [1, 2])
@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("name", families.names())
def test_nothing_but_batches_and_scores_passes_between_devices(
    name: str, kind: str, folds: int
) -> None:
    """A group from its first weights to its results, where no number can be read there."""
    images = families.family(name).kind.name == "conv"
    toy = (toys.image_task if images else toys.task)(rows=300, kind=kind, folds=folds)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, name, 1, ((0, -6), (1, -5)), width=8)
    rows = encoded.encoded(toy)
    counts = []
    for evaluations in (1, 2):
        how = replace(group.recipe, evaluate_every=2, max_steps=2 * evaluations)
        group = replace(group, recipe=how)
        with Elsewhere() as mode, backends.prepared():
            data = encoded.placed(rows, ELSEWHERE)
            found = loop.finished(static.static(group, toy, data, static.called))
        assert all(result.trial.steps == (2 * evaluations,) * folds for result in found)
        assert mode.there > 0
        counts.append(mode.brought)
    # An evaluation: orders, rates, moves and whether all is finite; of a fold the rows to look at
    # (for convolutions also those to measure on, with targets and weights, which others look at
    # every fourth time), targets and weights of each view, and what is said of each net.
    views = len(toy.folds[0].views)
    assert counts[1] - counts[0] == 4 + folds * (views * 2 + (5 if images else 2))


@pytest.mark.parametrize("metric", metrics.names())
def test_scores_on_a_gpu_are_those_of_a_processor(metric: str) -> None:
    numbers = metric in ("mse", "mae")
    toy = toys.task(rows=300, kind="regression" if numbers else "classification")
    rng = np.random.default_rng(0)
    toy = replace(
        toy, info=replace(toy.info, metric=metric), weights=rng.uniform(0.5, 2, len(toy.target))
    )
    fold = encoded.encoded(toy)[0]
    rows, sample = [np.arange(90), np.arange(90, 150)], np.arange(150, 200)
    out = torch.from_numpy(rng.normal(0, 9, (4, 200, toy.outputs)).astype(np.float32))
    out[3] = torch.nan
    *looked, trained = out.split([90, 60, 50], 1)
    found = gpu_scores.seen(toy, torch.cat(looked, 1), fold, rows, trained, sample)
    for net in range(4):
        for view, part in enumerate(looked):
            own = part[net : net + 1].numpy()
            wanted = (
                evaluate.means(toy, own, rows[view], fold)[0],
                evaluate.ties(toy, own, rows[view], fold)[0],
                evaluate.means(toy, trained[net : net + 1].numpy(), sample, fold)[0],
            )
            what = found[net][view]
            assert (what.metric, what.tie, what.train) == pytest.approx(wanted, 1e-9, nan_ok=True)


def test_a_net_s_weights_come_apart_as_they_were_put_together() -> None:
    g = torch.Generator().manual_seed(0)
    like = {"a": torch.randn(3, 4, 2, generator=g), "b": torch.randn(3, 5, generator=g)}
    flat = torch.cat([value.flatten(1) for value in like.values()], 1)
    for net in range(3):
        found = unpacked(flat[net].clone(), like)
        assert found.keys() == like.keys()
        assert all(torch.equal(found[name], like[name][net]) for name in like)


def test_a_step_that_takes_something_from_python_is_found_out() -> None:
    """The double shows what a graph would do: or the tests above would show nothing."""
    counts, total = iter(range(9)), torch.zeros(())
    static.Recorded(lambda: drop(total.add_(float(next(counts)))))(4)
    assert total == 0 + 1 + 1 + 1  # counted by Python: taken, then recorded, then repeated
    with pytest.raises(AssertionError, match="no part of a recording"):
        static.recorded(lambda: drop(total.add_(total.item())))


def test_what_spoils_a_recording_is_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ending a spoilt recording is an error of its own, which says nothing."""
    ended = []

    def end(graph: Graph) -> None:
        graph.__exit__(None, None, None)
        ended.append(graph)
        raise RuntimeError("operation failed due to a previous error during capture")

    def step() -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")

    monkeypatch.setattr(Graph, "capture_end", end)
    with pytest.raises(torch.cuda.OutOfMemoryError, match="out of memory"):
        static.recorded(step)
    assert ended


def drop(_: object) -> None:
    """Nothing is given back by a step."""
