"""Nothing to learn: the constant predictor next to the cells, and what is said where it wins."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_look import FLAT, GROWING, NAMES, RISING, spoil
from test_rivals import put, with_models

from howdeep.base import keys
from howdeep.base.nouns import Plan
from howdeep.base.verdicts import Interval, Verdict
from howdeep.judge import race as racing
from howdeep.judge.conclude import conclude
from howdeep.judge.ends import over_guess_ends, within
from howdeep.judge.look import look
from howdeep.judge.plan import next_round
from howdeep.stats import mcb
from planted import Memory, ladder, plan

GUESSING = 52.0  # two points above every net of a flat ladder


def guessed(p: Plan, means: dict[str, float], constant: float, **options: object) -> Memory:
    """A ladder next to a constant predictor that has its rows' own effects, too."""
    memory = ladder(p, means, **options)  # type: ignore[arg-type]
    shared = np.random.default_rng(options.get("draw", 0)).normal(0, 5, 40)
    memory.rows["", "select"] = constant + shared
    return memory


def judged(p: Plan, means: dict[str, float], constant: float, **options: object) -> Verdict:
    memory = guessed(p, means, constant, **options)
    return conclude(p, memory.trials, memory)


# ---- the status ---------------------------------------------------------------------------------
def test_where_no_net_beats_guessing_nothing_was_learnt_and_nothing_is_handed_over() -> None:
    v = judged(plan(), RISING, 60.0)
    assert (v.status, v.settled) == ("nothing_learnt", False)
    named = (v.family, v.blocks, v.weight_layers, v.parameters, v.enough, v.at_least)
    assert named == (None,) * 6
    beside = (v.price, v.diminishing, v.families, v.control, v.to_settle, v.test_score)
    assert beside == ((), None, (), None, None, None)
    assert v.control_why
    over = [c.over_guess for c in v.cells]
    assert all(o is not None and o.low is not None and o.low < 0 for o in over)
    assert v.could == max(o.high for o in over if o is not None and o.high is not None)
    assert v.could < 0


def test_by_how_much_one_could_is_the_largest_upper_end() -> None:
    v = judged(plan(max_seeds=3), FLAT, 50.2, sd=1.0)
    assert v.status == "nothing_learnt"
    assert v.could is not None
    assert 0 < v.could < 5


def test_above_zero_is_enough_however_little_it_is() -> None:
    """0, not the tolerance: a gain within epsilon is a gain."""
    v = judged(plan(epsilon=5.0), FLAT, 49.0, sd=0.1)
    assert v.status == "no_depth_needed"
    assert v.could is None
    assert all(c.over_guess is not None and c.over_guess.value < 5 for c in v.cells)


def test_it_precedes_extend_and_the_ladder_is_not_extended() -> None:
    p = plan(extend_to=32)
    memory = guessed(p, {name: GROWING[name] for name in NAMES}, 70.0)
    found = look(p, memory.trials, memory)
    assert (found.next, found.extend, found.too_short) == ("stop", (), False)
    assert found.nothing_learnt
    assert (found.enough, found.at_least, found.settled) == ("", "", False)
    assert conclude(p, memory.trials, memory).status == "nothing_learnt"
    memory.rows["", "select"] = memory.rows["", "select"] - 20
    assert look(p, memory.trials, memory).next == "extend"


def test_unreliable_precedes_it() -> None:
    p = plan()
    memory = guessed(p, FLAT, 70.0, seeds=3)
    for name in NAMES[1:]:
        spoil(memory, name, 2, nonfinite=1)
    v = conclude(p, memory.trials, memory)
    assert v.status == "unreliable"
    assert v.could is None


def test_before_the_first_look_it_is_not_asked() -> None:
    p = plan()
    memory = guessed(p, FLAT, 70.0, seeds=2)
    v = conclude(p, memory.trials, memory, stopped_by="budget")
    assert (v.status, v.could) == ("undetermined", None)
    assert all(c.over_guess is None for c in v.cells)
    assert not look(p, memory.trials, memory).nothing_learnt


def test_a_study_that_was_stopped_says_it_too() -> None:
    p = plan()
    memory = guessed(p, FLAT, GUESSING, seeds=3, sd=1.0)
    v = conclude(p, memory.trials, memory, stopped_by="budget")
    assert (v.status, v.looks, v.stopped_by) == ("nothing_learnt", (3,), "budget")


def test_no_control_is_trained_for_it() -> None:
    p = plan()
    memory = guessed(p, RISING, 60.0)
    found = look(p, memory.trials, memory)
    assert (found.next, found.control) == ("stop", 0)
    assert next_round(p, memory.trials, found) is None
    memory.rows["", "select"] = memory.rows["", "select"] - 30
    assert look(p, memory.trials, memory).control > 0


def test_rows_that_would_show_the_gain_there_seems_to_be() -> None:
    draws = (
        judged(plan(max_seeds=3), FLAT | {"resmlp-4": 51.5}, 50.0, row_sd=4.0, draw=draw)
        for draw in range(20)
    )
    found = [v for v in draws if v.status == "nothing_learnt"]
    asked = [v.to_settle for v in found if v.to_settle is not None]
    assert asked
    assert all(need.seeds is None and need.rows is not None and need.rows > 40 for need in asked)
    for v in found:
        gain = max(c.over_guess.value for c in v.cells if c.over_guess)
        assert v.to_settle is None or gain > v.epsilon


# ---- what it leaves alone -----------------------------------------------------------------------
def test_a_strong_guess_drops_nothing_and_is_in_no_pooled_variance() -> None:
    p = plan()
    low, high = guessed(p, RISING, 10.0), guessed(p, RISING, 200.0)
    high.rows["", "select"] = high.rows["", "select"] * np.linspace(0, 9, 40)
    races = [racing.replay(p, memory.trials, memory) for memory in (low, high)]
    assert races[0].spread == races[1].spread
    assert races[0].dropped == races[1].dropped
    np.testing.assert_array_equal(races[0].difference, races[1].difference)
    np.testing.assert_array_equal(races[0].width, races[1].width)
    last = races[0].took_part[-1]
    z = np.stack([list(races[0].rows.seeds(races[0].taken(c, 3), "select")) for c in last])
    if races[0].seeds == 3:
        assert races[0].spread[3] == mcb.median_variance(mcb.pairwise(z))


def test_it_is_no_cell() -> None:
    v = judged(plan(), FLAT, 10.0)
    assert [c.standing.cell.name for c in v.cells] == list(NAMES)
    assert v.constant == pytest.approx(10, abs=3)


def test_an_answer_about_depth_is_the_same_whatever_guessing_scores() -> None:
    weak, strong = judged(plan(), RISING, 10.0), judged(plan(), RISING, 50.0)
    same = {"constant": 0.0, "digest": "", "cells": (), "test_score": None}
    assert dataclasses.replace(weak, **same) == dataclasses.replace(strong, **same)


# ---- ends of the metric -------------------------------------------------------------------------
def test_intervals_end_where_the_metric_does() -> None:
    assert within(Interval(0.1, -0.7, 0.9), over_guess_ends("accuracy", 0.6)) == (
        Interval(0.1, -0.6, 0.4)
    )
    assert within(Interval(0.5, -9.0, 3.0), over_guess_ends("mse", -1.0)) == (
        Interval(0.5, -9.0, 1.0)
    )
    assert within(Interval(2.0, None, None), (-1.0, 1.0)) == Interval(2.0, None, None)
    assert within(Interval(2.0, 1.5, 2.5), (-1.0, 1.0)) == Interval(2.0, 1.5, 2.0)


def test_rows_of_right_and_wrong_that_are_all_the_guess_s_leave_nothing_to_chance() -> None:
    p = plan(max_seeds=3)
    memory = Memory(40, 0.5)
    memory.rows["", "select"] = (np.arange(40) % 2).astype(float)
    for trial in ladder(p, FLAT).trials:
        memory.put(trial, memory.rows["", "select"])
    v = conclude(p, memory.trials, memory)
    assert (v.status, v.could) == ("nothing_learnt", 0.0)


def test_rounding_is_no_gain() -> None:
    """Nets that are the constant predictor, stored in single precision, and summed by seeds."""
    p = plan(max_seeds=5)
    rows = -np.square(np.random.default_rng(0).standard_t(5, 40))
    memory = Memory(40)
    memory.rows["", "select"] = rows
    for trial in ladder(p, FLAT).trials:
        memory.put(trial, np.float32(rows) + 1e-8)
    v = conclude(p, memory.trials, memory)
    assert (v.status, v.could) == ("nothing_learnt", 0.0)


# ---- classical models ---------------------------------------------------------------------------
def beside(gain: float) -> Verdict:
    p = with_models(plan(), ("boosting", "plain"))
    memory = guessed(p, FLAT, GUESSING)
    for name, more in (("boosting", gain), ("plain", -3.0)):
        own = np.random.default_rng(len(name)).normal(0, 0.2, 40)
        put(memory, p, name, memory.rows["", "select"] + more + own - own.mean())
    return conclude(p, memory.trials, memory)


@pytest.mark.parametrize(("gain", "says"), [(0.3, "better"), (0.0, "unclear"), (-1.0, "worse")])
def test_models_are_compared_with_guessing_where_no_net_beats_it(gain: float, says: str) -> None:
    v = beside(gain)
    assert v.status == "nothing_learnt"
    assert (v.rivals_against, v.best_net) == (None, None)
    assert [r.says for r in v.rivals] == [says, "worse"]
    assert v.rivals[0].difference is not None
    assert v.rivals[0].difference.value == pytest.approx(gain, abs=0.1)
    assert (v.rival is not None) is (says == "better")  # by less than epsilon


# ---- keys ---------------------------------------------------------------------------------------
def test_fields_at_their_defaults_are_in_no_digest() -> None:
    v = dataclasses.replace(judged(plan(), RISING, 10.0), digest="", cells=())
    plain = keys.to_plain(v, brief=True)
    assert "could" not in plain
    assert "best_net" not in plain
    assert keys.loads(Verdict, keys.dumps(v)) == v
