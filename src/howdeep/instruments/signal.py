"""How far a signal and its gradient reach: every layer of a net, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from howdeep.instruments import _signal_page
from howdeep.instruments._forecast import outlook
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._jacobian import spectra
from howdeep.instruments._outputs import held
from howdeep.instruments._passage import Passage, Passages, passages, piece
from howdeep.instruments._reach import reach
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._updates import BATCH, Batches, ratios
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
        found = passages(subject.net, rows, subject.loss, each)
        layers = list(found.layers.values())
        energy = [one.energy for one in layers]
        steps = _steps(subject, layers, each, effort)
    known = reach([energy[1:-1]])
    return {
        "layers": [one.name for one in layers],
        "square": numbers(one.square for one in layers),
        "cosine": numbers(one.cosine for one in layers),
        "slope": numbers(one.slope for one in layers),
        "energy": numbers(energy),
        "ratio": steps,
        "rate": number(subject.rate),
        "activations": _activations(found),
        "jacobian": _jacobian(subject, rows, each > MANY, effort),
        "reach": None if known is None else known.values(),
        "start": _start(subject, rows, effort),
    }


def _steps(
    subject: Subject, layers: Sequence[Passage], each: int, effort: Effort
) -> list[float | None]:
    """Ratios of steps to weights, of batches of rows in a drawn order."""
    subject.net.eval()
    most = max(2, HELD // each)
    rows = subject.train.some(min(effort.rows, BATCH * effort.draws, max(most, BATCH)), seed=1)
    mixed = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1))
    batches = Batches(rows.take(mixed), effort.draws, piece(each))
    modules = [one.layer for one in layers]
    found = ratios(subject.net, modules, batches, subject.loss, subject.rate)
    return [None if value is None else number(value) for value in found]


def _activations(found: Passages) -> list[dict[str, Any]]:
    """Of each activation that acts on units: its name, what it is, and what has stopped."""
    told = []
    for name, count in found.activations.items():
        own = count.stopped
        saturated = None if own.saturated is None else number(own.saturated)
        told.append(
            {"name": name, "what": count.what, "dead": number(own.dead), "saturated": saturated}
        )
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


INSTRUMENT = Instrument("signal", _signal_page.TITLE, 10, _measure, _signal_page.section)
