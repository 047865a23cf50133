"""On a GPU, where there is one: results repeat, recorded or not, alone or in company."""

from __future__ import annotations

import pytest
import torch
from tests import toys
from tests.trainers.test_static import a_group, assert_same

from howdeep.executors.gpu import Gpu
from howdeep.nets import families
from howdeep.trainers.fused import backends, encoded, loop, static

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")


@pytest.fixture
def gpu() -> torch.device:
    return backends.device(backends.CUDA)


@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.parametrize("blocks", [0, 2])
@pytest.mark.parametrize("name", families.names())
def test_a_graph_does_what_its_steps_do(
    name: str, blocks: int, kind: str, gpu: torch.device
) -> None:
    toy = toys.task_for(name, rows=400, kind=kind)
    group, data = a_group(toy, name, blocks), encoded.placed(encoded.encoded(toy), gpu)
    with backends.prepared(), backends.stream(gpu):
        wanted = loop.finished(static.static(group, toy, data, static.called))
    assert_same(static.train(group, toy, data), wanted)
    assert_same(static.train(group, toy, data), wanted)


@pytest.mark.parametrize("name", families.names())
def test_a_group_is_the_same_side_by_side_and_alone(name: str, gpu: torch.device) -> None:
    toy = toys.task_for(name, rows=400)
    groups = [a_group(toy, name, blocks) for blocks in (0, 1, 2, 3)]
    data = encoded.placed(encoded.encoded(toy), gpu)
    for outcome in Gpu(gpu)(groups, toy):
        assert_same(outcome.results, static.train(outcome.group, toy, data))


@pytest.mark.parametrize("name", families.names())
def test_nets_learn_there_what_they_learn_on_a_processor(name: str, gpu: torch.device) -> None:
    toy = toys.task_for(name)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, name, 1, tuple((seed, -6) for seed in range(4)), steps=200)
    here = loop.train(group, toy, encoded.encoded(toy))
    there = static.train(group, toy, encoded.placed(encoded.encoded(toy), gpu))
    scores = [sum(float(r.arrays["select"].mean()) for r in found) / 4 for found in (here, there)]
    assert abs(scores[0] - scores[1]) < 0.05
