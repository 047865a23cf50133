"""The section of `signal`: gradients, steps and stopped units by layer and depth."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.instruments._by_layer import picture
from howdeep.instruments._forecast_words import reach_words, start_words
from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.parts import Element, Gallery, Picture, Prose, Section
from howdeep.report.words import clean

TITLE = "Does the signal arrive?"
LEAST = 3  # layers that make a picture
DEAD, SATURATED = 0.02, 0.2  # shares above which there is something to be said
SLOW = 30.0  # a layer that moves so many times less than the median layer is told


def section(found: tuple[Measurement, ...]) -> Section:
    """Pictures of the nets with three layers or more, and the sentences that they allow."""
    deep = [one for one in found if len(one.values["layers"]) >= LEAST]
    if not deep:
        return Section(TITLE, ())
    pictures = [_gradient(deep), _steps(deep), *_stopped(deep), *_spectra(deep[-1])]
    texts = [*_reaches(deep), *start_words(deep)]
    parts: list[Element] = [Gallery(tuple(p for p in pictures if p is not None))]
    return Section(TITLE, (*parts, *(Prose(text, note=True) for text in texts)))


def _gradient(deep: Sequence[Measurement]) -> Picture:
    lines = [one.values["slope"] for one in deep]
    last = deep[-1]
    known = [v for v in last.values["slope"] if v]
    summary = "Root mean square of the loss gradient at each layer, a darker shade for more."
    if len(known) > 1:
        summary = (
            f"In {clean(last.net)} the gradient of a row's loss is {known[0]:.2g} at the first "
            f"layer and {known[-1]:.2g} at the last; where it fades to the left, the first layers "
            "hear little of what the loss asks for."
        )
    names = [one.values["layers"] for one in deep]
    return picture("signal-slope", "Gradient by layer", summary, deep, lines, names,
                   unit="gradient", log=True)  # fmt: skip


def _steps(deep: Sequence[Measurement]) -> Picture | None:
    lines = [one.values["ratio"] for one in deep]
    if not any(value for line in lines for value in line):
        return None
    told = deep[-1].values
    kind = "a step of Adam" if told["rate"] else "the gradient"
    summary = f"How large {kind} is for each layer, relative to its weights."
    slow = _slow(told["ratio"])
    if slow is not None:
        name, value, middle = told["layers"][slow], told["ratio"][slow], _median(told["ratio"])
        summary += (
            f" In {clean(deep[-1].net)} layer {slow + 1} ({clean(name)}) moves by {value:.1g} of "
            f"its weights, the median layer by {middle:.1g}: it learns far more slowly."
        )
    names = [one.values["layers"] for one in deep]
    title = "Step by layer" if told["rate"] else "Gradient over weights"
    return picture("signal-ratio", title, summary, deep, lines, names,
                   unit="step / weights", log=True)  # fmt: skip


def _stopped(deep: Sequence[Measurement]) -> list[Picture]:
    """Dead units and saturated values, where there are any to speak of."""
    told = []
    for key, least, title, text in (
        ("dead", DEAD, "Dead units", "units that answer to none of the rows and learn no more"),
        ("saturated", SATURATED, "Saturated values", "values at an end of their range, where the "
         "slope is below 5 % of the greatest: they learn slowly"),
    ):  # fmt: skip
        own = [one for one in deep if one.values["activations"]]
        lines = [[a[key] for a in one.values["activations"]] for one in own]
        known = [
            (value, one.net, name["name"])
            for one, line in zip(own, lines, strict=True)
            for value, name in zip(line, one.values["activations"], strict=True)
            if value is not None
        ]
        if not known or max(known)[0] < least:
            continue
        worst = max(known)
        where = f"{clean(worst[1])}, {clean(worst[2])}"
        summary = f"Shares of {text}. The most are {worst[0]:.0%} in {where}."
        names = [[a["name"] for a in one.values["activations"]] for one in own]
        told.append(picture(f"signal-{key}", title, summary, own, lines, names,
                            unit="share", low=0.0, high=1.0))  # fmt: skip
    return told


def _spectra(one: Measurement) -> list[Picture]:
    """Singular values of the Jacobian of the deepest net, from the input to its layers."""
    spectra = one.values["jacobian"]
    if len(spectra) < LEAST:
        return []
    layers = one.values["layers"]
    place = [float(layers.index(s["layer"]) + 1) for s in spectra]
    squares = [s["mean_square"] for s in spectra]
    lines = [
        ("largest", [s["largest"] for s in spectra]),
        ("root mean square", [None if value is None else value**0.5 for value in squares]),
    ]
    series = tuple(
        Series(
            name,
            tuple(Mark(x, y, tip=f"{name}, layer {x:g}: {y:.3g}")
                  for x, y in zip(place, values, strict=True) if y and y > 1e-12),
            colour,
        )
        for colour, (name, values) in enumerate(lines)
    )  # fmt: skip
    if not any(own.marks for own in series):
        return []
    last = spectra[-1]
    summary = (
        f"How much {clean(one.net)} stretches a small change of its input by each layer: by "
        f"{last['largest']:.2g} at most at the last. Far above 1 nearby rows are torn apart, far "
        "below 1 they are pressed together."
    )
    chart = Chart("Stretching of the input", summary, "layer, from the input", "singular value",
                  series, log_y=True)  # fmt: skip
    return [Picture(chart, "signal-jacobian", summary)]


def _reaches(deep: Sequence[Measurement]) -> list[str]:
    """The depth scale of the deepest net that has one."""
    for one in reversed(deep):
        if one.values["reach"]:
            return [f"{clean(one.net)} as it is: {reach_words(one.values['reach'])}."]
    return []


def _slow(values: Sequence[float | None]) -> int | None:
    known = [value for value in values if value is not None]
    if len(known) < LEAST:
        return None
    least = min(known)
    return values.index(least) if least * SLOW < _median(values) else None


def _median(values: Sequence[float | None]) -> float:
    known = sorted(value for value in values if value is not None)
    return known[len(known) // 2]
