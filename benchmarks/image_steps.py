"""One training step of image nets in PyTorch and with the compiled kernels, in turns.

    python benchmarks/image_steps.py

Processor time of a step (gradients, Adam, weight average) of one net on a batch of 64 random
images on one thread: medians, and their ratio.
"""

from __future__ import annotations

import os
import statistics
from functools import partial

import torch

from howdeep.base.nouns import Inputs, Rung
from howdeep.nets import recipe
from howdeep.nets.families import family
from howdeep.trainers.fused import backends, loop, native
from howdeep.trainers.fused.weights import FusedWeights
from shared import arguments, in_turns, timed

TURNS = 9
WIDTH = recipe.CONV_WIDTH
CASES = [
    ("resnet", 0, (28, 28, 1)),
    ("resnet", 1, (28, 28, 1)),
    ("resnet", 4, (28, 28, 1)),
    ("resnet", 4, (32, 32, 3)),
    ("resnet", 1, (64, 64, 3)),
    ("cnn", 1, (28, 28, 1)),
    ("cnn", 4, (32, 32, 3)),
]


def seconds(fused: FusedWeights, way: str) -> float:
    """Of one step, after one to warm up."""
    os.environ[native.VARIABLE] = way
    fused.program = None
    g = torch.Generator().manual_seed(0)
    x = torch.randn(1, 64, fused.rung.inputs.columns, generator=g)
    y, w = torch.randint(fused.rung.outputs, (1, 64), generator=g), torch.ones(1, 64)

    def step() -> None:
        loop.gradients(fused, x, y, w, "cross_entropy")
        fused.update()

    step()
    return timed(step)[1]


def main() -> None:
    """A line for each net."""
    arguments(__doc__).parse_args()
    ways = (native.NONE, native.kinds()[0])
    print("net".ljust(22), *(f"{way}, ms".rjust(12) for way in ways), "ratio".rjust(8))
    for name, blocks, image in CASES:
        columns = image[0] * image[1] * image[2]
        rung = Rung(name, blocks, WIDTH, Inputs(columns, columns, columns, image), 10)
        start = family(name).init(rung, torch.Generator().manual_seed(0))
        with backends.prepared():
            fused = FusedWeights(rung, recipe.conv_recipe(1_000), [start], [-10])
            each = in_turns({way: partial(seconds, fused, way) for way in ways}, TURNS)
        plain, quick = (statistics.median(each[way]) * 1e3 for way in ways)
        label = f"{name} {blocks}, {image[0]} x {image[1]} x {image[2]}"
        print(label.ljust(22), f"{plain:12.2f} {quick:12.2f} {plain / quick:8.2f}", flush=True)


if __name__ == "__main__":
    main()
