"""Does any net beat the constant predictor? (docs/decision.md, "Guessing")

The constant predictor takes part in no look: it has no seeds, so that its pairs stay out of what
the race pools, it is never enough, and nothing is dropped for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from howdeep import metrics
from howdeep.base.nouns import Plan
from howdeep.base.verdicts import Interval
from howdeep.judge.ends import over_guess_ends, within
from howdeep.judge.row_scores import CachedScores, Floats, Seeds
from howdeep.stats.against import Against, against
from howdeep.stats.streams import summary

ROUNDING = 1e-6  # rows are stored in single precision: what is less than this is no gain


@dataclass(frozen=True, eq=False)
class Guess:
    """Cells against the constant predictor; `cells` in the order of what was `found`."""

    cells: tuple[int, ...]
    over: tuple[Interval, ...]  # score minus the constant predictor's
    found: Against

    @property
    def beaten(self) -> bool:
        """Whether some cell is shown to be better, by however little.

        A net that gives the constant predictor's answer on every row may differ by rounding.
        """
        return any(one.low is not None and one.low > ROUNDING for one in self.over)

    @property
    def could(self) -> float:
        """By how much a cell could be better, all of them considered."""
        most = max(one.value if one.high is None else one.high for one in self.over)
        return most if abs(most) > ROUNDING else 0.0

    @property
    def seed_share(self) -> float:
        """What part of the best cell's variance more seeds would make smaller."""
        seed, row = (float(p[self.best]) for p in (self.found.seed_part, self.found.row_part))
        return seed / (seed + row) if seed + row > 0 else 0.0

    @property
    def best(self) -> int:
        """Where in `cells` the best mean is."""
        return max(range(len(self.cells)), key=lambda i: (self.over[i].value, -i))


def guess(
    plan: Plan, rows: CachedScores, cells: Mapping[int, Seeds], shared: tuple[Floats, Floats]
) -> Guess:
    """Compare cells at the seeds given with the constant predictor, at the whole of alpha.

    The question is asked once, at the end, of all cells that may ever be trained.
    """
    constant = rows.constant("select")
    # A row that was not seen may speak against a net only where guessing is right.
    layout = rows.layout
    if metrics.metric(plan.task.metric).hits:
        layout = replace(layout, unit=float(constant.max()) if layout.unit else 0.0)
    each = [summary(rows.seeds(taken, "select"), layout) for taken in cells.values()]
    found = against(each, constant, len(plan.cells), 1 - plan.confidence, shared)
    ends = over_guess_ends(plan.task.metric, float(constant.mean()))
    over = tuple(
        within(Interval(m, m - w, m + w), ends)
        for m, w in zip(found.difference.tolist(), found.width.tolist(), strict=True)
    )
    return Guess(tuple(cells), over, found)
