"""The compiled kernels evaluate nets as PyTorch does; what they cannot, they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_native import CHAINS, KINDS, RECIPE, ROWS, bank_of, fold_of, needs_kernels, rung_of
from tests import toys

from howdeep.base.nouns import Recipe, Rung
from howdeep.base.trials import Group, Member
from howdeep.nets.families import family
from howdeep.trainers.fused import encoded, evaluate, loop, native
from howdeep.trainers.fused.encoded import EncodedFold
from howdeep.trainers.fused.weights import Tensors

EVERY = np.arange(ROWS)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(native.VARIABLE, request.param)
    return str(request.param)


def weights_of(rung: Rung, nets: int = 3) -> Tensors:
    """As `FusedWeights` holds them, with biases, and a stem that sees every column."""
    fused = bank_of(rung, RECIPE, nets)
    g = torch.Generator().manual_seed(5)
    for value in fused.ema.values():
        value += 0.1 * torch.randn(value.shape, generator=g)
    return fused.ema


def told(rung: Rung, weights: Tensors, fold: EncodedFold, rows: np.ndarray) -> np.ndarray:
    chain = native.chain_of(rung)
    assert chain is not None
    return native.outputs(rung, chain, weights, fold, rows)


def by_torch(rung: Rung, weights: Tensors, fold: EncodedFold, rows: np.ndarray) -> np.ndarray:
    m = len(next(iter(weights.values())))
    x = fold.rows(torch.from_numpy(rows)).expand(m, -1, -1)
    with torch.no_grad():
        return family(rung.family).apply(rung, weights, x).numpy()


@needs_kernels
@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 9])
@pytest.mark.parametrize(
    ("columns", "width", "outputs", "count"),
    [(1, 1, 1, 1), (7, 20, 10, 33), (33, 31, 33, 128), (100, 64, 7, 400), (5, 100, 2, 129)],
)
@pytest.mark.parametrize("name", [n for n in CHAINS if family(n).chain(rung_of(n, 1))])  # type: ignore[misc]
def test_outputs_are_those_of_pytorch(
    name: str, blocks: int, columns: int, width: int, outputs: int, count: int, kind: str
) -> None:
    rung = rung_of(name, blocks, columns, width, outputs)
    fold, rows = fold_of(rung, "accuracy"), EVERY[::-1][:count].copy()
    weights = weights_of(rung)
    found, wanted = told(rung, weights, fold, rows), by_torch(rung, weights, fold, rows)
    assert found.shape == (3, count, outputs)
    scale = np.abs(wanted).max()
    assert scale > 0.01
    np.testing.assert_allclose(found / scale, wanted / scale, rtol=0, atol=1e-5)


@needs_kernels
def test_bytes_are_standardised_as_they_are_taken(kind: str) -> None:
    rung = rung_of("mlp", 2)
    g = torch.Generator().manual_seed(3)
    fold = replace(
        fold_of(rung, "accuracy"),
        x=torch.randint(256, (ROWS, 20), generator=g, dtype=torch.uint8),
        shift=torch.full((20,), 100.0),
        spread=torch.linspace(50, 90, 20),
    )
    weights = weights_of(rung)
    found, wanted = (f(rung, weights, fold, EVERY) for f in (told, by_torch))
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@needs_kernels
def test_a_net_and_a_row_give_the_same_bits_in_any_company(kind: str) -> None:
    rung = rung_of("resmlp", 3)
    fold, weights = fold_of(rung, "accuracy"), weights_of(rung)
    every = told(rung, weights, fold, EVERY)
    alone = {name: value[1:2] for name, value in weights.items()}
    some = EVERY[[7, 200, 399]]
    assert np.array_equal(told(rung, alone, fold, some)[0], every[1][some])


@needs_kernels
def test_what_is_not_finite_is_to_be_seen(kind: str) -> None:
    rung = rung_of("mlp", 2)
    weights = {name: value.clone() for name, value in weights_of(rung).items()}
    weights["stem.weight"][0, 3, 2] = torch.nan
    found = told(rung, weights, fold_of(rung, "accuracy"), EVERY)
    assert not np.isfinite(found[0]).any()
    assert np.isfinite(found[1:]).all()


@needs_kernels
def test_a_study_s_evaluation_takes_them(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rung = rung_of("mlp", 2)
    fold, weights = fold_of(rung, "accuracy"), weights_of(rung)
    own = evaluate.outputs(rung, weights, fold, EVERY)
    assert np.array_equal(own, told(rung, weights, fold, EVERY))
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    np.testing.assert_allclose(evaluate.outputs(rung, weights, fold, EVERY), own, atol=1e-5)


@needs_kernels
def test_a_net_that_trains_is_looked_at_by_them(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = toys.task()
    data = encoded.encoded(task)
    rung = Rung("mlp", 1, 8, encoded.inputs(task, encoded.encoders(task)), task.outputs)
    members = (Member(0, (-7,) * len(task.folds)),)
    group = Group("main", "mlp-1", rung, members, "", Recipe(16, 40, 10, patience=99), 0)
    counted, known = [], native.outputs
    monkeypatch.setattr(native, "outputs", lambda *a: counted.append(1) or known(*a))
    loop.train(group, task, data)
    assert len(counted) > 4 * len(task.folds)  # four looks a fold, and the scores in the end


@needs_kernels
@pytest.mark.parametrize("row", [-1, ROWS])
def test_rows_that_there_are_none_of_are_refused(row: int, kind: str) -> None:
    rung = rung_of("mlp", 1)
    with pytest.raises(ValueError, match="a row"):
        told(rung, weights_of(rung), fold_of(rung, "accuracy"), np.array([3, row]))


@needs_kernels
@pytest.mark.parametrize("wrong", ["turned", "short", "fewer nets", "doubles"])
def test_parameters_of_another_shape_are_refused(wrong: str, kind: str) -> None:
    rung = rung_of("mlp", 1)
    weights = {name: value.clone() for name, value in weights_of(rung).items()}
    changed = {
        "turned": weights["stem.weight"].mT,
        "short": weights["stem.weight"][:, :-1],
        "fewer nets": weights["stem.weight"][:2],
        "doubles": weights["stem.weight"].double(),
    }[wrong]
    weights["stem.weight"] = changed
    with pytest.raises(ValueError, match="another shape"):
        told(rung, weights, fold_of(rung, "accuracy"), EVERY)
