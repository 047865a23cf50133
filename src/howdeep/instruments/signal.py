"""How far a signal and its gradient reach: every layer of a net, forward and backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from howdeep.instruments._instrument import Effort, Instrument, Measurement
from howdeep.instruments._subject import Subject, untouched
from howdeep.instruments._trace import Site, trace
from howdeep.instruments._values import numbers
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.parts import Gallery, Picture, Prose, Section

ROWS = 128  # as few as tell a slope over layers


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Of each layer with weights: `square` (mean square of its outputs), `slope` (root mean square
    of the loss gradient there, per row) and `cosine` (mean between the outputs of two rows).
    """
    rows = subject.train.some(min(effort.rows, ROWS))
    with untouched(subject.net):
        found = trace(subject.net, rows, subject.loss)
    layers = found.of("weights")
    return {
        "layers": [site.name for site in layers],
        "square": numbers(site.output.square().mean() for site in layers),
        "cosine": numbers(_cosine(site.output) for site in layers),
        "slope": numbers(_slope(site, len(rows)) for site in layers),
    }


def _slope(site: Site, rows: int) -> Tensor:
    if site.slope is None:
        return torch.tensor(0.0)
    return site.slope.mul(rows).square().mean().sqrt()  # of one row's loss, not of the mean's


def _cosine(output: Tensor) -> Tensor:
    """Mean cosine between the outputs of two different rows."""
    unit = nn.functional.normalize(output.flatten(1), dim=1)
    n = len(unit)
    return (unit.sum(0).square().sum() - n) / (n * (n - 1)) if n > 1 else torch.tensor(torch.nan)


def _section(found: tuple[Measurement, ...]) -> Section:
    deep = [one for one in found if len(one.values["layers"]) > 2]
    if not deep:
        return Section(TITLE, ())
    chart = Chart(
        "Gradient by layer",
        "Root mean square of the loss gradient at each layer, one line a net.",
        "layer, from the input",
        "gradient",
        tuple(_line(one, i) for i, one in enumerate(deep[-6:])),
        log_y=True,
    )
    text = "Where a line falls to the left, the first layers hear little of what the loss asks for."
    return Section(TITLE, (Gallery((Picture(chart, "signal-slope"),)), Prose(text, note=True)))


def _line(one: Measurement, colour: int) -> Series:
    marks = tuple(
        Mark(float(i), value, tip=f"{one.net}, layer {i + 1}: {value:.2g}")
        for i, value in enumerate(one.values["slope"])
        if value
    )
    return Series(one.net, marks, colour)


TITLE = "Does the signal arrive?"
INSTRUMENT = Instrument("signal", TITLE, 10, _measure, _section)
