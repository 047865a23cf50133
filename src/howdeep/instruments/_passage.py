"""What signals and gradients are like at every layer, of any number of rows: sums, not values.

Rows pass a few at a time and only sums over them are kept, so that what is held does not grow with
rows, nor with layers. In evaluation mode rows do not know of one another, and a loss is the mean
over rows: so the gradient of a row's own loss is that of its piece times the piece's rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from howdeep.instruments._subject import Loss, Rows
from howdeep.instruments._trace import Site, follow
from howdeep.instruments._units import Count, counted

HELD = 30_000_000  # values of one pass at a time


@dataclass(eq=False)
class Passage:
    """Sums of one layer with weights over `rows` rows, or over as many as were passed so far."""

    name: str
    layer: nn.Module | None
    rows: int = 0
    values: int = 0
    squares: float = 0.0
    slopes: float = 0.0  # squared gradients of each row's own loss
    unit: Tensor | None = None  # the sum of rows of length 1; None where rows do not come first
    pieces: int = 0

    def add(self, output: Tensor, rows: int) -> None:
        """Add a piece of so many rows."""
        values = output.float()
        self.squares += float(values.double().square().sum())
        whole = output.ndim > 1 and len(output) == rows and (self.unit is not None or not self.rows)
        if whole:
            own = nn.functional.normalize(values.flatten(1), dim=1).sum(0)
            self.unit = own if self.unit is None else self.unit + own
        else:
            self.unit = None
        self.rows, self.values, self.pieces = (
            self.rows + rows,
            self.values + output.numel(),
            self.pieces + 1,
        )

    @property
    def square(self) -> float:
        """Mean square of its outputs."""
        return self.squares / max(self.values, 1)

    @property
    def slope(self) -> float:
        """Root mean square of the gradient of a row's own loss."""
        return float((self.slopes / max(self.values, 1)) ** 0.5)

    @property
    def energy(self) -> float:
        """That gradient squared, summed over units, as a mean over rows (see `_reach.energies`)."""
        return self.slopes / max(self.rows, 1)

    @property
    def cosine(self) -> float:
        """The mean between the outputs of two different rows."""
        if self.unit is None or self.rows < 2:
            return float("nan")
        n = self.rows
        return float((self.unit.double().square().sum() - n) / (n * (n - 1)))


@dataclass(eq=False)
class Passages:
    """The layers with weights in order, and of each activation that acts on units its count."""

    layers: dict[str, Passage] = field(default_factory=dict)
    activations: dict[str, Count] = field(default_factory=dict)


def passages(net: nn.Module, rows: Rows, loss: Loss, each: int) -> Passages:
    """What passes of all rows and comes back from the loss; a pass of one holds `each` values.

    Call it inside `untouched`.
    """
    found, size = Passages(), piece(each)
    for at in range(0, len(rows), size):
        own = rows.take(torch.arange(at, min(at + size, len(rows))))
        _pass(net, own, loss, found)
    pieces = max((one.pieces for one in found.layers.values()), default=0)
    found.layers = {n: one for n, one in found.layers.items() if one.pieces == pieces}
    return found


def piece(each: int) -> int:
    """How many rows pass at once, where one holds `each` values.

    >>> piece(1_000), piece(100_000_000)
    (256, 1)
    """
    return max(1, min(256, HELD // each))


def _pass(net: nn.Module, rows: Rows, loss: Loss, found: Passages) -> None:
    n = len(rows)
    before: list[Site | nn.Module | None] = [None]

    def look(site: Site) -> None:
        if site.kind in ("weights", "norm"):
            before[0] = site.layer
        if site.kind == "weights":
            known = found.layers.setdefault(site.name, Passage(site.name, site.layer))
            known.add(site.output, n)
        elif site.kind == "activation":
            layer = before[0] if isinstance(before[0], nn.Module) else None
            own = counted(site, layer)
            if own is not None:
                known_so_far = found.activations.get(site.name)
                found.activations[site.name] = own if known_so_far is None else known_so_far + own

    def feel(name: str, slope: Tensor) -> None:
        if name in found.layers:
            found.layers[name].slopes += float(slope.double().mul(n).square().sum())

    follow(net, rows, look, loss, feel)
