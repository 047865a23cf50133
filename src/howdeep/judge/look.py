"""Where the race stands: trials to a `Standing`, by the rule of docs/decision.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from howdeep.base.nouns import Plan
from howdeep.base.trials import Trial
from howdeep.base.verdicts import CellRef, CellStanding, Standing
from howdeep.judge import control
from howdeep.judge import race as racing
from howdeep.judge.row_scores import RowScores
from howdeep.judge.state import Race

State = Literal["alive", "dropped", "unreliable", "waiting"]


def look(plan: Plan, trials: Iterable[Trial], rows: RowScores) -> Standing:
    """Replay every completed look and say what comes next.

    A look is complete when all cells alive at it have its number of main-stage seeds; what was
    trained beyond it is ignored. `next` is "look" (train `alive` up to the next look's seeds),
    "extend" (train the cells `extend` up to `seeds`, then look again) or "stop" (train the
    parameter-matched control with `control` seeds and the shallow twin with `twin`, if any).
    """
    every = tuple(trials)
    return standing(racing.replay(plan, every, rows), every)


def standing(race: Race, trials: Iterable[Trial]) -> Standing:
    """A replayed race, and its rivals' look after look, as the noun that plan and report read."""
    nothing = racing.nothing_learnt(race)
    named = (None, None) if nothing else (racing.enough(race), racing.at_least(race))
    names = ["" if c is None else race.name(c) for c in named]
    following: Literal["look", "extend", "stop"] = "stop" if race.done else "look"
    too_short = race.done and not nothing and racing.may_gain(race) is not None
    wanted = {} if too_short or nothing else control.wanted(race, trials)
    return Standing(
        look=race.look,
        seeds=race.seeds,
        cells=tuple(_cell(race, c) for c in sorted([*race.joined, *race.waiting])),
        enough=names[0],
        at_least=names[1],
        settled=racing.settled(race) and not race.waiting and not nothing,
        next="extend" if race.waiting else following,
        too_short=too_short,
        extend=tuple(race.name(c) for c in race.waiting),
        control=wanted.get("control", 0),
        twin=wanted.get("twin", 0),
        nothing_learnt=nothing,
        epsilon=race.plan.epsilon,
    )


def _state(race: Race, c: int) -> State:
    if c in race.waiting:
        return "waiting"
    if c in race.unreliable:
        return "unreliable"
    return "dropped" if c in race.dropped else "alive"


def _cell(race: Race, c: int) -> CellStanding:
    name, state = race.name(c), _state(race, c)
    raced = race.look >= 0 and state != "waiting"
    n = race.last_seeds(c) if raced else len(race.trials.get(name, ()))
    taken = race.taken(c, n)
    by_seed = race.rows.means(taken, "select")
    score = float(by_seed.mean()) if n else float(race.rows.constant("select").mean())
    difference, low, high = _bounds(race, c) if raced else (0.0, 0.0, 0.0)
    at, by = race.dropped.get(c, (0, c))
    return CellStanding(
        cell=CellRef.of(race.plan.cells[c]),
        seeds=n,
        score=score,
        difference=difference,
        low=low,
        high=high,
        seed_sd=float(by_seed.std(ddof=1)) if n > 1 else 0.0,
        state=state,
        dropped_at=at,
        dropped_by=race.name(by) if at else "",
        qualifies=racing.qualifies(race, c),
        diverged=taken.count,
    )


def _bounds(race: Race, c: int) -> tuple[float, float, float]:
    """Difference to the worst comparison, and Hsu's constrained interval.

    mu_c - max of the other mu lies in [min(0, min_e(m - w)), max(0, min_e(m + w))] for all cells
    together (Hsu 1984), dropped e left out: low = 0 says "the best", high = 0 "not the best".
    """
    e = racing.worst(race, c)
    if e is None or c in race.unreliable:
        return 0.0, 0.0, 0.0
    others = racing.opponents(race, c)
    low = racing.least(race, c)
    high = float((race.difference[c, others] + race.width[c, others]).min())
    return float(race.difference[c, e]), min(low, 0.0), max(high, 0.0)
