"""As accurate, and as trustworthy? All depths side by side, and which are shown apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _attack as attacks
from howdeep.instruments import _calibrate as formulas
from howdeep.instruments import _classes as said
from howdeep.instruments import _design as design
from howdeep.instruments import _fair as fair
from howdeep.instruments import _score as score
from howdeep.instruments._afford import afforded
from howdeep.instruments._corrupt import corruptions
from howdeep.instruments._groups import columns, why_none
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._intervals import mean, three
from howdeep.instruments._packed import pack
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._trust_section import TITLE, section
from howdeep.instruments._values import number, numbers
from howdeep.report.words import clean

Floats = NDArray[np.float64]
MIDDLE = 2  # of five strengths
MOST = 1e13  # operations of an attack; all nets are attacked at the same rows, or not


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """`scores`: of rows as they are, corrupted and attacked at middle strength, with what each row
    adds; `errors`: calibration, and error rates by group; cost.
    """
    rows = subject.unseen.some(effort.rows)
    scores = {"as they are": score.by_row(subject, rows)}
    known, _ = corruptions(subject)
    for one in known:
        strength = one.strengths[MIDDLE]
        found = [score.by_row(subject, changed) for changed in one.apply(rows, strength)]
        scores[f"{one.name} {strength:g}"] = np.mean(found, axis=0)
    try:
        box = attacks.box(subject)
        steps = min(attacks.STEPS, max(effort.steps, 1))
        if len(afforded(subject, rows, 4.0 * steps + 8, MOST)) < len(rows):
            raise InstrumentError("an attack of so many rows takes too long", "look at fewer rows")
        attacked = attacks.pgd(subject, rows, box, box.strengths[MIDDLE], steps)
        scores["attack"] = score.by_row(subject, attacked)
    except InstrumentError:
        pass
    errors = _errors(subject, rows, effort)
    by = design.of(rows)
    return {
        "score": score.name(subject),
        "part": said.part_of(subject),
        "rows": len(rows),
        "scores": {
            name: {"value": three(mean(values, by=by)), "rows": pack(values)}
            for name, values in scores.items()
        },
        "errors": errors,
        "weights": [] if by.weights is None else numbers(by.weights),
        "groups": [] if by.groups is None else by.groups.tolist(),
        "order": [*scores, *errors],
        "parameters": sum(p.numel() for p in subject.net.parameters()),
        "flops": _flops(subject, rows),
    }


def _errors(subject: Subject, rows: Rows, effort: Effort) -> dict[str, list[float | None]]:
    """Shares that should be 0, each with an interval."""
    if subject.kind != "classes":
        return {}
    values = said.probabilities(said.logits(subject, rows))
    predicted, truth = values.argmax(1), rows.targets.numpy()
    hit = (predicted == truth).astype(np.float64)
    by = design.of(rows)
    bins = formulas.equal_rows(values.max(1), hit, by=by)
    found = {"calibration": three(formulas.rms_error(bins))}
    if effort.groups and subject.task is not None and not why_none(subject):
        for column in columns(subject.task, effort.groups):
            group = column.of(subject.task, rows)
            rates = fair.rates(predicted, truth, group, values.shape[1], by)
            gap = fair.gap(rates)
            if gap is not None:
                found[f"groups of {clean(column.name)}"] = three(gap)
    return found


@torch.no_grad()
def _flops(subject: Subject, rows: Rows) -> float | None:
    """Of one row forward, as PyTorch counts them; `None` where it counts none."""
    one = rows.take(torch.zeros(1, dtype=torch.long))
    counter = FlopCounterMode(display=False)
    with untouched(subject.net), counter:
        subject.net.eval()(*one.inputs)
    return number(counter.get_total_flops()) if counter.get_total_flops() else None


INSTRUMENT = Instrument("trust", TITLE, 85, _measure, section, suits=said.known)
