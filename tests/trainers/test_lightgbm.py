"""LightGBM next to the nets: what it fits is what its own interface fits."""

from __future__ import annotations

from pathlib import Path

import lightgbm
import numpy as np
import pytest

import howdeep
from howdeep import metrics, trainers
from howdeep.base.errors import ConfigError
from howdeep.trainers import classical
from howdeep.trainers.classical import _boosted
from howdeep.trainers.classical import lightgbm as ours
from howdeep.trainers.classical._data import Data

ROWS, HELD, ITERATIONS = 500, 120, 25


def data(classes: int, metric: str, weights: bool = False) -> Data:
    rng = np.random.default_rng(classes)
    x = rng.normal(size=(ROWS + HELD, 5))
    x[:, 4] = rng.integers(0, 4, len(x))  # a category
    x[::17, 1] = np.nan
    signal = np.nan_to_num(x[:, 0] * 2 + x[:, 1]) + (x[:, 4] == 2) + rng.normal(size=len(x))
    y = signal if not classes else np.digitize(signal, np.linspace(-1, 1, classes - 1))
    w = rng.uniform(0.5, 2, ROWS) if weights else None
    categories = (False,) * 4 + (True,)
    return Data(
        x[:ROWS],
        y[:ROWS],
        w,
        x[ROWS:],
        categories,
        classes,
        metrics.metric(metric),
        1,
        lambda out: ((0.0, 0.0),),
    )


@pytest.mark.parametrize(
    ("classes", "metric"), [(0, "mse"), (0, "mae"), (2, "accuracy"), (4, "log_loss")]
)
@pytest.mark.parametrize("weights", [False, True])
@pytest.mark.parametrize("setting", [0, 1, 4])
def test_its_own_interface_gives_the_same(
    classes: int, metric: str, weights: bool, setting: int
) -> None:
    given, own = data(classes, metric, weights), _boosted.SETTINGS[setting]
    mine = ours.Boosted(given, own, seed=7)
    *_, held = mine.grow(ITERATIONS)
    kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    loss = {"objective": "l1"} if metric == "mae" else {}
    theirs = kind(
        n_estimators=ITERATIONS,
        learning_rate=own.rate,
        num_leaves=own.leaves,
        min_child_samples=own.leaf,
        reg_lambda=own.penalty,
        colsample_bynode=own.share,
        random_state=7,
        n_jobs=1,
        deterministic=True,
        force_col_wise=True,
        min_data_in_bin=1,
        verbosity=-1,
        **loss,
    ).fit(given.x, given.y, sample_weight=given.weights, categorical_feature=[4])
    wanted = theirs.booster_.predict(given.held, raw_score=True)
    if classes == 2:
        np.testing.assert_allclose(held[:, 1] - held[:, 0], wanted, rtol=1e-9)
    else:
        np.testing.assert_allclose(held, wanted.reshape(HELD, -1), rtol=1e-9)
    np.testing.assert_allclose(mine.outputs(ITERATIONS, given.held), held, rtol=1e-9)


def test_it_is_fitted_on_request_and_said_by_its_name(tmp_path: Path) -> None:
    assert "lightgbm" not in classical.usual()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    answer = howdeep.run(
        x,
        y=np.where(x[:, 0] * x[:, 1] > 0, "up", "down"),
        out=tmp_path / "a.study",
        rivals="lightgbm",
        depths=(0, 1),
        max_seeds=3,
        max_steps=1_500,
        epsilon=0.1,
        jobs=1,
    )
    (rival,) = answer.verdict.rivals
    assert rival.name == "lightgbm"
    assert rival.code.startswith("LGBMClassifier(")
    assert answer.dossier.plan.rivals[0].label == "LightGBM"


def test_without_the_library_it_is_refused_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classical, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="lightgbm") as refused:
        trainers.models(None, ["lightgbm"])  # type: ignore[arg-type]
    assert refused.value.fix == 'pip install "howdeep[lightgbm]"'
