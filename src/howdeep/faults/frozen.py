"""Layers that do not learn though those before them do: frozen by accident."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import Signs


def _find(signs: Signs) -> Seen | None:
    """Frozen layers behind ones that learn, being the fewer; all of them; or parameters that the
    optimiser was not given. A frozen first part, as in transfer learning, is meant.
    """
    one = signs.patient
    named = dict(one.net.named_parameters())
    if one.left_out:
        name = sorted(one.left_out, key=list(named).index)[0]
        layer = name.rpartition(".")[0]
        place = next((x.place for x in signs.layers if x.name == layer), -1)
        return Seen(layer, place, f"the optimiser was not given {len(one.left_out)} of "
                    f"{len(named)} parameters, the first {name}", "The optimiser was made before "
                    "the layer, or from a list that lacks it.", "Give the optimiser "
                    "model.parameters() once the whole net is built.")  # fmt: skip
    stuck = [x for x in signs.layers if _frozen(signs, x.name)]
    learning = [x for x in signs.layers if not _frozen(signs, x.name)]
    if named and not any(p.requires_grad for p in named.values()):
        return Seen("", 0, "no parameter of the net may learn (requires_grad is False)")
    behind = [x for x in stuck if learning and x.place > learning[0].place]
    if not behind or len(stuck) * 2 > len(signs.layers):
        return None
    first = behind[0]
    return Seen(first.name, first.place, f"its weights may not learn (requires_grad is False), "
                f"while those of {learning[0].name} before it do; so {len(behind)} of "
                f"{len(signs.layers)} layers")  # fmt: skip


def _frozen(signs: Signs, layer: str) -> bool:
    own = layer.partition("#")[0]
    held = [
        p for n, p in signs.patient.net.named_parameters()
        if n.rpartition(".")[0] == own and p.ndim > 1
    ]  # fmt: skip
    return bool(held) and not any(p.requires_grad for p in held)


def _cure(patient: Patient, finding: Finding) -> Patient:
    net = copied(patient.net)
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    return patient.but(net=net, left_out=frozenset())


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
