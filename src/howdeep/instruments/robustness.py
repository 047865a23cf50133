"""Does it hold when inputs are worse? Corruptions, attacks and shifts, each at five strengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _attack as attacks
from howdeep.instruments import _classes as said
from howdeep.instruments import _design as design
from howdeep.instruments import _score as score
from howdeep.instruments._afford import afforded
from howdeep.instruments._corrupt import Corruption, corruptions
from howdeep.instruments._design import Design
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._intervals import mean, paired, three
from howdeep.instruments._robustness_section import TITLE, section
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._values import number

Floats = NDArray[np.float64]


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """`corruptions` and `attacks`: score and what is lost at each strength, (value, low, high);
    `consistency`: the share of rows whose class stays when the picture moves by so many pixels.
    """
    rows = subject.unseen.some(effort.rows)
    clean = score.by_row(subject, rows)
    by = design.of(rows)
    known, notes = corruptions(subject)
    found = []
    for at, one in enumerate(known):
        effort.tell(f"robustness of {subject.name}: {one.name}", at, len(known) + 1)
        found.append(_corrupted(subject, rows, clean, one))
    effort.tell(f"robustness of {subject.name}: attacks", len(known), len(known) + 1)
    steps = min(attacks.STEPS, max(effort.steps, 1))
    fewer = afforded(subject, rows, 5.0 * (4 * steps + 8))  # strengths, ways there and back
    attacked, why = _attacked(subject, fewer, score.by_row(subject, fewer), steps)
    if len(fewer) < len(rows):
        why = [*why, f"attacks are of {len(fewer)} of the {len(rows)} rows: of more they take long"]
    shift = next((one for one in known if one.name == "shift"), None)
    return {
        "score": score.name(subject),
        "part": said.part_of(subject),
        "rows": len(rows),
        "clean": three(mean(clean, by=by)),
        "corruptions": found,
        "attacks": attacked,
        "attacked_rows": len(fewer),
        "consistency": None if shift is None else _consistency(subject, rows, shift),
        "notes": [*notes, *why],
    }


def _corrupted(subject: Subject, rows: Rows, clean: Floats, one: Corruption) -> dict[str, Any]:
    """Scores of a row's versions are averaged first, so that rows stay what is counted."""
    found = []
    for strength in one.strengths:
        versions = [score.by_row(subject, changed) for changed in one.apply(rows, strength)]
        found.append(np.mean(versions, axis=0) if len(versions) > 1 else versions[0])
    return _curve(one.name, one.unit, one.strengths, clean, found, design.of(rows))


def _attacked(
    subject: Subject, rows: Rows, clean: Floats, steps: int
) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        box = attacks.box(subject)
        fast = [score.by_row(subject, attacks.fgsm(subject, rows, box, s)) for s in box.strengths]
        slow = [
            score.by_row(subject, attacks.pgd(subject, rows, box, s, steps)) for s in box.strengths
        ]
    except InstrumentError as error:
        return [], [f"attacks are left out: {error.what}"]
    named = (("FGSM", fast), (f"PGD, {steps} steps", slow))
    by = design.of(rows)
    return [_curve(name, box.words, box.strengths, clean, own, by) for name, own in named], []


def _curve(
    name: str,
    unit: str,
    strengths: tuple[float, ...],
    clean: Floats,
    found: list[Floats],
    by: Design,
) -> dict[str, Any]:
    return {
        "name": name,
        "unit": unit,
        "strength": [number(s) for s in strengths],
        "score": [three(mean(one, by=by)) for one in found],
        "lost": [three(paired(clean, one, by=by)) for one in found],
    }


def _consistency(subject: Subject, rows: Rows, shift: Corruption) -> dict[str, Any] | None:
    """By pixel: the share of rows whose class stays, averaged over the four directions.

    Zhang 2019, section 4 (there of two random shifts, here of a shift and none).
    """
    if subject.kind != "classes":
        return None
    before, kept = score.predicted(subject, rows), []
    for strength in shift.strengths:
        same = [score.predicted(subject, moved) == before for moved in shift.apply(rows, strength)]
        kept.append(three(mean(np.mean(same, axis=0), by=design.of(rows))))
    return {"pixels": [number(s) for s in shift.strengths], "kept": kept}


INSTRUMENT = Instrument("robustness", TITLE, 75, _measure, section, suits=said.known)
