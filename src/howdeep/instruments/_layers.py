"""What the layers of a net read: the representation of every depth, one matrix of rows each.

A layer's representation is what goes *into* it, so that the first is the inputs themselves, and in
a residual net each is the stream (or the inside of a branch) however the sum is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._trace import trace

OUTPUT = "output"


@dataclass(frozen=True, eq=False)
class Layers:
    """`names` of the layers that read them, the net's output last, and their `values`, (N, D)."""

    names: tuple[str, ...]
    values: tuple[Tensor, ...]


def layers(subject: Subject, rows: Rows, net: nn.Module | None = None) -> Layers:
    """What each layer with weights reads of rows, and the outputs, in the order of the pass.

    Two layers that read the same (a block's first layer and its shortcut) are one. `net`: another
    one in place of the subject's.
    """
    net = subject.net if net is None else net
    pieces = [_of(net, piece) for piece in _split(rows, 512)]
    names = [name for name in pieces[0] if all(name in piece for piece in pieces)]
    values = [torch.cat([piece[name] for piece in pieces]) for name in names]
    kept: list[int] = []
    for i, value in enumerate(values):
        same = any(
            values[k].shape == value.shape and torch.equal(values[k], value) for k in kept[-3:]
        )
        if not same or names[i] == OUTPUT:
            kept.append(i)
    return Layers(tuple(names[i] for i in kept), tuple(values[i] for i in kept))


def raw(rows: Rows) -> Tensor:
    """The inputs themselves, all next to one another, (N, D)."""
    return torch.cat([x.flatten(1).float() for x in rows.inputs], 1)


def evenly(names: Sequence[object], most: int) -> list[int]:
    """At most so many places of a long list, first and last among them, evenly apart.

    >>> evenly("abcdefghi", 3)
    [0, 4, 8]
    """
    n = len(names)
    if n <= most:
        return list(range(n))
    return sorted({round(i * (n - 1) / (most - 1)) for i in range(most)})


def _of(net: nn.Module, rows: Rows) -> dict[str, Tensor]:
    with untouched(net):
        found = trace(net, rows)
    read: dict[str, Tensor] = {}
    for site in found.of("weights"):
        entered = site.entered
        if entered is None or not entered.is_floating_point():
            continue  # numbers of tokens; what they become is read by the next layer
        if entered.ndim < 2 or len(entered) != len(rows):
            continue  # rows are not its first axis
        read[site.name] = entered.flatten(1).float()
    return {**read, OUTPUT: found.outputs.flatten(1).float()}


def _split(rows: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(rows), size):
        yield rows.take(torch.arange(start, min(start + size, len(rows))))
