"""Layers that do not learn though those before them do: frozen by accident."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import Signs
from howdeep.instruments._subject import main, untouched


def _find(signs: Signs) -> Seen | None:
    """Layers that do not learn behind ones that do, being the fewer; all of them; or weights that
    are no parameters of the net. A first part that does not learn, as in transfer learning, is
    meant.
    """
    one = signs.patient
    named = dict(one.net.named_parameters())
    may = [name for name, p in named.items() if p.requires_grad]
    if named and not may:
        return Seen("", 0, "no parameter of the net may learn (requires_grad is False)")
    if may and one.left_out.issuperset(may):
        return Seen("", 0, f"the optimiser holds none of the net's {len(named)} parameters",
                    "It was made for another net, as for a copy of this one.", GIVE)  # fmt: skip
    stuck = [x for x in signs.layers if _held(signs, x.name)]
    learning = [x for x in signs.layers if not _held(signs, x.name)]
    behind = [x for x in stuck if learning and x.place > learning[0].place]
    few = len(stuck) * 2 <= len(signs.layers)
    lacks = [name for name in named if name in one.left_out]
    if lacks and (not stuck or (behind and few)):
        layer = (behind[0].name if behind else lacks[0].rpartition(".")[0]).partition("#")[0]
        place = next((x.place for x in signs.layers if x.name == layer), -1)
        first = next((n for n in lacks if n.rpartition(".")[0] == layer), lacks[0])
        return Seen(layer, place, f"the optimiser was not given {len(lacks)} of {len(named)} "
                    f"parameters, among them {first}", "The optimiser was made before the layer, "
                    "or from a list that lacks it.", GIVE)  # fmt: skip
    if behind and few:
        first_one = behind[0]
        return Seen(first_one.name, first_one.place, "its weights may not learn (requires_grad is "
                    f"False), while those of {learning[0].name} before it do; so {len(behind)} of "
                    f"{len(signs.layers)} layers")  # fmt: skip
    return _strangers(signs)


GIVE = "Give the optimiser model.parameters() once the whole net is built."


def _held(signs: Signs, layer: str) -> bool:
    """The layer has weights, and none of them learns."""
    own, out = layer.partition("#")[0], signs.patient.left_out
    weights = [
        (n, p) for n, p in signs.patient.net.named_parameters()
        if n.rpartition(".")[0] == own and p.ndim > 1
    ]  # fmt: skip
    return bool(weights) and not any(p.requires_grad and n not in out for n, p in weights)


def _strangers(signs: Signs) -> Seen | None:
    """Weights that the outputs depend on and that would learn, but are no parameters of the net."""
    own = {id(p) for p in signs.patient.net.parameters()}
    given = {id(x) for x in signs.patient.train.inputs}
    with untouched(signs.patient.net), torch.enable_grad():
        signs.patient.net.train()
        torch.manual_seed(0)
        outputs = main(signs.patient.net(*signs.seen.inputs))
    sizes = [tuple(x.shape) for x in _leaves(outputs) if id(x) not in own | given]
    if not sizes:
        return None
    shapes = ", ".join(" x ".join(map(str, shape)) for shape in sizes[:3])
    return Seen("", -1, f"{len(sizes)} tensors that the outputs depend on and that ask for a "
                f"gradient are no parameters of the net (of {shapes})", "Layers in a Python list "
                "or dict, or made within forward, are not registered: no optimiser gets them.",
                "Hold them in nn.ModuleList, nn.ModuleDict or nn.ParameterList, made in "
                "__init__.")  # fmt: skip


def _leaves(outputs: Tensor) -> list[Tensor]:
    """The tensors at the start of a graph that gradients are collected for."""
    found, seen, todo = [], set(), [outputs.grad_fn]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, Tensor) and leaf.is_leaf:
            found.append(leaf)
        todo += [before for before, _ in node.next_functions]
    return found


def _cure(patient: Patient, finding: Finding) -> Patient:
    net = copied(patient.net)
    for module in list(net.modules()):
        for name, held in list(vars(module).items()):
            if not name.startswith("_") and isinstance(held, list | tuple | dict):
                _registered(module, name, held)
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    return patient.but(net=net, left_out=frozenset())


def _registered(module: nn.Module, name: str, held: Any) -> None:
    """Layers and weights in a list or dict become parts of the module; they stay in it as well."""
    own = {id(p) for p in module.parameters()}
    for i, part in enumerate(held.values() if isinstance(held, dict) else held):
        if isinstance(part, nn.Module) and any(id(p) not in own for p in part.parameters()):
            module.add_module(f"{name}_{i}", part)
        elif isinstance(part, nn.Parameter) and id(part) not in own:
            module.register_parameter(f"{name}_{i}", part)


FAULT = Fault(
    "frozen",
    "Frozen by accident",
    45,
    _find,
    "requires_grad was switched off there, by hand, by a context or with a checkpoint.",
    "Switch it on (layer.requires_grad_(True)) and make the optimiser afterwards.",
    _cure,
    after=("nan",),
)
