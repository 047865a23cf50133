"""The charts of a report against depth: score, rates, the train gap and cost."""

from __future__ import annotations

import math
from collections.abc import Callable

from howdeep.base.verdicts import CellStanding, CellSummary, Dossier, RatePoint
from howdeep.report.chart import APART, FEW, Chart, Level, Mark, Series, together
from howdeep.report.colours import colours
from howdeep.report.depths import over_guess
from howdeep.report.net_words import bounds, bounds_words, opposite, state_words
from howdeep.report.rivals import rival_name
from howdeep.report.words import clean, compact, duration, listed, plural, possible, rate, unit

Value = Callable[[CellSummary], float | None]
LEAST = 3  # nets that lie together, for another to lie apart
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
    near = [
        Level(name, metric.shown(y), kind=kind)
        for name, y, kind in _lines(dossier)
        if _near(dossier, y, best, foot)
    ]
    return tuple(near) if verdict.status in ("nothing_learnt", "unreliable") else (band, *near)


def _lines(dossier: Dossier) -> list[tuple[str, float, str]]:
    """What nets are shown next to: (name, score, kind of line)."""
    verdict = dossier.verdict
    guessing, model = ("strong", "") if verdict.status == "nothing_learnt" else ("sparse", "strong")
    lines = [("always guessing", verdict.constant, guessing)]
    if verdict.test_score:
        lines.append(("on test rows, on average", verdict.test_score.retrained.value, ""))
    scored = [rival for rival in verdict.rivals if rival.score is not None]
    if scored:
        first = verdict.rival or max(scored, key=lambda rival: rival.score or 0.0)
        lines.append((rival_name(dossier.plan, first.name), first.score or 0.0, model))
    return lines


def _near(dossier: Dossier, y: float, best: float, foot: float) -> bool:
    """Can a line be drawn without squeezing the nets? Guessing always, where it is the question."""
    if dossier.verdict.status == "nothing_learnt":
        return True
    shown = [c.standing for c in dossier.verdict.cells if c.standing.score >= foot]
    ends = [end for s in shown if _bounded(dossier, s) for end in _whisker(dossier, s, best)]
    ends += [best - dossier.verdict.epsilon, best, *(s.score for s in shown)]
    low, high = min(ends), max(ends)
    return y >= foot and max(high, y) - min(low, y) <= APART * (high - low)


def beyond_words(dossier: Dossier) -> str:
    """The lines that are not drawn, as a sentence; empty where all are."""
    best = max(c.standing.score for c in dossier.verdict.cells)
    foot, metric = _foot(dossier, best), unit(dossier.verdict.metric)
    off = [
        f"{name} ({metric.score(y)})"
        for name, y, _ in _lines(dossier)
        if not _near(dossier, y, best, foot)
    ]
    return f" Beyond the axis: {listed(off)}." if off else ""


def _foot(dossier: Dossier, best: float) -> float:
    """Scores below this are drawn at the foot of the chart, so that the others stay apart."""
    behind = sorted(best - c.standing.score for c in dossier.verdict.cells)
    typical = max(behind[len(behind) // 2], 3 * dossier.verdict.epsilon)
    return max(best - FAR * typical, _lonely(dossier, best))


def _lonely(dossier: Dossier, best: float) -> float:
    """Where the others begin, if one net in five or fewer alone would set the axis."""
    verdict = dossier.verdict
    cells = sorted((c.standing for c in verdict.cells), key=lambda s: s.score)
    guessing = verdict.status == "nothing_learnt"  # then guessing is what all are shown against
    for few in () if guessing else range(1, 1 + max(1, len(cells) // FEW)):
        rest = cells[few:]
        if len(rest) < LEAST:
            break
        ends = [end for s in rest if _bounded(dossier, s) for end in _whisker(dossier, s, best)]
        low = min(*ends, rest[0].score, best - verdict.epsilon)
        high = max([*ends, best])
        if high - cells[few - 1].score > APART * (high - low):
            return low
    return -math.inf


def _bounded(dossier: Dossier, standing: CellStanding) -> bool:
    """Has its mark a bar? Of a dropped cell only "below the band" is known: a bar up to it would
    look like doubt."""
    return state_words(dossier, standing)[0] not in ("unreliable", "waiting", "dropped")


def _score_mark(dossier: Dossier, cell: CellSummary, best: float, foot: float) -> Mark:
    metric, standing = unit(dossier.verdict.metric), cell.standing
    state, says = state_words(dossier, standing)
    bounded = _bounded(dossier, standing) and standing.score >= foot
    ends = sorted(
        metric.shown(possible(dossier.verdict.metric, end))
        for end in _whisker(dossier, standing, best)
    )
    return Mark(
        _place(dossier, cell),
        metric.shown(standing.score),
        low=ends[0] if bounded else None,
        high=ends[1] if bounded else None,
        hollow=state in ("dropped", "unreliable"),
        ring=state == "enough",
        off="" if standing.score >= foot else metric.score(standing.score),
        above=metric.better == "lower",
        colour=_own(dossier, cell),
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
    cells, hues = dossier.verdict.cells, colours(dossier.plan)
    out = []
    for ladder in dossier.plan.ladders:
        mine = (ladder.zero, ladder.family)
        own = [c for c in cells if c.standing.cell.family in mine]
        own.sort(key=lambda c: c.standing.cell.blocks)
        out.append((clean(ladder.family), own, hues[ladder.family]))
    return out


def _own(dossier: Dossier, cell: CellSummary) -> int | None:
    """The colour of zero blocks, which several lines share; None: that of the line."""
    ref, many = cell.standing.cell, len(dossier.plan.families) > 1
    return colours(dossier.plan).get(ref.family) if not ref.blocks and many else None


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
    every = [v for c in dossier.verdict.cells if (v := value(c)) is not None]
    low, high = together(every) if every and not log_y else (-math.inf, math.inf)
    for name, cells, colour in _by_family(dossier):
        known = [(c, value(c)) for c in cells]
        marks = tuple(
            Mark(
                _place(dossier, c),
                v,
                hollow=c.standing.state in ("dropped", "unreliable"),
                off="" if low <= v <= high else show(v),
                above=v > high,
                colour=_own(dossier, c),
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
        lambda c: scale * (possible(dossier.verdict.metric, c.train) - c.standing.score),
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
            Mark(
                _place(dossier, c),
                sum(c.rates) / len(c.rates),
                colour=_own(dossier, c),
                tip=f"{_tip(c)}: chosen",
            )
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
    at = (_place(dossier, cell), float(point.rate))
    return Mark(*at, faint=True, colour=_own(dossier, cell), tip=tip)


def _rounded_rate(exponent: float) -> str:
    return rate(round(exponent))


def _power(exponent: int) -> str:
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"2{raised}"
