"""`Subject`: a net as instruments see it, an ordinary `nn.Module` with rows and a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from howdeep.data.task import Task

Loss = Callable[[Any, Tensor], Tensor]  # (outputs, targets) -> mean over rows, a scalar
WIDE = 4_000_000  # values of inputs that pass at once
Kind = Literal["classes", "numbers", ""]


@dataclass(frozen=True, eq=False)
class Rows:
    """N rows: what the net takes, each (N, ...), and what it should say.

    `targets`: (N,) class numbers, (N,) or (N, outputs) numbers. `index`: (N,) which rows of the
    subject's task they are. `weights`: (N,) what each counts, and `groups`: (N,) equal where rows
    are not independent; `None` where all count alike, or are.
    """

    inputs: tuple[Tensor, ...]
    targets: Tensor
    index: NDArray[np.int64] | None = None
    weights: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, index: Tensor) -> Rows:
        """The rows (n,) of an index, in its order."""
        at = index.numpy()
        own = (None if v is None else v[at] for v in (self.index, self.weights, self.groups))
        return Rows(tuple(x[index] for x in self.inputs), self.targets[index], *own)  # type: ignore[arg-type]

    def some(self, most: int, seed: int = 0) -> Rows:
        """At most `most` rows, drawn without replacement, the same for the same seed."""
        if len(self) <= most:
            return self
        drawn = np.random.default_rng(seed).permutation(len(self))[:most]
        return self.take(torch.from_numpy(np.sort(drawn)))


@dataclass(frozen=True, eq=False)
class Subject:
    """A net, rows by part, and its loss.

    `parts`: "train" is always there; "choose" (rows that chose the checkpoint) and "test" (rows
    that chose nothing) where there are any. `fresh(seed)`: an untrained net like it, where it can
    be made. `rate`: the learning rate (of Adam) it was trained with, 0 where unknown. `scale`: what
    a prediction of 1 is in the target's units. `depth`: blocks in a study's ladder, -1 for none.
    `image`: height, width and channels of rows that are images laid out flat, in this order; empty
    where they are not. `task`: the data of a study, as read; `encode`: from its samples, arrays
    (n, ...) by name, to what the net takes, (n, columns).
    """

    name: str
    net: nn.Module
    parts: Mapping[str, Rows]
    loss: Loss
    kind: Kind = ""
    classes: tuple[str, ...] = ()
    depth: int = -1
    family: str = ""
    rate: float = 0.0
    scale: float = 1.0
    fresh: Callable[[int], nn.Module] | None = None
    image: tuple[int, ...] = ()
    task: Task | None = None
    encode: Callable[[Mapping[str, NDArray[Any]]], Tensor] | None = None

    @property
    def train(self) -> Rows:
        """The rows that it learnt from."""
        return self.parts["train"]

    @property
    def unseen(self) -> Rows:
        """Rows that it did not learn from: test rows, else those that chose its checkpoint, else
        the training rows, as there are no others.
        """
        for name in ("test", "choose", "train"):
            if len(self.parts.get(name, ())):
                return self.parts[name]
        return self.train

    @torch.no_grad()
    def outputs(self, rows: Rows, net: nn.Module | None = None) -> Tensor:
        """What the net, or another one in its place, says of rows (N, ...), in evaluation mode."""
        net = self.net if net is None else net
        with untouched(net):
            net.eval()
            pieces = zip(*(torch.split(x, passing(rows)) for x in rows.inputs), strict=True)
            return torch.cat([main(net(*piece)) for piece in pieces])


def passing(rows: Rows) -> int:
    """How many rows pass a net at once where nothing of them is kept: 512, fewer of wide ones.

    >>> passing(Rows((torch.zeros(2, 3, 224, 224),), torch.zeros(2)))
    26
    """
    wide = sum(x[0].numel() for x in rows.inputs) if len(rows) else 1
    return max(1, min(512, WIDE // max(wide, 1)))


def main(outputs: Any) -> Tensor:
    """The tensor that the loss is taken of: the first in what a module returns.

    Raises:
        TypeError: there is none in it.
    """
    if isinstance(outputs, Tensor):
        return outputs
    logits = getattr(outputs, "logits", None)  # as the transformers library returns
    if isinstance(logits, Tensor):
        return logits
    values = outputs.values() if isinstance(outputs, Mapping) else outputs
    if isinstance(values, (tuple, list)) or isinstance(outputs, Mapping):
        for value in values:
            try:
                return main(value)
            except TypeError:
                continue
    raise TypeError(f"the net returns {type(outputs).__name__}: no tensor in it")


@contextmanager
def untouched(net: nn.Module) -> Iterator[None]:
    """Whatever is done inside, the net's modes, buffers, gradients and random numbers come back."""
    modes = [(module, module.training) for module in net.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in net.buffers()]
    wanted = [(p, p.requires_grad, p.grad) for p in net.parameters()]
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode
            with torch.no_grad():
                for buffer, value in buffers:
                    buffer.copy_(value)
            for parameter, needed, gradient in wanted:
                parameter.requires_grad_(needed)
                parameter.grad = gradient
