"""Skip connections: deep nets that train, and blocks that can be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params, of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more, score, summary, tuned
from howdeep.report.parts import Element

LAYERS = (2, 16)  # hidden layers; a residual block has two
WIDTH = 32


def _arm(lab: Lab, data: Data, kind: str, layers: int) -> Arm:
    name = f"{kind}-{layers}"
    if kind == "skips" and not lab.control:
        return of_family("resmlp", data.columns, data.outputs, layers // 2, WIDTH, name)
    return of_family("mlp", data.columns, data.outputs, layers, WIDTH, name)


def _one(lab: Lab, kind: str, layers: int, seeds: int) -> dict[str, Any]:
    data = built_in(lab, "mnist1d", (3_000, 500, 2_000))
    arm = _arm(lab, data, kind, layers)
    how = How(steps=lab.by(500, 1_500), rates=(-9, -7, -5), grow=1)
    found = tuned(arm, data, how, seeds, lab)
    out = summary(found)
    if layers > 2:
        whole = score(arm, found.params, data.test, data)
        gone = [whole - score(arm, _without(found.params, places), data.test, data)
                for places in _places(found.params)]  # fmt: skip
        known = (whole.mean(1) - 1 / data.outputs).clamp_min(0.01)
        out["lost"] = [[round(float(v), 5) for v in one.mean(1) / known] for one in gone]
        each = torch.stack(gone).mean(0) / known.unsqueeze(1)
        out["lost by row"] = [round(float(v), 4) for v in each.mean(0)]
    return out


def _places(params: Params) -> list[tuple[str, ...]]:
    """What can be left out, two layers each: residual blocks; of plain nets, pairs of layers that
    follow one another, all but the first layer.
    """
    names = [name.removesuffix(".weight") for name in params if name.endswith(".weight")]
    blocks: list[tuple[str, ...]] = [(name,) for name in names if name.endswith(".down")]
    plain = [name for name in names if name.startswith("blocks.")]
    return blocks or [*zip(plain[::2], plain[1::2], strict=False)]


def _without(params: Params, places: tuple[str, ...]) -> Params:
    """The nets without a block: what it adds is zero, or plain layers hand on what they get.

    What enters a plain layer is no less than zero, so that ReLU of the identity is the identity.
    """
    out = dict(params)
    for place in places:
        weight = params[f"{place}.weight"]
        identity = torch.eye(weight.shape[-1]).expand_as(weight)
        out[f"{place}.weight"] = torch.zeros_like(weight) if place.endswith(".down") else identity
        out[f"{place}.bias"] = torch.zeros_like(params[f"{place}.bias"])
    return out


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(6, 12)
    found = {
        f"{kind}-{layers}": lab.kept(
            "arm",
            lambda kind, layers: _one(lab, kind, layers, seeds),
            kind=kind,
            layers=layers,
        )
        for kind in ("plain", "skips")
        for layers in LAYERS
    }
    plain, skips = found["plain-16"], found["skips-16"]
    rows = torch.tensor(plain["lost by row"]) - torch.tensor(skips["lost by row"])
    lost = (_by_seed(one["lost"]) for one in (plain, skips))
    return Measured(
        {
            "deep": more(found["skips-16"], found["plain-16"]),
            "lesion": Effect(
                tuple(a - b for a, b in zip(*lost, strict=True)),
                row_error=float(rows.std() / len(rows) ** 0.5),
            ),
            "gain": more(found["skips-16"], found["skips-2"]),
            "loss": more(found["plain-2"], found["plain-16"]),
            "learns": Effect(tuple(v - 0.1 for v in found["plain-2"]["test"])),
        },
        {
            name: {k: v for k, v in one.items() if k not in ("rows", "lost by row")}
            for name, one in found.items()
        },
    )


def _by_seed(falls: list[list[float]]) -> list[float]:
    return [mean([block[seed] for block in falls]) for seed in range(len(falls[0]))]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    scores = {
        name: [(float(n), shown[f"{kind}-{n}"]["test"]) for n in LAYERS]
        for kind, name in (("plain", "plain"), ("skips", "with skips"))
    }
    falls = {
        name: [(float(i + 1), block) for i, block in enumerate(shown[f"{kind}-16"]["lost"])]
        for kind, name in (("plain", "plain"), ("skips", "with skips"))
    }
    return (
        curves("skips", "Right on new rows", scores, "hidden layers", "%", times=100,
               ticks=[(float(n), str(n)) for n in LAYERS]),
        curves("lesions", "What leaving two layers out costs", falls, "pair of layers",
               "% of what was right over guessing", times=100),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["test"]) for name, one in shown.items()}
    falls = {k: mean(_by_seed(shown[f"{k}-16"]["lost"])) for k in ("plain", "skips")}
    return (
        f"With 2 hidden layers plain nets get {at['plain-2']:.1%} right and nets with skips "
        f"{at['skips-2']:.1%}; with 16 {at['plain-16']:.1%} and {at['skips-16']:.1%}. Leaving two "
        f"of 16 layers out costs a plain net {falls['plain']:.0%} of what it gets right over "
        f"guessing, and a net with skips {falls['skips']:.0%}."
    )


CLAIM = Claim(
    title="Skip connections let deep nets train, and make blocks dispensable",
    rows=(28,),
    quotes=(
        Quote("A", "skip connections (like in ResNet)"),
        Quote("A", "have been introduced to help train very deep networks"),
    ),
    statement="At 16 hidden layers a net with skips is clearly better than its plain twin, and "
    "leaving two of its layers out costs far less of what it gets right.",
    conditions="MNIST-1D, 3,000 rows, width 32, each at its own best learning rate; two layers "
    "(a block with a skip, or two plain layers in a row) left out at a time after training, "
    "without tuning the others; what is lost, of what is right over guessing.",
    measure=_measure,
    expects=(
        Expect("deep", "16 layers with skips are better than 16 plain ones by over 5 points",
               0.05, "points"),
        Expect("lesion", "leaving two layers out costs over 10 points less of what is right with "
               "skips than without",
               0.1, "points"),
    ),
    controls=(Expect("learns", "two plain layers get over 20 points more right than guessing",
                     0.2, "points"),),
    also=(
        Expect("gain", "16 layers with skips are better than 2", 0.0, "points"),
        Expect("loss", "2 plain layers are better than 16", 0.0, "points"),
    ),
    swap="the plain net under both names",
    literature=(
        Reference("He, Zhang, Ren and Sun", 2016, "Deep residual learning (CVPR)"),
        Reference("Veit, Wilber and Belongie", 2016, "Residual networks behave like ensembles of "
                  "relatively shallow networks (arXiv 1605.06431)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A plain net of 16 layers that is as good, or that loses as little with a layer.",
    order=340,
)  # fmt: skip
