"""The parameters of M nets that train together, with their Adam moments and averages.

Every tensor has the leading axis M. Nets with one learning rate stand next to each other, so that
the optimiser's fused kernel takes a slice of each tensor per rate. Adam: Kingma & Ba 2015 (arXiv
1412.6980), algorithm 1; decoupled weight decay: Loshchilov & Hutter 2019 (arXiv 1711.05101).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from howdeep.base.nouns import Recipe, Rung
from howdeep.families import family

Tensors = dict[str, Tensor]
VECTOR = 16  # float32 numbers in the widest vector register


@dataclass(frozen=True, eq=False)
class Slot:
    """Slices of the tensors that share one step size: `rate` is the learning rate's exponent."""

    rate: int
    scale: float
    decay: float
    tensors: tuple[list[Tensor], ...]  # weights, gradients, first moments, second moments
    counts: list[Tensor]


def padded(value: Tensor) -> tuple[Tensor, Tensor]:
    """A copy of (M, ...) as (M, whole vectors) with zeros behind, and the view of its own shape.

    The optimiser's kernel rounds the odd elements at the end of a tensor unlike the others; rows
    of whole vectors keep a net's bits the same wherever it stands.
    """
    flat = value.flatten(1)
    store = torch.nn.functional.pad(flat, (0, -flat.shape[1] % VECTOR)).contiguous()
    return store, store[:, : flat.shape[1]].view_as(value)


class Bank:
    """Weights `p`, gradients, moments and weight averages `ema` of M nets; `take` drops nets."""

    def __init__(self, rung: Rung, recipe: Recipe, nets: list[Tensors], rates: list[int]) -> None:
        self.rung, self.recipe, self.rates, self.step = rung, recipe, rates, 0
        p = {name: torch.stack([net[name] for net in nets]) for name in nets[0]}
        self._bind(p, p, *({n: torch.zeros_like(t) for n, t in p.items()} for _ in "mv"))

    def _bind(self, p: Tensors, ema: Tensors, m: Tensors, v: Tensors) -> None:
        # Weights, gradients, first and second moments, averages: (M, whole vectors) each.
        self.stores: list[Tensors] = []
        views: list[Tensors] = []
        for values in (p, {n: torch.zeros_like(t) for n, t in p.items()}, m, v, ema):
            pairs = {name: padded(value) for name, value in values.items()}
            self.stores.append({name: store for name, (store, _) in pairs.items()})
            views.append({name: view for name, (_, view) in pairs.items()})
        weights, grads, self.m, self.v, self.ema = views
        self.p = {name: value.detach().requires_grad_() for name, value in weights.items()}
        self.grads = list(grads.values())
        self.slots = self._slots()

    def _slots(self) -> list[Slot]:
        fam, decay = family(self.rung.family), self.recipe.weight_decay
        scales, decayed = fam.scales(self.rung), fam.decayed(self.rung)
        kinds: dict[tuple[float, float], list[str]] = {}
        for name in self.p:
            kind = (scales.get(name, 1.0), decay if name in decayed else 0.0)
            kinds.setdefault(kind, []).append(name)
        out, start = [], 0
        for rate, run in groupby(self.rates):
            rows = slice(start, start := start + len(list(run)))
            out += [self._slot(rate, rows, kind, names) for kind, names in kinds.items()]
        return out

    def _slot(self, rate: int, rows: slice, kind: tuple[float, float], names: list[str]) -> Slot:
        tensors = tuple([store[n][rows] for n in names] for store in self.stores[:4])
        return Slot(rate, *kind, tensors, [torch.tensor(float(self.step)) for _ in names])

    def __len__(self) -> int:
        return len(self.rates)

    def update(self, loss: Tensor) -> None:
        """One Adam step down the gradient of `loss`, then the weight average."""
        torch._foreach_copy_(self.grads, torch.autograd.grad(loss, list(self.p.values())))
        r = self.recipe
        warm = min(1.0, (self.step + 1) / r.warmup) if r.warmup else 1.0
        for slot in self.slots:
            weights, grads, first, second = slot.tensors
            adamw(
                weights,
                grads,
                first,
                second,
                [],
                slot.counts,
                fused=True,
                amsgrad=False,
                beta1=r.beta1,
                beta2=r.beta2,
                lr=2.0**slot.rate * slot.scale * warm,
                weight_decay=slot.decay,
                eps=r.adam_eps,
                maximize=False,
            )
        decay = min(r.ema, (1 + self.step) / (10 + self.step))
        values, averages = self.stores[0], self.stores[-1]
        torch._foreach_lerp_(list(averages.values()), list(values.values()), 1 - decay)
        self.step += 1

    def finite(self) -> Tensor:
        """(M,) bool: nets all of whose weights are finite."""
        ok = torch.ones(len(self), dtype=torch.bool)
        for value in self.stores[0].values():
            ok &= torch.isfinite(value.sum(1))
        return ok

    def take(self, keep: Tensor) -> None:
        """Go on with the nets `keep` (indices, ascending) only."""
        self.rates = [self.rates[i] for i in keep.tolist()]
        p = {name: value.detach() for name, value in self.p.items()}
        rest = [{n: t[keep] for n, t in values.items()} for values in (p, self.ema, self.m, self.v)]
        self._bind(*rest)
