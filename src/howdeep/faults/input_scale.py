"""Inputs on a scale that the net cannot work with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import Signs

LARGE, SMALL, OFF, UNLIKE = 4.0, 0.2, 4.0, 30.0
FAR, LEFT = 5.0, 0.1  # times these cuts; share of the guess's loss that is left


def _find(signs: Signs) -> Seen | None:
    """Columns far from mean 0 and deviation 1, and a net that learns clearly more without that."""
    if signs.refused or not signs.finite or signs.trained:
        return None
    said = next((s for x in signs.patient.train.inputs if (s := strange(x))), "")
    if not said:
        return None
    mended = _cure(signs.patient, None)
    far = any(strange(x, FAR) for x in signs.patient.train.inputs)
    if not signs.helps(mended) and not (far and _halves(signs, mended)):
        return None
    return Seen("the rows", 0, said)


def _halves(signs: Signs, mended: Patient) -> bool:
    """The mended copy leaves less than half of the loss that the patient leaves."""
    left, after = 1 - signs.learns, 1 - signs.cured(mended)
    return left >= LEFT and 2 * after <= left


def strange(x: Tensor, times: float = 1.0) -> str:
    """What is unusual about the scale of inputs (N, ...), in words; "" for nothing. `times`: how
    much further out than the usual cuts.
    """
    if not x.is_floating_point():
        return ""
    mean, deviation = moments(x)
    varies = deviation > 1e-8 * deviation.max()
    if not bool(varies.any()):
        return ""
    mean, deviation = mean[varies], deviation[varies]
    size = float((mean.square() + deviation.square()).mean().sqrt())
    middle = float(deviation.median())
    off = float((mean.abs() / deviation).median())
    unlike = float(deviation.max()) / middle
    if size > LARGE * times:
        return f"the inputs have a root mean square of {size:.3g}"
    if size < SMALL / times:
        return f"the inputs have a root mean square of only {size:.3g}"
    if off > OFF * times:
        return f"the inputs lie {off:.1f} of their deviations away from zero"
    if unlike > UNLIKE * times:
        return f"the widest column deviates {unlike:.0f} times as much as the usual one"
    return ""


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation by column (p,); of images by channel, of series by feature."""
    around = {4: (0, 2, 3), 5: (0, 2, 3, 4), 3: (0, 1)}.get(x.ndim, (0,))
    many = x.double()
    mean = many.mean(around)
    deviation = many.std(around, unbiased=False)
    return mean.flatten().float(), deviation.flatten().float()


class Standard(nn.Module):
    """A net before which inputs get mean 0 and deviation 1, as measured on training rows."""

    def __init__(self, net: nn.Module, rows: tuple[Tensor, ...]) -> None:
        super().__init__()
        self.net = net
        self.fits: list[tuple[Tensor, Tensor] | None] = [_fit(x) for x in rows]

    def forward(self, *inputs: Tensor) -> object:
        pairs = zip(inputs, self.fits, strict=True)
        return self.net(*[x if fit is None else ((x - fit[0]) / fit[1]).to(x.dtype)
                          for x, fit in pairs])  # fmt: skip


def _fit(x: Tensor) -> tuple[Tensor, Tensor] | None:
    if not x.is_floating_point():
        return None
    mean, deviation = moments(x)
    shape = {4: (1, -1, 1, 1), 5: (1, -1, 1, 1, 1), 3: (1, 1, -1)}.get(x.ndim, (1, *x.shape[1:]))
    flat = torch.where(deviation > 1e-8 * deviation.max(), deviation, torch.ones(()))
    return mean.reshape(shape), flat.reshape(shape)


def _cure(patient: Patient, finding: Finding | None) -> Patient:
    return patient.but(net=Standard(copied(patient.net), patient.train.inputs))


FAULT = Fault(
    "input_scale",
    "Wrong input scale",
    55,
    _find,
    "Starts and rates are made for inputs of mean 0 and deviation 1; these are not.",
    "Standardise the inputs by means and deviations of the training rows.",
    _cure,
    after=("nan", "loss_fit", "zero_start", "unreached", "labels_constant"),
)
