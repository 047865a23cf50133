"""What an output owes to each input: three methods, of any net that a gradient passes.

All explain one output a row: the logit of the class that the net predicts, or its number. They are
shares of the way from a base row (the mean of training rows) to the row at hand.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments._classes import as_logits
from howdeep.instruments._outputs import held
from howdeep.instruments._passage import piece
from howdeep.instruments._subject import Rows, Subject, main, untouched

Tensors = tuple[Tensor, ...]
Floats = NDArray[np.float64]
POINTS = 32  # of the integral; four times as many where they are too few
ENOUGH = 0.01  # of the outputs' change may be missing from the sum of attributions


def base(subject: Subject) -> Tensors:
    """The mean training row, (1, ...) of each input.

    Raises:
        InstrumentError: inputs are whole numbers, which have no gradient.
    """
    if not all(x.is_floating_point() for x in subject.train.inputs):
        raise InstrumentError("its inputs are whole numbers, which no gradient explains", "")
    return tuple(x.mean(0, keepdim=True) for x in subject.train.inputs)


def explained(subject: Subject, rows: Rows) -> Tensor:
    """Which output of each row is explained (N,): the predicted class, or the only one."""
    outputs = subject.outputs(rows)
    if outputs.ndim > 2:
        raise InstrumentError(f"outputs of shape {tuple(outputs.shape)}: which one?", "give 2 axes")
    if not bool(torch.isfinite(outputs).all()):
        raise InstrumentError("its outputs are not finite", "train it with a lower rate")
    return outputs.reshape(len(rows), -1).argmax(1)


def value(subject: Subject, net: nn.Module, inputs: Sequence[Tensor], which: Tensor) -> Tensor:
    """That output of each row (N,)."""
    outputs = main(net(*inputs)).reshape(len(which), -1)
    outputs = as_logits(outputs) if subject.kind == "classes" else outputs
    return outputs.gather(1, which[:, None])[:, 0]


def gradient(subject: Subject, net: nn.Module, inputs: Tensors, which: Tensor) -> Tensors:
    """The gradient of that output at each input, like the inputs.

    Raises:
        InstrumentError: none arrives.
    """
    size = piece(held(net, Rows(inputs, which)))  # what autograd keeps is bounded
    parts = [
        _gradient(subject, net, tuple(x[at : at + size] for x in inputs), which[at : at + size])
        for at in range(0, len(which), size)
    ]
    return tuple(torch.cat(own) for own in zip(*parts, strict=True))


def _gradient(subject: Subject, net: nn.Module, inputs: Tensors, which: Tensor) -> Tensors:
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    with torch.enable_grad():
        total = value(subject, net, [x + 0 for x in leaves], which).sum()
        if not total.requires_grad:
            raise InstrumentError("no gradient reaches its inputs", "leave no_grad out of forward")
        found = torch.autograd.grad(total, leaves, allow_unused=True)
    pairs = zip(found, inputs, strict=True)
    return tuple(torch.zeros_like(x) if g is None else g for g, x in pairs)


def times_input(
    subject: Subject, rows: Rows, start: Tensors, which: Tensor, net: nn.Module | None = None
) -> Tensors:
    """Gradient times (input - base): the first term of Taylor's series around the row."""
    net = net or subject.net
    with untouched(net):
        slopes = gradient(subject, net.eval(), rows.inputs, which)
    return tuple(g * (x - b) for g, x, b in zip(slopes, rows.inputs, start, strict=True))


def integrated(
    subject: Subject, rows: Rows, start: Tensors, which: Tensor, points: int = POINTS,
    net: nn.Module | None = None,
) -> Tensors:  # fmt: skip
    """Integrated gradients: (x - base) times the mean gradient on the way from base to x.

    Sundararajan, Taly and Yan 2017, equation 1, by Gauss-Legendre quadrature.
    """
    net = net or subject.net
    at, weights = np.polynomial.legendre.leggauss(points)
    total = [torch.zeros_like(x) for x in rows.inputs]
    with untouched(net):
        net.eval()
        for t, weight in zip((at + 1) / 2, weights / 2, strict=True):
            pairs = zip(start, rows.inputs, strict=True)
            way = tuple(b + float(t) * (x - b) for b, x in pairs)
            slopes = gradient(subject, net, way, which)
            total = [a + float(weight) * g for a, g in zip(total, slopes, strict=True)]
    return tuple(a * (x - b) for a, x, b in zip(total, rows.inputs, start, strict=True))


@torch.no_grad()
def incomplete(
    subject: Subject, rows: Rows, start: Tensors, which: Tensor, found: Tensors
) -> float:
    """How much of the change of the output the attributions miss, as a share of its mean size.

    They sum to f(x) - f(base) (completeness, proposition 1 of the same paper).
    """
    with untouched(subject.net):
        net = subject.net.eval()
        wide = tuple(b.expand_as(x) for b, x in zip(start, rows.inputs, strict=True))
        change = value(subject, net, rows.inputs, which) - value(subject, net, wide, which)
    sums = sum((a.reshape(len(a), -1).sum(1) for a in found), torch.zeros(len(rows)))
    return float((sums - change).abs().mean() / change.abs().mean().clamp_min(1e-12))


@torch.no_grad()
def occluded(
    subject: Subject, rows: Rows, start: Tensors, which: Tensor, masks: Sequence[Tensors]
) -> Tensor:
    """How far the output falls when the inputs of a mask are set to the base, (N, masks).

    Zeiler and Fergus 2014; of single columns the feature ablation of captum.
    """
    with untouched(subject.net):
        net = subject.net.eval()
        before = value(subject, net, rows.inputs, which)
        fallen = []
        for mask in masks:
            triples = zip(mask, start, rows.inputs, strict=True)
            changed = tuple(torch.where(m, b, x) for m, b, x in triples)
            fallen.append(before - value(subject, net, changed, which))
    return torch.stack(fallen, 1)


def randomised(subject: Subject, seed: int = 0) -> nn.Module:
    """A net like it that has learnt nothing: untrained, else with each tensor's weights shuffled.

    Adebayo et al. 2018, section 3 (the model parameter randomisation test).

    Raises:
        InstrumentError: it cannot be copied.
    """
    if subject.fresh is not None:
        return subject.fresh(seed).eval()
    try:
        net = copy.deepcopy(subject.net)
    except (RuntimeError, TypeError) as error:
        raise InstrumentError(f"it cannot be copied: {error}"[:200], "give fresh=") from error
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            order = torch.randperm(parameter.numel(), generator=generator)
            parameter.copy_(parameter.flatten()[order].reshape(parameter.shape))
    return net.eval()


def alike(first: Tensors, second: Tensors) -> Floats:
    """Of each row the rank correlation (Spearman) of two attributions' sizes (N,)."""
    a, b = (torch.cat([x.reshape(len(x), -1).abs() for x in own], 1).double().numpy()
            for own in (first, second))  # fmt: skip
    return np.array([_spearman(x, y) for x, y in zip(a, b, strict=True)])


def _spearman(x: Floats, y: Floats) -> float:
    from scipy.stats import rankdata

    a, b = rankdata(x), rankdata(y)
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread else 0.0


def columns_of(subject: Subject, most: int = 2_000) -> dict[str, Tensor]:
    """Which encoded columns come of each column of a study's table, by its name.

    Found out by trying: a column is drawn anew from the others' rows, and what changes is its own.
    """
    task, encode = subject.task, subject.encode
    assert task is not None
    assert encode is not None
    own = subject.train.some(most)
    samples = {name: values[own.index] for name, values in task.samples.items()}
    before = encode(samples)
    found: dict[str, Tensor] = {}
    for where, names in (("numbers", task.names[0]), ("codes", task.names[1])):
        for at, name in enumerate(names):
            cells = samples[where].copy()
            cells[:, at] = np.roll(np.sort(cells[:, at]), len(cells) // 2)
            changed = (encode(samples | {where: cells}) != before).any(0).nonzero()[:, 0]
            if len(changed):
                found[name] = changed
    return found


Method = Callable[[Subject, Rows, Tensors, Tensor], Tensors]
