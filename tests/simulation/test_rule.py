"""The rule keeps its error rates on ladders whose truth is known (docs/decision.md)."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import awkward
import ladders
import numpy as np
import pytest
import tally

import planted
from howdeep.judge import race as racing
from howdeep.judge.conclude import conclude

FEWER, FEW, SOME, MANY = 20, 40, 500, 2_000


@pytest.mark.parametrize("scenario", [*ladders.SCENARIOS, *ladders.TWO_LOOKS], ids=lambda s: s.name)
def test_a_few_ladders_do_not_show_a_broken_rule(scenario: ladders.Scenario) -> None:
    t = tally.tally(scenario, ladders.run(scenario, range(FEW)))
    # A true rate of 5 % exceeds 7 of 40 once in 4,000; rules in common use are wrong in a third.
    assert t.wrong.value * FEW <= 7
    assert t.at_least_wrong.value * FEW <= 7
    assert t.covered.value * FEW >= FEW - 7
    if scenario.name.startswith("flat") and scenario.most == 20:
        assert t.agree >= 0.8
    # A rule that never answers makes no errors either; five seeds often answer nothing.
    assert t.undetermined.value <= (0.4 if scenario.most == 20 else 0.8)


@pytest.mark.parametrize("kind", awkward.ALL, ids=lambda kind: kind.name)
def test_a_few_awkward_ladders_do_not_show_a_broken_rule(kind: awkward.Awkward) -> None:
    t = tally.tally(kind, ladders.run(kind, range(FEWER)))
    # A true rate of 6 % exceeds 5 of 20 once in 2,000; what broke rules before is wrong in a third.
    unseen = kind in awkward.COLLAPSE  # where no net collapsed, nothing can be known of it
    wrong = t.wrong_seen if unseen else t.wrong
    assert wrong.value * FEWER <= 5
    assert t.at_least_wrong.value * FEWER <= 5
    assert unseen or t.covered.value * FEWER >= FEWER - 5


def test_a_rule_that_trusts_point_estimates_would_be_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bounds above have teeth: without widths, the first cell that looks near enough wins."""
    scenario = next(s for s in ladders.SCENARIOS if s.name == "five at -eps, best noisy")
    monkeypatch.setattr(racing.Race, "lower", property(lambda race: race.difference))
    t = tally.tally(scenario, ladders.run(scenario, range(FEW)))
    assert t.wrong.value * FEW > 7


def test_where_nothing_can_be_learnt_the_answer_is_not_unreliable() -> None:
    """Validation a hair around the constant predictor's: nothing was learnt, nothing diverged."""
    p = planted.plan()
    found = []
    for draw in range(FEW):
        memory = planted.ladder(p, dict.fromkeys((c.name for c in p.cells), 10.0), draw=draw)
        rng = np.random.default_rng([7, draw])
        memory.trials = [replace(t, val=(10 + float(rng.normal(0, 0.1)),)) for t in memory.trials]
        found.append(conclude(p, memory.trials, memory).status)
    assert "unreliable" not in found
    assert found.count("nothing_learnt") >= FEW * 0.8


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
def test_holding_dropped_cells_against_the_rest_answers_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The choice under "Dropped cells" in docs/decision.md, measured."""
    scenario = next(s for s in ladders.SCENARIOS if s.name == "peaked at 2")
    ours = tally.tally(scenario, ladders.run(scenario, range(SOME)))

    def everyone(race: racing.Race, c: int) -> list[int]:
        return [e for e in race.reliable if e != c]

    def never_alone(race: racing.Race, c: int) -> float:
        e = racing.worst(race, c)
        return -math.inf if e is None else float(race.lower[c, e])

    monkeypatch.setattr(racing, "opponents", everyone)
    monkeypatch.setattr(racing, "least", never_alone)
    draft = tally.tally(scenario, ladders.run(scenario, range(SOME)))
    for name, t in (("dropped cells left out", ours), ("held against the rest", draft)):
        print(f"\n{name}: {tally.line(scenario, t)}")
    assert ours.wrong.value <= draft.wrong.value + 3 * draft.wrong.error
    assert ours.undetermined.value < draft.undetermined.value
    assert ours.agree > draft.agree


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize(
    "scenarios",
    [ladders.SCENARIOS, ladders.TWO_LOOKS, awkward.ALL],
    ids=["twenty-seeds", "five-seeds", "awkward"],
)
def test_two_thousand_ladders_a_scenario(
    scenarios: tuple[ladders.Kind, ...], request: pytest.FixtureRequest
) -> None:
    """The table of docs/decision.md, which `python benchmarks/simulate.py` makes piece by piece."""
    print("\n" + tally.HEADER)
    failures = []
    for scenario in scenarios:
        t = tally.tally(scenario, ladders.run(scenario, range(MANY)))
        print(tally.line(scenario, t))
        sys.stdout.flush()
        unseen = scenario in awkward.COLLAPSE  # where no net collapsed, nothing can be known of it
        kept = {
            "wrong": (t.wrong_seen if unseen else t.wrong).value <= 0.06,
            "at_least": t.at_least_wrong.value <= 0.06,
            "intervals": unseen or t.covered.value >= 0.94,
            "agreement": t.agree >= 0.9 or scenario.name != "flat, seed sd eps/2",
        }
        failures += [f"{scenario.name}: {name}" for name, good in kept.items() if not good]
    counted = request.getfixturevalue("tally")
    counted.cases, counted.wrong = MANY * len(scenarios), failures
    assert not failures
