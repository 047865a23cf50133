"""What forecasts say in words and as a section, and the chart of starts against depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from howdeep.instruments._forecast_words import reach_words
from howdeep.instruments._trainable import Forecast
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.heat import Heat
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.words import listed

TITLE = "Which depths will train?"
RULE = (
    "Predicted from untrained nets: a depth trains within this budget (a few hundred steps) where "
    "it has fewer layers than 8 scales of its gradient and, in a net without skips and norms, than "
    "units in a layer. Up to three times as deep is the edge: SGD fails where Adam may not. Longer "
    "training or a better start can do more."
)

WORDS = {
    "trains": ("trains within this budget", "train within this budget"),
    "at the edge": ("is at the edge of this budget", "are at the edge of this budget"),
    "does not train": ("does not train within this budget", "do not train within this budget"),
    "too few layers to tell": (
        "has too few layers for its gradient to be lost",
        "have too few layers for their gradient to be lost",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class StartCell:
    """One start (`weight`: inputs x variance of the weights) and depth: what was `measured` (a
    share of rows that are right), and whether it was predicted to train.
    """

    weight: float
    layers: int
    measured: float
    predicted: bool


def words(found: Sequence[Forecast]) -> str:
    """The forecasts in one sentence or a few.

    >>> words(())
    'No depth was asked for.'
    """
    if not found:
        return "No depth was asked for."
    told = []
    for says, (one_does, they_do) in WORDS.items():
        depths = [str(one.depth) for one in found if one.says == says]
        if depths:
            head, does = ("depth", one_does) if len(depths) == 1 else ("depths", they_do)
            told.append((int(depths[0]), f"{head} {listed(depths, 12)} {does}"))
    text = "; ".join(line for _, line in sorted(told))
    deepest = found[-1].outlook
    why = ""
    if deepest.reach is not None:
        why = f" At depth {found[-1].depth} {reach_words(deepest.reach.values())}."
    return f"{text[0].upper()}{text[1:]}.{why}"


def section(found: Sequence[Forecast]) -> Section:
    """The chart of layers against the limit, and the words; no parts where nothing can be told."""
    known = [one for one in found if one.outlook.reach is not None]
    if not known:
        return Section(TITLE, ())
    parts = (_picture(known), Prose(words(found)), Prose(RULE, note=True))
    return Section(TITLE, parts)


def _picture(known: Sequence[Forecast]) -> Picture:
    most = 4.0 * max(one.outlook.layers for one in known)
    limits = tuple(
        Mark(
            float(i), min(one.outlook.limit, most), min(one.outlook.bounds[0], most),
            min(one.outlook.bounds[1], most), tip=f"depth {one.depth}: {one.says}",
        )
        for i, one in enumerate(known)
    )  # fmt: skip
    layers = tuple(Mark(float(i), float(one.outlook.layers)) for i, one in enumerate(known))
    ticks = tuple((float(i), str(one.depth)) for i, one in enumerate(known))
    summary = "Depths whose layers stay below the limit of their start train within this budget."
    series = (
        Series("limit of the start", limits, 0),
        Series("layers it has", layers, 1, dash=True),
    )
    chart = Chart("Layers and the limit of the start", summary, "depth", "layers", series,
                  x_ticks=ticks, log_y=True)  # fmt: skip
    return Picture(chart, "trainable-chart", summary)


def chaos(cells: Sequence[StartCell], activation: str, learnt: float = 0.5) -> Section:
    """The chart from order to chaos: what was measured by start and depth, as shades, with a line
    below the cells that were predicted to train; `learnt`: the share of rows from which one did.
    """
    title = f"From order to chaos: {activation}"
    if not cells:
        return Section(title, ())
    weights = sorted({cell.weight for cell in cells})
    depths = sorted({cell.layers for cell in cells})
    at = {(cell.layers, cell.weight): cell for cell in cells}
    grid = [[at.get((d, w)) for w in weights] for d in depths]
    right = sum(cell.predicted == (cell.measured >= learnt) for cell in cells)
    heat = Heat(
        title,
        f"Shares of rows that nets get right, by start and depth, and above the line the cells "
        f"predicted to train: {right} of {len(cells)} predictions are right.",
        "inputs x variance of the weights",
        "layers",
        tuple(f"{w:g}" for w in weights),
        tuple(map(str, depths)),
        tuple(tuple(c.measured if c else None for c in row) for row in grid),
        low=0.0,
        high=1.0,
        says=tuple(tuple(_told(c) for c in row) for row in grid),
        limits=tuple(sum(c.predicted for c in cells if c.weight == w) for w in weights),
    )
    ident = "chaos-" + "".join(c if c.isalnum() else "-" for c in activation)
    says = (
        f"Cells above the line were predicted to train before anything was: {right} of "
        f"{len(cells)} predictions are right (a net has learnt from {learnt:.0%} of rows on). "
        "On the left signals fade into order, on the right they tear apart into chaos; in between "
        "depth can be trained."
    )
    return Section(title, (Gallery((Picture(heat, ident, heat.summary),)), Prose(says)))


def _told(cell: StartCell | None) -> str:
    if cell is None:
        return ""
    says = "trains" if cell.predicted else "does not train"
    return f"{cell.weight:g}, {cell.layers} layers: {cell.measured:.0%}, predicted: {says}"
