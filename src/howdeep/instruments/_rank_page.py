"""The section of `rank`: how many directions each layer fills, by layer and depth."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.instruments._by_layer import picture
from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.words import clean

TITLE = "How many dimensions does each layer use?"
LEAST = 3  # layers that make a picture
COLLAPSED = 1.5  # effective rank of a hidden layer, below which rows lie on a line
LINES = 4  # nets in one chart


def section(found: tuple[Measurement, ...]) -> Section:
    """Nothing of nets with fewer than three layers."""
    deep = [one for one in found if len(one.values["layers"]) > LEAST]
    if not deep:
        return Section(TITLE, ())
    pictures = tuple(p for p in (_ranks(deep), _saturation(deep), _intrinsic(deep)) if p)
    texts = _texts(deep)
    return Section(TITLE, (Gallery(pictures), *(Prose(text, note=True) for text in texts)))


def _of(one: Measurement, key: str) -> list[float | None]:
    """A value of each layer with weights, the input left out."""
    return [layer[key] for layer in one.values["layers"] if layer["name"] != "input"]


def _names(one: Measurement) -> list[str]:
    return [layer["name"] for layer in one.values["layers"] if layer["name"] != "input"]


def _ranks(deep: Sequence[Measurement]) -> Picture:
    last = deep[-1]
    layers = [layer for layer in last.values["layers"] if layer["name"] != "input"]
    least = min(layers[:-1], key=lambda layer: layer["rank"])
    summary = (
        f"How many directions rows spread over in each layer. In {clean(last.net)} layer "
        f"{clean(least['name'])} spreads over the fewest, {least['rank']:.1f} of {least['units']}: "
        "what is pressed into few directions is lost to all later layers."
    )
    lines = [_of(one, "rank") for one in deep]
    return picture("rank-effective", "Effective rank", summary, deep, lines, [*map(_names, deep)],
                   unit="effective rank", low=0.0)  # fmt: skip


def _saturation(deep: Sequence[Measurement]) -> Picture:
    last = deep[-1]
    values = [value for value in _of(last, "saturation") if value is not None]
    middle = sorted(values)[len(values) // 2]
    summary = (
        f"The share of directions that hold 99 % of the variance; in the median layer of "
        f"{clean(last.net)} {middle:.0%}. Layers far paler than those before them add little, and "
        "might be narrower."
    )
    lines = [_of(one, "saturation") for one in deep]
    return picture("rank-saturation", "Layer saturation", summary, deep, lines,
                   [*map(_names, deep)], unit="share of directions", low=0.0, high=1.0)  # fmt: skip


def _intrinsic(deep: Sequence[Measurement]) -> Picture | None:
    """One line a net, with intervals; the input is layer 0."""
    series = []
    for colour, one in enumerate(deep[-LINES:]):
        begins = 0 if one.values["layers"][0]["name"] == "input" else 1
        marks = tuple(
            Mark(float(begins + i), layer["intrinsic"], layer["low"], layer["high"],
                 tip=f"{clean(one.net)}, {clean(layer['name'])}: {layer['intrinsic']:.3g}")
            for i, layer in enumerate(one.values["layers"])
            if layer["intrinsic"] is not None
        )  # fmt: skip
        if len(marks) >= LEAST:
            series.append(Series(clean(one.net), marks, colour))
    if not series:
        return None
    last = series[-1]
    top, end = max(last.marks, key=lambda m: m.y), last.marks[-1]
    summary = (
        "Dimensions of the surface that rows lie on, whatever its shape, with 95 % intervals; the "
        f"input is layer 0. In {last.name} the most are {top.y:.1f} at layer {top.x:.0f}, "
        f"{end.y:.1f} at the last."
    )
    chart = Chart(
        "Intrinsic dimension", summary, "layer, 0 is the input", "dimension", tuple(series)
    )
    return Picture(chart, "rank-intrinsic", summary)


def _texts(deep: Sequence[Measurement]) -> list[str]:
    """Where all rows lie on one line before the last layer."""
    for one in reversed(deep):
        for layer in one.values["layers"][1:-1]:
            if layer["rank"] < COLLAPSED and layer["units"] > 2:
                return [
                    f"In {clean(one.net)} rows collapse at {clean(layer['name'])}: its "
                    f"{layer['units']} units move together (effective rank {layer['rank']:.1f})."
                ]
    return []
