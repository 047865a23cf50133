"""The rule keeps its error rates on ladders whose truth is known (docs/decision.md)."""

from __future__ import annotations

import sys

import ladders
import pytest
import tally

FEW, MANY = 40, 2_000


@pytest.mark.parametrize("scenario", ladders.SCENARIOS, ids=lambda s: s.name)
def test_a_few_ladders_do_not_show_a_broken_rule(scenario: ladders.Scenario) -> None:
    t = tally.tally(scenario, ladders.run(scenario, range(FEW)))
    # A true rate of 5 % exceeds 7 of 40 once in 4,000; rules in common use are wrong in a third.
    assert t.wrong.value * FEW <= 7
    assert t.at_least_wrong.value * FEW <= 7
    assert t.covered.value * FEW >= FEW - 7
    if scenario.name.startswith("flat"):
        assert t.agree >= 0.8
    assert t.undetermined.value <= 0.4  # a rule that never answers makes no errors either


@pytest.mark.campaign
@pytest.mark.timeout(7_200)
def test_two_thousand_ladders_a_scenario() -> None:
    """Prints the table of docs/decision.md: `pytest -m campaign -s tests/simulation`."""
    print("\n" + tally.HEADER)
    failures = []
    for scenario in ladders.SCENARIOS:
        t = tally.tally(scenario, ladders.run(scenario, range(MANY)))
        print(tally.line(scenario, t))
        sys.stdout.flush()
        kept = {
            "wrong": t.wrong.value <= 0.06,
            "at_least": t.at_least_wrong.value <= 0.06,
            "intervals": t.covered.value >= 0.94,
            "agreement": t.agree >= 0.9 or not scenario.name.startswith("flat"),
        }
        failures += [f"{scenario.name}: {name}" for name, good in kept.items() if not good]
    assert not failures
