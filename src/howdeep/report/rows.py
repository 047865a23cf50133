"""The rows of the final table as text: one list for the terminal and for the page."""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.base.verdicts import CellStanding, CellSummary, Dossier
from howdeep.metrics import MINUS
from howdeep.report.depths import over_guess
from howdeep.report.words import clean, compact, rate, unit


@dataclass(frozen=True)
class Row:
    """One cell of the ladder, ready to print."""

    name: str
    family: str
    blocks: int
    layers: int
    sees: str  # receptive field in pixels along a side; "" where there is none
    parameters: str
    rate: str  # as 2^-7 = 0.0078; per fold a range
    seeds: int
    score: str
    behind: str  # behind the best score, in the metric's unit of differences
    bounds: str  # simultaneous bounds of the same
    seed_sd: str
    train: str
    steps: str
    state: str  # a word for CSS and colours
    says: str  # the state in words


def table_rows(dossier: Dossier) -> tuple[Row, ...]:
    """The cells in their order, shallowest first."""
    cells = dossier.verdict.cells
    best = max((c.standing.score for c in cells), default=0.0)
    return tuple(_row(dossier, summary, best) for summary in cells)


def references(dossier: Dossier) -> tuple[tuple[str, str, str], ...]:
    """(short name, name, score) of what a ladder is measured against: no model at all."""
    verdict = dossier.verdict
    metric = unit(verdict.metric)
    return (("guess", metric.guess, metric.score(verdict.constant, fine=True)),)


def opposite(dossier: Dossier) -> str:
    """What nets are shown beside: the best one, or guessing where none is shown to beat it."""
    return "guessing" if dossier.verdict.status == "nothing_learnt" else "the best"


def _row(dossier: Dossier, summary: CellSummary, best: float) -> Row:
    standing, metric = summary.standing, unit(dossier.verdict.metric)
    state, says = state_words(dossier, standing)
    used = state != "unreliable"
    return Row(
        name=clean(standing.cell.name),
        family=clean(standing.cell.family),
        blocks=standing.cell.blocks,
        layers=standing.cell.weight_layers,
        sees=f"{standing.cell.receptive_field} px" if standing.cell.receptive_field else "",
        parameters=compact(standing.cell.parameters),
        rate=rates_words(summary.rates),
        seeds=standing.seeds,
        score=metric.score(standing.score, fine=True),
        behind=_behind(dossier, standing, best),
        bounds=bounds_words(dossier, standing) if used else "",
        seed_sd=metric.number(standing.seed_sd),
        train=metric.score(summary.train),
        steps=f"{summary.steps:,.0f}",
        state=state,
        says=says,
    )


def _behind(dossier: Dossier, standing: CellStanding, best: float) -> str:
    """By how much the mean is behind the best one, or differs from that of guessing."""
    verdict, metric = dossier.verdict, unit(dossier.verdict.metric)
    if verdict.status == "nothing_learnt":
        return metric.number(standing.score - verdict.constant, sign=True, fixed=True)
    return "best" if standing.score == best else metric.number(standing.score - best, fixed=True)


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
    if standing.qualifies:
        return "also", "enough too"
    return "open", "not ruled out"
