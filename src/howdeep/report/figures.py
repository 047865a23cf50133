"""The charts of a report: score, learning curves, rates, the train gap and cost against depth."""

from __future__ import annotations

import math
from collections.abc import Callable

from howdeep.base.verdicts import CellStanding, CellSummary, Dossier, RatePoint
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.depths import over_guess
from howdeep.report.net_words import bounds, bounds_words, opposite, state_words
from howdeep.report.rivals import rival_name
from howdeep.report.words import clean, compact, duration, plural, rate, unit

Value = Callable[[CellSummary], float | None]
FAR = 4.0  # a cell further below the best than this many times the median is drawn off the axis


def place(blocks: int) -> float:
    """Where a depth stands on the axis: zero, then one step for every doubling."""
    return 1 + math.log2(blocks) if blocks else 0.0


# ---- score against depth ------------------------------------------------------------------------
def score_chart(dossier: Dossier, wide: bool) -> Chart:
    """Mean scores with simultaneous intervals; the band holds what is as good as the best."""
    metric, verdict = unit(dossier.verdict.metric), dossier.verdict
    best = max(c.standing.score for c in verdict.cells)
    foot = _foot(dossier, best)
    series = tuple(
        Series(
            name,
            tuple(_score_mark(dossier, cell, best, foot) for cell in cells),
            colour,
        )
        for name, cells, colour in _by_family(dossier)
    )
    width, height = (900, 400) if wide else (380, 350)
    return Chart(
        title=f"{_capital(metric.name)} against depth",
        summary=_summary(dossier, lambda c: c.standing.score, metric.score),
        x_title="blocks, and below them weight layers",
        y_title=f"{metric.name}{metric.suffix.rstrip() and ', %'} on rows kept for comparison"
        + (" (lower is better)" if metric.better == "lower" else ""),
        series=series,
        x_ticks=_depth_ticks(dossier),
        under=_layer_rows(dossier),
        levels=_levels(dossier, best, foot),
        width=width,
        height=height + 17 * len(dossier.plan.families),
    )


def _levels(dossier: Dossier, best: float, foot: float) -> tuple[Level, ...]:
    metric, verdict = unit(dossier.verdict.metric), dossier.verdict
    gap = metric.difference(verdict.epsilon)
    band = Level(
        f"within {gap} of the best", metric.shown(best - verdict.epsilon), metric.shown(best)
    )
    nothing = verdict.status == "nothing_learnt"
    guessing, model = ("strong", "") if nothing else ("sparse", "strong")
    lines = [("always guessing", verdict.constant, guessing)]
    if verdict.test_score:
        lines.append(("on test rows, on average", verdict.test_score.retrained.value, ""))
    scored = [rival for rival in verdict.rivals if rival.score is not None]
    if scored:
        first = verdict.rival or max(scored, key=lambda rival: rival.score or 0.0)
        lines.append((rival_name(dossier.plan, first.name), first.score or 0.0, model))
    near = [Level(name, metric.shown(y), kind=kind) for name, y, kind in lines if y >= foot]
    return tuple(near) if nothing or verdict.status == "unreliable" else (band, *near)


def _foot(dossier: Dossier, best: float) -> float:
    """Scores below this are drawn at the foot of the chart, so that the others stay apart."""
    behind = sorted(best - c.standing.score for c in dossier.verdict.cells)
    typical = max(behind[len(behind) // 2], 3 * dossier.verdict.epsilon)
    return best - FAR * typical


def _score_mark(dossier: Dossier, cell: CellSummary, best: float, foot: float) -> Mark:
    metric, standing = unit(dossier.verdict.metric), cell.standing
    state, says = state_words(dossier, standing)
    # of a dropped cell only "below the band" is known: a bar up to it would look like doubt
    bounded = state not in ("unreliable", "waiting", "dropped") and standing.score >= foot
    ends = sorted(metric.shown(end) for end in _whisker(dossier, standing, best))
    return Mark(
        _place(dossier, cell),
        metric.shown(standing.score),
        low=ends[0] if bounded else None,
        high=ends[1] if bounded else None,
        hollow=state in ("dropped", "unreliable"),
        ring=state == "enough",
        off="" if standing.score >= foot else metric.score(standing.score),
        tip=f"{_tip(cell)}: {metric.score(standing.score, fine=True)}, {says}; against "
        f"{opposite(dossier)} "
        f"{bounds_words(dossier, standing)} {metric.gap} ({plural(standing.seeds, 'seed')})",
    )


def _whisker(dossier: Dossier, standing: CellStanding, best: float) -> tuple[float, float]:
    """Both ends of a bar: the best score, or guessing's, and the bounds of the distance to it."""
    over = over_guess(dossier, standing.cell.name)
    if over is not None and over.low is not None and over.high is not None:
        return dossier.verdict.constant + over.low, dossier.verdict.constant + over.high
    low, high = bounds(dossier, standing)
    return best + low, best + high


# ---- shared -------------------------------------------------------------------------------------
def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tip(cell: CellSummary) -> str:
    ref = cell.standing.cell
    sizes = [plural(ref.blocks, "block"), plural(ref.weight_layers, "weight layer")]
    if ref.receptive_field:
        sizes.append(f"sees {plural(ref.receptive_field, 'pixel')}")
    return ", ".join([clean(ref.family), *sizes])


def _by_family(dossier: Dossier) -> list[tuple[str, list[CellSummary], int]]:
    """(family, its cells by depth, colour); each line starts at the zero blocks of its kind."""
    cells = dossier.verdict.cells
    out = []
    for i, ladder in enumerate(dossier.plan.ladders):
        mine = (ladder.zero, ladder.family)
        own = [c for c in cells if c.standing.cell.family in mine]
        out.append((clean(ladder.family), sorted(own, key=lambda c: c.standing.cell.blocks), i))
    return out


def _shift(dossier: Dossier, cell: CellSummary) -> float:
    """Families stand a little apart, so that their intervals do not cover one another."""
    families = dossier.plan.families
    if cell.standing.cell.family not in families or len(families) == 1:
        return 0.0
    return 0.12 * (families.index(cell.standing.cell.family) - (len(families) - 1) / 2)


def _place(dossier: Dossier, cell: CellSummary) -> float:
    return place(cell.standing.cell.blocks) + _shift(dossier, cell)


def _depths(dossier: Dossier) -> list[int]:
    return sorted({c.standing.cell.blocks for c in dossier.verdict.cells})


def _depth_ticks(dossier: Dossier) -> tuple[tuple[float, str], ...]:
    return tuple((place(blocks), str(blocks)) for blocks in _depths(dossier))


def _layer_rows(
    dossier: Dossier,
) -> tuple[tuple[str, tuple[tuple[float, str], ...]], ...]:
    """Under the axis: the weight layers of each family at each depth."""
    rows = []
    for name, cells, _ in _by_family(dossier):
        refs = [c.standing.cell for c in cells]
        ticks = tuple((place(ref.blocks), str(ref.weight_layers)) for ref in refs)
        rows.append((name if len(dossier.plan.families) > 1 else "layers", ticks))
    return tuple(rows)


def _summary(dossier: Dossier, value: Value, show: Callable[[float], str]) -> str:
    """The text alternative: every value that the chart shows, family by family."""
    parts = []
    for name, cells, _ in _by_family(dossier):
        known = [(c.standing.cell.blocks, value(c)) for c in cells]
        points = ", ".join(f"{plural(b, 'block')} {show(v)}" for b, v in known if v is not None)
        parts.append(f"{name}: {points}")
    return "; ".join(parts) + "."


def _against_depth(
    dossier: Dossier,
    title: str,
    y_title: str,
    value: Value,
    show: Callable[[float], str],
    log_y: bool = False,
) -> Chart:
    series = []
    for name, cells, colour in _by_family(dossier):
        known = [(c, value(c)) for c in cells]
        marks = tuple(
            Mark(
                _place(dossier, c),
                v,
                hollow=c.standing.state in ("dropped", "unreliable"),
                tip=f"{_tip(c)}: {show(v)}",
            )
            for c, v in known
            if v is not None and (v > 0 or not log_y)
        )
        series.append(Series(name, marks, colour))
    return Chart(
        title=title,
        summary=_summary(dossier, value, show),
        x_title="blocks",
        y_title=y_title,
        series=tuple(series),
        x_ticks=_depth_ticks(dossier),
        log_y=log_y,
    )


# ---- the smaller charts -------------------------------------------------------------------------
def gap_chart(dossier: Dossier) -> Chart:
    """How much better nets score on the rows they were trained on: the room for overfitting."""
    metric = unit(dossier.verdict.metric)
    scale = abs(metric.factor)
    return _against_depth(
        dossier,
        "Training rows against new rows",
        f"better on training rows, {metric.gap.removeprefix('of ')}",
        lambda c: scale * (c.train - c.standing.score),
        lambda v: f"{v:.{metric.fine}f} {metric.gap}",
    )


def cost_charts(dossier: Dossier) -> tuple[Chart, ...]:
    """Parameters, floating-point operations and seconds of one net."""
    seconds = dict(dossier.seconds)
    known: tuple[tuple[str, str, Value, Callable[[float], str]], ...] = (
        ("Size", "parameters", lambda c: float(c.standing.cell.parameters), compact),
        ("Work", "floating-point operations to train one net", lambda c: c.flops, compact),
        ("Time", "seconds to train one net", lambda c: seconds.get(c.standing.cell.name), duration),
    )
    return tuple(
        _against_depth(dossier, f"{title} against depth", axis, value, show, log_y=True)
        for title, axis, value, show in known
        if any(value(c) for c in dossier.verdict.cells)
    )


def rate_chart(dossier: Dossier) -> Chart | None:
    """The learning rate chosen at each depth, with those tried and not chosen."""
    if not dossier.rates:
        return None
    refs = {c.standing.cell.name: c for c in dossier.verdict.cells}
    points = [p for p in dossier.rates if p.cell in refs]
    series: list[Series] = []
    for name, cells, colour in _by_family(dossier):
        own = {c.standing.cell.name for c in cells}
        tried = tuple(
            _rate_mark(dossier, refs[p.cell], p) for p in points if p.cell in own and not p.chosen
        )
        chosen = tuple(
            Mark(_place(dossier, c), sum(c.rates) / len(c.rates), tip=f"{_tip(c)}: chosen")
            for c in cells
            if c.rates
        )
        series += [Series("", tried, colour, line=False), Series(name, chosen, colour)]
    low, high = min(p.rate for p in dossier.rates), max(p.rate for p in dossier.rates)
    step = max(1, round((high - low) / 6))
    return Chart(
        title="Learning rate against depth",
        summary=_summary(
            dossier, lambda c: sum(c.rates) / len(c.rates) if c.rates else None, _rounded_rate
        ),
        x_title="blocks",
        y_title="learning rate (chosen: large; tried: small)",
        series=tuple(series),
        x_ticks=_depth_ticks(dossier),
        y_ticks=tuple((float(e), _power(e)) for e in range(low, high + 1, step)),
    )


def _rate_mark(dossier: Dossier, cell: CellSummary, point: RatePoint) -> Mark:
    metric = unit(dossier.verdict.metric)
    said = "diverged" if point.score is None else metric.score(point.score, fine=True)
    tip = f"{_tip(cell)}: {rate(point.rate)}, validation {said}"
    return Mark(_place(dossier, cell), float(point.rate), faint=True, tip=tip)


def _rounded_rate(exponent: float) -> str:
    return rate(round(exponent))


def _power(exponent: int) -> str:
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"2{raised}"


def curve_chart(dossier: Dossier) -> Chart | None:
    """Learning curves of up to four telling cells: validation solid, training dashed."""
    metric = unit(dossier.verdict.metric)
    curves = [c for c in dossier.curves if c.cell in _telling(dossier) and c.steps]
    if not curves:
        return None
    series = []
    for i, curve in enumerate(curves):
        for name, ys, dash in ((clean(curve.cell), curve.val, False), ("", curve.train, True)):
            marks = tuple(
                Mark(float(x), metric.shown(y)) for x, y in zip(curve.steps, ys, strict=False)
            )
            series.append(Series(name, marks, i, dots=False, dash=dash))
    ends = ", ".join(f"{clean(c.cell)} ends at {metric.score(c.val[-1])}" for c in curves)
    return Chart(
        title="Learning curves",
        summary=f"On validation rows {ends}.",
        x_title="training step",
        y_title=f"{metric.name}{metric.suffix.rstrip() and ', %'} (training rows dashed)",
        series=tuple(series),
    )


def _telling(dossier: Dossier) -> list[str]:
    """The linear cell, the one named, the one before it and the deepest."""
    names = [c.standing.cell.name for c in dossier.verdict.cells]
    enough = dossier.verdict.enough
    at = names.index(enough.name) if enough and enough.name in names else len(names) // 2
    picked = [names[0], names[max(at - 1, 0)], names[at], names[-1]] if names else []
    return list(dict.fromkeys(picked))
