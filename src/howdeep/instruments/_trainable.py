"""Which depths of an architecture train within a budget, said before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.instruments._forecast import Outlook, outlook
from howdeep.instruments._instrument import Effort
from howdeep.instruments._own import rows_of, subject
from howdeep.instruments._reach import LEAST
from howdeep.instruments._subject import Loss, Rows

Build = Callable[[int], nn.Module]
Says = Literal["trains", "does not train", "at the edge", "too few layers to tell"]
NETS = 3  # drawn anew for each depth
ROWS = 128
BEYOND = 3.0  # times the limit of SGD, to which Adam has been seen to train


@dataclass(frozen=True)
class Forecast:
    """What the start of one depth says: `says` within this budget, and the `outlook` behind it."""

    depth: int
    says: Says
    outlook: Outlook

    def values(self) -> dict[str, Any]:
        """As JSON."""
        return {"depth": self.depth, "says": self.says, **self.outlook.values()}


def before(
    build: Build,
    rows: Rows,
    loss: Loss,
    depths: Sequence[int],
    effort: Effort | None = None,
) -> tuple[Forecast, ...]:
    """What untrained nets `build(depth)` say of each depth, shallow first.

    Of each depth up to three nets are drawn, with seeds of their own (torch's generator comes back
    as it was), and the squared gradient of the loss is followed from the last layer to the first: a
    depth trains within this budget where it has fewer layers than 8 depth scales of the gradient,
    and, in a plain net, than units in a layer. The rule is Schoenholz et al. 2017 (section 5), its
    factor and the limit by width are measured by `benchmarks/trainability.py`.

    Raises:
        ConfigError: no depths, or one that is no whole number above 0.
        InstrumentError: `build` fails or gives no module, or the net does not take the rows.
    """
    effort, asked = effort or Effort(), _depths(depths)
    chosen, told = rows.some(min(effort.rows, ROWS)), []
    for at, depth in enumerate(asked):
        effort.tell(f"starts of depth {depth}", at, len(asked))
        nets = [_built(build, depth, seed) for seed in range(max(1, min(effort.draws, NETS)))]
        try:
            found = outlook(nets, chosen, loss)
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            what = f"build({depth}): {type(error).__name__}: {error}"[:400]
            raise InstrumentError(
                what, "build nets that take the rows, and a loss that fits"
            ) from error
        told.append(Forecast(depth, _says(found), found))
    return tuple(told)


def trainable(
    build: Build,
    data: Any,
    loss: Any = None,
    *,
    depths: Sequence[int] = (2, 4, 8, 16, 32, 64),
    effort: Effort | None = None,
) -> tuple[Forecast, ...]:
    """Which depths of the architecture `build(depth) -> nn.Module` train within a budget such as
    a few hundred steps, from their starts alone.

    `data`: a batch (x, y) or what gives such batches; `loss` as in `howdeep.inspect`, guessed from
    the targets where it is not given.

    >>> import torch
    >>> def build(depth):
    ...     layers = [torch.nn.Linear(8, 32), torch.nn.Sigmoid()]
    ...     for _ in range(depth - 1):
    ...         layers += [torch.nn.Linear(32, 32), torch.nn.Sigmoid()]
    ...     return torch.nn.Sequential(*layers, torch.nn.Linear(32, 2))
    >>> x, y = torch.linspace(-1, 1, 320).reshape(40, 8), torch.arange(40) % 2
    >>> [one.says for one in trainable(build, (x, y), depths=(10, 20))]
    ['does not train', 'does not train']

    Raises:
        ConfigError: no depths, or one that is no whole number above 0.
        InstrumentError: `build` fails or gives no module, or the net does not take the rows.
    """
    rows = rows_of(data)
    net = _built(build, _depths(depths)[0], 0)
    return before(build, rows, subject(net, data, loss).loss, depths, effort)


def _depths(depths: Sequence[int]) -> list[int]:
    """The depths, shallow first, each once."""
    for depth in depths:
        if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
            raise ConfigError(f"depths: {depth!r} is no depth", "give whole numbers from 1")
    if not depths:
        raise ConfigError("depths: there are none", "give some, as (2, 8, 32)")
    return sorted(set(depths))


def _built(build: Build, depth: int, seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            net = build(depth)
        except Exception as error:  # anyone's function
            what = f"build({depth}): {type(error).__name__}: {error}"[:400]
            raise InstrumentError(what, "give a function from a depth to a net") from error
    if not isinstance(net, nn.Module):
        what = f"build({depth}) gives {type(net).__name__}, no torch.nn.Module"
        raise InstrumentError(what, "return the built net")
    return net


def _says(found: Outlook) -> Says:
    """By the interval of the limit, and beyond it as far as Adam may reach: there is the edge."""
    if found.reach is None:  # of many layers: their gradients are zero or infinite
        return "too few layers to tell" if found.layers <= LEAST else "does not train"
    low, high = found.bounds
    if found.layers < low:
        return "trains"
    return "does not train" if found.layers >= BEYOND * high else "at the edge"
