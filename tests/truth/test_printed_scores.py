"""What a study prints of the net it hands over is what scikit-learn says of its predictions."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as theirs

import howdeep

SMALL = {"depths": "0,1", "family": "mlp", "max_seeds": 2, "rivals": "none", "max_steps": 200}


def frame(rows: int, kind: str, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, rows))
    signal = a - 0.5 * b + 0.5 * rng.normal(size=rows)
    y: np.ndarray = np.exp(0.7 * signal)  # a tail to one side
    if kind == "classes":
        y = np.where(signal > 1.2, "high", np.where(signal > 0, "middle", "low"))
    return {"a": a, "b": b, "y": y}


@pytest.mark.parametrize("rows", [400, 4_200], ids=["folds", "holdout"])
@pytest.mark.parametrize("metric", ["mse", "mae", "accuracy", "balanced_accuracy", "log_loss"])
def test_the_net_handed_over_scores_what_is_printed(metric: str, rows: int, tmp_path: Path) -> None:
    numbers = metric in ("mse", "mae")
    kind = "numbers" if numbers else "classes"
    data, new = frame(rows, kind, 0), frame(500, kind, 1)
    if numbers:
        new["y"] = new["y"] / 20 + 1  # a narrow range, as R2 by the training rows would not see
    answer = howdeep.run(
        data,
        "y",
        out=str(tmp_path / "a.study"),
        test=new,
        metric=metric,
        epsilon=0.5,
        jobs=1,
        **SMALL,
    )
    score = answer.verdict.test_score
    assert score is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guess = np.asarray(answer.predict({name: new[name] for name in "ab"}))
    if numbers:
        r2 = theirs.r2_score if metric == "mse" else theirs.d2_absolute_error_score
        assert score.handed_over.value + 1 == pytest.approx(r2(new["y"], guess), rel=1e-4)
        extra = dict(score.extra)
        rmse, mae = theirs.root_mean_squared_error, theirs.mean_absolute_error
        assert extra["RMSE"] == pytest.approx(rmse(new["y"], guess), rel=1e-4)
        assert extra["MAE"] == pytest.approx(mae(new["y"], guess), rel=1e-4)
    elif metric != "log_loss":
        theirs_ = {
            "accuracy": theirs.accuracy_score,
            "balanced_accuracy": theirs.balanced_accuracy_score,
        }[metric]
        assert score.handed_over.value == pytest.approx(theirs_(new["y"], guess), abs=1e-6)
    low, high = score.handed_over.low, score.handed_over.high
    assert low is not None
    assert high is not None
    assert low <= score.handed_over.value <= high <= (0 if numbers or metric == "log_loss" else 1)
