"""The race: what is dropped, kept, extended and stopped, from planted scores."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.verdicts import CellStanding, Standing
from howdeep.judge import race as racing
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.stats import mcb
from planted import Memory, ladder, plan, trial

NAMES = ("linear", "resmlp-1", "resmlp-2", "resmlp-4", "resmlp-8")
RISING = dict(zip(NAMES, (40.0, 50.0, 55.0, 55.0, 55.0), strict=True))
FLAT = dict.fromkeys(NAMES, 50.0)


def cell(standing: Standing, name: str) -> CellStanding:
    return next(c for c in standing.cells if c.cell.name == name)


def test_before_the_first_look_everything_planned_is_alive() -> None:
    found = look(plan(), [], Memory())
    assert (found.look, found.seeds, found.next) == (-1, 0, "look")
    assert found.alive == NAMES
    assert (found.enough, found.at_least, found.settled) == ("", "", False)


def test_a_clear_ladder_settles_on_the_first_depth_of_the_plateau() -> None:
    p = plan()
    memory = ladder(p, RISING, row_sd=0.3)
    found = look(p, memory.trials, memory)
    assert (found.enough, found.at_least) == ("resmlp-2", "resmlp-2")
    assert found.settled
    assert found.next == "stop"
    assert found.seeds < 20
    assert cell(found, "linear").state == "dropped"
    assert cell(found, "resmlp-8").state == "alive"


def test_scores_and_bounds_are_those_of_the_seeds_looked_at() -> None:
    p = plan()
    memory = ladder(p, RISING)
    found = look(p, memory.trials, memory)
    best = cell(found, "resmlp-2")
    mine = [t for t in memory.trials if t.cell == "resmlp-2"][: found.seeds]
    means = [float(memory.trial(t, "select").mean()) for t in mine]
    assert best.score == pytest.approx(np.mean(means))
    assert best.seed_sd == pytest.approx(np.std(means, ddof=1))
    for c in found.cells:
        assert c.low <= 0 <= c.high
        assert c.state != "dropped" or c.high == 0


def test_an_incomplete_look_changes_nothing() -> None:
    p = plan()
    # close enough that no look before the last one settles it
    means = dict(FLAT, **{"linear": 49.6})
    whole = ladder(p, means, sd=1.0, seeds=5)
    partial = ladder(p, means, sd=1.0, seeds=dict.fromkeys(NAMES, 8) | {"resmlp-4": 7})
    a, b = look(p, whole.trials, whole), look(p, partial.trials, partial)
    assert a == b
    assert (a.look, a.seeds, a.next) == (1, 5, "look")


@pytest.mark.parametrize("shuffle", range(5))
def test_arrival_order_changes_nothing(shuffle: int) -> None:
    p = plan()
    memory = ladder(p, FLAT, sd=0.4)
    mixed = memory.trials[:]
    random.Random(shuffle).shuffle(mixed)
    assert look(p, mixed, memory) == look(p, memory.trials, memory)


def test_rate_and_control_trials_do_not_race() -> None:
    p = plan()
    memory = ladder(p, RISING)
    before = look(p, memory.trials, memory)
    for stage in ("rate", "control_rate", "control"):
        memory.put(trial(p.cells[2], 0, stage=stage), np.full(40, 99.0))  # type: ignore[arg-type]
    assert look(p, memory.trials, memory) == before


def test_dropped_stays_dropped_and_is_compared_at_its_last_look() -> None:
    p = plan()
    memory = ladder(p, dict(FLAT, **{"resmlp-1": 44.0}), sd=0.3)
    for t in memory.trials:  # later it would have been the best
        if t.cell == "resmlp-1" and t.seed >= 3:
            memory.rows[t.key, "select"] = memory.rows[t.key, "select"] + 60
    found = look(p, memory.trials, memory)
    late = cell(found, "resmlp-1")
    assert found.seeds > 3
    assert (late.state, late.seeds, late.dropped_at) == ("dropped", 3, 3)
    assert late.score == pytest.approx(44, abs=1)
    assert late.dropped_by in NAMES


@given(st.integers(0, 10_000), st.sampled_from([0.2, 0.6, 1.5]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_later_seeds_change_no_decision_of_an_earlier_look(
    draw: int, sd: float, extend: bool
) -> None:
    """What a study decides as it goes along is what a replay of its whole record decides."""
    p = plan(extend_to=32 if extend else 0)
    rng = np.random.default_rng(draw)
    means = {c.name: float(rng.normal(50, 1)) + min(c.blocks, 4) for c in p.cells}
    memory = ladder(p, means, sd=sd, draw=draw)
    whole = look(p, memory.trials, memory)
    gone: dict[str, tuple[int, str]] = {}
    for n in p.looks[: whole.look + 1]:
        now = look(p, [t for t in memory.trials if t.seed < n], memory)
        assert (now.seeds, now.next) == (n, "stop" if n == whole.seeds else "look")
        dropped = {c.cell.name: (c.dropped_at, c.dropped_by) for c in now.cells if c.dropped_at}
        assert gone.items() <= dropped.items()
        gone = dropped
    assert now == whole


def test_the_multiplicity_is_that_of_the_plan_however_few_are_alive() -> None:
    p = plan(extend_to=64)  # three more cells that are never trained
    assert p.k == len(p.cells) + 1 == 9  # the constant predictor is counted
    memory = ladder(p, RISING, sd=0.5)
    race = racing.replay(p, memory.trials, memory)
    last = race.took_part[-1]
    assert len(last) < 5
    z = np.stack([list(race.rows.seeds(race.taken(c, race.seeds), "select")) for c in last])
    alpha = (1 - p.confidence) * p.spending[race.look]
    expected = mcb.half_widths(mcb.pairwise(z), 9, alpha).width
    np.testing.assert_array_equal(race.width[np.ix_(last, last)], expected)


def test_the_only_cell_left_alive_is_enough() -> None:
    p = plan()
    memory = ladder(p, dict(RISING, **{"resmlp-2": 70.0}))
    found = look(p, memory.trials, memory)
    assert (found.alive, found.enough, found.next) == (("resmlp-2",), "resmlp-2", "stop")


def test_a_hopeless_case_ends_at_the_last_look() -> None:
    p = plan(max_seeds=5)
    memory = ladder(p, FLAT, sd=5.0)
    found = look(p, memory.trials, memory)
    assert (found.look, found.next, found.enough) == (1, "stop", "")


# ---- extension ----------------------------------------------------------------------------------
GROWING = dict(RISING, **{"resmlp-8": 60.0, "resmlp-16": 63.0, "resmlp-32": 63.0})


def test_the_ladder_is_extended_while_its_deepest_cell_is_the_best() -> None:
    p = plan(extend_to=32)
    seen = []
    for upto in (8, 16, 32):
        names = [c.name for c in p.cells if c.blocks <= upto]
        memory = ladder(p, GROWING, cells=names)
        found = look(p, memory.trials, memory)
        seen.append((found.look, found.next, found.extend))
    assert seen[0] == (0, "extend", ("resmlp-16",))
    assert seen[1] == (0, "extend", ("resmlp-32",))  # the same look, repeated
    assert seen[2][1:] == ("stop", ())
    assert cell(found, "resmlp-8").state == "dropped"
    assert found.enough == "resmlp-16"


def test_a_deeper_cell_waits_until_it_has_the_seeds_of_the_look() -> None:
    p = plan(extend_to=32)
    seeds = dict.fromkeys(GROWING, 3) | {"resmlp-16": 2, "resmlp-32": 0}
    memory = ladder(p, GROWING, seeds=seeds)
    found = look(p, memory.trials, memory)
    assert (found.next, found.extend, found.settled) == ("extend", ("resmlp-16",), False)
    assert cell(found, "resmlp-16").state == "waiting"


@pytest.mark.parametrize("cap", [0, 8])
def test_no_extension_beyond_the_cap(cap: int) -> None:
    p = plan(extend_to=cap)
    memory = ladder(p, {name: GROWING[name] for name in NAMES})
    found = look(p, memory.trials, memory)
    assert (found.next, found.extend, found.enough) == ("stop", (), "resmlp-8")
    assert found.too_short


def test_a_cell_that_joins_late_meets_the_dropped_at_their_last_look() -> None:
    p = plan((0, 1, 2), extend_to=4)
    means = {"linear": 30.0, "resmlp-1": 50.0, "resmlp-2": 50.9, "resmlp-4": 51.0}
    memory = ladder(p, means, sd=0.5, draw=3)
    race = racing.replay(p, memory.trials, memory)
    index = {c.name: i for i, c in enumerate(p.cells)}
    new, old = index["resmlp-4"], index["linear"]
    assert new in race.joined
    assert new not in race.took_part[0]  # it came at a later look than the one that dropped linear
    assert race.dropped[old][0] == 3
    z = [race.rows.means(race.taken(c, 3), "select").mean() for c in (new, old)]
    assert race.difference[new, old] == pytest.approx(z[0] - z[1])
    assert race.difference[old, new] == pytest.approx(z[1] - z[0])


def test_replaying_an_extended_race_repeats_every_decision() -> None:
    p = plan(extend_to=32)
    memory = ladder(p, GROWING, sd=0.6)
    last = look(p, memory.trials, memory)
    early = [t for t in memory.trials if t.seed < 3 and t.rung.blocks <= 8]
    first = look(p, early, memory)
    for before in first.cells:
        if before.state == "dropped":
            after = cell(last, before.cell.name)
            assert (after.state, after.dropped_at) == ("dropped", before.dropped_at)


# ---- nets that went wrong -----------------------------------------------------------------------
def spoil(memory: Memory, name: str, seeds: int, **changes: object) -> None:
    """Let the first `seeds` nets of a cell go wrong; their stored rows must not be read."""
    for i, t in enumerate(memory.trials):
        if t.cell == name and t.seed < seeds:
            memory.trials[i] = dataclasses.replace(t, **changes)  # type: ignore[arg-type]
            memory.rows[t.key, "select"] = np.full(40, np.nan)


WRONG = (
    {"nonfinite": 1, "val": (None,)},
    {"val": (10.0,)},  # no better than the constant predictor, where others learn
    {"failed": "killed three times", "val": ()},
)


@pytest.mark.parametrize("changes", WRONG)
def test_one_bad_seed_counts_as_the_constant_predictor(changes: dict[str, object]) -> None:
    p = plan(max_seeds=3)
    memory = ladder(p, FLAT)
    spoil(memory, "resmlp-2", 1, **changes)
    bad = cell(look(p, memory.trials, memory), "resmlp-2")
    assert (bad.state, bad.diverged) == ("alive", 1)
    assert bad.score == pytest.approx((10 + 50 + 50) / 3, abs=1.5)


@pytest.mark.parametrize("changes", WRONG)
def test_two_bad_seeds_of_three_exclude_a_cell(changes: dict[str, object]) -> None:
    p = plan(extend_to=16)
    memory = ladder(p, dict(RISING, **{"resmlp-8": 90.0}))
    spoil(memory, "resmlp-8", 2, **changes)
    found = look(p, memory.trials, memory)
    bad = cell(found, "resmlp-8")
    assert (bad.state, bad.diverged, bad.seeds) == ("unreliable", 2, 3)
    assert (found.enough, found.next) == ("resmlp-2", "stop")  # nor does it extend the ladder


def test_what_only_unreliable_cells_had_dropped_is_back_in_the_race() -> None:
    """The two best cells drop the others at three seeds and fall apart at five."""
    p = plan()
    truth = {"linear": 35.0, "resmlp-1": 53.0, "resmlp-2": 53.0, "resmlp-4": 56.0, "resmlp-8": 56.0}
    memory = ladder(p, truth, sd={**dict.fromkeys(truth, 0.1), "resmlp-4": 0.4, "resmlp-8": 0.4})
    deep = ("resmlp-4", "resmlp-8")
    for i, t in enumerate(memory.trials):
        if t.cell in deep and t.seed in (3, 4):
            memory.trials[i] = dataclasses.replace(t, nonfinite=1, val=(None,))
    early = look(p, [t for t in memory.trials if t.seed < 3], memory)
    assert early.alive == deep
    some = [t for t in memory.trials if t.seed < (5 if t.cell in deep else 3)]
    between = look(p, some, memory)
    assert (between.seeds, between.next) == (3, "look")
    assert between.alive == ("resmlp-1", "resmlp-2")  # each of them had dropped linear, too
    stopped = conclude(p, some, memory, stopped_by="budget")  # with cells of three and of five
    assert {c.standing.seeds for c in stopped.cells} == {3, 5}
    assert stopped.to_settle is None or (stopped.to_settle.seeds or 5) > 3
    last = look(p, memory.trials, memory)
    assert (last.enough, last.next) == ("resmlp-1", "stop")
    assert [cell(last, name).state for name in deep] == ["unreliable"] * 2
    assert cell(last, "linear").dropped_by in ("resmlp-1", "resmlp-2")


def test_one_bad_fold_of_a_seed_is_one_bad_net() -> None:
    p = plan(max_seeds=5, looks=(5,), spending=(1.0,))
    for bad, state in ((5, "alive"), (6, "unreliable")):
        memory = ladder(p, FLAT)
        for i, t in enumerate(memory.trials):
            lost = t.cell == "resmlp-4" and t.seed < bad - 3
            val = (*t.val * 4, None) if lost else t.val * 5
            if t.cell == "resmlp-4" and t.seed == 0:
                val = (None,) * 4 + t.val
            memory.trials[i] = dataclasses.replace(t, val=val, floor=t.floor * 5)
        found = cell(look(p, memory.trials, memory), "resmlp-4")
        assert (found.state, found.diverged) == (state, bad)


@pytest.mark.parametrize("changes", [{"val": (10.0,) * 5}, {"val": (None,) * 5, "nonfinite": 5}])
def test_one_bad_seed_of_three_excludes_no_cell_in_folds(changes: dict[str, object]) -> None:
    p = plan(max_seeds=3)
    for bad, state in ((1, "alive"), (2, "unreliable")):
        memory = ladder(p, FLAT)
        memory.trials = [
            dataclasses.replace(t, val=t.val * 5, floor=t.floor * 5) for t in memory.trials
        ]
        spoil(memory, "resmlp-4", bad, **changes)
        assert cell(look(p, memory.trials, memory), "resmlp-4").state == state


@pytest.mark.parametrize(
    ("n", "bad", "unreliable"), [(5, 1, False), (5, 2, True), (20, 4, False), (20, 5, True)]
)
def test_over_twenty_percent_is_unreliable(n: int, bad: int, unreliable: bool) -> None:
    p = plan(max_seeds=n, looks=(n,), spending=(1.0,))
    memory = ladder(p, FLAT)
    spoil(memory, "resmlp-4", bad, nonfinite=1)
    state = cell(look(p, memory.trials, memory), "resmlp-4").state
    assert (state == "unreliable") is unreliable


def test_where_nothing_can_be_learnt_nothing_has_diverged() -> None:
    p = plan(max_seeds=3)
    memory = ladder(p, FLAT)
    vals = (10.0, 9.9, 10.4)  # the best seed is within epsilon of the constant predictor
    memory.trials = [dataclasses.replace(t, val=(vals[t.seed],)) for t in memory.trials]
    assert all(c.diverged == 0 for c in look(p, memory.trials, memory).cells)


def test_with_fewer_than_two_reliable_cells_the_race_is_over() -> None:
    p = plan()
    memory = ladder(p, FLAT, seeds=3)
    for name in NAMES[1:]:
        spoil(memory, name, 2, nonfinite=1)
    found = look(p, memory.trials, memory)
    assert found.next == "stop"
    assert sum(c.state == "unreliable" for c in found.cells) == 4
