"""A family that asks whose columns are whose, as nets of tokens do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.base.nouns import Rung
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.nets import families
from howdeep.nets.families import Family
from howdeep.trainers.fused import encoded, loop

Params = dict[str, torch.Tensor]
RESMLP = families.family("resmlp")


def owners(rung: Rung) -> torch.Tensor:
    """Of each column the number of its feature (D,)."""
    pairs = [(column, i) for i, block in enumerate(rung.inputs.blocks) for column in block]
    return torch.tensor([feature for _, feature in sorted(pairs)])


def init(rung: Rung, generator: torch.Generator) -> Params:
    """A residual net, and a gate for all columns of one feature together."""
    return {**RESMLP.init(rung, generator), "gate": torch.ones(len(rung.inputs.blocks))}


def apply(rung: Rung, params: Params, x: torch.Tensor, tap: Any = None) -> torch.Tensor:
    gates = params["gate"][:, owners(rung)].unsqueeze(1)  # (M, 1, D)
    own = {name: value for name, value in params.items() if name != "gate"}
    return RESMLP.apply(rung, own, x * gates, tap)


GATED = replace(RESMLP, init=init, apply=apply, gradients=None, chain=None, blocks=True)


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The family, as if another package had brought it."""
    get = families.registry.get

    def found(registry: Any, name: str) -> Any:
        return GATED if name == "gated" else get(registry, name)

    monkeypatch.setattr(families.registry, "get", found)
    families.family.cache_clear()
    yield "gated"
    families.family.cache_clear()


def mixed(rows: int = 400) -> Task:
    """Numbers with gaps and few values, and a category: folds differ in their columns."""
    rng = np.random.default_rng(2)
    few = np.minimum(rng.geometric(0.3, rows), 12).astype(float)
    few[[5, 9]] = np.nan
    colour = rng.choice(["red", "green", "blue"], rows).astype(object)
    x = rng.normal(size=(4, rows))
    columns: dict[str, Any] = {f"x{i}": x[i] for i in range(4)} | {"few": few, "colour": colour}
    y = np.where(x[0] + (colour == "red") > 0.3, "yes", "no")
    return make_task(to_table(columns, y=y), "target")


def test_a_family_that_asks_gets_the_columns_of_each_feature(gated: str) -> None:
    plan, _ = toys.begin(mixed(), family=(gated,), max_seeds=2)
    for inputs in (plan.cells[-1].rung.inputs, *plan.encodings):
        own = [column for block in inputs.blocks for column in block]
        assert sorted(own) == list(range(inputs.columns))
        assert len(inputs.blocks) == 6
    plain, _ = toys.begin(mixed(), family=("resmlp",), max_seeds=2)
    assert not plain.cells[-1].rung.inputs.blocks
    assert isinstance(families.family(gated), Family)


def test_such_nets_train_in_one_program(gated: str) -> None:
    task = encoded.fitted(mixed())
    inputs = encoded.with_blocks(task, encoded.inputs(task, encoded.encoders(task)))
    group = toys.group(task, inputs, gated, 1, ((0, -6), (1, -6)), steps=200)
    for result in loop.train(group, task, encoded.encoded(task)):
        trial = result.trial
        better = [v - f for v, f in zip(trial.val, trial.floor, strict=True) if v is not None]
        assert np.mean(better) > 0.1
