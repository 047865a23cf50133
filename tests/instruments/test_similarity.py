"""CKA against pytorch-cka, the formulas by brute force, and what it must not change with."""

from __future__ import annotations

from dataclasses import replace

import any_nets
import numpy as np
import pytest
import torch

from howdeep import instruments
from howdeep.base.errors import InstrumentError
from howdeep.instruments import Effort
from howdeep.instruments import _cka as cka


def drawn(n: int, *shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed))


def hsic(x: np.ndarray, y: np.ndarray) -> float:
    """Song et al. 2012, eq. 5, as it is written."""
    n = len(x)
    k, m = x @ x.T, y @ y.T
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    one = np.ones(n)
    first = np.trace(k @ m)
    second = one @ k @ one * (one @ m @ one) / ((n - 1) * (n - 2))
    third = 2 / (n - 2) * one @ k @ m @ one
    return float((first + second - third) / (n * (n - 3)))


def test_products_of_centred_grams_are_the_unbiased_hsic() -> None:
    x, y = drawn(30, 7), drawn(30, 4, seed=1) + 2
    a, b = x.double().numpy(), y.double().numpy()
    expected = [[hsic(a, a), hsic(a, b)], [hsic(b, a), hsic(b, b)]]
    torch.testing.assert_close(
        cka.products(cka.centred_all([x, y]), cka.centred_all([x, y])),
        torch.tensor(expected, dtype=torch.float64),
        atol=1e-5,
        rtol=1e-5,
    )


def test_it_is_that_of_pytorch_cka_over_minibatches() -> None:
    other = pytest.importorskip("cka", reason="pytorch-cka is not installed")
    x = [drawn(256, 20), drawn(256, 50, seed=1)]
    x.append(x[0] @ drawn(20, 30, seed=2) + drawn(256, 30, seed=3))
    found = cka.cka(x)
    sums = None
    for part in cka.batches(256):
        grams = torch.stack([value[part].double() @ value[part].double().T for value in x])
        xy, xx, _ = other.hsic(grams, grams)
        sums = (xy, xx) if sums is None else (sums[0] + xy, sums[1] + xx)
    assert sums is not None
    scale = (sums[1][:, None] * sums[1][None, :]).sqrt()
    torch.testing.assert_close(found, sums[0] / scale, rtol=1e-6, atol=1e-9)


def test_rotation_and_scale_change_nothing_and_width_adds_nothing() -> None:
    x = drawn(512, 16)
    turn = torch.linalg.qr(drawn(16, 16, seed=4)).Q
    assert float(cka.cka([x], [3 * x @ turn + 5])) == pytest.approx(1.0, abs=1e-5)
    wide = [abs(float(cka.cka([drawn(512, 2000, seed=s)], [drawn(512, 2000, seed=s + 50)])))
            for s in range(3)]  # fmt: skip
    assert max(wide) < 0.05, "unrelated wide layers look alike: the estimate is biased"


def test_the_interval_holds_the_value_of_all_rows_in_most_draws() -> None:
    """Of 60 draws of 512 rows, whose CKA over 60,000 is known."""
    mix = drawn(10, 10, seed=9)

    def pair(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = drawn(n, 10, seed=seed)
        return x, torch.tanh(x @ mix) + drawn(n, 10, seed=seed + 1000)

    x, y = pair(60_000, 77)
    truth = float(cka.cka([x], [y]))
    held = 0
    for seed in range(60):
        sums = cka.summed(*([part] for part in pair(512, seed)))
        half = cka.half_width(*sums)
        assert half is not None
        held += abs(float(cka.ratio(*sums)) - truth) <= float(half)
    assert held >= 52, f"95 % intervals hold the truth in {held} of 60"


def test_every_row_is_in_one_minibatch() -> None:
    for n in (4, 63, 64, 70, 72, 130, 512):
        parts = cka.batches(n)
        assert [i for part in parts for i in range(n)[part]] == list(range(n))
        assert all(part.stop - part.start > 3 for part in parts)


def test_a_layer_of_constants_is_like_nothing() -> None:
    x = drawn(64, 4)
    assert cka.cka([x, torch.ones(64, 3)]).tolist()[0][1] == 0.0


def test_layers_are_compared_with_each_other_and_an_untrained_copy() -> None:
    one = any_nets.subject("plain", 300)
    values = instruments.get("similarity").measure(one, Effort(rows=300))
    between = np.array(values["between"])
    np.testing.assert_allclose(np.diag(between), 1, atol=1e-6)
    np.testing.assert_allclose(between, between.T, atol=1e-6)
    assert values["start"][0][0] == pytest.approx(1.0), "the inputs are those of the copy as well"
    assert values["start"][1][0] < 1.0
    same = replace(one, fresh=lambda seed: one.net)
    own = instruments.get("similarity").measure(same, Effort(rows=300))
    assert [value for value, _ in own["start"]] == pytest.approx([1.0] * len(own["layers"]))


def test_nets_are_compared_on_the_same_rows_only() -> None:
    first, other = any_nets.subject("plain", 300), any_nets.subject("functional", 300)
    measure = instruments.get("similarity").together
    assert measure is not None
    values = measure((first, other), Effort(rows=300))
    assert values["nets"] == ["plain", "functional"]
    assert values["final"][0][0] == values["final"][1][1] == 1.0
    assert 0 <= values["final"][0][1] < 1
    with pytest.raises(InstrumentError, match="regression has other rows than plain"):
        measure((first, any_nets.subject("regression", 290)), Effort(rows=300))
    found, notes = instruments.measured((first, other), ["similarity"], Effort(rows=300))
    assert [one.net for one in found] == ["plain", "functional", "all"]
    assert not notes
