"""How far the net to use for now may be from the best, and what would settle an open question."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep import metrics
from howdeep.base.verdicts import CellRef, CellStanding, Dossier
from howdeep.report.depths import epsilon_words, ref_words, select_rows
from howdeep.report.words import clean, plural, rounded_up, unit

RARE = 50  # rows of a class whose share that is found stays vague: sqrt(1/4 / 50) = 7 points


def standing_of(dossier: Dossier, ref: CellRef | None) -> CellStanding | None:
    return next((c.standing for c in dossier.verdict.cells if c.standing.cell == ref), None)


def top(dossier: Dossier) -> CellStanding | None:
    """The highest mean of the nets that are still in the race."""
    alive = [c.standing for c in dossier.verdict.cells if c.standing.state == "alive"]
    return max(alive, key=lambda s: s.score, default=None)


def how_far(dossier: Dossier, ref: CellRef, below: float) -> str:
    """Where a net stands on the rows compared, and how far it may be below the best."""
    metric, near = unit(dossier.verdict.metric), dossier.verdict.epsilon
    mine, best = standing_of(dossier, ref), top(dossier)
    most = metric.difference(below, near=near)
    if mine is None or best is None or best.cell == ref or best.score <= mine.score:
        return f"It has the highest score on these rows, and none is better by more than {most}"
    less = metric.difference(best.score - mine.score, near=near)
    return f"It scores {less} below the best net on these rows, and is at most {most} below it"


def settle(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What would answer the question that is left open, and why nothing less would."""
    verdict = dossier.verdict
    if verdict.stopped_by == "budget":
        looks = f"{len(verdict.looks)} of {len(dossier.plan.looks)}"
        yield "Stopped early", f"The time budget ended the study after {looks} planned comparisons."
    need = verdict.to_settle
    if need is None:
        return
    if verdict.status == "nothing_learnt":
        yield (
            "To settle it",
            f"If the best net's gain over guessing is no accident, about {need.rows:,} rows to "
            f"compare on (now {select_rows(dossier)}) would show it.",
        )
        return
    ways = []
    if need.seeds:
        ways.append(f"about {plural(need.seeds, 'seed')} a depth")
    if need.rows:
        ways.append(f"about {need.rows:,} rows to compare on (now {select_rows(dossier)})")
    text = f"It would take {' or '.join(ways)}." if ways else ""
    why = f"{clean(need.why, 300).rstrip('.')}." if need.why and not need.seeds else ""
    why = why[:1].upper() + why[1:]
    yield "To settle it", " ".join(part for part in (text, why, _rarest(dossier)) if part)
    yield from _afterwards(dossier)


def _afterwards(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The smallest tolerance that would have named a depth, which is no evidence."""
    verdict, found = dossier.verdict, dossier.verdict.provisional
    if found is None or found.would is None or found.would_name is None:
        return
    least = unit(verdict.metric).difference(rounded_up(found.would), near=verdict.epsilon)
    yield (
        "A wider tolerance",
        f"{least} instead of {epsilon_words(dossier)} would have been the smallest to name a "
        f"depth, {ref_words(dossier, found.would_name)}. That is chosen after the fact: it "
        "describes this study, and no error rate covers it.",
    )


def _rarest(dossier: Dossier) -> str:
    """Whose rows the intervals are wide for, where classes with few of them count as much."""
    task, need = dossier.plan.task, dossier.verdict.to_settle
    if need is None or need.rows is None or not metrics.metric(task.metric).by_class:
        return ""
    counted = zip(task.class_rows or (), task.classes, strict=False)
    rows, label = min(counted, default=(RARE, ""))
    if rows >= RARE:
        return ""
    return (
        f"In {unit(task.metric).name} every class counts as much, and class {clean(label)} has "
        f"{plural(rows, 'row')} in all: more rows of the rarest classes help most."
    )


def least_to_lose(dossier: Dossier) -> tuple[CellRef, float] | None:
    """The net that may be least far below the best, and how far that is; None before any look.

    With collapses that may come, where the verdict counted them.
    """
    found = dossier.verdict.provisional
    if found is not None and found.would is not None and found.would_name is not None:
        return found.would_name, found.would
    alive = [c.standing for c in dossier.verdict.cells if c.standing.state == "alive"]
    safe = max(alive, key=lambda s: s.low, default=None)
    return (safe.cell, max(-safe.low, 0.0)) if safe else None
