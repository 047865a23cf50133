"""The page of the textbook: claim by claim, where the textbook is wrong, and the questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from howdeep.claims import _kept, every, published
from howdeep.claims._catalogue import table
from howdeep.claims._claim import DOCUMENTS, Claim
from howdeep.claims._judge import Judged, Outcome, adjusted, false_verdicts, judge
from howdeep.claims._kept import Result
from howdeep.claims._questions import Answer, answers
from howdeep.claims._reproduced import section as reproduced
from howdeep.claims._words import CHAPTERS, SAID, STATES, amount, because, margin
from howdeep.report.facts import Fact
from howdeep.report.page import document
from howdeep.report.parts import (
    Badge,
    Bullets,
    Element,
    Gallery,
    Pairs,
    Picture,
    Prose,
    Quoted,
    Section,
    Step,
    Steps,
)
from howdeep.report.table import Column, Flag, Link, Row, Table
from howdeep.store import derived

COLOURS: dict[str, Literal["good", "bad", "open", "none"]] = {  # of verdicts
    "supported": "good",
    "depends": "open",
    "refuted": "bad",
    "undecided": "none",
}
MAIN, WRONG, ASKED = "claims.html", "where-the-textbook-is-wrong.html", "twenty-questions.html"
KICKER = "the executable textbook"


def write(folder: Path, waiting: Sequence[str] = ()) -> Path:
    """Write the pages of everything that a folder holds; the path of the first.

    `waiting`: what was asked for and is not there, in words.

    Raises:
        StorageError: the disk refuses.
    """
    tables, told = published.every(), {}
    for name, table_ in tables.items():
        have = _kept.get(folder, f"published-{name}", "quick", 0)
        if have is not None:
            told[name] = published.lines(table_, have.measured)
    every_ = _kept.every(folder)
    main = [own[0] for own in every_.values()]
    others = {name: own[1:] for name, own in every_.items()}
    for name, text in pages(main, waiting, told, others).items():
        derived.put_file(folder, name, text)
    return folder / MAIN


def pages(
    found: Sequence[Result],
    waiting: Sequence[str] = (),
    told: Mapping[str, Sequence[published.Line]] | None = None,
    others: Mapping[str, Sequence[Result]] | None = None,
) -> dict[str, str]:
    """The textbook's pages by file name; `told`: published numbers that were measured again;
    `others`: results of the same claims with another preset or seed.
    """
    claims = every()
    held = [(one, claims[one.claim]) for one in found if one.claim in claims]
    outcomes = {one.claim: judge(claim, one.measured) for one, claim in held}
    quality = dict(zip(outcomes, adjusted([o.p for o in outcomes.values()]), strict=True))
    sections = [_overview(held, outcomes, quality)]
    for low, title in CHAPTERS:
        own = [(one, c) for one, c in held if low <= c.order < low + 100]
        if own:
            sections.append(Section(title, (Prose(_count(len(own))),), name="chapter"))
        for one, c in own:
            more = (others or {}).get(one.claim, ())
            sections += _claim(one, c, outcomes[one.claim], quality[one.claim], more)
    sections.append(reproduced(published.every(), told or {}))
    sections.append(Section("Everything that the documents say", (table(),), layout="folded"))
    if waiting:
        sections.append(Section("Not run", (Bullets(tuple(waiting)),)))
    cards = _cards(outcomes)
    title = "What the textbook says about depth, put to the test"
    return {
        MAIN: document(title, KICKER, cards, sections),
        WRONG: document("Where the textbook is wrong", KICKER, (), _errors(held, outcomes)),
        ASKED: document("The twenty questions", KICKER, (), _questions(answers(found))),
    }


def _count(claims: int) -> str:
    return "One claim." if claims == 1 else f"{claims} claims."


def _cards(outcomes: dict[str, Outcome]) -> list[Fact]:
    count = {v: sum(o.verdict == v for o in outcomes.values()) for v in SAID}
    expected = false_verdicts(list(outcomes.values()))
    return [
        *(Fact(SAID[v], str(n), f"of {len(outcomes)} claims") for v, n in count.items()),
        Fact("False parts to expect", f"{expected:.1f}", "at most, were every truth at its margin"),
    ]


# ---- the whole ----------------------------------------------------------------------------------
def _overview(
    held: Sequence[tuple[Result, Claim]], outcomes: dict[str, Outcome], quality: dict[str, float]
) -> Section:
    columns = (
        Column("claim", "claim", str),
        Column("verdict", "verdict", str),
        Column("q", "q", str, align="right"),
        Column("rows", "rows", str, align="right"),
    )
    rows = []
    for one, claim in held:
        verdict = outcomes[one.claim].verdict
        stale = one.stale(claim)
        word = "stale: its criterion was changed" if stale else SAID[verdict]
        rows.append(
            Row(
                {
                    "claim": Link(claim.title, f"#claim-{one.claim}"),
                    "verdict": Flag(word, verdict == "refuted" or stale),
                    "q": _q(quality[one.claim]),
                    "rows": ", ".join(map(str, claim.rows)),
                },
                state="none" if stale else COLOURS[verdict],
            )
        )
    text = (
        "Every interval below is one of 99 %. A part of a claim holds where its interval lies "
        "above the margin that was fixed before anything was measured, and does not where it lies "
        "below. The preset quick takes fewer steps than full, and as a rule fewer nets; what else "
        "differs is said with each claim. q: the share of false verdicts among all that are as "
        "clear as this one or clearer (Benjamini and Hochberg 1995). Rows: of the table of all "
        "that is said, at the end."
    )
    also = Pairs((("read on", Link("Where the textbook is wrong", WRONG)),
                  ("", Link("The twenty questions", ASKED))))  # fmt: skip
    whole = Table(columns, tuple(rows), region="All claims")
    return Section("All claims", (Prose(text), also, whole))


def _errors(held: Sequence[tuple[Result, Claim]], outcomes: dict[str, Outcome]) -> list[Section]:
    """Where the textbook is wrong: what is said of claims that are wrong as worded."""
    found = [
        Section(
            claim.title,
            (
                *_quotes(claim),
                *_verdict(one, claim, outcomes[one.claim]),
                Prose(f"What is true instead: {claim.wrong}"),
            ),
            name="answer",
        )
        for one, claim in held
        if claim.wrong and outcomes[one.claim].verdict in ("refuted", "depends")
    ]
    none = Section(
        "Nothing yet", (Prose("No claim has been measured and found wrong as worded yet."),)
    )
    return found or [none]


def _quotes(claim: Claim) -> tuple[Quoted, ...]:
    return tuple(Quoted(q.words, DOCUMENTS[q.document]) for q in claim.quotes)


def _verdict(one: Result, claim: Claim, outcome: Outcome) -> tuple[Element, ...]:
    """The statement with its verdict and a link to the run behind it, and what was found."""
    run = Link(f"howdeep claims run {one.claim}", f"{MAIN}#claim-{one.claim}")
    verdict = Badge(SAID[outcome.verdict], claim.statement, COLOURS[outcome.verdict], run)
    return verdict, Prose(claim.reading(one.measured.shown), note=True)


def _questions(found: Sequence[Answer]) -> list[Section]:
    """Each of the twenty questions: what the document answers, what was measured, and the run."""
    return [
        Section(f"{one.number}. {one.question.asks}", tuple(_answered(one)), name="answer")
        for one in found
    ]


def _answered(one: Answer) -> list[Element]:
    parts: list[Element] = [Quoted(one.question.says, DOCUMENTS["C"])]
    if one.question.plain:
        parts.append(Prose(one.question.plain))
    for _, claim, result, outcome in one.measured:
        parts += _verdict(result, claim, outcome)
    if not one.measured and one.claims:
        run = f"howdeep claims run {' '.join(name for name, _ in one.claims)}"
        parts.append(Steps((Step(run, "not measured yet"),)))
    return parts


# ---- one claim ----------------------------------------------------------------------------------
def _claim(
    one: Result, claim: Claim, outcome: Outcome, quality: float, others: Sequence[Result]
) -> list[Section]:
    """What is said, the verdict, a picture, what was measured; and, folded, how and by whom."""
    run = f"howdeep claims run {one.claim} --preset {one.preset}"
    run += f" --seed {one.seed}" if one.seed else ""
    parts: list[Element] = [
        *_quotes(claim),
        Prose(claim.statement),
        Badge(SAID[outcome.verdict], _said(because(outcome)), COLOURS[outcome.verdict]),
        *_drawn(claim.picture(one.measured.shown)),
        Prose(claim.reading(one.measured.shown)),
        _table((*outcome.expects, *outcome.also), "What was measured"),
        _table(outcome.controls, "Controls"),
        Steps((Step(run, "run it yourself"),)),
    ]
    if one.stale(claim):
        parts.insert(0, Prose("Stale: the criterion was changed after this was measured."))
    found = tuple(part for part in parts if part != Table((), ()))
    return [
        Section(claim.title, found, name="claim", ident=f"claim-{one.claim}"),
        Section(
            "How it was measured, what would change it, what is known",
            (Pairs((*_told(one, claim, quality), *_again(claim, others))),),
            layout="folded",
        ),
    ]


def _said(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def _drawn(parts: Sequence[Element]) -> list[Element]:
    """Pictures next to one another, so that none fills the page; other parts as they are."""
    pictures = tuple(part for part in parts if isinstance(part, Picture))
    rest: list[Element] = [part for part in parts if not isinstance(part, Picture)]
    return [Gallery(pictures), *rest] if pictures else rest


def _told(one: Result, claim: Claim, quality: float) -> tuple[tuple[str, str], ...]:
    """How it was tried, what would change it, and what is known."""
    return (
        ("how", claim.conditions),
        ("what would change it", claim.change),
        *(
            (f"{r.who}, {r.year}", r.what + (f". Departs: {r.departs}" if r.departs else ""))
            for r in claim.literature
        ),
        ("control data", claim.swap),
        ("q", f"{_q(quality)} (Benjamini-Hochberg, over all claims)"),
        ("measured", f"by howdeep {one.version}, {one.seconds:.0f} seconds of a core"),
        ("criterion", f"{one.criterion[:12]} (its hash, kept since it was measured first)"),
    )


def _again(claim: Claim, others: Sequence[Result]) -> tuple[tuple[str, str], ...]:
    """What the same claim came to with another preset or seed."""
    said = [
        f"{other.preset}, seed {other.seed}: {SAID[judge(claim, other.measured).verdict].lower()}"
        for other in others
        if not other.stale(claim)
    ]
    return (("also measured", "; ".join(said)),) if said else ()


def _q(value: float) -> str:
    return "under 0.0001" if value < 1e-4 else f"{value:.2g}"


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
