"""The planner is pure: walks end, transfers start where they should, rounds repeat exactly."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fake
from howdeep.base import limits
from howdeep.base.nouns import Cost, Plan, Recipe
from howdeep.base.trials import Round, Trial
from howdeep.base.verdicts import CellRef, CellStanding, Standing
from howdeep.judge import rates, widened
from howdeep.judge.cut import worst_flops
from howdeep.judge.plan import first_cells, next_round
from howdeep.judge.rates import chosen_rates
from howdeep.nets import ladder

pytestmark = pytest.mark.usefixtures("fake_ladder")


def trained(round: Round, best: dict[int, int] | None = None) -> list[Trial]:
    return [r.trial for group in round.groups for r in fake.train(group, best).results]


def rate_rounds(
    plan: Plan, trials: list[Trial], standing: Standing | None = None, best=None
) -> Iterator[Round]:
    """Rounds of the rate search, trained one after the other into `trials`."""
    for _ in range(60):
        round = next_round(plan, trials, standing)
        if round is None or round.stage != "rate":
            return
        trials += trained(round, best)
        yield round
    raise AssertionError("the rate search does not end")


def standing(plan: Plan, look: int, next: str, alive=(), enough: str = "", extend=()) -> Standing:
    """A standing in which only the named cells are alive."""
    cells = tuple(
        CellStanding(CellRef.of(c), 3, 0.9, 0.0, 0.0, 0.0, 0.1, state)
        for c in plan.cells
        for state in ("alive" if c.name in alive else "dropped",)
    )
    seeds = plan.looks[look]
    return Standing(look, seeds, cells, enough, enough, False, next, tuple(extend), control=seeds)


def asked(round: Round) -> dict[str, set[int]]:
    """Rates by cell."""
    out: dict[str, set[int]] = {}
    for group in round.groups:
        out.setdefault(group.cell, set()).update(r for m in group.members for r in m.rates)
    return out


def seeds(round: Round) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for group in round.groups:
        out.setdefault(group.cell, []).extend(m.seed for m in group.members)
    return {cell: sorted(some) for cell, some in out.items()}


def after_rates(plan: Plan) -> list[Trial]:
    trials: list[Trial] = []
    for _ in rate_rounds(plan, trials):
        pass
    return trials


# ---- learning rates -----------------------------------------------------------------------------
def test_grids_come_first_then_the_transfer_to_deeper_nets() -> None:
    plan = fake.plan(families=("resmlp", "mlp"), depths=(0, 1, 2, 4, 8))
    trials: list[Trial] = []
    rounds = rate_rounds(plan, trials)
    first = asked(next(rounds))
    search = plan.ladders[0].search
    grid, linear = set(search.grid), set(search.zero_grid)
    plain = {f"mlp-{d}": grid for d in (1, 2, 4, 8)}
    shallow = {f"resmlp-{d}": grid for d in (1, 2, 4)}
    assert first == {"linear": linear} | shallow | plain
    assert set(seeds_of(trials)) == {-1, -2}
    second = asked(next(rounds))
    around = {fake.BEST_RATE[4] + step for step in (-1, 0, 1)}
    assert second["resmlp-8"] == around


def seeds_of(trials: list[Trial]) -> list[int]:
    return [trial.seed for trial in trials]


@pytest.mark.parametrize(("depths", "leader"), [((0, 1, 2), 2), ((0, 8, 16), 8), ((0, 2, 6), 2)])
def test_the_reference_is_the_trained_depth_nearest_to_four(depths, leader: int) -> None:
    plan = fake.plan(depths=depths, extend_to=32)
    assert rates.reference(plan, plan.cells[-1]).blocks == leader


@settings(max_examples=60, deadline=None)
@given(
    best=st.fixed_dictionaries({d: st.integers(-20, 6) for d in (0, 1, 2, 4)}),
    folds=st.sampled_from([1, 5]),
    plain=st.booleans(),
)
def test_walks_end_with_the_best_interior_or_at_the_bounds(best, folds: int, plain: bool) -> None:
    plan = fake.plan(families=("mlp",) if plain else ("resmlp",), folds=folds)
    trials: list[Trial] = []
    for _ in rate_rounds(plan, trials, best=best):
        pass
    tried = {name: one.tried for name, one in rates.searches(plan, trials).items()}
    low, high = plan.ladders[0].search.lowest, plan.ladders[0].search.highest
    chosen = chosen_rates(plan, trials)
    assert set(chosen) == {cell.name for cell in first_cells(plan)}
    for name, rates_chosen in chosen.items():
        assert len(rates_chosen) == folds
        for rate in rates_chosen:
            near = {rate - 1, rate, rate + 1}
            assert {r for r in near if low <= r <= high} <= tried[name].keys()
        assert all(low <= rate <= high for rate in tried[name])


def test_no_rate_is_tried_twice_with_the_same_seed() -> None:
    plan = fake.plan(families=("resmlp", "mlp"), folds=5)
    done = [(t.cell, t.seed, t.rates) for t in after_rates(plan)]
    assert len(done) == len(set(done))


def with_values(plan: Plan, cell: str, values: dict[int, tuple[float | None, ...]], tie=0.0):
    """Rate trials of one cell with the given val per fold, both seeds alike."""
    group = fake.group("rate", folds=plan.folds)
    base = fake.train(group).results[0].trial
    return [
        dataclasses.replace(
            base, cell=cell, key=f"{rate}{seed}", seed=seed, rates=(rate,) * plan.folds,
            val=val, tie=tuple(None if v is None else tie for v in val),
        )
        for rate, val in values.items()
        for seed in (-1, -2)
    ]  # fmt: skip


def test_all_folds_take_the_rate_that_their_rows_choose_together() -> None:
    plan = fake.plan(folds=2)
    tried = {-5: (0.9, 0.6), -4: (0.8, 0.75), -3: (0.1, 0.75)}
    assert chosen_rates(plan, with_values(plan, "linear", tried)) == {"linear": (-5, -5)}
    tried |= {-3: (0.75, 0.75)}
    assert chosen_rates(plan, with_values(plan, "linear", tried)) == {"linear": (-4, -4)}


def test_a_rate_is_judged_with_its_neighbours() -> None:
    """A lucky one next to bad ones is not chosen; what was never tried, or lost, says nothing."""
    plan = fake.plan()
    tried = {-6: (0.5,), -5: (0.9,), -4: (0.5,), -3: (0.8,), -2: (0.85,), -1: (0.8,)}
    assert chosen_rates(plan, with_values(plan, "linear", tried)) == {"linear": (-2,)}


def test_ties_go_to_the_tie_break_then_to_the_smaller_rate() -> None:
    plan = fake.plan()
    a, b = with_values(plan, "linear", {-5: (0.9,)}), with_values(plan, "linear", {-4: (0.9,)}, 1.0)
    assert chosen_rates(plan, a + b) == {"linear": (-4,)}
    b = with_values(plan, "linear", {-4: (0.9,)})
    assert chosen_rates(plan, a + b) == {"linear": (-5,)}


def test_a_nonfinite_net_counts_as_the_constant_predictor_and_a_lost_one_as_worse() -> None:
    plan = fake.plan()
    trials = with_values(plan, "linear", {-7: (None,), -5: (0.45,), -3: (0.49,)})
    assert chosen_rates(plan, trials) == {"linear": (-7,)}  # the floor is 0.5
    lost = [dataclasses.replace(t, failed="killed") if t.rates == (-7,) else t for t in trials]
    assert chosen_rates(plan, lost) == {"linear": (-3,)}


# ---- looks --------------------------------------------------------------------------------------
def test_the_first_look_trains_every_first_cell_and_no_extension() -> None:
    plan = fake.plan(extend_to=16)
    trials = after_rates(plan)
    round = next_round(plan, trials, None)
    assert round is not None
    assert seeds(round) == {c.name: [0, 1, 2] for c in plan.cells if c.blocks <= 4}
    chosen = chosen_rates(plan, trials)
    assert all(m.rates == chosen[g.cell] for g in round.groups for m in g.members)


def test_dropped_cells_are_trained_no_further() -> None:
    plan = fake.plan()
    trials = after_rates(plan)
    trials += trained(next_round(plan, trials, None))
    round = next_round(plan, trials, standing(plan, 0, "look", ["resmlp-2", "resmlp-4"]))
    assert round is not None
    assert (round.stage, round.title) == ("main", "look 2: 5 seeds")
    assert seeds(round) == {"resmlp-2": [3, 4], "resmlp-4": [3, 4]}


def test_an_extension_finds_its_rate_then_catches_up() -> None:
    plan = fake.plan(extend_to=8)
    trials = after_rates(plan)
    trials += trained(next_round(plan, trials, None))
    trials += trained(next_round(plan, trials, standing(plan, 0, "look", ["resmlp-4"])))
    extend = standing(plan, 1, "extend", ["resmlp-4"], extend=["resmlp-8"])
    rounds = list(rate_rounds(plan, trials, extend))
    around = {fake.BEST_RATE[4] + step for step in (-1, 0, 1)}
    assert asked(rounds[0]) == {"resmlp-8": around}
    round = next_round(plan, trials, extend)
    assert round is not None
    assert seeds(round) == {"resmlp-8": [0, 1, 2, 3, 4]}


# ---- the control --------------------------------------------------------------------------------
def stopped(plan: Plan, enough: str) -> tuple[list[Trial], Standing]:
    trials = after_rates(plan)
    trials += trained(next_round(plan, trials, None))
    return trials, standing(plan, 0, "stop", [enough], enough)


def beside(plan: Plan, trials: list[Trial], stop: Standing) -> list[str]:
    """The stages of what is trained next to the answer, one round after the other."""
    stages = []
    for _ in range(30):
        round = next_round(plan, trials, stop)
        if round is None:
            return stages
        stages.append(round.stage)
        trials += trained(round)
    raise AssertionError("it does not end")


def test_the_control_widens_the_shallower_rival_walks_its_rate_and_matches_seeds() -> None:
    plan = fake.plan(families=("resmlp", "mlp"))
    trials, stop = stopped(plan, "resmlp-4")
    stages = beside(plan, trials, stop)
    assert set(stages[:-1]) == {"control_rate"}
    assert stages[-1] == "control"
    control = [t for t in trials if t.stage == "control"]
    assert sorted(t.seed for t in control) == [0, 1, 2]
    wide = control[0].rung
    assert {t.cell for t in control} == {"resmlp-4"}
    assert (wide.family, wide.blocks) == ("resmlp", 2)
    wanted = plan.cell("resmlp-4").cost.parameters
    assert abs(fake.cost(wide).parameters / wanted - 1) <= 0.02
    mine = rates.tried([t for t in trials if t.stage == "control_rate"])
    assert {control[0].rates[0] + step for step in (-1, 0, 1)} <= mine.keys()


@pytest.mark.parametrize("enough", ["linear", "resmlp-1", ""])
def test_no_control_without_a_shallower_rival(enough: str) -> None:
    plan = fake.plan()
    trials, stop = stopped(plan, enough)
    assert next_round(plan, trials, stop) is None


def test_no_control_where_the_ladder_is_too_short_to_name_a_depth() -> None:
    plan = fake.plan()
    trials, stop = stopped(plan, "resmlp-4")
    assert next_round(plan, trials, stop) is not None
    assert next_round(plan, trials, dataclasses.replace(stop, control=0)) is None


def test_the_twin_is_one_block_as_large_trained_after_the_control() -> None:
    plan = fake.plan(families=("resmlp", "mlp"))
    trials, stop = stopped(plan, "resmlp-4")
    stop = dataclasses.replace(stop, twin=2)
    stages = beside(plan, trials, stop)
    kinds = [stage for i, stage in enumerate(stages) if stage not in stages[i - 1 : i]]
    assert kinds == ["control_rate", "control", "control_rate", "control"]
    twins = [t for t in trials if t.stage == "control" and t.rung.blocks == 1]
    assert [t.seed for t in twins] == [0, 1]
    assert len([t for t in trials if t.stage == "control"]) == 3 + 2
    wanted = plan.cell("resmlp-4").cost.parameters
    assert abs(fake.cost(twins[0].rung).parameters / wanted - 1) <= 0.02
    walked = [t for t in trials if t.stage == "control_rate" and t.rung == twins[0].rung]
    start = chosen_rates(plan, trials)["resmlp-1"][0]
    assert {start - 1, start, start + 1} <= {t.rates[0] for t in walked}


@pytest.mark.parametrize(
    ("sure", "fits", "trained"), [(3, False, True), (2, False, False), (2, True, True)]
)
def test_seeds_of_the_control_beyond_the_sure_ones_have_to_fit(
    sure: int, fits: bool, trained: bool
) -> None:
    plan = fake.plan(families=("resmlp", "mlp"))
    trials, stop = stopped(plan, "resmlp-4")
    some = 1e30 if fits else 1.0
    plan = dataclasses.replace(plan, sure_seeds=sure, allowance=some, flops_planned=some)
    assert (next_round(plan, trials, stop) is not None) == trained


def test_where_the_next_shallower_depth_is_one_block_the_control_is_the_twin() -> None:
    plan = fake.plan()
    trials, stop = stopped(plan, "resmlp-2")
    both = list(trials)
    stages = beside(plan, trials, stop)
    assert beside(plan, both, dataclasses.replace(stop, twin=stop.control)) == stages
    assert both == trials


@pytest.mark.parametrize(("depths", "widened_to"), [((0, 2, 4), {1, 2}), ((0, 4, 8), {1})])
def test_a_twin_of_a_depth_that_was_not_trained_starts_from_the_nearest(
    depths: tuple[int, ...], widened_to: set[int]
) -> None:
    plan = fake.plan(depths=depths)
    trials, stop = stopped(plan, "resmlp-4")
    assert beside(plan, trials, dataclasses.replace(stop, twin=3))[-1] == "control"
    assert {t.rung.blocks for t in trials if t.stage == "control"} == widened_to
    found = widened.rivals(plan, {c.name for c in plan.cells}, plan.cell("resmlp-4"))
    assert found["twin"] == widened.Rival(1, plan.cell(f"resmlp-{depths[1]}"))


def test_the_twin_stays_within_the_allowance_and_the_control_is_in_the_plan() -> None:
    plan = fake.plan()
    trials, stop = stopped(plan, "resmlp-4")
    stop = dataclasses.replace(stop, twin=3)
    spent = sum(t.flops for t in trials)
    poor = dataclasses.replace(plan, allowance=spent, flops_planned=spent)
    beside(poor, trials, stop)
    assert {t.rung.blocks for t in trials if t.stage == "control"} == {2}
    assert not [t for t in trials if t.stage == "control_rate" and t.rung.blocks == 1]
    assert beside(plan, trials, stop)[-1] == "control"
    assert {t.rung.blocks for t in trials if t.stage == "control"} == {1, 2}


@pytest.mark.parametrize(("bytes_a_unit", "most"), [(1e5, 16), (3e6, 2), (1e9, 0)])
def test_widened_nets_take_no_more_memory_than_others_may(
    bytes_a_unit: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def net_bytes(cost: Cost, width: int, batch: int) -> float:
        return width * bytes_a_unit if width > 32 else 1.0

    plan = fake.plan(recipe=Recipe(batch=64, max_steps=100, evaluate_every=25))  # all in company
    monkeypatch.setattr(ladder, "net_bytes", net_bytes)
    trials, stop = stopped(plan, "resmlp-4")
    planned = next_round(plan, trials, dataclasses.replace(stop, control=0, twin=3))
    if most:
        assert planned is not None
        assert max(len(group.members) for group in planned.groups) <= most
    else:
        assert planned is None
        twin = widened.rivals(plan, {c.name for c in plan.cells}, plan.cell("resmlp-4"))["twin"]
        assert "memory" in str(widened.widen(plan, twin, plan.cell("resmlp-4")))


def test_no_control_where_no_width_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = fake.plan()
    trials, stop = stopped(plan, "resmlp-4")
    monkeypatch.setattr(ladder, "matched", lambda rung, parameters: rung)
    assert next_round(plan, trials, stop) is None


# ---- cutting ------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(
    depths=st.sets(st.sampled_from([1, 2, 4, 8, 16]), min_size=1).map(sorted),
    folds=st.sampled_from([1, 3, 5, 20]),
    plain=st.booleans(),
    many=st.integers(1, 40),
    batch=st.sampled_from([64, 100_000]),  # nets that cost less than their calls, or far more
)
def test_groups_keep_to_the_rules(
    depths: list[int], folds: int, plain: bool, many: int, batch: int
) -> None:
    families = ("resmlp", "mlp") if plain else ("resmlp",)
    plan = fake.plan(
        families=families,
        depths=(0, *depths),
        folds=folds,
        looks=(many,),
        recipe=Recipe(batch=batch, max_steps=100, evaluate_every=25),
    )
    trials: list[Trial] = []
    rounds = list(rate_rounds(plan, trials))
    rounds.append(next_round(plan, trials, None))  # type: ignore[arg-type]
    for round in rounds:
        layers = {cell.name: cell.cost.weight_layers for cell in plan.cells}
        calls = {g.cell: limits.CALL_FLOPS * layers[g.cell] * 100 for g in round.groups}
        nets = [worst_flops(plan, group) for group in round.groups]
        total = sum(nets) + sum(calls.values())
        whole = [net + calls[g.cell] for net, g in zip(nets, round.groups, strict=True)]
        assert whole == sorted(whole, reverse=True)
        sizes: dict[str, list[int]] = {}
        for group, net, cost in zip(round.groups, nets, whole, strict=True):
            n = len(group.members)
            sizes.setdefault(group.cell, []).append(n)
            assert n * folds <= limits.MAX_NETS_IN_GROUP or n == 1
            small = net <= calls[group.cell] * (1 + 1e-9)
            assert small or n == 1 or cost <= total / 8 * (1 + 1e-9)
        assert all(max(some) - min(some) <= 1 for some in sizes.values())
        assert len(sizes) > 1 or len(round.groups) >= min(2, sum(map(sum, sizes.values())))


def test_the_order_of_trials_changes_nothing() -> None:
    plan = fake.plan(families=("resmlp", "mlp"), folds=5)
    trials: list[Trial] = []
    shuffle = random.Random(0).shuffle
    for _ in range(40):
        round = next_round(plan, trials, None)
        if round is None:
            break
        for _ in range(3):
            shuffled = list(trials)
            shuffle(shuffled)
            assert next_round(plan, shuffled, None) == round
        if round.stage == "main":
            return
        trials += trained(round)
    raise AssertionError("no look was reached")
