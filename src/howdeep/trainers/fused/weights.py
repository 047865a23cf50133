"""The parameters of M nets that train together, with their Adam moments and averages.

Every tensor has the leading axis M. Parameters that are updated alike lie side by side in one
store, and nets with one learning rate next to each other, so that the optimiser's fused kernel
takes a slice of each store per rate. Adam: Kingma & Ba 2015 (arXiv 1412.6980), algorithm 1;
decoupled weight decay: Loshchilov & Hutter 2019 (arXiv 1711.05101).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from howdeep.base.nouns import Recipe, Rung
from howdeep.nets.families import family

Tensors = dict[str, Tensor]
VECTOR = 16  # float32 numbers in the widest vector register


@dataclass(frozen=True)
class ParamGroup:
    """Parameters that share a learning rate's multiplier and a weight decay: columns of a store."""

    scale: float
    decay: float
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Slot:
    """What one call of the optimiser updates: the parts of a kind with one learning rate."""

    rate: int  # exponent
    kind: ParamGroup
    tensors: tuple[list[Tensor], ...]  # weights, gradients, first moments, second moments


@dataclass(frozen=True, eq=False)
class Store:
    """Tensors (M, ...) one after another in one piece of memory, each (M, whole vectors).

    The optimiser's kernel rounds the odd elements at the end of a tensor unlike the others; rows
    of whole vectors keep a net's bits the same wherever it stands.
    """

    whole: Tensor
    parts: Tensors  # (M, whole vectors)
    views: Tensors

    @staticmethod
    def of(values: Tensors, kinds: Sequence[ParamGroup]) -> Store:
        """Copies of the tensors, kind by kind."""
        names = [name for kind in kinds for name in kind.names]
        flat = [values[name].flatten(1) for name in names]
        wide = [torch.nn.functional.pad(v, (0, -v.shape[1] % VECTOR)) for v in flat]
        whole = torch.cat([v.flatten() for v in wide])
        split = torch.split(whole, [v.numel() for v in wide])
        parts = {n: part.view_as(v) for n, part, v in zip(names, split, wide, strict=True)}
        own = {n: parts[n][:, : v.shape[1]] for n, v in zip(names, flat, strict=True)}
        return Store(whole, parts, {n: v.view_as(values[n]) for n, v in own.items()})

    def rows(self, kind: ParamGroup, rows: slice) -> list[Tensor]:
        """A kind's parameters of the nets `rows`: in one piece if those are all."""
        parts = [self.parts[name] for name in kind.names]
        if len(parts[0]) > rows.stop - rows.start:
            return [part[rows] for part in parts]
        start = parts[0].storage_offset()
        return [self.whole[start : start + sum(part.numel() for part in parts)]]

    def place(self, name: str, net: int) -> int:
        """Where in `whole` a net's parameter begins."""
        return int(self.parts[name].storage_offset() + net * self.parts[name].shape[1])


class FusedWeights:
    """Weights `p`, gradients, moments and weight averages `ema` of M nets; `take` drops nets."""

    def __init__(
        self,
        rung: Rung,
        recipe: Recipe,
        nets: list[Tensors],
        rates: list[int],
        device: torch.device | None = None,
    ) -> None:
        self.rung, self.recipe, self.rates, self.step = rung, recipe, rates, 0
        self.kinds = _kinds(rung, recipe, list(nets[0]))
        p = {name: torch.stack([net[name] for net in nets]).to(device) for name in nets[0]}
        self.count = torch.zeros((), device=device)  # of steps, as the optimiser's kernel wants it
        self._bind(p, p, *({n: torch.zeros_like(t) for n, t in p.items()} for _ in "mv"))

    def _bind(self, p: Tensors, ema: Tensors, m: Tensors, v: Tensors) -> None:
        zeros = {name: torch.zeros_like(value) for name, value in p.items()}
        # Weights, gradients, first and second moments, averages.
        self.stores = [Store.of(values, self.kinds) for values in (p, zeros, m, v, ema)]
        weights, self.grads, self.m, self.v, averages = (store.views for store in self.stores)
        self.ema = averages if self.recipe.ema else weights
        self.p = {name: weights[name].detach().requires_grad_() for name in p}
        self.slots = self._slots()
        self.program: Any = None  # what compiled kernels keep as long as the nets are these

    def _slots(self) -> list[Slot]:
        out, start = [], 0
        for rate, run in groupby(self.rates):
            rows = slice(start, start := start + len(list(run)))
            for kind in self.kinds:
                tensors = tuple(store.rows(kind, rows) for store in self.stores[:4])
                out.append(Slot(rate, kind, tensors))
        return out

    def __len__(self) -> int:
        return len(self.rates)

    def differentiate(self, loss: Tensor) -> None:
        """The gradients of `loss`, by autograd."""
        found = torch.autograd.grad(loss, list(self.p.values()))
        torch._foreach_copy_([self.grads[name] for name in self.p], found)

    def warmth(self, step: int) -> float:
        """What the learning rate is multiplied with at a step."""
        warmup = self.recipe.warmup
        return min(1.0, (step + 1) / warmup) if warmup else 1.0

    def move(self, step: int) -> float:
        """How far the weight average goes towards the weights at a step."""
        return 1 - min(self.recipe.ema, (1 + step) / (10 + step))

    def rate(self, slot: Slot, step: int) -> float:
        """The learning rate of a slot at a step."""
        return 2.0**slot.rate * slot.kind.scale * self.warmth(step)

    def update(self) -> None:
        """One Adam step down the gradients, then the weight average."""
        self.count.fill_(self.step + 1)
        self._descend([self.rate(slot, self.step) for slot in self.slots], self.move(self.step))
        self.step += 1

    def update_in_place(self, rates: Sequence[Tensor], move: Tensor) -> None:
        """`update` that a recorded graph can repeat: what changes from step to step is a tensor.

        `rates`: the learning rate of each slot. The caller counts `step`.
        """
        self.count.add_(1.0)
        self._descend(rates, move)

    def _descend(self, rates: Sequence[float | Tensor], move: float | Tensor) -> None:
        r = self.recipe
        for slot, rate in zip(self.slots, rates, strict=True):
            weights, grads, first, second = slot.tensors
            # The kernel under `torch.optim.AdamW(fused=True)`, which takes as long in small nets
            # to sort its arguments.
            torch._fused_adamw_(
                weights,
                grads,
                first,
                second,
                [],
                [self.count] * len(weights),
                amsgrad=False,
                beta1=r.beta1,
                beta2=r.beta2,
                lr=rate,  # type: ignore[arg-type]
                weight_decay=slot.kind.decay,
                eps=r.adam_eps,
                maximize=False,
            )
        if r.ema:
            self.stores[-1].whole.lerp_(self.stores[0].whole, move)

    def finite(self) -> Tensor:
        """(M,) bool: nets all of whose weights are finite."""
        weights = self.stores[0]
        ok = torch.ones(len(self), dtype=torch.bool, device=self.count.device)
        if weights.whole.is_cpu and bool(weights.whole.sum().isfinite()):
            return ok  # as nearly always, told by one sum instead of one a layer
        for part in weights.parts.values():
            ok &= torch.isfinite(part.sum(1))
        return ok

    def take(self, keep: Tensor) -> None:
        """Go on with the nets `keep` (indices, ascending) only."""
        self.rates = [self.rates[i] for i in keep.tolist()]
        p = {name: value.detach() for name, value in self.p.items()}
        rest = [{n: t[keep] for n, t in values.items()} for values in (p, self.ema, self.m, self.v)]
        self._bind(*rest)


def copier(weights: Tensors) -> Callable[[int], Tensors]:
    """What copies the weights of one net, by its number; on a GPU in one piece.

    There a copy of each tensor would take as long to ask for as steps take.
    """
    if next(iter(weights.values())).is_cpu:
        return lambda net: {name: value[net].clone() for name, value in weights.items()}
    flat = torch.cat([value.flatten(1) for value in weights.values()], 1)
    return lambda net: unpacked(flat[net].clone(), weights)


def unpacked(flat: Tensor, like: Tensors) -> Tensors:
    """One net's weights, side by side in `flat`, in the shapes of `like` without its axis M."""
    parts = torch.split(flat, [value[0].numel() for value in like.values()])
    return {n: p.view(like[n].shape[1:]) for n, p in zip(like, parts, strict=True)}


def _kinds(rung: Rung, recipe: Recipe, names: Sequence[str]) -> tuple[ParamGroup, ...]:
    fam = family(rung.family)
    scales, decayed = fam.scales(rung), fam.decayed(rung)
    found: dict[tuple[float, float], list[str]] = {}
    for name in names:
        kind = (scales.get(name, 1.0), recipe.weight_decay if name in decayed else 0.0)
        found.setdefault(kind, []).append(name)
    return tuple(ParamGroup(*kind, tuple(own)) for kind, own in found.items())
