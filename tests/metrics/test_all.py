"""Every file in the folder of metrics keeps to what howdeep relies on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.testing.metrics import check_metric


@pytest.mark.parametrize("name", metrics.names())
@pytest.mark.parametrize("seed", range(3))
def test_a_metric_keeps_to_what_is_relied_on(name: str, seed: int) -> None:
    check_metric(metrics.metric(name), seed)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_each_kind_has_one_default(kind: str) -> None:
    ranks = [metrics.metric(name).rank for name in metrics.of_kind(kind)]  # type: ignore[arg-type]
    assert ranks == sorted(set(ranks))
    assert ranks[0] == 0


def test_an_unknown_metric_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="auuc"):
        metrics.metric("auuc")


BAD = {
    "finite": {"rows": lambda out, basis, scale: np.full(out.shape[:-1], np.nan)},
    "perfect": {"most": 2.0},
    "end": {"least": 0.9},
    "tie-break": {"tie": "luck"},
    "itself": {"rows": lambda out, basis, scale: out[..., 0] * out.std() + 0.0 * basis.weights},
    "way": {"unit": dataclasses.replace(metrics.metric("accuracy").unit, better="lower")},
}


@pytest.mark.parametrize("what", BAD)
def test_what_does_not_hold_is_found(what: str) -> None:
    wrong = dataclasses.replace(metrics.metric("accuracy"), **BAD[what])  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match=f"accuracy: |{what}"):
        check_metric(wrong)
