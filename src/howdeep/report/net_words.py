"""What a row of the ladder says of its net, in words: one place for tables and charts."""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.base.nouns import Plan
from howdeep.base.verdicts import CellRef, CellStanding, CellSummary, Dossier
from howdeep.metrics import MINUS, Unit
from howdeep.report.depths import for_now, order, over_guess
from howdeep.report.words import rate, unit

FOR_NOW = "for now"  # the net to use while no depth is named
MAY_BE = "may be enough"
MAY_BE_BETTER = "may be better"


@dataclass(frozen=True)
class Net:
    """One cell of the ladder, and what its row is told from: the subject of that table."""

    dossier: Dossier
    summary: CellSummary
    best: float  # the best score of all cells

    @property
    def standing(self) -> CellStanding:
        return self.summary.standing

    @property
    def ref(self) -> CellRef:
        return self.standing.cell

    @property
    def plan(self) -> Plan:
        return self.dossier.plan

    @property
    def metric(self) -> Unit:
        return unit(self.dossier.verdict.metric)

    @property
    def state(self) -> str:
        return state_words(self.dossier, self.standing)[0]

    @property
    def says(self) -> str:
        return state_words(self.dossier, self.standing)[1]


def nets(dossier: Dossier) -> tuple[Net, ...]:
    """The cells in their order, shallowest first."""
    cells = dossier.verdict.cells
    best = max((c.standing.score for c in cells), default=0.0)
    return tuple(Net(dossier, summary, best) for summary in cells)


def opposite(dossier: Dossier) -> str:
    """What nets are shown next to: the best one, or guessing where none is shown to beat it."""
    return "guessing" if dossier.verdict.status == "nothing_learnt" else "the best"


def behind_words(net: Net) -> str:
    """By how much the mean is behind the best one, or differs from that of guessing."""
    verdict, score = net.dossier.verdict, net.standing.score
    if verdict.status == "nothing_learnt":
        return net.metric.number(score - verdict.constant, sign=True, fixed=True)
    return "best" if score == net.best else net.metric.number(score - net.best, fixed=True)


def bounds_words(dossier: Dossier, standing: CellStanding) -> str:
    """`−1.3 to 0`: by how much the cell differs from the best, all cells' bounds at once.

    Where nothing was learnt, from guessing.
    """
    metric = unit(dossier.verdict.metric)
    over = over_guess(dossier, standing.cell.name)
    if over is not None and over.low is not None and over.high is not None:
        ends = (metric.number(end, sign=True, fixed=True) for end in (over.low, over.high))
        return " to ".join(ends)
    low, high = (metric.number(bound, fixed=True) for bound in bounds(dossier, standing))
    return f"{low} to {high}"


def bounds(dossier: Dossier, standing: CellStanding) -> tuple[float, float]:
    """Bounds of the distance to the best; a dropped cell is known to lie below minus epsilon."""
    if standing.state == "dropped":
        return standing.low, min(standing.high, -dossier.verdict.epsilon)
    return standing.low, standing.high


def rates_words(rates: tuple[int, ...]) -> str:
    """The learning rate found; where folds differ, their range.

    >>> rates_words((-7,)), rates_words((-8, -7, -7))
    ('2^-7 = 0.0078', '2^-8 to 2^-7')
    """
    if not rates:
        return MINUS
    low, high = min(rates), max(rates)
    return rate(low) if low == high else f"2^{low} to 2^{high}"


def state_words(dossier: Dossier, standing: CellStanding) -> tuple[str, str]:
    """(state, in words); `enough` is the depth the verdict names."""
    enough, name = dossier.verdict.enough, standing.cell.name
    if standing.state == "unreliable":
        return "unreliable", f"unreliable: {standing.diverged} diverged"
    if standing.state == "waiting":
        return "waiting", "not trained"
    if enough and name == enough.name and dossier.verdict.status != "extend":
        return "enough", "enough"
    if standing.state == "dropped":
        return "dropped", "worse"
    if dossier.verdict.status == "nothing_learnt":
        return "open", "no gain shown"
    found = for_now(dossier)
    if found is not None:
        best = "may be the best" if standing.high > 0 else MAY_BE
        return "open", FOR_NOW if name == found[0].name else best
    if standing.qualifies:
        return "also", "enough too"
    deeper = enough is not None and order(standing.cell) > order(enough)
    return "open", MAY_BE_BETTER if deeper and standing.high > 0 else MAY_BE
