"""What the layers of a net read: the representation of every depth, one matrix of rows each.

A layer's representation is what goes *into* it, so that the first is the inputs themselves, and in
a residual net each is the stream (or the inside of a branch) however the sum is written. Only what
is asked for is held, and large ones are reduced while the pass goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from howdeep.instruments._subject import Rows, main, untouched
from howdeep.instruments._trace import WEIGHTS, hooked

OUTPUT = "output"
FEW = 8  # rows by which layers are told apart
PASS = 128  # rows that go through a net at once
SKETCH = 2_048  # numbers that a wider representation is hashed to

Reduce = Callable[[Tensor], Tensor]  # (n, D) -> of n rows


def flat(x: Tensor) -> Tensor:
    """All of it, (n, D)."""
    return x


def sketch(x: Tensor) -> Tensor:
    """Rows of more than 2,048 numbers in as many, by a count sketch: numbers are added up with
    random signs in random places, which keeps inner products in the mean (Charikar et al. 2002).

    >>> sketch(torch.ones(3, 5000)).shape, sketch(torch.ones(3, 7)).shape
    (torch.Size([3, 2048]), torch.Size([3, 7]))
    """
    wide = x.shape[1]
    if wide <= SKETCH:
        return x
    generator = torch.Generator().manual_seed(wide)
    place = torch.randint(0, SKETCH, (wide,), generator=generator)
    sign = torch.randint(0, 2, (wide,), generator=generator) * 2.0 - 1.0
    return x.new_zeros(len(x), SKETCH).index_add_(1, place, x * sign)


def raw(rows: Rows) -> Tensor:
    """The inputs themselves, all next to one another, (N, D)."""
    return torch.cat([x.reshape(len(x), -1).float() for x in rows.inputs], 1)


def layer_names(net: nn.Module, rows: Rows) -> tuple[str, ...]:
    """Names of the layers with weights whose inputs are told apart, in the order of the pass, and
    "output" last. Two that read the same (a block's first layer and its shortcut) are one.
    """
    few = rows.take(torch.arange(min(FEW, len(rows))))
    found = _pass(net, few, flat)
    names: list[str] = []
    for name, value in found.items():
        alike = (found[other] for other in names[-3:])
        same = any(value.shape == o.shape and torch.equal(value, o) for o in alike)
        if not same or name == OUTPUT:
            names.append(name)
    return tuple(names)


def read(
    net: nn.Module, rows: Rows, names: Sequence[str], reduce: Reduce = sketch, size: int = PASS
) -> Iterator[dict[str, Tensor]]:
    """What the layers `names` read of rows, reduced, in pieces of `size` rows.

    What has other rows than the pass (a layer over time first) is left out.
    """
    for start in range(0, len(rows), size):
        piece = rows.take(torch.arange(start, min(start + size, len(rows))))
        yield _pass(net, piece, reduce, set(names))


def matrices(
    net: nn.Module, rows: Rows, names: Sequence[str], reduce: Reduce = sketch
) -> dict[str, Tensor]:
    """What the layers `names` read of all rows, (N, D) each."""
    pieces = list(read(net, rows, names, reduce))
    known = [name for name in names if all(name in piece for piece in pieces)]
    return {name: torch.cat([piece[name] for piece in pieces]) for name in known}


def evenly(names: Sequence[object], most: int) -> list[int]:
    """At most so many places of a long list, first and last among them, evenly apart.

    >>> evenly("abcdefghi", 3)
    [0, 4, 8]
    """
    n = len(names)
    if n <= most:
        return list(range(n))
    return sorted({round(i * (n - 1) / (most - 1)) for i in range(most)})


def _pass(
    net: nn.Module, rows: Rows, reduce: Reduce, wanted: set[str] | None = None
) -> dict[str, Tensor]:
    """One pass in evaluation mode."""
    with untouched(net), torch.no_grad(), _listening(net, len(rows), reduce, wanted) as found:
        net.eval()
        output = main(net(*rows.inputs))
    if wanted is None or OUTPUT in wanted:
        found[OUTPUT] = reduce(output.flatten(1).float())
    return found


@contextmanager
def _listening(
    net: nn.Module, n: int, reduce: Reduce, wanted: set[str] | None
) -> Iterator[dict[str, Tensor]]:
    """What goes into layers with weights; the second call of one is "name#2"."""
    found: dict[str, Tensor] = {}
    calls: dict[str, int] = {}

    def note(name: str) -> Any:
        def hook(module: nn.Module, args: Any) -> None:
            calls[name] = calls.get(name, 0) + 1
            label = name if calls[name] == 1 else f"{name}#{calls[name]}"
            if not args or not isinstance(args[0], Tensor) or (wanted and label not in wanted):
                return
            entered = args[0]
            if entered.is_floating_point() and entered.ndim > 1 and len(entered) == n:
                # a copy, as what comes later may write over it
                found[label] = reduce(entered.detach().flatten(1).float().clone())

        return hook

    handles = [
        module.register_forward_pre_hook(note(name or type(module).__name__))
        for name, module in net.named_modules()
        if isinstance(module, WEIGHTS)
    ]
    with hooked(handles):
        yield found
