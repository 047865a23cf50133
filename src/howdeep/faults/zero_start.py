"""Units that begin alike and stay alike: a zero or symmetric start."""

from __future__ import annotations

from torch import Tensor, nn

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs
from howdeep.faults._start import restarted

ALIKE = 0.9  # share of a layer's units with the same weights


def _find(signs: Signs) -> Seen | None:
    """A hidden layer whose units have the same weights before and after the short training."""
    if signs.refused:
        return None
    suspects = [
        layer for layer in signs.layers[:-1]
        if _alike(layer.module)
    ]  # fmt: skip
    if not suspects:
        return None
    ended = dict(signs.trial.net.named_modules())
    stuck = [x for x in suspects if _alike(ended.get(x.name.partition("#")[0]))]
    if not stuck and (not signs.finite or not signs.start_helps):
        return None
    first = (stuck or suspects)[0]
    zero = not any(bool(weight.any()) for weight in _weights(first.module))
    others = len(stuck or suspects) - 1
    more = f", as in {others} more layers" if others else ""
    what = "are all zero" if zero else "are the same for every unit"
    still = "stay alike" if stuck else "part so slowly that the net learns far less than it could"
    return Seen(first.name, first.place,
                f"the weights of its {first.units} units {what}{more}; in {signs.steps} steps "
                f"they {still}")  # fmt: skip


def _weights(module: nn.Module | None) -> list[Tensor]:
    """The weights of a layer whose rows are units; none where rows are something else."""
    if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
        return [module.weight]
    if isinstance(module, nn.RNNBase):
        return [p for name, p in module.named_parameters() if name.startswith("weight")]
    return []


def _alike(module: nn.Module | None) -> bool:
    """All of a layer's weights are the same for nearly every unit."""
    known = _weights(module)
    return bool(known) and all(same(weight) >= ALIKE for weight in known)


def same(weight: Tensor) -> float:
    """The share of units with exactly the weights of the most usual unit, up to 1e-6 of their
    size.
    """
    flat = weight.detach().flatten(1)
    if len(flat) < 2:
        return 0.0
    far = (flat - flat.median(0).values).norm(dim=1)
    return float((far <= 1e-6 * flat.norm(dim=1).mean()).float().mean())


def _cure(patient: Patient, finding: Finding) -> Patient:
    return restarted(patient, Signs(patient).layers)


FAULT = Fault(
    "zero_start",
    "Zero or symmetric start",
    30,
    _find,
    "Units that begin alike get the same gradient and stay one unit; where all weights are zero, "
    "no gradient passes at all.",
    "Draw the weights at random (nn.init.kaiming_normal_, orthogonal_); only biases and the last "
    "layer of a residual branch may begin at zero.",
    _cure,
    after=("nan",),
)
