"""How many layers train within a budget, from the depth scale of a start.

Rows can be told apart for some 6 xi layers (xi of correlations, by theory) and gradients live for
some 8 (xi as measured); in a plain net fluctuations end both at some `width` layers (Hanin & Nica
2020).
`benchmarks/trainability.py` measures how often the rule is right (docs/instruments/trainable.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from howdeep.instruments._chain import Start, plain, start
from howdeep.instruments._mean_field import BY_GRADIENT
from howdeep.instruments._reach import Reach, energies, reach
from howdeep.instruments._subject import Loss, Rows, untouched
from howdeep.instruments._trace import Site, trace
from howdeep.instruments._values import number


@dataclass(frozen=True)
class Outlook:
    """What the start of a net says of its depth, before any training.

    `layers`: with weights and a gradient, the last left out. `reach`: measured, `None` where there
    are too few layers. `theory`: how a plain net was drawn, `None` where theory does not know it.
    `width`: of a plain net; 0 where skips or norms are between its layers, for which no limit by
    width is known.
    """

    layers: int
    reach: Reach | None
    theory: Start | None
    width: int

    @property
    def limit(self) -> float:
        """Layers that train within the budget, by the measured gradient; infinite where none is."""
        return math.inf if self.reach is None else limit(BY_GRADIENT * self.reach.xi, self.width)

    @property
    def bounds(self) -> tuple[float, float]:
        """The limits at both ends of the interval of xi."""
        if self.reach is None:
            return 0.0, math.inf
        ends = (self.reach.xi_low, self.reach.xi_high)
        low, high = (limit(BY_GRADIENT * xi, self.width) for xi in ends)
        return low, high

    @property
    def theory_limit(self) -> float | None:
        """The same by theory, where it is known."""
        if self.theory is None:
            return None
        return limit(self.theory.theory.layers, self.width)

    def values(self) -> dict[str, Any]:
        """As JSON; what is infinite is `None`."""
        known = self.theory
        found: dict[str, Any] = {
            "layers": self.layers,
            "width": self.width,
            "reach": None if self.reach is None else self.reach.values(),
            "limit": number(self.limit),
            "limit_low": number(self.bounds[0]),
            "limit_high": number(self.bounds[1]),
            "theory": None,
        }
        if known is not None:
            field = known.theory
            found["theory"] = {
                "activation": known.activation,
                "weight": number(known.weight),
                "bias": number(known.bias),
                "chi": number(field.chi),
                "xi_gradient": number(field.gradient_scale),
                "xi_correlation": number(field.correlation_scale),
                "limit": number(self.theory_limit),
            }
        return found


def limit(layers: float, width: int) -> float:
    """No more layers than the width of a plain net; 0 where that sets no limit.

    >>> limit(160.0, 96), limit(160.0, 0)
    (96, 160.0)
    """
    return min(layers, width) if width else layers


def outlook(nets: Sequence[nn.Module], rows: Rows, loss: Loss) -> Outlook:
    """What untrained nets of one kind, drawn anew each, say of their depth.

    Batch norms take the statistics of the rows, as in the first step of training.
    """
    energy, first = [], None
    for net in nets:
        with untouched(net):
            torch.manual_seed(0)  # of dropout; `untouched` gives the old numbers back
            found = trace(net, rows, loss, training=_batch_norms(net))
            energy.append(energies(found.of("weights")[:-1], len(rows)))
            if first is None:
                first = found
    assert first is not None
    layers, theory = plain(first), start(first)
    width = min((_width(site) for site in layers[:-1]), default=0)
    hidden = [own[1:] for own in energy]  # the first layer is drawn and fed in its own way
    return Outlook(len(energy[0]), reach(hidden), theory, width)


def _width(site: Site) -> int:
    """How many values one unit of the next layer sums: units, or channels x places of a kernel."""
    if isinstance(site.layer, nn.modules.conv._ConvNd):
        return site.layer.out_channels * site.layer.weight[0, 0].numel()
    return site.output.shape[-1]


def _batch_norms(net: nn.Module) -> bool:
    return any(isinstance(m, nn.modules.batchnorm._NormBase) for m in net.modules())
