"""The page of the textbook: claim by claim, where the textbook is wrong, and the questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from howdeep.claims import _kept, every, published
from howdeep.claims._catalogue import table
from howdeep.claims._claim import DOCUMENTS, Claim
from howdeep.claims._judge import Judged, Outcome, adjusted, false_verdicts, judge
from howdeep.claims._kept import Result
from howdeep.claims._questions import Answer, answers
from howdeep.claims._reproduced import section as reproduced
from howdeep.claims._words import SAID, STATES, amount, margin, sentence
from howdeep.report.facts import Fact
from howdeep.report.page import document
from howdeep.report.parts import Bullets, Element, Pairs, Prose, Section, Step, Steps
from howdeep.report.table import Column, Flag, Row, Table
from howdeep.store import disk

CHAPTERS = (
    (100, "What depth is, and what layers represent"),
    (200, "What depth can express"),
    (300, "Training deep nets"),
    (400, "Depth and data"),
    (500, "Convolutions"),
    (600, "What depth costs, and whether it can be trusted"),
)


def page(
    found: Sequence[Result],
    waiting: Sequence[str] = (),
    told: Mapping[str, Sequence[published.Line]] | None = None,
) -> str:
    """The whole textbook from its results; `waiting`: what was asked and is not there, in words;
    `told`: published numbers that were measured again.
    """
    claims = every()
    held = [(one, claims[one.claim]) for one in found if one.claim in claims]
    outcomes = {one.claim: judge(claim, one.measured) for one, claim in held}
    quality = dict(zip(outcomes, adjusted([o.p for o in outcomes.values()]), strict=True))
    sections = [_overview(held, outcomes, quality), _errors(held, outcomes)]
    for low, title in CHAPTERS:
        own = [(one, c) for one, c in held if low <= c.order < low + 100]
        if own:
            sections.append(Section(title, (Prose(f"{len(own)} claims."),), name="chapter"))
        sections += [_claim(one, c, outcomes[one.claim], quality[one.claim]) for one, c in own]
    sections.append(_questions(answers(found)))
    sections.append(reproduced(published.every(), told or {}))
    sections.append(Section("Everything that the documents say", (table(),), layout="folded"))
    if waiting:
        sections.append(Section("Not run", (Bullets(tuple(waiting)),)))
    return document(
        "What the textbook says about depth, put to the test",
        "the executable textbook",
        _cards(outcomes),
        sections,
    )


def write(folder: Path, waiting: Sequence[str] = ()) -> Path:
    """Write the page of everything that a folder holds; its path.

    Raises:
        StorageError: the disk refuses.
    """
    tables, told = published.every(), {}
    for name, table_ in tables.items():
        have = _kept.get(folder, f"published-{name}", "quick", 0)
        if have is not None:
            told[name] = published.lines(table_, have.measured)
    path = folder / "claims.html"
    with disk.translated(path):
        disk.put(path, page(_kept.every(folder), waiting, told).encode())
    return path


def _cards(outcomes: dict[str, Outcome]) -> list[Fact]:
    count = {v: sum(o.verdict == v for o in outcomes.values()) for v in SAID}
    expected = false_verdicts(list(outcomes.values()))
    return [
        *(Fact(SAID[v], str(n), f"of {len(outcomes)} claims") for v, n in count.items()),
        Fact(
            "False verdicts to expect", f"{expected:.1f}", "at most, were every truth at its margin"
        ),
    ]


# ---- the whole ----------------------------------------------------------------------------------
def _overview(
    held: Sequence[tuple[Result, Claim]], outcomes: dict[str, Outcome], quality: dict[str, float]
) -> Section:
    columns = (
        Column("claim", "claim", str),
        Column("verdict", "verdict", str),
        Column("q", "q (Benjamini-Hochberg)", str, align="right"),
        Column("rows", "rows of the catalogue", str, align="right"),
    )
    rows = []
    for one, claim in held:
        verdict = outcomes[one.claim].verdict
        stale = one.stale(claim)
        word = "stale: its criterion was changed" if stale else SAID[verdict]
        rows.append(
            Row(
                {
                    "claim": claim.title,
                    "verdict": Flag(word, verdict == "refuted" or stale),
                    "q": f"{quality[one.claim]:.2g}",
                    "rows": ", ".join(map(str, claim.rows)),
                }
            )
        )
    text = (
        "Every interval below holds with 99 %. A part of a claim holds where its interval lies "
        "above the margin that was fixed before anything was measured, and does not where it lies "
        "below."
    )
    return Section("All claims", (Prose(text), Table(columns, tuple(rows), region="All claims")))


def _errors(held: Sequence[tuple[Result, Claim]], outcomes: dict[str, Outcome]) -> Section:
    """Where the textbook is wrong: what is said of claims that are wrong as worded."""
    parts: list[Element] = []
    for one, claim in held:
        if claim.wrong and outcomes[one.claim].verdict in ("refuted", "depends"):
            said = "; ".join(f"“{q.words}” ({q.document})" for q in claim.quotes)
            parts.append(Pairs((("said", said), ("measured", claim.reading(one.measured.shown)),
                                ("so", claim.wrong))))  # fmt: skip
    return Section("Where the textbook is wrong", tuple(parts))


def _questions(found: Sequence[Answer]) -> Section:
    """Each of the twenty questions: what the document answers, what was measured, and the run."""
    parts: list[Element] = []
    for one in found:
        rows = [
            ("question", f"{one.number}. {one.question.asks}"),
            ("the document", one.question.says),
        ]
        if one.question.plain:
            rows.append(("we say", one.question.plain))
        for name, claim, result, outcome in one.measured:
            rows.append(
                (SAID[outcome.verdict], f"{claim.title}: {claim.reading(result.measured.shown)}")
            )
            rows.append(("the run", f"howdeep claims run {name}"))
        if not one.measured:
            rows.append(("measured", "nothing yet"))
        parts.append(Pairs(tuple(rows)))
    return Section("The twenty questions", tuple(parts))


# ---- one claim ----------------------------------------------------------------------------------
def _claim(one: Result, claim: Claim, outcome: Outcome, quality: float) -> Section:
    parts: list[Element] = [
        Prose(claim.statement),
        Prose(sentence(claim, outcome)),
        Prose(claim.reading(one.measured.shown)),
        *claim.picture(one.measured.shown),
        _table((*outcome.expects, *outcome.also), "What was measured"),
        _table(outcome.controls, "Controls"),
        Pairs(_told(claim, quality)),
        Steps((Step(f"howdeep claims run {one.claim} --preset {one.preset}", "run it yourself"),)),
    ]
    if one.stale(claim):
        parts.insert(0, Prose("Stale: the criterion was changed after this was measured."))
    return Section(claim.title, tuple(part for part in parts if part != Table((), ())))


def _told(claim: Claim, quality: float) -> tuple[tuple[str, str], ...]:
    """Who says so, how it was tried, what would change it, and what is known."""
    return (
        *(
            (f"said in {q.document}", f"“{q.words}” ({DOCUMENTS[q.document]})")
            for q in claim.quotes
        ),
        ("how", claim.conditions),
        ("what would change it", claim.change),
        *(
            (f"{r.who}, {r.year}", r.what + (f". Here: {r.departs}" if r.departs else ""))
            for r in claim.literature
        ),
        ("q", f"{quality:.2g} (Benjamini-Hochberg, over all claims)"),
    )


def _table(judged: Sequence[Judged], region: str) -> Table:
    columns = (
        Column("says", region.lower(), str),
        Column("amount", "measured (99 %)", str, align="right"),
        Column("margin", "asked", str, align="right"),
        Column("state", "", str),
    )
    if not judged:
        return Table((), ())
    rows = tuple(
        Row(
            {
                "says": one.expect.says,
                "amount": amount(one),
                "margin": margin(one),
                "state": Flag(STATES[one.state], one.state == "fails"),
            }
        )
        for one in judged
    )
    return Table(columns, rows, region=region, sorts=False)
