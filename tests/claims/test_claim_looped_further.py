"""Rings of arrows, and nets that run for the rounds that a row asks for."""

import numpy as np
import torch

from howdeep.claims.looped_further import POINTS, _rows
from howdeep.claims.nets.recall import recalling


def test_answers_follow_the_arrows_of_one_ring():
    rows = _rows(np.random.default_rng(0), 200, 1, 6)
    arrows = rows.x[:, : POINTS * POINTS].reshape(-1, POINTS, POINTS).argmax(-1)
    starts = rows.x[:, POINTS * POINTS : -1].argmax(-1)
    for arrow, start, steps, y in zip(arrows, starts, rows.x[:, -1], rows.y, strict=True):
        way = [int(start)]
        for _ in range(POINTS):
            way.append(int(arrow[way[-1]]))
        assert len(set(way)) == POINTS
        assert way[int(steps)] == int(y)


def test_rounds_beyond_those_asked_for_change_nothing():
    few, many = (recalling("x", 64, 8, 8, rounds, 2) for rounds in (3, 6))
    params = {k: v.unsqueeze(0) for k, v in few.init(torch.Generator().manual_seed(0)).items()}
    x = _rows(np.random.default_rng(1), 50, 1, 3).x.unsqueeze(0)
    assert few.apply(params, x).equal(many.apply(params, x))
