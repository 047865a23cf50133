"""What is lost where image nets are evaluated less often? (docs/performance.md)

    python benchmarks/checkpoints.py fashion-mnist --data-dir FOLDER --rows 10000

Trains the same nets on a part of a named set (or any path of images) with the recipe and the
engine of howdeep itself, evaluated 16, 12 and 10 times at most, with a patience of as many steps:
they take the same steps, and only which checkpoint is kept differs, and when they stop. Scored on
rows that chose nothing; seconds of a core, the three in turns.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
import torch
from rate_transfer import part

from howdeep.base.nouns import Rung
from howdeep.base.trials import Group, Member
from howdeep.training import encoded, fused, recipe

WAYS = ((16, 6), (12, 5), (10, 4))  # evaluations at most, and the patience


def main() -> None:
    """Parse, train, print a line for each net."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=-6)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--nets", nargs="+", default=["cnn-1", "resnet-1"])
    args = parser.parse_args()
    torch.set_num_threads(1)
    task = part(args)
    data, inputs = encoded.encoded(task), encoded.inputs(encoded.encoders(task))
    how = recipe.recipe(len(task.folds[0].train), kind="conv")
    for net in args.nets:
        name, blocks = net.split("-")
        rung = Rung(name, int(blocks), recipe.CONV_WIDTH, inputs, task.outputs)
        found = []
        for seed in range(args.seeds):
            for looks, patience in WAYS:
                every = max(25, -(-how.max_steps // looks))
                own = replace(how, evaluate_every=every, patience=patience)
                group = Group("main", net, rung, (Member(seed, (args.rate,)),), "", own, 0)
                begun = time.process_time()
                result = fused.train(group, task, data)[0]
                spent = time.process_time() - begun
                trial, score = result.trial, float(result.arrays["select"].mean())
                found.append((score, spent, trial.best_step[0], trial.steps[0]))
        every_way = np.asarray(found).reshape(args.seeds, len(WAYS), 4)
        for (looks, _), each in zip(WAYS, every_way.swapaxes(0, 1), strict=True):
            gap = (each - every_way[:, 0])[:, 0] * 100
            mean = each.mean(0)
            print(
                f"{args.data} {net} {looks:3d}: accuracy {mean[0]:.4f}, {gap.mean():+.2f} points "
                f"({gap.std(ddof=1) / len(gap) ** 0.5:.2f}), {mean[1]:.1f} s; kept at "
                f"{np.mean(each[:, 2] / each[:, 3]):.2f} of {mean[3]:.0f} steps",
                flush=True,
            )


if __name__ == "__main__":
    main()
