"""Layers that no gradient reaches: cut off, never called, or behind a function without slope."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import Signs
from howdeep.instruments._subject import main, untouched
from howdeep.instruments._trace import trace

STEPS = {torch.sign, Tensor.sign, torch.round, Tensor.round, torch.floor, Tensor.floor,
         torch.ceil, Tensor.ceil, torch.heaviside, torch.trunc, Tensor.trunc}  # fmt: skip
LEAVES = {Tensor.numpy, Tensor.tolist, Tensor.__array__}
CUTS = {Tensor.detach, torch.detach, Tensor.data.__get__}  # type: ignore[attr-defined]


def _find(signs: Signs) -> Seen | None:
    if signs.refused or not signs.finite:
        return None
    gradients = signs.trace.gradients
    if not gradients:
        return None  # all are frozen
    cut = [layer for layer in signs.layers if _state(signs, layer.name) == "none"]
    if cut:
        last = cut[-1]
        return Seen(last.name, last.place, f"it is called, and the loss has no gradient for it: "
                    f"{len(cut)} of {len(signs.layers)} layers are cut off")  # fmt: skip
    flat = [layer for layer in signs.layers if _state(signs, layer.name) == "zero"]
    alive = [layer for layer in signs.layers if _state(signs, layer.name) == "some"]
    if (
        flat and alive and flat[-1].place < alive[0].place and _stepped(signs, flat[-1].place)
        and not _reached_later(signs, flat[-1].name)
    ):  # fmt: skip
        last = flat[-1]
        return Seen(last.name, last.place, f"the gradient behind it is exactly zero for "
                    f"{len(flat)} of {len(signs.layers)} layers, and its units are neither dead "
                    "nor alike", "A function without slope stands behind it: sign, round, floor, a "
                    "comparison or argmax.")  # fmt: skip
    called = {layer.name.partition("#")[0] for layer in signs.layers}
    unused = [n for n, g in gradients.items() if g is None and _owner(n) not in called]
    if unused:
        names = ", ".join(unused[:3]) + (" and more" if len(unused) > 3 else "")
        return Seen(_owner(unused[0]), -1, f"the loss does not depend on {names}",
                    "It is never called, or what it gives is not used.",
                    "Call it in forward, or take it out.")  # fmt: skip
    return None


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def _state(signs: Signs, layer: str) -> str:
    """What gradient the layer's own parameters get: "none", "zero", "some"; "" where frozen."""
    own = [g for n, g in signs.trace.gradients.items() if _owner(n) == layer.partition("#")[0]]
    if not own:
        return ""
    if all(g is None for g in own):
        return "none"
    return "some" if any(g is not None and bool(g.any()) for g in own) else "zero"


def _stepped(signs: Signs, place: int) -> bool:
    """The layer behind `place` gives different outputs by unit and row, none of them dead."""
    layer = signs.layers[place]
    if any(other.saturated > 0.5 or other.dead == 1.0 for other in signs.layers[place:]):
        return False
    return layer.size > 1e-20 and layer.spread > 1e-12 and layer.rank > 1.0


def _reached_later(signs: Signs, layer: str) -> bool:
    """The layer has a gradient after the short training: a last layer that begins at zero only
    keeps it away at first.
    """
    net = signs.trial.net
    with untouched(net):
        found = trace(net, signs.seen, signs.patient.loss, training=True)
    own = layer.partition("#")[0]
    return any(
        g is not None and bool(g.any()) for n, g in found.gradients.items() if _owner(n) == own
    )


class _Through(TorchFunctionMode):
    """Lets gradients pass what cuts them (straight through, Bengio et al. 2013)."""

    def __init__(self) -> None:
        super().__init__()
        self.left: Tensor | None = None  # what was last given to NumPy or Python

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in LEAVES:
            self.left = args[0]
            return func(args[0].detach(), *args[1:], **(kwargs or {}))
        args = tuple(self.left if self._is_back(x) else x for x in args)
        out = args[0] if func in CUTS else func(*args, **(kwargs or {}))
        if func in STEPS and args and isinstance(args[0], Tensor) and args[0].is_floating_point():
            return args[0] + (out - args[0]).detach()
        return out

    def _is_back(self, x: Any) -> bool:
        """The same numbers, made into a tensor again."""
        left = self.left
        return (
            left is not None and isinstance(x, Tensor) and not x.requires_grad
            and x.shape == left.shape and torch.equal(x, left.to(x.dtype))
        )  # fmt: skip


class Through(torch.nn.Module):
    """A net whose detach, round and sign let gradients through."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> Tensor:
        with _Through():
            return main(self.net(*inputs))


def _cure(patient: Patient, finding: Finding) -> Patient:
    return patient.but(net=Through(copied(copy.copy(patient.net))))


FAULT = Fault(
    "unreached",
    "Layers that no gradient reaches",
    40,
    _find,
    "The chain is cut behind it: detach(), .data, numpy, torch.no_grad() or a new tensor made of "
    "values.",
    "Take out what cuts the chain, or put something with a slope in its place.",
    _cure,
    after=("nan", "zero_start"),
)
