"""What is lost where image nets are evaluated less often? (docs/performance.md)

    python benchmarks/checkpoints.py fashion-mnist --data-dir FOLDER --rows 10000

Trains the same nets on a part of a named set (or any path of images) with the recipe and the
engine of howdeep itself, evaluated 16, 12 and 10 times at most, with a patience of as many steps:
they take the same steps, and only which checkpoint is kept differs, and when they stop. Scored on
rows that chose nothing; seconds of a core, the three in turns.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from howdeep.data.task import Task
from howdeep.nets import recipe
from howdeep.trainers.fused import encoded, loop
from shared import arguments, image_net, image_part, timed

WAYS = ((16, 6), (12, 5), (10, 4))  # evaluations at most, and the patience


def trained(task: Task, net: str, rate: int, seeds: int) -> NDArray[np.float64]:
    """(seeds, ways, 4): accuracy, seconds of a core, step of the checkpoint, steps."""
    data = encoded.encoded(task)
    how = recipe.conv_recipe(len(task.folds[0].train))
    name, blocks = net.split("-")
    found = []
    for seed, (looks, patience) in itertools.product(range(seeds), WAYS):
        every = max(25, math.ceil(how.max_steps / looks))
        own = replace(how, evaluate_every=every, patience=patience)
        group = image_net(task, own, name, int(blocks), rate, seed)
        (result,), spent = timed(partial(loop.train, group, task, data))
        score = float(result.arrays["select"].mean())
        found.append((score, spent, result.trial.best_step[0], result.trial.steps[0]))
    return np.asarray(found).reshape(seeds, len(WAYS), 4)


def line(found: NDArray[np.float64], way: int) -> str:
    """Means over seeds of one way, and what it gains on the first (standard error)."""
    score, spent, _, steps = found[:, way].mean(0)
    gap = (found[:, way, 0] - found[:, 0, 0]) * 100
    error = gap.std(ddof=1) / math.sqrt(len(gap))
    kept = np.mean(found[:, way, 2] / found[:, way, 3])
    return (
        f"accuracy {score:.4f}, {gap.mean():+.2f} points ({error:.2f}), {spent:.1f} s; "
        f"kept at {kept:.2f} of {steps:.0f} steps"
    )


def main() -> None:
    """Parse, train, print a line for each net and way."""
    parser = arguments(__doc__)
    parser.add_argument("data")
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=-6)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--nets", nargs="+", default=["cnn-1", "resnet-1"])
    args = parser.parse_args()
    torch.set_num_threads(1)
    task = image_part(args.data, args.data_dir, args.rows)
    for net in args.nets:
        found = trained(task, net, args.rate, args.seeds)
        for way, (looks, _) in enumerate(WAYS):
            print(f"{args.data} {net} {looks:3d}: {line(found, way)}", flush=True)


if __name__ == "__main__":
    main()
