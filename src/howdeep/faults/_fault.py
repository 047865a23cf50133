"""`Fault`: one thing that goes wrong in training, and `Finding`: where it was found and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs


@dataclass(frozen=True)
class Finding:
    """A fault in one net: `layer` is its name, "" where the whole net or its data are meant.

    `place`: number of the layer among those with weights, in the order of the pass, from 0; -1
    where no layer is meant. `evidence`: what was measured. `cause` and `cure` are sentences.
    """

    fault: str
    title: str
    layer: str
    place: int
    evidence: str
    cause: str
    cure: str


@dataclass(frozen=True)
class Seen:
    """What a rule saw: where, and the measured evidence; the fault adds cause and cure.

    `cause` and `remedy` replace the fault's own words where a rule knows better.
    """

    layer: str
    place: int
    evidence: str
    cause: str = ""
    remedy: str = ""


Find = Callable[[Signs], Seen | None]
Cure = Callable[[Patient, Finding], Patient]


@dataclass(frozen=True)
class Fault:
    """One fault of training.

    `order`: faults of lower order are looked for first. `find(signs)`: where it is, or `None`.
    `cause` and `remedy`: sentences for a reader. `cure(patient, finding)`: the patient as it would
    be without the fault, a copy. `after`: faults that explain this one where both are seen, so that
    only the first is named.
    """

    name: str
    title: str
    order: int
    find: Find
    cause: str
    remedy: str
    cure: Cure
    after: tuple[str, ...] = ()

    def finding(self, seen: Seen) -> Finding:
        """What was seen, in the words of this fault."""
        return Finding(
            self.name, self.title, seen.layer, seen.place, seen.evidence,
            seen.cause or self.cause, seen.remedy or self.remedy,
        )  # fmt: skip
