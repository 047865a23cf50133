"""Nets with and without pooling on signals: for the three claims that are made of it."""

from __future__ import annotations

from typing import Any

import torch

from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._train import How, score, summary, tuned
from howdeep.claims.nets.conv import Down, Shape, conv

POOLS: tuple[Down, ...] = ("none", "max", "mean", "stride")
LAYERS, CHANNELS = 2, 12
SHIFTS = (1, 2, 3)
ROWS = 1_000


def one(lab: Lab, pool: Down, seeds: int) -> dict[str, Any]:
    """Scores, gaps and how often a shift leaves the class said as it was, of nets with a pooling.

    With the control data no net has any.
    """
    data = built_in(lab, "mnist1d", (ROWS, 500, 2_000))
    own: Down = "none" if lab.control else pool
    shape = Shape(data.columns, data.outputs, LAYERS, CHANNELS, down=own)
    arm = conv(pool, shape)
    how = How(steps=lab.by(300, 1_500), rates=(-8, -6), finish="last", grow=1)
    found = tuned(arm, data, how, seeds, lab)
    seen = score(arm, found.params, data.train, data).mean(1)
    return summary(found) | {
        "gap": [round(float(a - b), 6) for a, b in zip(seen, found.test.mean(1), strict=True)],
        "same": [_same(arm, found.params, data.test.x, shift) for shift in SHIFTS],
        "operations": shape.products(),
        "parameters": arm.parameters,
    }


@torch.no_grad()
def _same(arm: Any, params: Any, x: torch.Tensor, shift: int) -> list[float]:
    """The share of rows whose class stays when the signal is moved (seeds)."""
    nets = len(next(iter(params.values())))
    said = [
        arm.apply(params, rows.expand(nets, *rows.shape)).argmax(-1)
        for rows in (x, x.roll(shift, dims=-1))
    ]
    return [round(float(v), 6) for v in (said[0] == said[1]).float().mean(1)]


def measured(lab: Lab, pools: tuple[Down, ...] = POOLS) -> dict[str, dict[str, Any]]:
    """Each kind of pooling, a piece each."""
    seeds = lab.by(5, 12)
    return {pool: lab.kept("pool", lambda pool: one(lab, pool, seeds), pool=pool) for pool in pools}
