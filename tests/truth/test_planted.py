"""Studies of data whose truth is known: what the verdict says must be that truth.

The short one is in the default suite; whole studies take a minute or two each (`make campaign`,
or `pytest -m campaign -s tests/truth`, which prints each verdict).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import howdeep
import toys
from howdeep import api
from howdeep.base.nouns import RateSearch, Rung
from howdeep.base.trials import Group, Member
from howdeep.base.verdicts import Verdict
from howdeep.executors.processes import Processes
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.modalities.table import builtin
from howdeep.nets import ladder, recipe
from howdeep.report.sentence import headline
from howdeep.route.drive import drive
from howdeep.store.study import Study
from howdeep.trainers.fused import encoded, loop


def told(answer: howdeep.Answer) -> Verdict:
    print(f"\n{answer.path.name}: {headline(answer.dossier)}")
    return answer.verdict


def state(verdict: Verdict, name: str) -> str:
    return next(c.standing.state for c in verdict.cells if c.standing.cell.name == name)


def score(verdict: Verdict, name: str) -> float:
    return next(c.standing.score for c in verdict.cells if c.standing.cell.name == name)


def test_at_equal_parameters_three_hidden_layers_beat_one_on_spirals() -> None:
    """Telgarsky's and Lang and Witbrock's point: what few layers do with many units, more layers
    do with few. Eight seeds, each depth at its own best of five rates by validation."""
    task = builtin.task("spirals")
    data, inputs = encoded.encoded(task), encoded.inputs(task, encoded.encoders(task))
    three = Rung("mlp", 3, 12, inputs, task.outputs)
    wanted = ladder.cost(three).parameters
    one = ladder.matched(Rung("mlp", 1, 12, inputs, task.outputs), wanted)
    assert abs(ladder.cost(one).parameters / wanted - 1) < 0.02

    def best(rung: Rung, rates: Sequence[int] = (-8, -7, -6, -5, -4)) -> float:
        tried = []
        for rate in rates:
            members = tuple(Member(seed, (rate,)) for seed in range(8))
            how = recipe.recipe(len(task.folds[0].train))
            group = Group("main", "mlp", rung, members, task.info.fingerprint, how, 0)
            results = loop.train(group, task, data)
            val = np.mean([v for r in results for v in r.trial.val])
            tried.append((val, np.mean([r.arrays["select"].mean() for r in results])))
        return float(max(tried)[1])

    gain = best(three) - best(one)
    print(f"\nthree hidden layers of 12 over one of {one.width}: {100 * gain:.1f} points")
    assert gain > 0.05


@pytest.mark.campaign("planted truths")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_linear_data_need_no_depth(seed: int, tmp_path: Path) -> None:
    verdict = told(howdeep.run("linear", seed=seed, out=tmp_path / f"linear-{seed}.study"))
    assert verdict.status == "no_depth_needed"


@pytest.mark.campaign("planted truths")
def test_mnist1d_drops_the_linear_model_and_finds_deeper_better(tmp_path: Path) -> None:
    verdict = told(howdeep.run("mnist1d", out=tmp_path / "mnist1d.study"))
    assert state(verdict, "linear") == "dropped"
    assert state(verdict, "resmlp-1") == state(verdict, "resmlp-2") == "dropped"
    assert score(verdict, "linear") < score(verdict, "resmlp-1") < score(verdict, "resmlp-4")
    assert verdict.at_least is not None
    assert verdict.at_least.blocks >= 4


@pytest.mark.campaign("planted truths")
def test_spirals_drop_the_linear_model(tmp_path: Path) -> None:
    verdict = told(howdeep.run("spirals", out=tmp_path / "spirals.study"))
    assert state(verdict, "linear") == "dropped"
    assert score(verdict, "mlp-1") < score(verdict, "mlp-4") - 0.05


@pytest.mark.campaign("planted truths")
def test_the_range_on_friedman1_does_not_depend_on_step_cap_or_rate_grid(tmp_path: Path) -> None:
    """Four times the steps, and a grid moved by half its length, must not move the answer."""
    moved = RateSearch(grid=(-7, -6, -5, -4, -3, -2, -1), zero_grid=(-5, -4, -3, -2, -1, 0, 1))
    plain = friedman(tmp_path / "plain.study")
    longer = friedman(tmp_path / "longer.study", max_steps=4 * 2_000)
    shifted = friedman(tmp_path / "shifted.study", search=moved)
    for other in (longer, shifted):
        assert max(plain[0], other[0]) <= min(plain[1], other[1])


def friedman(path: Path, **changes: object) -> tuple[int, int]:
    """[at_least, enough] in the ladder's order of cells."""
    plan, task = toys.begin(builtin.task("friedman1"), **changes)  # type: ignore[arg-type]
    with Study.create(path, plan, task) as study, closing(Processes(2)) as engine:
        *_, last = drive(study, engine, look, conclude)
        verdict: Verdict = last.verdict  # type: ignore[union-attr]
        print(f"\n{path.name}: {headline(api.dossier(study, verdict))}")
    assert verdict.enough is not None
    assert verdict.at_least is not None
    names = [c.standing.cell.name for c in verdict.cells]
    return names.index(verdict.at_least.name), names.index(verdict.enough.name)
