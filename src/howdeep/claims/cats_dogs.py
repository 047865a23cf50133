"""Cats against dogs: from a linear model of pixels to convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, shuffled, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, of_family
from howdeep.claims._pictures import bars
from howdeep.claims._train import How, more
from howdeep.claims.nets.pictures import Frame, pictures
from howdeep.modalities.image import named
from howdeep.modalities.image.imageset import ImageSet
from howdeep.report.parts import Element

CLASSES = ("cat", "dog")
SIDE = 16  # pixels, each the mean of four
NAMES = {"linear": "linear", "mlp": "two hidden layers", "cnn": "convolutions"}
COUNTS = (7_000, 1_000, 4_000)
FRAME = Frame(SIDE, 2, (12, 24, 24), colours=3, mean=True)


def _data(lab: Lab) -> Data:
    """Images of cats and dogs as columns (colour, height, width), standardised by column."""
    sets = named.load("cifar10", lab.folder_of("cifar10"))
    parts = [_part(found) for found in sets if found is not None]
    x, y = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    order = lab.numpy("rows").permutation(len(y))
    data = split("cats and dogs", x[order], y[order], COUNTS, 2)
    return shuffled(lab, data) if lab.control else data


def _part(found: ImageSet) -> tuple[np.ndarray, np.ndarray]:
    which = [i for i, label in enumerate(found.labels) if label in CLASSES]
    pixels = torch.from_numpy(found.images[which]).permute(0, 3, 1, 2).float() / 255
    small = F.adaptive_avg_pool2d(pixels, SIDE).flatten(1)
    return small.numpy(), np.array([CLASSES.index(found.labels[i]) for i in which])


def _arms() -> dict[str, Arm]:
    columns = SIDE * SIDE * 3
    return {
        "linear": of_family("resmlp", columns, 2, 0, 1, "linear"),
        "mlp": of_family("mlp", columns, 2, 2, 64, "mlp"),
        "cnn": pictures("cnn", FRAME),
    }


def _found(lab: Lab) -> dict[str, Any]:
    how = How(steps=lab.by(400, 2_000), looks=lab.by(5, 10), rates=(-9, -7), grow=lab.by(0, 2))
    return trained(lab, _data(lab), _arms(), how, lab.by(3, 6))


def _measure(lab: Lab) -> Measured:
    found = lab.kept("arms", lambda: _found(lab))
    return Measured(
        {
            "linear": Effect(
                tuple(v - 0.5 for v in found["linear"]["test"]), 0.5 / COUNTS[2] ** 0.5
            ),
            "mlp": more(found["mlp"], found["linear"]),
            "cnn": more(found["cnn"], found["mlp"]),
            "cnn linear": more(found["cnn"], found["linear"]),
            "learns": Effect(tuple(v - 0.5 for v in found["cnn"]["seen"])),
        },
        {"arms": brief(found)},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    values = {name: shown["arms"][name]["test"] for name in NAMES}
    return (
        bars("cats-dogs", "Cats against dogs", values, "new images right, %", times=100),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    told = "; ".join(
        f"{told} {mean(shown['arms'][name]['test']):.1%} "
        f"({mean(shown['arms'][name]['seen']):.1%} of those learnt from, "
        f"{shown['arms'][name]['parameters']:,} parameters)"
        for name, told in NAMES.items()
    )
    return f"New images right: {told}."


CLAIM = Claim(
    title="Do deeper models tell cats from dogs better than a linear one?",
    rows=(24,),
    quotes=(
        Quote("C", "Transition from simple models capable of distinguishing between categories, "
              "like cats and dogs, to more complex, adaptable systems."),
    ),
    statement="A linear model of the pixels tells cats from dogs better than guessing, a net with "
    "two hidden layers better than that, and a convolutional net better still.",
    conditions="Cats and dogs of CIFAR-10 at 16 x 16 pixels in colour: 7,000 images to learn from, "
    "4,000 to compare on; a linear model, two hidden layers of 64 units, three convolutions of up "
    "to 24 channels with pooling, as many steps for all, each at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("linear", "a linear model of the pixels beats guessing by over 5 points",
               0.05, "points"),
        Expect("mlp", "two hidden layers tell cats from dogs better than the linear model",
               0.0, "points"),
        Expect("cnn", "convolutions tell cats from dogs better than two hidden layers",
               0.0, "points"),
    ),
    controls=(
        Expect("learns", "the convolutional net gets over 10 points more of the images that it "
               "learnt from right than guessing", 0.1, "points"),
    ),
    also=(
        Expect("cnn linear", "convolutions are over 5 points better than the linear model",
               0.05, "points"),
    ),
    swap="the classes dealt anew to the images: nothing to learn",
    literature=(
        Reference("Krizhevsky", 2009, "Learning multiple layers of features from tiny images"),
        Reference("LeCun, Bottou, Bengio and Haffner", 1998, "Gradient-based learning applied to "
                  "document recognition (Proc. IEEE): convolutions against dense layers, on "
                  "digits"),
    ),
    picture=_picture,
    reading=_reading,
    change="Features made by hand that let a linear model reach the convolutional net.",
    order=560,
    needs=("cifar10",),
)  # fmt: skip
