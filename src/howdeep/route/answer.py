"""A study's verdict with the net to use for now, which studies before 0.5.0 did not record."""

from __future__ import annotations

from dataclasses import replace

from howdeep.base.verdicts import CellStanding, Provisional, Verdict
from howdeep.judge import race as racing
from howdeep.judge.encoding import resolved
from howdeep.judge.reported import test_score
from howdeep.route.stored_scores import StoredScores
from howdeep.store.study import Study

EARLIER = (0, 5)  # versions before it


def verdict_of(study: Study) -> Verdict | None:
    """The study's verdict; of an older study with what to use while it names no depth.

    By the rule of today, from the standings of then: the first depth that had not been dropped, and
    of a ladder that was too short the one whose test score the verdict has.
    """
    verdict = study.verdict()
    if verdict is None or verdict.provisional is not None or not _is_earlier(study.plan.version):
        return verdict
    if verdict.status not in ("undetermined", "extend") or not verdict.looks:
        return verdict
    found = _deepest(study, verdict) if verdict.status == "extend" else _first(study, verdict)
    return replace(verdict, provisional=found)


def _is_earlier(version: str) -> bool:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    return len(numbers) < 2 or numbers < EARLIER


def _first(study: Study, verdict: Verdict) -> Provisional | None:
    """The first depth in the race, with the test score of its best net; None without its nets."""
    alive = [c.standing for c in verdict.cells if c.standing.state == "alive"]
    if not alive:
        return None
    order = {cell.name: i for i, cell in enumerate(resolved(study.plan, study.trials()).cells)}
    first = min(alive, key=lambda standing: order[standing.cell.name])
    race = racing.replay(study.plan, study.trials(), StoredScores(study, study.task()))
    where = next(i for i, cell in enumerate(race.plan.cells) if cell.name == first.cell.name)
    score = test_score(race, where)
    return None if score is None else replace(_made(first), test_score=score)


def _deepest(study: Study, verdict: Verdict) -> Provisional | None:
    if verdict.test_score is None:
        return None
    key = verdict.test_score.handed_over_trial
    cell = next((trial.cell for trial in study.trials() if trial.key == key), "")
    found = (c.standing for c in verdict.cells if c.standing.cell.name == cell)
    standing = next(found, None)
    return None if standing is None else _made(standing)


def _made(standing: CellStanding) -> Provisional:
    return Provisional(standing.cell, max(-standing.low, 0.0), None, None, None)
