"""Calibration against probmetrics, MAPIE, scikit-learn, and truths known beforehand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import any_nets
import numpy as np
import pytest
import torch
from torch import nn

from howdeep import instruments
from howdeep.instruments import _calibrate as formulas
from howdeep.instruments import calibration

TRUE_T = 2.5


def drawn(rows: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (N, 4) that are `TRUE_T` times too sure, and classes drawn by what they should be."""
    draws = np.random.default_rng(seed)
    honest = draws.normal(size=(rows, 4)) * 1.5
    p = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    y = (p.cumsum(1) < draws.random((rows, 1))).sum(1)
    return torch.from_numpy(honest * TRUE_T), torch.from_numpy(y)


class Given(nn.Module):
    """Says what it is given."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def given(rows: int = 1_200) -> instruments.Subject:
    x, y = drawn(rows)
    x = x.float()
    return instruments.subject(Given(), (x[:400], y[:400]), test=(x[400:], y[400:]))


def test_the_usual_ece_is_that_of_probmetrics_and_mapie() -> None:
    metrics = pytest.importorskip("probmetrics.metrics")
    mapie = pytest.importorskip("mapie.metrics.calibration")
    logits, y = drawn(700)
    logits = logits / TRUE_T  # honest, so that bins err both ways
    p = torch.softmax(logits, 1)
    confidence, hit = p.max(1).values.numpy(), (p.argmax(1) == y).double().numpy()
    ours = formulas.ece(formulas.equal_width(confidence, hit))
    theirs = metrics.CalibrationError(n_bins=15).compute_from_labels_logits(y, logits)
    assert ours == pytest.approx(float(theirs), abs=1e-6)
    equal = formulas.ece(formulas.equal_rows(confidence, hit))
    order = np.argsort(confidence)  # MAPIE 1.6 splits rows as they come
    other = mapie.expected_calibration_error(
        hit[order], confidence[order], num_bins=15, split_strategy="array split"
    )
    assert equal == pytest.approx(other, abs=2e-3), "MAPIE puts a row at an edge into the next bin"


def test_the_debiased_square_is_unbiased_over_every_outcome() -> None:
    """Exactly, by enumeration: 2 bins of 5 rows each, all 1,024 outcomes with their probability."""
    confidence = np.repeat([0.6, 0.9], 5)
    truth = np.repeat([0.5, 0.8], 5)
    parts = [np.arange(5), np.arange(5, 10)]
    expected = plain = 0.0
    for outcome in itertools.product((0.0, 1.0), repeat=10):
        hit = np.array(outcome)
        chance = float(np.prod(np.where(hit == 1, truth, 1 - truth)))
        bins = formulas._bins(parts, confidence, hit)
        gaps = bins.confidence - bins.accuracy
        weights = bins.rows / bins.rows.sum()
        expected += chance * float(weights @ (gaps**2 - bins.variance))
        plain += chance * float(weights @ gaps**2)
    assert expected == pytest.approx(0.01, abs=1e-12)
    assert plain > 0.04, "without it chance alone makes an error of 20 points"


@pytest.mark.parametrize(("off", "least"), [(0.0, 0.94), (0.05, 0.92)])
def test_the_interval_of_the_error_holds(off: float, least: float) -> None:
    draws, held = np.random.default_rng(5), 0
    for _ in range(300):
        confidence = 0.5 + 0.5 * draws.beta(4, 1.2, 512)
        truth = np.clip(confidence - off, 0, 1)
        hit = (draws.random(512) < truth).astype(float)
        _, low, high = formulas.rms_error(formulas.equal_rows(confidence, hit))
        held += low <= off + 1e-9 and high >= off - 1e-9
    assert held / 300 >= least


def test_temperature_is_found_and_is_that_of_the_others() -> None:
    logits, y = drawn(3_000)
    ours = formulas.temperature(logits, y)
    assert ours == pytest.approx(TRUE_T, rel=0.05)
    theirs = pytest.importorskip("probmetrics.calibrators.temperature_scaling")
    fitted = theirs.TemperatureScalingCalibrator(opt="bisection")
    p = torch.softmax(logits, 1).numpy()
    fitted.fit(p, y.numpy())
    scaled = torch.softmax(logits / ours, 1).numpy()
    np.testing.assert_allclose(fitted.predict_proba(p), scaled, atol=2e-3)


def test_losses_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import brier_score_loss, log_loss

    logits, y = drawn(500)
    p, truth = torch.softmax(logits, 1).numpy(), y.numpy()
    assert formulas.log_losses(p, truth).mean() == pytest.approx(log_loss(truth, p))
    ours = formulas.brier_scores(p[:, :2], np.minimum(truth, 1))
    theirs = [brier_score_loss(np.minimum(truth, 1) == c, p[:, c]) for c in (0, 1)]
    assert ours.mean() == pytest.approx(sum(theirs))


def test_sets_are_those_of_mapie() -> None:
    mapie = pytest.importorskip("mapie.classification")
    from sklearn.base import BaseEstimator, ClassifierMixin

    logits, y = drawn(600)
    p = torch.softmax(logits, 1).numpy()

    class Fixed(ClassifierMixin, BaseEstimator):
        classes_ = np.arange(4)
        fitted_ = True

        def fit(self, x: object, y: object = None) -> Fixed:
            return self

        def predict_proba(self, x: np.ndarray) -> np.ndarray:
            return p[x[:, 0].astype(int)]

        def predict(self, x: np.ndarray) -> np.ndarray:
            return self.predict_proba(x).argmax(1)

    rows = np.arange(600.0)[:, None]
    other = mapie.SplitConformalClassifier(
        Fixed(), confidence_level=0.9, prefit=True, conformity_score="lac"
    ).conformalize(rows[:300], y.numpy()[:300])
    _, theirs = other.predict_set(rows[300:])
    found = calibration._sets(p, y.numpy())
    assert found["size"][0] == pytest.approx(theirs[:, :, 0].sum(1).mean(), abs=1e-5)
    inside = theirs[np.arange(300), y.numpy()[300:], 0].mean()
    assert found["coverage"] == pytest.approx(inside, abs=1e-5)


def test_intervals_are_those_of_mapie() -> None:
    mapie = pytest.importorskip("mapie.regression")
    from sklearn.linear_model import LinearRegression

    one = any_nets.subject("regression", rows=900)
    x, y = (v.double().numpy() for v in (one.train.inputs[0], one.train.targets))
    model = LinearRegression().fit(x, y + np.random.default_rng(0).normal(size=len(y)))
    net = nn.Linear(6, 1)
    with torch.no_grad():
        net.weight.copy_(torch.from_numpy(model.coef_)[None])
        net.bias.copy_(torch.tensor([model.intercept_]))
    same = replace(one, net=net, scale=3.0)
    found = instruments.get("calibration").measure(same, instruments.Effort(rows=10_000))
    parts = calibration._parts(same, instruments.Effort(rows=10_000))
    half = len(parts.judge) // 2
    x, y = parts.judge.inputs[0].double().numpy(), parts.judge.targets.double().numpy()
    other = mapie.SplitConformalRegressor(model, confidence_level=0.9, prefit=True)
    other.conformalize(x[:half], y[:half])
    _, theirs = other.predict_interval(x[half:])
    width = float((theirs[:, 1, 0] - theirs[:, 0, 0])[0])
    assert found["sets"]["width"] == pytest.approx(3.0 * width, rel=1e-4)


def test_the_band_is_that_of_the_beta_binomial() -> None:
    from scipy import stats

    for n, m in ((100, 80), (500, 250), (19, 40)):
        at = int(np.ceil((n + 1) * 0.9 - 1e-9))
        law = stats.betabinom(m, at, n + 1 - at)
        assert formulas.band(n, m, 0.9) == (law.ppf(0.025) / m, law.ppf(0.975) / m)


def test_coverage_lies_in_its_band_as_often_as_it_says() -> None:
    logits, y = drawn(60_000, seed=3)
    p, truth = torch.softmax(logits, 1).numpy(), y.numpy()
    inside = 0
    for i in range(200):
        rows = slice(300 * i, 300 * i + 300)
        found = calibration._sets(p[rows], truth[rows])
        inside += found["band"][0] <= found["coverage"] <= found["band"][1]
    assert inside >= 180


def test_temperature_has_rows_of_its_own_and_helps_on_others() -> None:
    one = given()
    values = instruments.get("calibration").measure(one, instruments.Effort(rows=900))
    assert values["temperature"] == pytest.approx(TRUE_T, rel=0.25)
    assert values["gain"][1] > 0
    assert values["before"]["error"][1] > values["after"]["error"][0]
    assert values["fit_rows"] + values["rows"] == 800
    own = replace(one, parts={**one.parts, "choose": one.train})
    chosen = instruments.get("calibration").measure(own, instruments.Effort(rows=900))
    assert (chosen["fit_part"], chosen["rows"]) == ("choose", 800)


def test_probabilities_are_taken_as_such() -> None:
    one = given()
    soft = replace(one, net=nn.Softmax(dim=1))
    found = [instruments.get("calibration").measure(s, instruments.Effort()) for s in (one, soft)]
    assert found[0]["before"]["ece"] == pytest.approx(found[1]["before"]["ece"], abs=1e-4)


def test_the_page_says_that_it_is_too_sure_and_what_mends_it() -> None:
    seen = instruments.measured([given()], ["calibration"])
    text = str(instruments.sections(seen[0]))
    assert "is too sure of itself" in text
    assert "dividing its logits by" in text
