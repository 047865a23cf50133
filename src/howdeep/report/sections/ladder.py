"""The ladder, net by net: how each depth did, and what is known of it."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.columns import SIZES
from howdeep.report.depths import epsilon_words
from howdeep.report.net_words import (
    FOR_NOW,
    MAY_BE_BETTER,
    Net,
    behind_words,
    bounds,
    bounds_words,
    nets,
    opposite,
    rates_words,
)
from howdeep.report.parts import Place, Prose, Section
from howdeep.report.table import Brief, Column, Flag, Group, Row, Table, row, titled
from howdeep.report.words import possible, unit

TITLE = "The ladder, net by net"


def _bounds(net: Net) -> str:
    return "" if net.state == "unreliable" else bounds_words(net.dossier, net.standing)


def _against(net: Net) -> str:
    behind, bounds = behind_words(net), _bounds(net)
    return f"{behind} ({bounds})" if bounds and behind != "best" else behind


COLUMNS = (
    *SIZES,
    Column(
        "rate",
        "learning rate",
        lambda net: rates_words(net.summary.rates),
        group=Group.COST,
        drop=1,
        value=lambda net: min(net.summary.rates, default=None),
    ),
    Column(
        "seeds",
        "seeds",
        lambda net: str(net.standing.seeds),
        "right",
        group=Group.SEEDS,
        drop=3,
        value=lambda net: net.standing.seeds,
    ),
    Column(
        "score",
        "{metric}",
        lambda net: net.metric.score(net.standing.score, fine=True),
        "right",
        short="{metric_lines}",
        group=Group.SCORE,
        value=lambda net: net.metric.shown(net.standing.score),
    ),
    Column(
        "behind",
        "against {opposite}",
        behind_words,
        "right",
        group=Group.SCORE,
        on=("page",),
        value=lambda net: net.standing.score,
    ),
    Column(
        "bounds",
        "interval, in {gap}",
        _bounds,
        "right",
        group=Group.SCORE,
        on=("page",),
        value=lambda net: net.standing.low,
    ),
    Column(
        "against",
        "against {opposite},\nin {gap}",
        _against,
        "right",
        group=Group.SCORE,
        drop=4,
        on=("terminal",),
    ),
    Column(
        "says",
        "verdict",
        lambda net: Flag(net.says, raised=net.state == "enough" or net.says == FOR_NOW),
        short="",
        group=Group.ANSWER,
    ),
    Column(
        "seed_sd",
        "spread of seeds",
        lambda net: net.metric.number(net.standing.seed_sd),
        "right",
        group=Group.SEEDS,
        on=("page",),
        value=lambda net: net.standing.seed_sd,
    ),
    Column(
        "train",
        "on training rows",
        lambda net: net.metric.score(possible(net.dossier.verdict.metric, net.summary.train)),
        "right",
        group=Group.SEEDS,
        on=("page",),
        value=lambda net: net.metric.shown(net.summary.train),
    ),
    Column(
        "steps",
        "steps",
        lambda net: f"{net.summary.steps:,.0f}",
        "right",
        group=Group.COST,
        on=("page",),
        value=lambda net: net.summary.steps,
    ),
)


def table(dossier: Dossier) -> Table:
    """The cells in their order, shallowest first, below what no model at all would score."""
    verdict, metric = dossier.verdict, unit(dossier.verdict.metric)
    columns = titled(
        COLUMNS,
        metric=metric.name,
        metric_lines=metric.name.replace(" ", "\n"),
        opposite=opposite(dossier),
        gap=metric.gap.removeprefix("of "),
    )
    constant = metric.score(verdict.constant, fine=True)
    guess = Brief(metric.guess, short="guess")
    values = {"score": metric.shown(verdict.constant), "behind": verdict.constant}
    reference = Row({"family": guess, "score": constant}, "reference", values)
    rows = (row(columns, net, net.state) for net in nets(dossier))
    return Table(columns, (reference, *rows), region=TITLE)


def _clipped(dossier: Dossier) -> tuple[Prose, ...]:
    """What the ends of intervals mean that are cut off, where there are such."""
    verdict = dossier.verdict
    if verdict.status == "nothing_learnt" or not verdict.looks:
        return ()
    dropped = any(c.standing.state == "dropped" for c in verdict.cells)
    less = unit(verdict.metric).number(-verdict.epsilon)
    cut = (
        "Bounds are cut off at 0: an upper end of 0 says that a net is not the best, a lower end "
        "of 0 that it is."
    )
    known = f"Those of nets called worse end at {less}, for they are shown to lie below it."
    maybe = f'"{MAY_BE_BETTER}": by less than {epsilon_words(dossier)}, which counts as equal.'
    open_ = any(net.says == MAY_BE_BETTER for net in nets(dossier))
    said = [text for text, so in ((cut, _cut(dossier)), (known, dropped), (maybe, open_)) if so]
    return (Prose(" ".join(said), note=True),) if said else ()


def _cut(dossier: Dossier) -> bool:
    """Is a bound that is shown cut off at 0?"""
    shown = [
        net.standing
        for net in nets(dossier)
        if net.state not in ("unreliable", "waiting") and behind_words(net) != "best"
    ]
    return any(0.0 in bounds(dossier, standing) for standing in shown)


def _on_page(dossier: Dossier) -> Section:
    if not dossier.verdict.cells:
        return Section(TITLE, ())
    return Section(TITLE, (table(dossier), *_clipped(dossier)))


def _in_terminal(dossier: Dossier) -> Section:
    return Section("", (table(dossier), *_clipped(dossier)))


PLACES = (Place("page", 50, _on_page), Place("terminal", 20, _in_terminal))
