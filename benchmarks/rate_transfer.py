"""Does the best learning rate of image nets hold over depth? (docs/images.md)

    python benchmarks/rate_transfer.py fashion-mnist --data-dir FOLDER --family resnet

Trains each depth at each rate on a part of a named set (or any path of images) with the recipe and
the engine of howdeep itself, one net after another, and prints the score of each on rows that
chose nothing, the best rate of each depth, and what it costs to reuse the best rate of one block.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from howdeep.base.nouns import Rung
from howdeep.base.trials import Group, Member
from howdeep.data import named
from howdeep.data.cap import cap_train
from howdeep.data.compact import compact
from howdeep.data.prepare_images import image_task
from howdeep.data.read.images import read_images
from howdeep.data.task import Task, View
from howdeep.nets import recipe
from howdeep.trainers.fused import encoded, loop

REFERENCE = 1


def part(args: argparse.Namespace) -> Task:
    """`--rows` training rows, 2,000 to choose checkpoints, 3,000 that are scored, few to test."""
    if args.data in named.names():
        main, test = named.load(args.data, args.data_dir)
    else:
        main, test = read_images(args.data)
    task = cap_train(image_task(main, test, seed=0), args.rows, 0)
    fold = task.folds[0]
    rows = np.random.default_rng(0).permutation(len(fold.views[0].choose))
    choose = np.sort(fold.views[0].choose[rows[:2_000]])
    score = fold.views[0].score[:3_000]
    fold = replace(fold, views=(View(choose, score),), tune_val=choose)
    return compact(replace(task, folds=(fold,), test=task.test[:10]))


def scores(task: Task, args: argparse.Namespace) -> dict[int, dict[int, float]]:
    """Score on select by blocks and rate."""
    data, inputs = encoded.encoded(task), encoded.inputs(encoded.encoders(task))
    how = recipe.recipe(args.rows, args.steps, kind="conv")
    out: dict[int, dict[int, float]] = {}
    for blocks in args.depths:
        rung = Rung(args.family, blocks, recipe.CONV_WIDTH, inputs, task.outputs)
        for rate in args.rates:
            group = Group("main", args.family, rung, (Member(args.seed, (rate,)),), "", how, 0)
            result = loop.train(group, task, data)[0]
            out.setdefault(blocks, {})[rate] = float(result.arrays["select"].mean())
            print(f"{args.family}-{blocks} 2^{rate}: {out[blocks][rate]:.3f}", flush=True)
    return out


def table(found: dict[int, dict[int, float]]) -> str:
    """Score by depth and rate; the best rate; what the reference's best rate loses."""
    best = {b: max(by, key=lambda r: by[r]) for b, by in found.items()}
    rates = sorted({rate for by in found.values() for rate in by})
    lines = ["| blocks a stage | " + " | ".join(f"2^{r}" for r in rates) + " | best | reused |"]
    lines.append("|---" * (len(rates) + 3) + "|")
    for blocks, by in found.items():
        cells = [f"{by[r]:.3f}" if r in by else "" for r in rates]
        reused = by[best[REFERENCE]] - by[best[blocks]]
        lines.append(f"| {blocks} | {' | '.join(cells)} | 2^{best[blocks]} | {reused:+.3f} |")
    return "\n".join(lines)


def main() -> None:
    """Parse, train, print."""
    numbers = {"type": int, "nargs": "+"}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--data-dir")
    parser.add_argument("--family", default="resnet")
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depths", default=[0, 1, 2, 4], **numbers)
    parser.add_argument("--rates", default=[-9, -7, -6, -5, -4, -3], **numbers)
    args = parser.parse_args()
    print(table(scores(part(args), args)))


if __name__ == "__main__":
    main()
