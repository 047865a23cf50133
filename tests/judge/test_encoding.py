"""Which encoding a study takes, and for how long its nets train: by validation rows, before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import fake
from howdeep.base.naming import group_key
from howdeep.base.nouns import Inputs, Plan, RateSearch, Recipe
from howdeep.base.trials import Group, Round, Trial
from howdeep.judge import encoding, rates
from howdeep.judge.plan import next_round

pytestmark = pytest.mark.usefixtures("fake_ladder")
OTHER = Inputs(2, 2, 2, encoding="standard")


def trained(group: Group, gain: float, worn: dict[str, int]) -> list[Trial]:
    """Fake trials: "standard" gains in accuracy, and cells in `worn` want that many steps."""
    out = []
    for result in fake.train(group).results:
        trial, cap = result.trial, group.recipe.max_steps
        more = gain if group.rung.inputs.encoding == "standard" else 0.0
        steps = (min(worn.get(group.cell, cap // 2), cap),) * len(trial.steps)
        val = tuple(v + more for v in trial.val if v is not None)
        out.append(replace(trial, val=val, cap=cap, steps=steps))
    return out


def rounds(
    plan: Plan, trials: list[Trial], gain: float = 0.0, worn: dict[str, int] | None = None
) -> Iterator[Round]:
    """All rounds before the first look, and the look's own, which is not trained."""
    asked = set()
    while True:
        made = next_round(plan, trials, None)
        assert made is not None
        keys = {group_key(group) for group in made.groups}
        assert not keys & asked  # or the loop that trains them would have no end
        asked |= keys
        yield made
        if made.stage == "main":
            return
        for group in made.groups:
            trials += trained(group, gain, worn or {})


@pytest.mark.parametrize("folds", [1, 5])
@pytest.mark.parametrize(("gain", "name"), [(0.007, ""), (0.02, "standard"), (-0.1, "")])
def test_another_encoding_is_taken_where_it_gains_more_than_the_tolerance(
    gain: float, name: str, folds: int
) -> None:
    plan = fake.plan(folds=folds, encodings=(OTHER,))
    trials: list[Trial] = []
    every = list(rounds(plan, trials, gain))
    taken = encoding.taken(plan, trials)
    assert taken is not None
    assert taken.name == name
    assert [n for n, _ in taken.tried] == ["", "standard"]
    scores = dict(taken.tried)
    assert scores["standard"] - scores[""] == pytest.approx(gain, abs=0.003)
    assert {g.rung.inputs.encoding for g in every[-1].groups} == {name}  # for the whole study
    resolved = encoding.resolved(plan, trials)
    assert {c.rung.inputs.encoding for c in resolved.cells} == {name}
    assert resolved.k == plan.k


def test_only_reference_depths_are_trained_with_every_encoding() -> None:
    plan = fake.plan(families=("resmlp", "mlp"), encodings=(OTHER,))
    trials: list[Trial] = []
    for made in rounds(plan, trials, 0.02):
        titled = made.title.startswith("encodings")
        cells = {g.cell for g in made.groups}
        assert not titled or cells <= {"linear", "resmlp-4"}
    tried = {t.cell for t in trials if not t.rung.inputs.encoding}
    assert tried == {"linear", "resmlp-4"}
    done = [(t.cell, t.rung.inputs, t.seed, t.rates) for t in trials]
    assert len(done) == len(set(done))  # what the reference depths tried is not tried again


@pytest.mark.parametrize("worn", ["linear", "resmlp-4"])
@pytest.mark.parametrize("gain", [0.0, 0.05])
@pytest.mark.parametrize("folds", [1, 5])
@pytest.mark.parametrize("depths", [(0, 1, 2, 4), (0, 4, 8, 16)])
def test_what_is_taken_stays_taken_when_a_reference_depth_trains_on(
    worn: str, gain: float, folds: int, depths: tuple[int, ...]
) -> None:
    plan = longer_plan(folds, encodings=(OTHER,), depths=depths)
    trials: list[Trial] = []
    made = list(rounds(plan, trials, gain, {worn: 10_000}))
    assert len(made) < 30
    taken = encoding.taken(plan, trials)
    assert taken is not None
    assert taken.name == ("standard" if gain else "")
    assert rates.searches(encoding.resolved(plan, trials), trials)[worn].longer == 4


def test_without_another_encoding_nothing_is_chosen() -> None:
    plan = fake.plan()
    trials: list[Trial] = []
    assert all("encodings" not in made.title for made in rounds(plan, trials))
    assert encoding.taken(plan, trials) is None
    assert encoding.resolved(plan, trials) is plan


# ---- how long ----------------------------------------------------------------------------------
def longer_plan(folds: int = 1, longer: int = 4, **changes: object) -> Plan:
    plan = fake.plan(folds=folds, recipe=Recipe(50_000, 100, 25), **changes)  # type: ignore[arg-type]
    return replace(plan, ladders=tuple(replace(own, longer=longer) for own in plan.ladders))


@pytest.mark.parametrize("folds", [1, 5])
@pytest.mark.parametrize(
    ("wants", "gets"), [(75, 100), (80, 200), (150, 200), (400, 400), (10_000, 400)]
)
def test_a_cell_that_runs_out_of_steps_gets_twice_as_many_twice(
    wants: int, gets: int, folds: int
) -> None:
    plan, trials = longer_plan(folds), list[Trial]()
    last = list(rounds(plan, trials, worn={"resmlp-1": wants}))[-1]
    caps = {g.cell: g.recipe.max_steps for g in last.groups}
    assert caps == {"linear": 100, "resmlp-1": gets, "resmlp-2": 100, "resmlp-4": 100}
    for group in last.groups:  # all else as it was, so that it is the same net trained on
        assert replace(group.recipe, max_steps=100) == plan.ladders[0].recipe
    found = rates.searches(plan, trials)["resmlp-1"]
    assert found.longer == gets // 100
    assert {t.cap for t in trials if t.cell == "resmlp-1"} == {
        cap for cap in (100, 200, 400) if cap <= gets
    }
    near = rates.around([found.best], RateSearch())
    assert near <= found.tried.keys()  # the best has both neighbours tried with so many steps


def test_what_the_user_fixed_is_not_doubled() -> None:
    plan, trials = longer_plan(longer=1), list[Trial]()
    last = list(rounds(plan, trials, worn={"resmlp-1": 10_000}))[-1]
    assert {g.recipe.max_steps for g in last.groups} == {100}


def test_deeper_cells_wait_for_a_reference_that_trains_on() -> None:
    plan = longer_plan(depths=(0, 1, 2, 4, 8))
    trials: list[Trial] = []
    for made in rounds(plan, trials, worn={"resmlp-4": 10_000}):
        if any(g.cell == "resmlp-8" for g in made.groups):
            assert rates.searches(plan, trials)["resmlp-4"].longer == 4
            return
    pytest.fail("8 blocks were never tried")


def test_nets_lost_with_more_steps_do_not_ask_for_ever() -> None:
    plan, trials = longer_plan(), list[Trial]()
    for _ in range(40):
        made = next_round(plan, trials, None)
        assert made is not None
        if made.stage == "main":
            return
        for group in made.groups:
            some = trained(group, 0.0, {"resmlp-1": 10_000})
            lost = group.cell == "resmlp-1" and group.recipe.max_steps > 100
            trials += [replace(t, failed="killed") if lost else t for t in some]
    pytest.fail("the rate search never ended")
