"""What is handed over until a depth is named, and the tolerance that would have named one."""

from __future__ import annotations

import math

from howdeep.base.nouns import Status
from howdeep.base.verdicts import CellRef, Provisional
from howdeep.judge import race as racing
from howdeep.judge.collapse import penalty
from howdeep.judge.reported import test_score
from howdeep.judge.state import Race


def provisional(race: Race, status: Status, chosen: int | None) -> Provisional | None:
    """The net to use for now: where nothing is named, the first that has not been dropped.

    Of a ladder that is too short it is the deepest, whose test score the verdict has. None before
    the first look, and where the status says that no net is worth handing over.
    """
    if status not in ("undetermined", "extend"):
        return None
    c = chosen if status == "extend" else racing.at_least(race)
    if c is None or not math.isfinite(racing.least(race, c)):
        return None
    would, named = (None, None) if status == "extend" else _would(race)
    return Provisional(
        cell=CellRef.of(race.plan.cells[c]),
        below=max(-racing.least(race, c), 0.0),
        would=would,
        would_name=named,
        test_score=None if status == "extend" else test_score(race, c),
    )


def _would(race: Race) -> tuple[float | None, CellRef | None]:
    """The smallest tolerance by which a depth would have been named, and that depth."""
    needs = [(penalty(race, c) - racing.least(race, c), c) for c in race.alive]
    known = [pair for pair in needs if math.isfinite(pair[0])]
    if not known:
        return None, None
    least, c = min(known)
    return least, CellRef.of(race.plan.cells[c])
