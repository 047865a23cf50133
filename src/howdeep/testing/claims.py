"""`check_claim`: what every claim keeps to; for one's own as for those that ship."""

from __future__ import annotations

import json

from howdeep.base import keys
from howdeep.claims import Claim, Effect, Lab, Measured, Outcome, judge
from howdeep.claims._claim import DOCUMENTS

WIDE = 1e6  # noise in which nothing is decided


def check_claim(claim: Claim, lab: Lab | None = None) -> Outcome | None:
    """Check a claim; an `AssertionError` says what does not hold.

    Without a lab nothing is measured: its words are there, and planted measurements get the
    verdict that they must: above all margins supported, below all refuted, some of both depends,
    lost in noise undecided, and undecided where a control fails. With a lab the experiment runs on
    the claim's data and on its control data, where a verdict must be lost; where nothing is decided
    on the claim's data, some part or control must at least come out otherwise, or the control data
    control nothing. Gives what the claim's own data say.

    >>> from howdeep import claims
    >>> check_claim(claims.get("tent_maps"), Lab("tent_maps")).verdict
    'supported'
    """
    _words(claim)
    _planted(claim)
    if lab is None:
        return None
    found = judge(claim, _measured(claim, lab))
    swapped = judge(claim, _measured(claim, _control(lab)))
    lost = swapped.verdict != found.verdict
    if found.verdict == "undecided":
        lost = _states(found) != _states(swapped)
    assert lost, f"{claim.title}: still {found.verdict} on its control data ({claim.swap})"
    return found


def _states(found: Outcome) -> list[str]:
    return [one.state for one in (*found.expects, *found.controls)]


def _control(lab: Lab) -> Lab:
    return Lab(lab.claim, lab.preset, True, lab.seed, lab.data_dir)


def _measured(claim: Claim, lab: Lab) -> Measured:
    """The experiment, with everything that it shows as JSON and drawn."""
    found = claim.measure(lab)
    shown = json.loads(keys.dumps(dict(found.shown)))
    assert claim.reading(shown).endswith("."), f"{claim.title}: its reading is no sentence"
    assert claim.picture(shown), f"{claim.title}: nothing is drawn"
    return Measured(found.effects, shown)


def _words(claim: Claim) -> None:
    for what in ("title", "statement", "conditions", "swap", "change"):
        assert getattr(claim, what).strip(), f"{claim.title}: no {what}"
    assert claim.expects, f"{claim.title}: nothing decides it"
    assert claim.controls, f"{claim.title}: no control"
    assert claim.quotes, f"{claim.title}: who says so?"
    assert all(q.document in DOCUMENTS for q in claim.quotes), claim.title
    assert claim.literature, f"{claim.title}: no literature"
    assert claim.rows, f"{claim.title}: which rows?"
    assert all(1 <= row <= 82 for row in claim.rows), f"{claim.title}: there are 82 rows"
    for one in (*claim.expects, *claim.controls, *claim.also):
        assert one.says, f"{claim.title}: says nothing"
        assert one.says[-1] != ".", f"{claim.title}: {one.says!r} is to be a clause"


def _planted(claim: Claim) -> None:
    up, down, wide = (_plant(claim, by) for by in (1.0, -1.0, 0.0))
    assert judge(claim, up).verdict == "supported", f"{claim.title}: not supported by what it asks"
    assert judge(claim, down).verdict == "refuted", f"{claim.title}: not refuted by its opposite"
    assert judge(claim, wide).verdict == "undecided", f"{claim.title}: decided by noise"
    if len(claim.expects) > 1:
        mixed = dict(up.effects) | {claim.expects[0].effect: _effect(claim.expects[0].over, -1.0)}
        same = [e for e in claim.expects[1:] if e.effect == claim.expects[0].effect]
        if not same:
            assert judge(claim, Measured(mixed)).verdict == "depends", f"{claim.title}: of both"
    for control in claim.controls:
        bad = dict(up.effects) | {control.effect: _effect(control.over, -1.0)}
        found = judge(claim, Measured(bad))
        assert found.verdict != "supported", f"{claim.title}: its control {control.says!r} is idle"


def _plant(claim: Claim, by: float) -> Measured:
    """Effects clearly over (`by` 1) or under (-1) all margins, or lost in noise (0)."""
    effects = {one.effect: _effect(one.over, by) for one in (*claim.expects, *claim.also)}
    for one in claim.controls:
        effects.setdefault(one.effect, _effect(one.over, 1.0))
    return Measured(effects)


def _effect(over: float, by: float) -> Effect:
    middle = over + by * (1.0 + abs(over))
    noise = 1e-3 if by else WIDE
    return Effect(tuple(middle + noise * k for k in (-1.0, 0.0, 1.0, 0.5, -0.5)))
