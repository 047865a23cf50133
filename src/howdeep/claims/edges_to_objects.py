"""Are edges first, textures and shapes in the middle, objects last? By probes on each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._inside import probe
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Params
from howdeep.claims._pictures import curves
from howdeep.claims._scenes import CLASSES, KINDS, SIDE, Kind, data, scenes
from howdeep.claims._train import How, tuned
from howdeep.claims.nets.pictures import Frame, maps, pictures
from howdeep.report.parts import Element

LAYERS, CHANNELS = 4, 12
FRAME = Frame(SIDE, CLASSES, (CHANNELS,) * LAYERS, first=5)
NEAR = 0.9  # of the best probe, that makes a kind decodable


def _probes(lab: Lab, seeds: int) -> dict[str, Any]:
    """Right by probes on means over places: by net and kind, [seed][layer]; and the nets' score."""
    arm = pictures("objects", FRAME)
    rows = data(lab, "objects", (2_000, 200, 500))
    how = How(steps=lab.by(200, 1_500), batch=32, rates=(-7,), looks=5)
    found = tuned(arm, rows, how, seeds, lab)
    mixed, other = (_mixed(found.params, lab, word) for word in ("mixed", "control"))
    out: dict[str, Any] = {"score": found.scores()}
    for name, params in (("trained", other if lab.control else found.params), ("mixed", mixed)):
        out[name] = {kind: _of_kind(lab, params, kind, seeds) for kind in KINDS}
    return out


def _mixed(params: Params, lab: Lab, word: str) -> Params:
    """The same numbers in each tensor of each net, in another order."""
    out = {}
    for name, value in params.items():
        g = lab.torch(word, name)
        flat = [own.flatten()[torch.randperm(own.numel(), generator=g)] for own in value]
        out[name] = torch.stack(flat).view(value.shape)
    return out


@torch.no_grad()
def _of_kind(lab: Lab, params: Params, kind: Kind, seeds: int) -> list[list[float]]:
    fit, test = (
        scenes(kind, rows, lab.torch(kind, word))
        for word, rows in (("fit", 1_000), ("probe", 1_000))
    )

    def means(x: Tensor) -> list[Tensor]:
        whole = x.expand(seeds, *x.shape)
        seen = [whole.view(seeds, -1, 1, SIDE, SIDE), *maps(FRAME, params, whole)]
        return [h.mean((3, 4)) for h in seen]

    a, b = means(fit.x), means(test.x)
    return [
        [probe(a[i][s], fit.y, b[i][s], test.y, CLASSES) for i in range(LAYERS + 1)]
        for s in range(seeds)
    ]


def decodable(layers: list[float]) -> float:
    """Where a probe reaches nine tenths of the best layer's edge over chance, between layers too.

    >>> decodable([0.25, 0.45, 0.65, 0.75]), decodable([0.25, 0.95, 0.9, 0.3])
    (2.5, 0.9)
    """
    enough = 1 / CLASSES + NEAR * (max(layers) - 1 / CLASSES)
    at = next(i for i, value in enumerate(layers) if value >= enough)
    if at == 0:
        return 0.0
    rise = layers[at] - layers[at - 1]
    return round(at - (layers[at] - enough) / rise, 4)


def _measure(lab: Lab) -> Measured:
    found = lab.kept("probes", lambda: _probes(lab, lab.by(8, 16)))
    at = {
        name: {kind: [decodable(own) for own in found[name][kind]] for kind in KINDS}
        for name in ("trained", "mixed")
    }
    own = at["trained"]
    nets = range(len(found["score"]))
    way = {name: _after(one, "objects", "edges") for name, one in at.items()}
    best = [min(max(found["trained"][kind][s]) for kind in KINDS) for s in nets]
    latest = [max(own["textures"][s], own["shapes"][s]) for s in nets]
    return Measured(
        {
            "textures": Effect(tuple(_after(own, "textures", "edges"))),
            "shapes": Effect(tuple(_after(own, "shapes", "edges"))),
            "last": Effect(tuple(own["objects"][s] - latest[s] for s in nets)),
            "learnt": Effect(
                tuple(a - b for a, b in zip(way["trained"], way["mixed"], strict=True))
            ),
            "learns": Effect(tuple(v - 1 / CLASSES for v in found["score"])),
            "decodable": Effect(tuple(v - 1 / CLASSES for v in best)),
        },
        {"probes": {name: found[name] for name in ("trained", "mixed")}, "at": at},
    )


def _after(at: Mapping[Kind, list[float]], late: Kind, early: Kind) -> list[float]:
    return [a - b for a, b in zip(at[late], at[early], strict=True)]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"trained": "trained on objects", "mixed": "its weights in another order"}
    ticks = [(0.0, "pixels"), *[(float(i), str(i)) for i in range(1, LAYERS + 1)]]
    return tuple(
        curves(
            f"edges-to-objects-{name}",
            f"Right by a probe on each layer: {title}",
            {
                kind: [
                    (float(i), [own[i] for own in shown["probes"][name][kind]])
                    for i in range(LAYERS + 1)
                ]
                for kind in KINDS
            },
            "layer", "%", times=100, ticks=ticks, levels={"chance": 1 / CLASSES},
        )
        for name, title in names.items()
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def told(name: str) -> str:
        parts = [f"{kind} at {mean(shown['at'][name][kind]):.1f}" for kind in KINDS]
        return ", ".join(parts)

    return (
        "The layer from which on a kind can be read nearly as well as anywhere is, on average over "
        f"nets: {told('trained')}; with the same weights in another order: {told('mixed')}."
    )


CLAIM = Claim(
    title="Layers show edges first, then textures and shapes, then objects",
    rows=(11,),
    quotes=(
        Quote("A", "the initial layers might learn to detect edges, the middle layers might learn "
              "to recognize textures or shapes, and the deeper layers might recognize more complex "
              "structures or objects"),
        Quote("A", "initial layers might detect edges, middle ones might detect shapes, and deeper "
              "layers might detect complex objects"),
    ),
    statement="In a net trained to tell objects, edges can be read from an earlier layer than "
    "textures and shapes, and these from an earlier one than objects; training makes it so.",
    conditions=f"{LAYERS} convolutions of {CHANNELS} channels, each with a maximum of four "
    "neighbours, trained at one learning rate on generated pairs of shapes, one on top; edges in "
    "four directions, textures of one to twelve waves, four shapes, four objects, at random "
    "places and contrasts; ridge probes on each channel's mean over places; decodable: nine "
    "tenths of the best layer's edge over chance.",
    measure=_measure,
    expects=(
        Expect("textures", "textures can be read from over a quarter of a layer later than edges",
               0.25, "layers"),
        Expect("shapes", "shapes can be read from over a quarter of a layer later than edges",
               0.25, "layers"),
        Expect("last", "objects can be read from over a quarter of a layer later than both "
               "textures and shapes", 0.25, "layers"),
        Expect("learnt", "objects come after edges by over one layer more than with the same "
               "weights in another order", 1.0, "layers"),
    ),
    controls=(
        Expect("learns", "the nets tell objects over 20 points better than guessing",
               0.2, "points"),
        Expect("decodable", "each kind can be read somewhere, over 10 points above chance", 0.1,
               "points"),
    ),
    swap="the trained nets' weights in yet another order in their place",
    literature=(
        Reference("Zeiler and Fergus", 2013, "Visualizing and understanding convolutional networks "
                  "(arXiv 1311.2901): edges and colours, then textures, then parts and objects"),
        Reference("Bau et al.", 2017, "Network dissection (arXiv 1704.05796): colours and textures "
                  "in lower layers, objects and parts in higher ones"),
    ),
    picture=_picture,
    reading=_reading,
    change="A net trained on something else than objects, or on real pictures; pretrained nets are "
    "not looked at yet.",
    order=116,
)  # fmt: skip
