"""Noise says that nothing was learnt, and a weak signal does not (docs/decision.md, "Guessing")."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

import ladders
import pytest
import weak

FEW, MANY = 40, 2_000


def statuses(kind: weak.Weak, replicates: Iterable[int]) -> Counter[str]:
    return Counter(end.verdict.status for end in ladders.run(kind, list(replicates)))


@pytest.mark.parametrize("kind", weak.NOISE, ids=lambda kind: kind.name)
def test_a_few_ladders_of_noise_say_that_nothing_was_learnt(kind: weak.Weak) -> None:
    # Of 40 ladders a true share of 5 % exceeds 7 once in 4,000.
    assert statuses(kind, range(FEW))["nothing_learnt"] >= FEW - 7


@pytest.mark.parametrize("kind", weak.SIGNAL, ids=lambda kind: kind.name)
def test_a_few_ladders_of_a_weak_signal_do_not(kind: weak.Weak) -> None:
    assert statuses(kind, range(FEW))["nothing_learnt"] <= 2


def line(kind: weak.Weak, found: Counter[str]) -> str:
    names = ("nothing_learnt", "unreliable", "extend", "no_depth_needed", "recommended")
    shares = [found[name] / found.total() for name in (*names, "undetermined")]
    return f"| {kind.name} | {' | '.join(f'{share:.4f}' for share in shares)} |"


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("kinds", [weak.NOISE, weak.SIGNAL], ids=["noise", "signal"])
def test_two_thousand_ladders_each(
    kinds: tuple[weak.Weak, ...], request: pytest.FixtureRequest
) -> None:
    """Prints the table under "Guessing": `pytest -m campaign -s tests/simulation -k guessing`."""
    failures = []
    print()
    for kind in kinds:
        found = statuses(kind, range(MANY))
        print(line(kind, found))
        sys.stdout.flush()
        share = found["nothing_learnt"] / MANY
        if not (share <= 0.01 if kind.gain else share >= 0.95):
            failures.append(kind.name)
    counted = request.getfixturevalue("tally")
    counted.cases, counted.wrong = MANY * len(kinds), failures
    assert not failures
