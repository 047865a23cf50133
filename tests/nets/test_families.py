"""Every family, by the folder's listing: one net written once, its cost, its plain module."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Inputs, Rung
from howdeep.modalities.table.samples import NUMBERS, Names
from howdeep.nets import families
from howdeep.nets.families import _conv, _dense, family
from howdeep.testing import check_family
from howdeep.testing.families import built, layers
from howdeep.trainers.fused import encoded, loop

INPUTS = Inputs(columns=9, features=3, zero_from=4)
IMAGES = Inputs(columns=300, features=300, zero_from=300, image=(10, 15, 2))
DENSE = [name for name in families.names() if family(name).kind.name == "dense"]
CONV = [name for name in families.names() if family(name).kind.name == "conv"]
CASES = [(name, blocks) for name in families.names() for blocks in (0, 1, 2, 5)]


def rung(name: str, blocks: int, **options: str) -> Rung:
    inputs = IMAGES if name in CONV else INPUTS
    return Rung(name, blocks, 16, inputs, 3, tuple(options.items()))


def inputs_of(r: Rung, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, r.inputs.columns, generator=torch.Generator().manual_seed(1))


def ready(r: Rung, params: dict[str, torch.Tensor], x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The parameters as they are evaluated."""
    calibrate = family(r.family).calibrate
    return params if calibrate is None else calibrate(r, params, x)[0]


def nets(r: Rung, count: int = 3) -> dict[str, torch.Tensor]:
    each = [family(r.family).init(r, torch.Generator().manual_seed(s)) for s in range(count)]
    stacked = {name: torch.stack([net[name] for net in each]) for name in each[0]}
    g = torch.Generator().manual_seed(99)  # biases and zero-started weights must show, too
    return {n: v + 0.1 * torch.randn(v.shape, generator=g) for n, v in stacked.items()}


@pytest.mark.parametrize("name", families.names())
def test_a_family_keeps_to_what_is_relied_on(name: str) -> None:
    check_family(family(name), name)


COUNT = itertools.count()


def drawn_elsewhere(params: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng()
    return {n: torch.from_numpy(rng.normal(size=v.shape)).float() for n, v in params.items()}


def code_of(old: str, new: str) -> dict[str, object]:
    """A family whose code is another than its nets."""
    return {"code": lambda r: family("mlp").code(r).replace(old, new)}


BAD = {
    "plain module": {"apply": lambda r, p, x, tap=None: 2 * family("mlp").apply(r, p, x)},
    "parameters": {"cost": lambda r: replace(family("mlp").cost(r), parameters=3)},
    "layers": {"cost": lambda r: replace(family("mlp").cost(r), weight_layers=0)},
    "FLOPs": {"cost": lambda r: replace(family("mlp").cost(r), flops=1.0)},
    "scaled": {"scales": lambda r: {"nobody": 0.5}},
    "decay": {"decayed": lambda r: frozenset({"nobody"})},
    "generator": {"init": lambda r, g: drawn_elsewhere(family("mlp").init(r, g))},
    "code has": code_of("nn.Linear(9, 16)", "nn.Linear(9, 16, bias=False)"),
    "code says": code_of("nn.ReLU()", "nn.Tanh()"),
    "defines no": code_of("net =", "it ="),
    "second call": {"code": lambda r: family("mlp").code(r) + f"# {next(COUNT)}"},
    "in its parts": {"parts": lambda r: family("mlp").parts(r)[:-1]},
    "start": {"init": lambda r, g: {n: v + 0.1 for n, v in family("mlp").init(r, g).items()}},
}


@pytest.mark.parametrize("what", BAD)
def test_a_family_that_does_not_is_told_what(what: str) -> None:
    with pytest.raises(AssertionError, match=what):
        check_family(replace(family("mlp"), **BAD[what]), "mlp")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", families.names())
def test_learning_rates_of_branches_are_scaled_by_depth(name: str) -> None:
    fam, r = family(name), rung(name, 4)
    blocks = 4 * (len(_conv.widths(r)) if name in CONV else 1)
    assert all(scale == pytest.approx(np.sqrt(2 / blocks)) for scale in fam.scales(r).values())


@pytest.mark.parametrize("blocks", [0, 1, 3, 9])
@pytest.mark.parametrize("norm", ["none", "layer"])
@pytest.mark.parametrize("skip", ["none", "identity"])
@pytest.mark.parametrize("activation", _dense.ACTIVATIONS)
def test_the_code_of_a_dense_net_gives_what_the_net_gives(
    activation: str, skip: str, norm: str, blocks: int
) -> None:
    r = rung("mlp", blocks, activation=activation, skip=skip, norm=norm)
    same_as_its_code(r)


@pytest.mark.parametrize("image", [(10, 15, 2), (28, 28, 1), (64, 64, 3), (8, 8, 1), (100, 90, 3)])
@pytest.mark.parametrize("blocks", [0, 1, 4])
@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize("name", CONV)
def test_the_code_of_a_convolutional_net_gives_what_the_net_gives(
    name: str, norm: str, blocks: int, image: tuple[int, ...]
) -> None:
    pixels = int(np.prod(image))
    inputs = Inputs(pixels, pixels, pixels, image)
    same_as_its_code(Rung(name, blocks, 16, inputs, 3, (("norm", norm),)))


def same_as_its_code(r: Rung) -> None:
    """Layer by layer, as `check_family` does, but for any options and sizes."""
    fam, params, x = family(r.family), nets(r, 1), inputs_of(r, 6)
    real, shown = fam.module(r).eval(), built(fam.code(r)).eval()
    params = ready(r, params, inputs_of(r, 12))
    real.load_state_dict(fam.state_dict(r, {n: v[0] for n, v in params.items()}))
    taken = x
    if r.family in CONV:
        taken = x.reshape(6, *r.inputs.image).permute(0, 3, 1, 2)
    for own, theirs in zip(layers(shown, taken), layers(real, x), strict=True):
        own.load_state_dict(theirs.state_dict())
    assert sum(p.numel() for p in shown.parameters()) == fam.cost(r).parameters
    with torch.no_grad():
        assert torch.allclose(shown(taken), real(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("activation", _dense.ACTIVATIONS)
@pytest.mark.parametrize("kind", _dense.GAINS)
@pytest.mark.parametrize("skip", ["none", "identity"])
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_options_of_a_rung_make_other_nets_without_another_family(
    activation: str, kind: str, skip: str, norm: str
) -> None:
    r = rung("mlp", 3, activation=activation, init=kind, skip=skip, norm=norm)
    fam, params = family("mlp"), nets(r, 1)
    x = torch.randn(1, 8, 9, generator=torch.Generator().manual_seed(1))
    module = fam.module(r)
    module.load_state_dict(fam.state_dict(r, {n: v[0] for n, v in params.items()}))
    assert (module(x[0]) - fam.apply(r, params, x)[0]).abs().max() <= 1e-5


def test_an_option_that_does_not_exist_is_refused_with_the_choices() -> None:
    with pytest.raises(ConfigError, match="relu, tanh"):
        family("mlp").cost(rung("mlp", 2, activation="swish"))
    with pytest.raises(ConfigError, match="skip, norm"):
        family("mlp").cost(rung("mlp", 2, depthwise="yes"))


def test_a_family_that_is_no_file_of_the_folder_is_refused() -> None:
    for name in ("os", "../x", "_dense", "howdeep.cli", "x" * 10_000):
        with pytest.raises(ConfigError) as refused:
            family(name)
        assert len(str(refused.value)) < 300


def test_one_file_dropped_into_the_folder_is_a_family(tmp_path: Path) -> None:
    folder = Path(families.__file__).parent
    file = folder / "fixturefamily.py"
    file.write_text(
        "from howdeep.base.nouns import RateSearch\n"
        "from howdeep.nets.families._dense import dense\n"
        "OPTIONS = {'skip': 'identity', 'norm': 'layer', 'activation': 'tanh'}\n"
        "FAMILY = dense(RateSearch(), 'a fixture', **OPTIONS)\n"
    )
    try:
        assert "fixturefamily" in families.names()
        toy = toys.task(rows=200)
        inputs = encoded.inputs(toy, encoded.encoders(toy))
        group = toys.group(toy, inputs, "fixturefamily", 2, steps=50)
        assert loop.train(group, toy, encoded.encoded(toy))[0].trial.steps == (50,)
    finally:
        file.unlink()
        sys.modules.pop("howdeep.nets.families.fixturefamily", None)


def test_a_bump_is_fitted_without_any_block_thanks_to_the_encoding() -> None:
    """sin 6x of one column: the piecewise-linear columns fit it at zero blocks, the bare column
    does not."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(2_000, 1))
    toy = toys.task(rows=2_000, columns=3, kind="regression")
    samples, names = {**toy.samples, NUMBERS: x}, Names(("x",), (), ())
    toy = replace(toy, samples=samples, names=names, target=np.sin(6 * x[:, 0]))
    scores = {}
    for encoding in ("table", "linear"):
        one = replace(toy, encoding=encoding)
        inputs = encoded.inputs(one, encoded.encoders(one))
        group = toys.group(one, inputs, "resmlp", 0, ((0, -4),), steps=1_000)
        result = loop.train(group, one, encoded.encoded(one))[0]
        scores[encoding] = float(result.arrays["select"].mean())
    assert scores["table"] > -0.02
    assert scores["linear"] < -0.5
