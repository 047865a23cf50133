"""How far a signal and its gradient reach: every layer of a net, forward and backward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from howdeep.instruments import _signal_page
from howdeep.instruments._forecast import outlook
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._jacobian import spectra
from howdeep.instruments._outputs import held
from howdeep.instruments._reach import energies, reach
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._trace import Site, Trace, trace
from howdeep.instruments._units import stopped
from howdeep.instruments._updates import BATCH, ratios
from howdeep.instruments._values import number, numbers

ROWS = 128  # as few as tell a slope over layers
FEW, LAYERS = 8, 9  # rows and layers of which Jacobians are taken
HELD = 100_000_000  # values of all rows together
MANY = 1_000_000  # values that a net holds of one row, above which they are taken of fewer


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Of each layer with weights: `square` (mean square of its outputs), `slope` (root mean square
    of the loss gradient there, per row), `cosine` (mean between the outputs of two rows), `energy`
    (squared gradient of a row's loss, summed over units) and `ratio` (of a step to the weights).

    `activations`: shares of units that are dead, and of values that are saturated. `jacobian`: its
    singular values, from the input to some layers. `reach`: xi of the net as it is; `start`: of an
    untrained one like it, with what theory says.
    """
    each = held(subject.net, subject.train)
    rows = subject.train.some(max(2, min(effort.rows, ROWS, HELD // each)))
    with untouched(subject.net):
        found = trace(subject.net, rows, subject.loss)
        layers = found.of("weights")
        energy = energies(layers, len(rows))
        steps = _steps(subject, layers, effort)
    known = reach([energy[1:-1]])
    return {
        "layers": [site.name for site in layers],
        "square": numbers(site.output.square().mean() for site in layers),
        "cosine": numbers(_cosine(site.output) for site in layers),
        "slope": numbers(_slope(site, len(rows)) for site in layers),
        "energy": numbers(energy),
        "ratio": steps,
        "rate": number(subject.rate),
        "activations": _activations(found),
        "jacobian": _jacobian(subject, rows, each > MANY, effort),
        "reach": None if known is None else known.values(),
        "start": _start(subject, rows, effort),
    }


def _steps(subject: Subject, layers: tuple[Site, ...], effort: Effort) -> list[float | None]:
    """Ratios of steps to weights, of batches of rows in a drawn order."""
    subject.net.eval()
    rows = subject.train.some(min(effort.rows, BATCH * effort.draws), seed=1)
    mixed = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1))
    found = ratios(subject.net, layers, rows.take(mixed), subject.loss, subject.rate, effort.draws)
    return [None if value is None else number(value) for value in found]


def _activations(found: Trace) -> list[dict[str, Any]]:
    """Of each activation that acts on units: its name, what it is, and what has stopped."""
    told, before = [], None
    for site in found.of("weights", "norm", "activation"):
        if site.kind != "activation":
            before = site
            continue
        own = stopped(site, before)
        if own is not None:
            saturated = None if own.saturated is None else number(own.saturated)
            told.append(
                {"name": site.name, "what": site.what, "dead": number(own.dead),
                 "saturated": saturated}
            )  # fmt: skip
    return told


def _jacobian(subject: Subject, rows: Rows, large: bool, effort: Effort) -> list[dict[str, Any]]:
    """Spectra of some layers; none where autograd cannot pass the net."""
    few, layers = (2, 1) if large else (FEW, LAYERS)
    with untouched(subject.net):
        try:
            told = spectra(subject.net, rows.some(few), layers, effort.draws)
        except RuntimeError:  # an operation of its own, without a second derivative
            return []
    return [one.values() for one in told]


def _start(subject: Subject, rows: Rows, effort: Effort) -> dict[str, Any] | None:
    """What the same architecture says before training, over a few draws."""
    if subject.fresh is None:
        return None
    nets = [subject.fresh(seed) for seed in range(min(effort.draws, 3))]
    return outlook(nets, rows, subject.loss).values()


def _slope(site: Site, rows: int) -> Tensor:
    if site.slope is None:
        return torch.tensor(0.0)
    return site.slope.mul(rows).square().mean().sqrt()  # of one row's loss, not of the mean's


def _cosine(output: Tensor) -> Tensor:
    """Mean cosine between the outputs of two different rows."""
    unit = nn.functional.normalize(output.flatten(1), dim=1)
    n = len(unit)
    return (unit.sum(0).square().sum() - n) / (n * (n - 1)) if n > 1 else torch.tensor(torch.nan)


INSTRUMENT = Instrument("signal", _signal_page.TITLE, 10, _measure, _signal_page.section)
