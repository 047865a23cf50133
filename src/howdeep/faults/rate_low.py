"""A learning rate that is too low."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient
from howdeep.faults._signs import LEARNT, Signs, gone
from howdeep.faults.rate_high import GRADED

STILL = 0.03  # share of the guess's loss that a net removes which hardly moves
FACTORS = (10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
CRAWLS = 0.02  # of its size that the usual parameter moves in the short training


def _find(signs: Signs) -> Seen | None:
    rate = signs.patient.rate
    if not rate or signs.refused or not signs.finite or signs.trained:
        return None
    lost = signs.share(signs.trial.end) - max(0.0, signs.begins)
    moves = sorted(m for m in signs.trial.moves.values() if m > 0)
    moved = moves[len(moves) // 2] if moves else 0.0
    if lost > STILL or moved > CRAWLS:
        return None
    for factor in FACTORS:
        if rate * factor > 1:
            break
        faster = signs.share(signs.at(rate * factor).end)
        if faster >= 2 * LEARNT:
            said = (f"at {rate:g} the weights move {moved:.1e} of their size in {signs.steps} "
                    f"steps, the loss hardly; at {rate * factor:g} it {gone(faster)}")  # fmt: skip
            return Seen("", -1, said, remedy=f"Try {rate * factor:g}.")
    return None


def _cure(patient: Patient, finding: Finding) -> Patient:
    signs = Signs(patient)
    rates = [patient.rate * factor for factor in FACTORS if patient.rate * factor <= 1]
    return patient.but(rate=min(rates, key=lambda rate: signs.at(rate).end))


FAULT = Fault(
    "rate_low",
    "Learning rate too low",
    87,
    _find,
    "Steps are so small that the weights hardly move.",
    "Raise it by ten until the loss falls.",
    _cure,
    after=("nan", "loss_fit", "zero_start", "input_scale", "labels_constant", *GRADED),
)
