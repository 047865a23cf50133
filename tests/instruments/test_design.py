"""Weights and groups of rows: intervals hold where rows of a group err together."""

from __future__ import annotations

from dataclasses import replace

import any_nets
import numpy as np
import pytest
import torch

from howdeep import instruments
from howdeep.instruments import Effort
from howdeep.instruments import _calibrate as formulas
from howdeep.instruments import _fair as fair
from howdeep.instruments import _intervals as intervals
from howdeep.instruments import _probe as probe
from howdeep.instruments._design import Design
from howdeep.instruments.lesion import _fall

DRAWS = 300
LEAST = 0.93 * DRAWS  # of intervals of 95 %


def _groups(rng: np.random.Generator, count: int = 60) -> np.ndarray:
    """Groups of 1 to 15 rows."""
    return np.repeat(np.arange(count), rng.integers(1, 16, count))


def _hits(rng: np.random.Generator, groups: np.ndarray, share: float) -> np.ndarray:
    """Rows that are right with a chance that their group shares, `share` in the mean."""
    each = rng.beta(3 * share, 3 * (1 - share), groups.max() + 1)
    return (rng.random(len(groups)) < each[groups]).astype(np.float64)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.93])
@pytest.mark.parametrize("weighted", [False, True])
def test_shares_of_grouped_rows_are_covered(share: float, weighted: bool) -> None:
    rng, held, plain = np.random.default_rng(1), 0, 0
    for _ in range(DRAWS):
        groups = _groups(rng)
        hits = _hits(rng, groups, share)
        weights = rng.exponential(1.0, len(groups)) + 0.1 if weighted else None
        _, low, high = intervals.share(hits, by=Design(weights, groups))
        held += low <= share <= high
        _, low, high = intervals.share(hits)
        plain += low <= share <= high
    assert held >= LEAST
    assert plain < 0.85 * DRAWS, "rows taken as independent would do as well"


@pytest.mark.parametrize("gain", [0.0, 0.05])
def test_differences_at_the_same_grouped_rows_are_covered(gain: float) -> None:
    rng, held = np.random.default_rng(2), 0
    for _ in range(DRAWS):
        groups = _groups(rng)
        weights = rng.exponential(1.0, len(groups)) + 0.1
        mine = _hits(rng, groups, 0.8)
        moved = (rng.random(groups.max() + 1) < 0.2)[groups]  # groups of which one is drawn anew
        other = np.where(moved, _hits(rng, groups, 0.8 - gain / 0.2), mine)
        _, low, high = intervals.paired(mine, other, by=Design(weights, groups))
        held += low <= gain <= high
    assert held >= LEAST


def test_means_and_gaps_of_grouped_rows_are_covered() -> None:
    rng, held, apart = np.random.default_rng(3), 0, 0
    for _ in range(DRAWS):
        groups = _groups(rng)
        values = rng.normal(0, 1, groups.max() + 1)[groups] + rng.normal(0, 1, len(groups))
        by = Design(rng.exponential(1.0, len(groups)) + 0.1, groups)
        _, low, high = intervals.mean(values, by=by)
        held += low <= 0 <= high
        hits, side = _hits(rng, groups, 0.7), groups % 2
        found = fair.gap([fair._by(side, hits > 0, Design(None, groups))])
        assert found is not None
        apart += found[1] == 0.0
    assert held >= LEAST
    assert apart >= LEAST


def test_calibration_of_grouped_rows_is_covered() -> None:
    rng, held, plain = np.random.default_rng(4), 0, 0
    off = 0.05
    for _ in range(DRAWS):
        groups = _groups(rng, 100)
        confidence = rng.uniform(0.5, 0.85, len(groups))
        lift = rng.uniform(-0.19, 0.19, groups.max() + 1)[groups]
        hit = (rng.random(len(groups)) < confidence - off + lift).astype(np.float64)
        by = Design(None, groups)
        _, low, high = formulas.rms_error(formulas.equal_rows(confidence, hit, by=by))
        held += low <= off <= high
        _, low, high = formulas.rms_error(formulas.equal_rows(confidence, hit))
        plain += low <= off <= high
    assert held >= LEAST


def test_falls_and_variance_explained_of_grouped_rows_are_covered() -> None:
    rng, fallen, explained = np.random.default_rng(5), 0, 0
    for _ in range(DRAWS):
        groups = _groups(rng, 80)
        whole = _hits(rng, groups, 0.9)
        cut = np.where((rng.random(groups.max() + 1) < 0.3)[groups], _hits(rng, groups, 0.5), whole)
        _, low, high = _fall(whole, cut, 400, Design(None, groups))
        fallen += low <= 0.3 * 0.4 <= high
        noise = rng.normal(0, 0.6, groups.max() + 1)[groups] + rng.normal(0, 0.5, len(groups))
        truth = rng.normal(0, 1, len(groups))
        y = torch.from_numpy(truth + noise)
        by = Design(None, groups)
        found = probe.scored(torch.from_numpy(truth)[:, None], y, "numbers", 400, by)
        explained += found.low <= 1 / 1.61 <= found.high
    assert fallen >= LEAST
    assert explained >= LEAST


def test_weights_count_as_the_metric_does() -> None:
    hits, weights = np.array([1.0, 0.0, 1.0, 1.0]), np.array([1.0, 5.0, 1.0, 1.0])
    assert intervals.share(hits, by=Design(weights))[0] == pytest.approx(3 / 8)
    assert intervals.mean(hits * 2.5, by=Design(weights))[0] == pytest.approx(2.5 * 3 / 8)
    equal = Design(np.full(4, 2.0))
    assert intervals.student(hits, by=equal) == pytest.approx(intervals.student(hits))
    single = Design(None, np.arange(4))
    assert intervals.student(hits, by=single) == pytest.approx(intervals.student(hits))
    assert intervals.share(hits, by=Design(None, np.zeros(4, dtype=np.int64)))[1:] == (0.0, 1.0)


def _with(one: instruments.Subject, name: str) -> instruments.Subject:
    """The subject with weights, or with groups of 8 rows."""
    parts = {}
    for part, rows in one.parts.items():
        n = len(rows)
        weights = 1.0 + np.arange(n) % 3 if name == "weights" else None
        groups = np.arange(n) // 8 if name == "groups" else None
        parts[part] = replace(rows, weights=weights, groups=groups)
    return replace(one, parts=parts)


@pytest.mark.parametrize("kind", ["plain", "regression"])
@pytest.mark.parametrize("name", ["robustness", "calibration", "trust", "probes", "lesion"])
def test_instruments_use_weights_and_groups(name: str, kind: str) -> None:
    if (name, kind) in {("calibration", "regression"), ("lesion", "regression")}:
        pytest.skip("nothing of it is a mean over rows")
    one = any_nets.subject(kind, rows=240)
    effort = Effort(rows=128, draws=3, steps=5)
    told = [
        instruments.measured([own], [name], effort)[0][0].values
        for own in (one, _with(one, "weights"), _with(one, "groups"))
    ]
    assert told[0] != told[1]
    assert told[0] != told[2]
