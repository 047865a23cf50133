"""`Diagnosis`: what was found about one net, and what its cures did."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from howdeep.faults._fault import Fault, Finding
from howdeep.faults._patient import Patient
from howdeep.faults._signs import ROWS, STEPS, Signs


@dataclass(frozen=True)
class Cured:
    """What a cure did: the loss after the same short training, without it and with it.

    `guess`: the loss of one answer for all rows, in each; `rate`: of each training. `still`: the
    fault is found in the mended net as well. `curves`: loss of each batch, in each; shorter where a
    training broke off.
    """

    fault: str
    steps: int
    rates: tuple[float, float]
    guess: tuple[float, float]
    start: tuple[float, float]
    end: tuple[float, float]
    still: bool
    curves: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @property
    def works(self) -> bool:
        """The fault is gone."""
        return not self.still


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """The faults of one net, what explains the others first; `notes` on what could not be told.

    `layers`: names of those with weights, in the order of the pass.
    """

    name: str
    findings: tuple[Finding, ...]
    cures: tuple[Cured, ...] = ()
    notes: tuple[str, ...] = ()
    steps: int = STEPS
    learns: float | None = None  # share of the guess's loss that the short training removes
    layers: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of what was found."""
        return tuple(finding.fault for finding in self.findings)

    def __repr__(self) -> str:
        return "\n".join(lines(self))


def lines(diagnosis: Diagnosis) -> list[str]:
    """A diagnosis for a terminal."""
    found = diagnosis.findings
    if not found:
        text = [f"{diagnosis.name}: no fault found."]
    else:
        many = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        text = [f"{diagnosis.name}: {many}."]
    by_fault = {cured.fault: cured for cured in diagnosis.cures}
    for finding in found:
        where = f", at {finding.layer}" if finding.layer else ""
        if finding.place >= 0 and not finding.layer.startswith("the "):
            where += f" (layer {finding.place + 1})"
        text += ["", f"{finding.title}{where}"]
        for label, said in (
            ("seen", finding.evidence), ("cause", finding.cause), ("cure", finding.cure),
            ("tried", _tried(by_fault.get(finding.fault))),
        ):  # fmt: skip
            if said:
                text += textwrap.wrap(
                    said, 94, initial_indent=f"  {label:6}", subsequent_indent=" " * 8
                )
    return text + [f"  · {note}" for note in diagnosis.notes]


def _tried(cured: Cured | None) -> str:
    if cured is None:
        return ""
    before, after = (_went(a, b) for a, b in zip(cured.start, cured.end, strict=True))
    guess = f" (a guess has {cured.guess[1]:.3g})" if math.isfinite(cured.guess[1]) else ""
    end = "the fault is gone" if cured.works else "THE FAULT IS STILL THERE"
    return (
        f"in {cured.steps} steps the loss {before} as it is, {after} with the cure{guess}; {end}."
    )


def _went(start: float, end: float) -> str:
    """How a loss goes; one that is no number has none to show.

    >>> _went(2.0, 0.5), _went(2.0, math.inf), _went(math.nan, math.nan)
    ('goes from 2 to 0.5', 'goes from 2 to no number', 'is no number')
    """
    if not math.isfinite(start):
        return "is no number" if not math.isfinite(end) else f"goes from no number to {end:.3g}"
    return f"goes from {start:.3g} to " + (f"{end:.3g}" if math.isfinite(end) else "no number")


def examine(
    patient: Patient,
    faults: tuple[Fault, ...],
    *,
    cure: bool = False,
    steps: int = STEPS,
    rows: int = ROWS,
) -> Diagnosis:
    """Look for each fault in turn; what an earlier one explains is not named again.

    `cure`: apply each cure to a copy and train it and the patient for the same steps.
    """
    with _uncached():
        return _examined(Signs(patient, steps, rows), faults, cure)


@contextmanager
def _uncached() -> Iterator[None]:
    """Inside an autocast of the caller, weights are cast anew in each pass: what is trained here
    would be looked at as it was before.
    """
    held = torch.is_autocast_cache_enabled()
    torch.clear_autocast_cache()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(held)


def _examined(signs: Signs, faults: tuple[Fault, ...], cure: bool) -> Diagnosis:
    found: list[Finding] = []
    for fault in sorted(faults, key=lambda fault: fault.order):
        if {finding.fault for finding in found} & set(fault.after):
            continue
        seen = fault.find(signs)
        if seen is not None:
            found.append(fault.finding(seen))
    by_name = {fault.name: fault for fault in faults}
    tried = tuple(_try(signs, by_name[one.fault], one) for one in found) if cure else ()
    blind = signs.refused or not signs.finite or signs.trained
    learns = None if blind else round(signs.learns, 4)
    notes = _notes(signs, found, learns)
    return Diagnosis(signs.patient.name, tuple(found), tried, notes, signs.steps, learns,
                     tuple(layer.name for layer in signs.layers))  # fmt: skip


def _notes(signs: Signs, found: list[Finding], learns: float | None) -> tuple[str, ...]:
    if found or learns is None or signs.trained or learns > 0.05:
        return ()
    return (
        f"in {signs.steps} steps it learns next to nothing, and no fault that is known explains "
        "it: more steps, another rate or another kind of net may",
    )


def _try(signs: Signs, fault: Fault, finding: Finding) -> Cured:
    """The patient as it is and as it is mended, trained alike; and looked at again."""
    before = signs.patient
    after = fault.cure(before, finding)
    mended = Signs(after, signs.steps, signs.rows)
    again = fault.find(mended) is not None
    pairs = [(_ends(one), one) for one in (signs, mended)]
    (first, _), (second, _) = pairs
    return Cured(
        fault.name,
        signs.steps,
        (first[0], second[0]),
        (signs.guess if not signs.refused else float("nan"), mended.guess),
        (first[1], second[1]),
        (first[2], second[2]),
        again,
        (_curve(signs), _curve(mended)),
    )


def _ends(signs: Signs) -> tuple[float, float, float]:
    """Rate, first and last loss of the best short training; of a refused loss nothing."""
    if signs.refused:
        return 0.0, float("nan"), float("nan")
    done = signs.best
    return done.rate, done.start, done.end


def _curve(signs: Signs) -> tuple[float, ...]:
    return () if signs.refused else tuple(v for v in signs.best.curve if math.isfinite(v))
