"""What a claim is: a sentence about depth, what would make it true, and the experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from howdeep.base import keys

if TYPE_CHECKING:
    from howdeep.claims._lab import Lab
    from howdeep.report.parts import Element

Document = Literal["A", "B", "C"]
DOCUMENTS: dict[Document, str] = {
    "A": "ModernCV-Chap3-ImpactOfDeeperNN (study notes, 2023)",
    "B": "TF-Notes, Depth Psychology Study Wiki (2025)",
    "C": "Deep Learning Architectures - Overview (20 questions and study notes)",
}
LEVEL = 0.99  # of every interval that decides


@dataclass(frozen=True)
class Quote:
    """A phrase of a document, word for word."""

    document: Document
    words: str


@dataclass(frozen=True)
class Reference:
    """Who published what, and where what is measured here departs from it."""

    who: str
    year: int
    what: str
    departs: str = ""


@dataclass(frozen=True)
class Effect:
    """A measured difference: one value a seed, or one `exact` value that has no noise.

    No values: it could not be measured here, and decides nothing.
    `row_error`: the standard error that comes from the test rows, which more seeds do not lessen.
    """

    values: tuple[float, ...]
    row_error: float = 0.0
    exact: bool = False


@dataclass(frozen=True)
class Expect:
    """One part of a statement: an effect is over a margin, in the same unit.

    `says`: what is so where it is, as a clause. `unit`: "points" (shown times 100), or any word.
    """

    effect: str
    says: str
    over: float = 0.0
    unit: str = ""


@dataclass(frozen=True)
class Measured:
    """What an experiment gives: effects by name, and JSON values to draw and to tell from."""

    effects: Mapping[str, Effect]
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """One claim of the documents, put to the test.

    `rows`: of the catalogue (docs/claims.md) that it covers. `statement`: the claim in our own
    words. `conditions`: data, nets and training, in a sentence. `measure(lab)` is the experiment;
    with `lab.control` it runs on the control data that `swap` tells of, and the claim must then
    lose its verdict. `expects` decide: all hold, supported; all fail, refuted; some hold and some
    fail, depends; else undecided. `controls` must not fail, or nothing is decided. `also`: what is
    measured next to them and decides nothing. `picture(shown)`: what the page draws.
    `reading(shown)`: what was found, in a sentence or two. `change`: what would change the verdict.
    `needs`: named sets of images or tables, without which it cannot run. `wrong`: why the sentence
    is wrong as worded, for the page of errors; "" where it is not.
    """

    title: str
    rows: tuple[int, ...]
    quotes: tuple[Quote, ...]
    statement: str
    conditions: str
    measure: Callable[[Lab], Measured]
    expects: tuple[Expect, ...]
    controls: tuple[Expect, ...]
    swap: str
    literature: tuple[Reference, ...]
    picture: Callable[[Mapping[str, Any]], tuple[Element, ...]]
    reading: Callable[[Mapping[str, Any]], str]
    change: str
    order: int
    also: tuple[Expect, ...] = ()
    needs: tuple[str, ...] = ()
    wrong: str = ""
    alone: bool = False  # measures time or memory: nothing else runs next to it


def criterion(claim: Claim) -> str:
    """The hash of what decides a claim, stored with its first result."""
    return keys.digest(
        {
            "statement": claim.statement,
            "expects": claim.expects,
            "controls": claim.controls,
            "level": LEVEL,
        }
    )
