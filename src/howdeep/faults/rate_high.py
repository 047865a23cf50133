"""A learning rate that is too high."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient
from howdeep.faults._signs import LEARNT, Signs, gone, slower

GRADED = ("dead", "saturation", "exploding", "vanishing", "rank_collapse", "wrong_start")


def _find(signs: Signs) -> Seen | None:
    rate = signs.patient.rate
    if not rate or signs.refused or not signs.finite:
        return None
    own = signs.share(signs.trial.end)
    if own > 0.5:
        return None
    for lower in slower(signs.patient):
        learns = signs.share(signs.at(lower).end)
        if learns >= max(2 * LEARNT, 2 * own) and learns - own >= LEARNT:
            broke = signs.trial.broke >= 0
            what = "breaks" if broke else gone(own)
            return Seen("", -1, f"at {rate:g} the short training {what}, at {lower:g} it "
                        f"{gone(learns)}; weights moved {_moved(signs):.1f} times their "
                        "size", remedy=f"Try {lower:g}.")  # fmt: skip
    return None


def _moved(signs: Signs) -> float:
    moves = sorted(signs.trial.moves.values())
    return moves[len(moves) // 2] if moves else 0.0


def _cure(patient: Patient, finding: Finding) -> Patient:
    signs = Signs(patient)
    return patient.but(rate=min(slower(patient), key=lambda rate: signs.at(rate).end))


FAULT = Fault(
    "rate_high",
    "Learning rate too high",
    85,
    _find,
    "Each step overshoots: the loss rises or jumps instead of falling.",
    "Lower it by ten, or warm it up.",
    _cure,
    after=("nan", "loss_fit", "zero_start", "input_scale", "labels_constant", *GRADED),
)
