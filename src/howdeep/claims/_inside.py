"""What is inside trained nets and their untrained copies: linear probes, CKA, classes apart."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.claims._data import Data
from howdeep.claims._lab import Lab
from howdeep.claims._nets import stacked
from howdeep.claims._train import How, score, tuned
from howdeep.claims.nets.chain import ACTIVATIONS, chain, states

LAYERS, WIDTH = 5, 64
RIDGE = 0.01  # of the rows, on columns of deviation 1


def inside(lab: Lab, data: Data, how: How, seeds: int) -> dict[str, Any]:
    """For "trained" and "untrained" nets what each layer shows: [seed][layer], the inputs first.

    Probes learn from the rows that choose, and are scored on the test rows, as is all else. With
    `lab.control` the nets called trained have other starts and no training.
    """
    arm = chain(f"inside {data.name}", data.columns, data.outputs, LAYERS, WIDTH)
    start = stacked(arm, [lab.torch("start", arm.name, seed) for seed in range(seeds)])
    other = stacked(arm, [lab.torch("other start", seed) for seed in range(seeds)])
    trained = other if lab.control else tuned(arm, data, how, seeds, lab).params
    right = score(arm, trained, data.test, data).mean(1)
    out: dict[str, Any] = {"score": [round(float(v), 6) for v in right]}
    for name, params in (("trained", trained), ("untrained", start)):
        fit, test = (_layers(params, rows.x, seeds) for rows in (data.choose, data.test))
        out[name] = {
            "probe": [[probe(a[s], data.choose.y, b[s], data.test.y, data.outputs)
                       for a, b in zip(fit, test, strict=True)] for s in range(seeds)],
            "cka": [[cka(test[0][s], b[s]) for b in test] for s in range(seeds)],
            "apart": [[apart(b[s], data.test.y) for b in test] for s in range(seeds)],
        }  # fmt: skip
    return out


@torch.no_grad()
def _layers(params: dict[str, Tensor], x: Tensor, seeds: int) -> list[Tensor]:
    x = x.flatten(1).expand(seeds, len(x), -1)
    return [x, *states(params, x, ACTIVATIONS["relu"])]


def probe(a: Tensor, y: Tensor, b: Tensor, truth: Tensor, classes: int) -> float:
    """The share of rows b that a linear model by ridge regression, fitted to rows a, gets right.

    >>> x = torch.eye(3)
    >>> probe(x, torch.arange(3), x, torch.arange(3), 3)
    1.0
    """
    mean, spread = a.mean(0), a.std(0).clamp_min(1e-6)
    a, b = ((part - mean) / spread for part in (a, b))
    target = F.one_hot(y, classes).float()
    middle = target.mean(0)
    square = a.T @ a + RIDGE * len(a) * torch.eye(a.shape[1])
    weights = torch.linalg.solve(square, a.T @ (target - middle))
    right = (b @ weights + middle).argmax(1) == truth
    return round(float(right.float().mean()), 6)


def cka(a: Tensor, b: Tensor) -> float:
    """Linear CKA of rows (N, p) and (N, q), Kornblith et al. 2019 (arXiv 1905.00414), eq. 3.

    >>> cka(torch.eye(3), 2 * torch.eye(3))
    1.0
    """
    a, b = a - a.mean(0), b - b.mean(0)
    norm = math.sqrt(float((a.T @ a).square().sum()) * float((b.T @ b).square().sum()))
    return round(float((a.T @ b).square().sum()) / max(norm, 1e-12), 6)


def apart(h: Tensor, y: Tensor) -> float:
    """The share of the rows' variance that lies between the means of the classes, 0 to 1.

    >>> apart(torch.tensor([[0.0], [0.0], [1.0], [1.0]]), torch.tensor([0, 0, 1, 1]))
    1.0
    """
    whole = float((h - h.mean(0)).square().sum())
    known = sorted(set(y.tolist()))
    means = torch.stack([h[y == k].mean(0) for k in known])
    counts = torch.stack([(y == k).sum() for k in known])
    between = float((counts.unsqueeze(1) * (means - h.mean(0)).square()).sum())
    return round(between / max(whole, 1e-12), 6)
