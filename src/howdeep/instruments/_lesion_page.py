"""The section of lesions: what the score loses without each block, and what the block adds."""

from __future__ import annotations

import math
from typing import Any

from scipy import stats

from howdeep.instruments._curves import points
from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.heat import Heat
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "What is each block worth?"
POINT = 0.01  # a fall that hardly matters, of the score
ENOUGH = 8  # blocks from which a correlation is told


def section(found: tuple[Measurement, ...]) -> Section:
    """Pictures of the deepest net and of all nets, what follows, and a row for each net."""
    if not found:
        return Section(TITLE, ())
    last = found[-1]
    pictures = [_falls(last), _scales(last)] if len(last.values["blocks"]) > 1 else []
    if len(found) > 1:
        pictures.append(_heat(found))
    gallery = (Gallery(tuple(pictures)),) if pictures else ()
    texts = tuple(Prose(text) for text in _meaning(last))
    return Section(TITLE, (*gallery, *texts, _table(found), _note(last)))


def _falls(one: Measurement) -> Picture:
    lines = [_line(one, "drop", "left out", 1)]
    if one.values["steps"]:
        lines.append(_line(one, "after", "others tuned", 0))
    n = len(one.values["blocks"])
    chart = Chart(
        f"{one.net}: the score without each block",
        "By how much the score falls without each block, before and after the others are tuned.",
        "block, from the input",
        f"fall, {_points(one)}",
        tuple(lines),
        x_ticks=_ticks(n),
        levels=(Level("as good", 0.0),),
    )
    return Picture(chart, "lesion-fall")


def _line(one: Measurement, key: str, name: str, colour: int) -> Series:
    shift = 0.12 if key == "after" else -0.12
    marks = []
    for i, block in enumerate(one.values["blocks"]):
        if block[key] is None:
            continue
        value, low, high = (100 * _shown(end) for end in block[key])
        tip = f"{block['name']}, {name}: {_ends(block[key])}"
        marks.append(Mark(i + shift, value, low, high, tip=tip))
    return Series(name, tuple(marks), colour, line=len(marks) > 8)


def _shown(value: float | None) -> float:
    return max(-1.0, min(value or 0.0, 1.0))  # of R2 far below nothing: all is lost


def _scales(one: Measurement) -> Picture:
    marks = tuple(
        Mark(float(i), block["scale"], tip=f"{block['name']}: {block['scale']:.2g} of the stream")
        for i, block in enumerate(one.values["blocks"])
        if block["scale"]
    )
    chart = Chart(
        f"{one.net}: what each block adds",
        "Root mean square of what each block adds, over that of what passes it.",
        "block, from the input",
        "share of the stream",
        (Series("scale", marks, 2),),
        x_ticks=_ticks(len(one.values["blocks"])),
        log_y=bool(marks),
    )
    return Picture(chart, "lesion-scale")


def _heat(found: tuple[Measurement, ...]) -> Picture:
    wide = max(len(one.values["blocks"]) for one in found)
    values, says = [], []
    for one in found:
        own = one.values["blocks"]
        rest = wide - len(own)
        values.append((*(100 * max(_shown(b["drop"][0]), 0) for b in own), *[None] * rest))
        says.append((*(f"{one.net} without {b['name']}: {_ends(b['drop'])}" for b in own),
                     *[""] * rest))  # fmt: skip
    heat = Heat(
        "Fall by net and block",
        "Points of the score lost without each block, by net.",
        "block, from the input",
        "net",
        tuple(str(i + 1) for i in range(wide)),
        tuple(one.net for one in found),
        tuple(values),
        0.0,
        says=tuple(says),
        colour=1,
    )
    return Picture(heat, "lesion-nets")


def _meaning(one: Measurement) -> list[str]:
    own = one.values["blocks"]
    worst = max(own, key=lambda block: block["drop"][0])
    texts = [
        f"{one.net} without {worst['name']} loses {_ends(worst['drop'])} "
        f"{_points(one)}, the most of its {len(own)} blocks"
        + (
            f"; after {one.values['steps']} steps of tuning the others {_ends(worst['after'])}"
            if worst["after"]
            else ""
        )
        + "."
    ]
    free = [block for block in own if block["drop"][2] <= POINT]
    if free and len(own) > 1:
        texts.append(
            f"{len(free)} of {len(own)} blocks can be left out one at a time for less than a point."
        )
    rank = _rank(own)
    if rank is not None:
        value, low, high = rank
        ends = f"rank correlation {value:.2f}, {low:.2f} to {high:.2f}"
        texts.append(
            f"Blocks that add more to the stream cost more ({ends}): how droppable a block is "
            "follows its scale as much as the task."
            if low > 0
            else f"That blocks which add more cost more is not shown here ({ends}); where it is "
            "so, a fall says as much of a block's scale as of the task."
        )
    return texts


def _rank(own: list[dict[str, Any]]) -> tuple[float, float, float] | None:
    """Spearman's correlation between what blocks add and what the score loses without them, with
    its 95 % interval by Fisher's z (its deviation: Fieller, Hartley & Pearson 1957).
    """
    if (
        len(own) < ENOUGH
        or min(len({b["drop"][0] for b in own}), len({b["scale"] for b in own})) < 2
    ):
        return None
    found = float(stats.spearmanr([b["scale"] for b in own], [b["drop"][0] for b in own]).statistic)
    z, half = math.atanh(min(max(found, -0.999), 0.999)), 1.96 * 1.03 / math.sqrt(len(own) - 3)
    return found, math.tanh(z - half), math.tanh(z + half)


def _table(found: tuple[Measurement, ...]) -> Table:
    def middle(one: Measurement, key: str) -> str:
        known = sorted(block[key][0] for block in one.values["blocks"] if block[key])
        return f"{100 * _shown(known[len(known) // 2]):.1f}" if known else ""

    def worst(one: Measurement, key: str) -> str:
        known = [block[key] for block in one.values["blocks"] if block[key]]
        return _ends(max(known, key=lambda ends: ends[0])) if known else ""

    columns = (
        Column("net", "net", lambda one: one.net),
        Column("score", "score", lambda one: f"{100 * one.values['net']:.1f} %", "right"),
        Column("blocks", "blocks", lambda one: str(one.values["found"]), "right"),
        Column("middle", "typical fall", lambda one: middle(one, "drop"), "right",
               short="typical\nfall"),
        Column("worst", "largest fall (95 %)", lambda one: worst(one, "drop"), "right",
               short="largest fall\n(95 %)"),
        Column("after", "largest after tuning (95 %)", lambda one: worst(one, "after"), "right",
               short="largest\nafter tuning", drop=1),
    )  # fmt: skip
    return Table(columns, tuple(row(columns, one) for one in found), region="lesions by net")


def _note(one: Measurement) -> Prose:
    tuned = (
        f" Tuning: {one.values['steps']} steps of Adam at a quarter of the net's rate, compared "
        "with the whole net tuned alike."
        if one.values["steps"]
        else ""
    )
    return Prose(
        "A residual branch is left out by passing the stream alone, a layer by passing its input. "
        "Falls are in points, paired by row. A small fall says that the others can do without the "
        "block as it is now, not that a net trained without it would be as good: that is what the "
        f"depths of a study are for.{tuned}",
        note=True,
    )


def _ends(ends: list[float]) -> str:
    if ends[0] > 1.0:
        return "over 100"  # R2 falls below nothing: how far is of no use
    value, low, high = (points(_shown(end)) for end in ends)
    return f"{value} ({low} to {high})"


def _points(one: Measurement) -> str:
    of = one.values["kind"] == "classes"
    return "points of accuracy" if of else "points of variance explained"


def _ticks(n: int) -> tuple[tuple[float, str], ...]:
    step = -(-n // 10)
    return tuple((float(i), str(i + 1)) for i in range(0, n, step))
