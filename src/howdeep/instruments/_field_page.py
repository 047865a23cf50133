"""The section of receptive fields: fields by layer against the input's side, and their maps."""

from __future__ import annotations

import math

from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.heat import Heat, Sheet
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "How much of the input does a unit see?"


def section(found: tuple[Measurement, ...]) -> Section:
    """Pictures of the deepest net, one sentence, and a row for each net."""
    if not found:
        return Section(TITLE, ())
    last = found[-1]
    pictures = [_chart(last)] if len(last.values["layers"]) > 1 else []
    pictures.append(_maps(last))
    return Section(
        TITLE, (Gallery(tuple(pictures)), Prose(_meaning(last)), _table(found), _note(last))
    )


def _chart(one: Measurement) -> Picture:
    """The side of the field by layer: what it can see, dashed, and what it does see."""
    v = one.values
    can = tuple(
        Mark(float(i), _side(field), tip=f"layer {i + 1} can see {_by(field)} {_what(one)}")
        for i, field in enumerate(v["field"])
    )
    does = tuple(
        Mark(
            float(i),
            _root(one, value),
            _root(one, low),
            _root(one, high),
            tip=f"layer {i + 1}: 95 % of its gradient lies on {value:.0f} {_what(one)}",
        )
        for i, (value, low, high) in enumerate(v["effective"])
        if value
    )
    chart = Chart(
        f"{one.net}: the field of a unit",
        "Side of the receptive field by layer: what a unit can see, and where its gradient lies.",
        "convolution, from the input",
        f"side ({_what(one)})",
        (Series("can see", can, 0, dash=True, dots=False), Series("sees (95 %)", does, 1)),
        x_ticks=_ticks(len(v["layers"])),
        levels=(Level("whole input", _side(v["size"])),),
        log_y=True,
    )
    return Picture(chart, "field-layers")


def _maps(one: Measurement) -> Picture:
    v = one.values
    names = tuple(f"layer {i + 1}" for i in v["shown"])
    title = f"{one.net}: where the centre unit looks"
    summary = "Root mean square of the gradient of the centre unit with respect to each input."
    if len(v["size"]) == 1:
        wide = v["maps"][0]["shape"][1]
        heat = Heat(
            title, summary, "place in the input", "layer",
            tuple(str(round(i * v["size"][0] / wide)) for i in range(wide)), names,
            tuple(tuple(b / 255 for b in m["bytes"]) for m in v["maps"]), 0.0, 1.0,
        )  # fmt: skip
        return Picture(heat, "field-maps")
    images = tuple((m["shape"][0], m["shape"][1], 1, bytes(m["bytes"])) for m in v["maps"])
    return Picture(Sheet(title, summary, images, names, 92), "field-maps")


def _meaning(one: Measurement) -> str:
    v = one.values
    idle = [str(i + 1) for i, new in enumerate(v["nothing_new"]) if new]
    text = (
        f"In {one.net} a unit of the last convolution can see {_by(v['field'][-1])} "
        f"{_what(one)} of {_by(v['size'])}, and 95 % of its gradient lies on "
        f"{v['effective'][-1][0]:.0f} of {math.prod(v['size'])}."
    )
    if idle:
        one_reads, many = (
            f"Layer {idle[0]} reads",
            f"From layer {idle[0]} on, {len(idle)} layers read",
        )
        first = one_reads if len(idle) == 1 else many
        text += f" {first} units that see the whole input already: no new part of it can be added."
    return text


def _table(found: tuple[Measurement, ...]) -> Table:
    columns = (
        Column("net", "net", lambda one: one.net),
        Column("convs", "convolutions", lambda one: str(one.values["convolutions"]), "right",
               short="convs"),
        Column("can", "last layer can see", lambda one: _by(one.values["field"][-1]), "right",
               short="can\nsee"),
        Column("does", "sees (95 % interval)", lambda one: _ends(one), "right", short="sees"),
        Column("of", "places of the input", lambda one: _by(one.values["size"]), "right",
               short="of"),
        Column("idle", "layers that add no place",
               lambda one: str(sum(one.values["nothing_new"])), "right", short="add\nnone"),
    )  # fmt: skip
    return Table(columns, tuple(row(columns, one) for one in found), region="fields by net")


def _note(one: Measurement) -> Prose:
    return Prose(
        "What a unit can see follows from kernels, strides and padding along every path; where it "
        "looks is measured by its gradient. A gate over the whole image (squeeze and excite) and "
        "norms are left out. A layer that adds no place can still compute something new from what "
        "it sees.",
        note=True,
    )


def _ends(one: Measurement) -> str:
    value, low, high = one.values["effective"][-1]
    return f"{value:.0f} ({low:.0f} to {high:.0f})"


def _what(one: Measurement) -> str:
    return "pixels" if len(one.values["size"]) > 1 else "places"


def _by(sizes: list[int]) -> str:
    return " x ".join(map(str, sizes))


def _side(sizes: list[int]) -> float:
    return math.prod(sizes) ** (1 / len(sizes))


def _root(one: Measurement, places: float) -> float:
    return max(places, 1e-9) ** (1 / len(one.values["size"]))


def _ticks(n: int) -> tuple[tuple[float, str], ...]:
    step = -(-n // 10)
    return tuple((float(i), str(i + 1)) for i in range(0, n, step))
