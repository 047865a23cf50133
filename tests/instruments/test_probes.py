"""Probes against scikit-learn and brute force; what the three rows next to them are for."""

from __future__ import annotations

import any_nets
import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from howdeep import instruments
from howdeep.instruments import Effort
from howdeep.instruments import _probe as probe
from howdeep.instruments._layers import SKETCH, layer_names, matrices, raw, sketch
from howdeep.instruments._probe import Split
from howdeep.instruments._untrained import REDRAWN, untrained

EFFORT = Effort(rows=400, draws=5)


def rows(n: int, dims: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, dims, generator=torch.Generator().manual_seed(seed))


def split(x: torch.Tensor) -> Split:
    third = len(x) // 3
    return Split(x[:third], x[third : 2 * third], x[2 * third :])


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_the_linear_probe_is_the_ridge_regression_of_the_penalty_that_chooses(task) -> None:
    x = split(rows(180, 12))
    y = torch.cat(list(x)) @ rows(12, 3, 1) + 2 * rows(180, 3, 2)
    target = split(y.argmax(1) if task == "classes" else y)
    said = probe.linear(Split(*(part.double() for part in x)), target, task, 3)
    fit = np.eye(3)[target.fit] if task == "classes" else target.fit.numpy()
    centred = (x.fit - x.fit.mean(0)).double()
    mean_variance = float((centred.T @ centred).trace() / 12)
    best, expected = -np.inf, None
    for penalty in probe.PENALTIES:
        ridge = Ridge(alpha=penalty * mean_variance).fit(x.fit.double().numpy(), fit)
        found = probe.score_of(torch.from_numpy(ridge.predict(x.choose.double().numpy())),
                               target.choose, task)  # fmt: skip
        if found >= best:
            best, expected = found, ridge.predict(x.score.double().numpy())
    np.testing.assert_allclose(said.numpy(), expected, atol=1e-6)


def test_the_neighbour_probe_is_that_of_scikit_learn() -> None:
    x = split(rows(240, 4))
    y = split((torch.cat(list(x))[:, 0] > 0).long() + (torch.cat(list(x))[:, 1] > 0).long())
    said = probe.neighbours(x, y, "classes", 3).argmax(1)
    models = [KNeighborsClassifier(k).fit(x.fit, y.fit) for k in probe.NEIGHBOURS]
    scores = [model.score(x.choose, y.choose) for model in models]
    best = max(range(len(models)), key=lambda i: (scores[i], i))
    assert (said.numpy() == models[best].predict(x.score)).mean() > 0.98  # but for ties of votes


def test_a_projection_is_that_of_principal_components_and_fitted_on_fitting_rows_alone() -> None:
    from sklearn.decomposition import PCA

    for dims in (100, 30):  # more and fewer than rows
        x = split(rows(180, dims) * torch.linspace(3, 0.1, dims))
        flat = probe.project(x, 5)
        pca = PCA(5).fit(x.fit.double().numpy())
        expected = pca.transform(x.score.double().numpy())
        expected /= np.sqrt(np.mean(pca.transform(x.fit.double().numpy()) ** 2))
        np.testing.assert_allclose(np.abs(flat.score.numpy()), np.abs(expected), atol=1e-6)
        other = probe.project(Split(x.fit, x.choose, x.score + 100), 5)
        torch.testing.assert_close(other.fit, flat.fit)


def test_an_r2_and_its_bootstrap_interval_are_those_of_a_loop() -> None:
    y = rows(120, 1, 3)
    said = (y + 0.5 * rows(120, 1, 4)).double()
    found = probe.scored(said, y, "numbers", 2000)
    from sklearn.metrics import r2_score

    assert found.value == pytest.approx(r2_score(y, said), abs=1e-6)
    generator = np.random.default_rng(5)
    drawn = [generator.integers(0, 120, 120) for _ in range(2000)]
    low, high = np.quantile([r2_score(y[at], said[at]) for at in drawn], [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize("name", ["plain", "conv", "attention", "regression", "two inputs"])
def test_layer_zero_is_the_probe_of_the_inputs(name: str) -> None:
    one = any_nets.subject(name, 300)
    values = instruments.get("probes").measure(one, EFFORT)
    if name != "two inputs":  # whose first layers read one of the inputs each
        assert values["linear"][0] == values["inputs"]["linear"]
        assert values["untrained_linear"][0] == values["inputs"]["linear"]
    assert values["layers"] == list(layer_names(one.net, one.train))


def test_layer_zero_agrees_with_a_linear_model_of_the_inputs() -> None:
    one = any_nets.subject("plain", 900)
    values = instruments.get("probes").measure(one, Effort(rows=900))
    x, y = raw(one.train).numpy(), one.train.targets.numpy()
    linear = Ridge(alpha=1e-3).fit(x, np.eye(3)[y])
    test = one.parts["test"]
    own = (linear.predict(raw(test).numpy()).argmax(1) == test.targets.numpy()).mean()
    assert values["inputs"]["linear"][0] == pytest.approx(own, abs=0.02)


def test_a_net_whose_hidden_layer_holds_the_answer_is_read_and_an_untrained_copy_is_not() -> None:
    """The class is the sign of a product, which no linear map of the inputs gives."""
    x = rows(900, 8)
    y = (x[:, 0] * x[:, 1] > 0).long()

    class Product(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.head = nn.Linear(8, 2), nn.Linear(8, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            a, b = self.stem(x).unbind(1)
            hidden = torch.stack([a * b, a, b, *x[:, :5].unbind(1)], 1)
            return self.head(hidden)

    net = Product()
    with torch.no_grad():
        net.stem.weight.zero_()
        net.stem.bias.zero_()
        net.stem.weight[0, 0] = net.stem.weight[1, 1] = 1.0
    one = instruments.subject(net, (x[:600], y[:600]), test=(x[600:], y[600:]))
    values = instruments.get("probes").measure(one, Effort(rows=600))
    assert values["inputs"]["linear"][2] < 0.65
    assert values["linear"][1][1] > 0.8
    assert values["untrained_linear"][1][0] < values["linear"][1][1]
    assert values["untrained"] == REDRAWN


def test_a_redrawn_copy_has_the_spread_of_each_tensor_and_settled_norms() -> None:
    one = any_nets.subject("conv")
    bare = instruments.subject(one.net, (one.train.inputs[0], one.train.targets))
    copy, how = untrained(bare)
    assert how == REDRAWN
    for (name, new), old in zip(copy.named_parameters(), one.net.parameters(), strict=True):
        if new.numel() > 50:
            assert new.std().item() == pytest.approx(old.std().item(), rel=0.25), name
            assert not torch.equal(new, old)
    seen = copy[0](one.train.inputs[0]).mean((0, 2, 3))
    torch.testing.assert_close(copy[1].running_mean, seen, atol=1e-5, rtol=1e-4)


def test_probes_are_scored_on_rows_that_neither_net_nor_probe_saw() -> None:
    x, y = rows(300, 5), torch.arange(300) % 3
    noise = instruments.subject(nn.Linear(5, 3), (x[:200], y[:200]), test=(x[200:], y[200:]))
    values = instruments.get("probes").measure(noise, Effort(rows=300))
    assert not values["seen"]
    assert values["linear"][0][0] < 0.5, "labels without meaning cannot be read off unseen rows"
    alone = instruments.get("probes").measure(
        instruments.subject(nn.Linear(5, 3), (x, y)), Effort(rows=300)
    )
    assert alone["seen"]
    assert alone["linear"][0][0] < 0.5
    assert sum(alone["rows"]) == 300


def test_a_layer_reads_what_the_layer_before_it_gave() -> None:
    one = any_nets.subject("plain", 400)
    found = matrices(one.net, one.train, layer_names(one.net, one.train))
    x = one.train.inputs[0]
    with torch.no_grad():
        torch.testing.assert_close(found["0"], x)
        torch.testing.assert_close(found["2"], one.net[:2](x))
        torch.testing.assert_close(found["4"], torch.relu(one.net[:3](x)))
        torch.testing.assert_close(found["output"], one.net(x))


def test_a_sketch_keeps_inner_products() -> None:
    x = rows(60, 20_000)
    flat = sketch(x)
    assert flat.shape == (60, SKETCH)
    expected = (x @ x.T / 20_000).fill_diagonal_(0) + torch.diag(x.square().mean(1))
    torch.testing.assert_close(flat @ flat.T / 20_000, expected, atol=0.13, rtol=0)
    error = (flat @ flat.T / 20_000 - expected).std().item()
    assert error < 1.5 / SKETCH**0.5


def test_targets_that_do_not_fit_the_outputs_are_refused_and_others_go_on() -> None:
    x = rows(100, 4)
    several = instruments.subject(nn.Linear(4, 3), (x, x[:, 0]), nn.functional.l1_loss)
    names = ["probes", "lesion", "similarity"]
    _, notes = instruments.measured([several], names, Effort(rows=100, steps=0))
    assert "it gives (25, 3) for targets of (25,)" in notes[0]
    assert len(notes) == 2
    negative = instruments.subject(nn.Linear(4, 3), (x, torch.full((100,), -100)))
    assert "negative" in instruments.get("probes").suits(negative)


def test_a_net_in_half_precision_is_looked_at() -> None:
    one = any_nets.subject("conv", 120)
    half = instruments.subject(
        one.net.to(torch.bfloat16),
        (one.train.inputs[0].to(torch.bfloat16), one.train.targets),
        lambda outputs, targets: nn.functional.cross_entropy(outputs.float(), targets),
    )
    names = ["probes", "similarity", "receptive_field", "lesion", "cost"]
    found, notes = instruments.measured([half], names, Effort(rows=64, draws=1, steps=2))
    assert [one.instrument for one in found] == names
    assert not notes
