"""What the first filters of a trained net are: near to edges and waves, and tuned to directions?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._filters import gabors, near_gabor, tuning
from howdeep.claims._lab import Lab
from howdeep.claims._nets import stacked
from howdeep.claims._pictures import bars
from howdeep.claims._scenes import CLASSES, SIDE, data
from howdeep.claims._train import How, tuned
from howdeep.claims.nets.pictures import Frame, pictures
from howdeep.report.heat import Sheet
from howdeep.report.parts import Element, Picture

TAPS, CHANNELS = 7, 12
MIXED = 20  # orders of the weights that are averaged
FRAME = Frame(SIDE, CLASSES, (CHANNELS,) * 3, first=TAPS)
NAMED = {
    "trained": "trained",
    "mixed": "the same weights mixed",
    "start": "before training",
    "change": "what training added",
}


def _filters(lab: Lab, seeds: int) -> dict[str, Any]:
    """First filters by kind: how near to a Gabor function and how tuned, means by net."""
    arm = pictures("filters", FRAME)
    how = How(steps=lab.by(300, 1_500), batch=32, rates=(-6, -5), looks=5, grow=lab.by(0, 2))
    found = tuned(arm, data(lab, "shapes", (2_000, 300, 500)), how, seeds, lab)
    start = stacked(arm, [lab.torch("start", arm.name, seed) for seed in range(seeds)])
    first, last = (params["conv0.weight"].reshape(-1, TAPS**2) for params in (start, found.params))
    change = last - first
    last = first if lab.control else last
    g = lab.torch("mixed")
    mixed = [_mixed(last, g) for _ in range(MIXED)]
    kinds = {"trained": [last], "mixed": mixed, "start": [first], "change": [change]}
    return {
        "score": found.scores(),
        "near": {name: _by_net(near_gabor, own) for name, own in kinds.items()},
        "tuned": {name: _by_net(tuning, own) for name, own in kinds.items()},
        "drawn": {name: _grey(own[0][:CHANNELS]) for name, own in kinds.items()},
    }


def _mixed(filters: Tensor, g: torch.Generator) -> Tensor:
    """Each filter's weights in another order."""
    return torch.stack([one[torch.randperm(len(one), generator=g)] for one in filters])


def _by_net(measure: Callable[[Tensor], Tensor], filters: list[Tensor]) -> list[float]:
    """The mean over a net's filters, and over several sets of them."""
    values = torch.stack([measure(one) for one in filters]).mean(0)
    return [round(float(v), 5) for v in values.view(-1, CHANNELS).mean(1)]


def _grey(filters: Tensor) -> list[list[int]]:
    """Bytes of each filter: 128 is zero, its largest weight black or white."""
    size = filters.abs().amax(1, keepdim=True).clamp_min(1e-12)
    return [[int(v) for v in one] for one in (128 + 127 * filters / size)]


def _measure(lab: Lab) -> Measured:
    found = lab.kept("filters", lambda: _filters(lab, lab.by(7, 16)))
    planted = gabors(200, TAPS, lab.torch("planted"))
    near, tuned_ = found["near"], found["tuned"]

    def over(own: Mapping[str, list[float]], a: str, b: str) -> Effect:
        return Effect(tuple(x - y for x, y in zip(own[a], own[b], strict=True)))

    return Measured(
        {
            "gabor": over(near, "trained", "mixed"),
            "tuned": over(tuned_, "trained", "mixed"),
            "change": over(near, "change", "mixed"),
            "start": over(tuned_, "trained", "start"),
            "learns": Effect(tuple(v - 1 / CLASSES for v in found["score"])),
            "planted": Effect((float(near_gabor(planted).mean()),), exact=True),
            "planted tuning": Effect((float(tuning(planted).mean()),), exact=True),
        },
        {key: found[key] for key in ("near", "tuned", "drawn")},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    short = {"trained": "trained", "mixed": "mixed", "start": "before", "change": "added"}
    values = {name: shown["near"][key] for key, name in short.items()}
    sheets = [_sheet(shown["drawn"][key], name) for key, name in NAMED.items()]
    return (
        bars("filters-gabor", "How near first filters are to a Gabor function", values,
             "share of squares, %", times=100),
        *(Picture(one, f"filters-{i}") for i, one in enumerate(sheets)),
    )  # fmt: skip


def _sheet(filters: list[list[int]], name: str) -> Sheet:
    images = tuple((TAPS, TAPS, 1, bytes(one)) for one in filters)
    title = f"First filters of one net: {name}"
    return Sheet(title, f"{title}; grey is zero.", images, size=44)


def _reading(shown: Mapping[str, Any]) -> str:
    near = {key: f"{mean(values):.0%}" for key, values in shown["near"].items()}
    own = {key: f"{mean(values):.2f}" for key, values in shown["tuned"].items()}
    return (
        f"The best Gabor function holds {near['trained']} of the squares of a first filter, "
        f"{near['mixed']} with the same weights mixed, {near['start']} before training and "
        f"{near['change']} of what training added. Their preference for a direction is "
        f"{own['trained']} (1 is the most), mixed {own['mixed']}, before training {own['start']}."
    )


CLAIM = Claim(
    title="Do first filters become detectors of edges and waves?",
    rows=(65, 11),
    quotes=(
        Quote("B", "Convolutional Layers apply a filter (kernel) over the input data to extract "
              "features such as edges, textures, or patterns"),
    ),
    statement="Training turns first filters into detectors of edges and waves: nearer to a Gabor "
    "function than the same weights in another order, and more tuned to a direction.",
    conditions=f"Three convolutions of {CHANNELS} channels, the first of {TAPS} x {TAPS}, trained "
    "on generated discs, squares, triangles and crosses at random places and contrasts; the best "
    "of a table of Gabor functions; responses to gratings in 16 directions.",
    measure=_measure,
    expects=(
        Expect("gabor", "a Gabor function holds over 10 points more of trained filters than of "
               "the same weights mixed", 0.1, "points"),
        Expect("tuned", "trained filters prefer a direction by over 0.1 more than the same "
               "weights mixed", 0.1),
    ),
    controls=(
        Expect("learns", "the nets learn the shapes", 0.2, "points"),
        Expect("planted", "a Gabor function that is put in is found", 0.8, "points"),
        Expect("planted tuning", "the direction of a Gabor function that is put in is found",
               0.4),
    ),
    also=(
        Expect("change", "a Gabor function holds over 20 points more of what training added than "
               "of the same weights mixed", 0.2, "points"),
        Expect("start", "trained filters prefer a direction more than untrained ones", 0.0),
    ),
    swap="the filters before training in the place of the trained ones",
    literature=(
        Reference("Zeiler and Fergus", 2013, "Visualizing and understanding convolutional networks "
                  "(arXiv 1311.2901): first filters of edges and colours"),
        Reference("Saxe et al.", 2011, "On random weights and unsupervised feature learning "
                  "(ICML): random filters with pooling prefer frequencies too"),
        Reference("Yosinski et al.", 2014, "How transferable are features in deep neural networks? "
                  "(arXiv 1411.1792): first layers resemble Gabor filters and colour blobs"),
    ),
    picture=_picture,
    reading=_reading,
    change="Weight decay or a smaller start, which leave less of the random start in the filters; "
    "more and natural pictures. Pretrained nets are not looked at yet.",
    order=525,
)  # fmt: skip
