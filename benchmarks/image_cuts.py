"""What of a small image study may be left out: folds, seeds, steps, rows, width or size?

    python benchmarks/image_cuts.py FOLDER --jobs 2      # a folder per class, 2,000 photographs

Trains `resnet` at 0, 1 and 2 blocks a stage with five seeds in five folds, and prints the half
width of the last look's intervals of every smaller design that is in it, with its operations
(learning rates searched); then what half the width, rows, steps and image size cost in accuracy.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from howdeep.data.cap import cap_train
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.image.read.images import read_images
from howdeep.nets import ladder, recipe
from howdeep.stats import looks, mcb
from howdeep.trainers.fused import encoded, loop
from shared import arguments, image_net

SEEDS, FOLDS, K, ALPHA = 5, 5, 13, 0.05  # K: nets of the default ladders for images
DEPTHS = (0, 1, 2)
DESIGNS = (  # seeds, folds
    *((5, 5), (4, 5), (3, 5), (2, 5), (5, 4), (5, 3), (4, 4), (4, 3), (3, 4), (3, 3), (5, 2)),
    *((4, 2), (3, 2), (5, 1), (3, 1)),
)
CUTS = ("nothing", "half the width", "half the rows", "half the steps", "32 pixels")
CUT_DEPTHS, CUT_SEEDS = (1,), 2
Job = tuple[str, int, int, str, int]  # folder, blocks, seed, cut, rate
Scores = NDArray[np.float64]


def trained(job: Job) -> tuple[Job, Scores, float]:
    """One seed, a net a fold: row scores of all held-out rows, and FLOPs of a net at most."""
    folder, blocks, seed, cut, rate = job
    torch.set_num_threads(1)
    main, test = read_images(folder, image_size=32 if cut == "32 pixels" else None)
    task = image_task(main, test, seed=0)
    how = recipe.conv_recipe(len(task.folds[0].train))
    if cut == "half the rows":
        task = cap_train(task, len(task.folds[0].train) // 2, 0)
        how = recipe.conv_recipe(len(task.folds[0].train))
    if cut == "half the steps":
        how = how.shorter(0.5)
        how = replace(how, evaluate_every=how.max_steps // 16)
    width = recipe.CONV_WIDTH // 2 if cut == "half the width" else recipe.CONV_WIDTH
    group = image_net(task, how, "resnet", blocks, rate, seed, width)
    rows = loop.train(group, task, encoded.encoded(task))[0].arrays["select"]
    return job, rows.astype(np.float64), ladder.net_flops(ladder.cost(group.net), how, 1)


def half_width(scores: dict[int, Scores], seeds: int, folds: int) -> tuple[float, float]:
    """Mean half width of neighbouring depths over the sub-designs, and over all pairs."""
    chosen = [
        tuple((start + i) % count for i in range(own))
        for count, own in ((SEEDS, seeds), (FOLDS, folds))
        for start in range(count)
    ]
    near, every = [], []
    for s, f in itertools.product(chosen[:SEEDS], chosen[SEEDS:]):
        cells = [scores[blocks][list(s)][:, list(f)].reshape(seeds, -1) for blocks in DEPTHS]
        alpha = ALPHA * looks.schedule(seeds)[1][-1]
        width = mcb.half_widths(mcb.pairwise(cells), K, alpha).width
        near += [width[i, i + 1] for i in range(len(DEPTHS) - 1)]
        every += list(width[np.triu_indices(len(DEPTHS), 1)])
    return float(np.mean(near)), float(np.mean(every))


def designs(found: dict[Job, tuple[Scores, float]]) -> None:
    """A line for each design: operations with the rate search (half the steps, 3 rates or 5)."""
    scores, flops = {}, 0.0
    tried = {0: 3, 1: 3, 2: 5}
    for blocks in DEPTHS:
        own = [rows for job, (rows, _) in found.items() if job[1] == blocks and job[3] == CUTS[0]]
        parts = [np.array_split(rows, FOLDS) for rows in own]
        least = min(len(part) for part in parts[0])
        scores[blocks] = np.array([[part[:least] for part in seed] for seed in parts])
        print(f"resnet {blocks}: accuracy {np.mean(own):.3f}")
    once = {job[1]: flops for job, (_, flops) in found.items() if job[3] == CUTS[0]}
    print(
        "| seeds | folds | 10^12 operations | half width, next depth | any two |\n"
        + "|---" * 5
        + "|"
    )
    for seeds, folds in DESIGNS:
        flops = sum(folds * (seeds + tried[b] / 2) * once[b] for b in DEPTHS)
        near, every = half_width(scores, seeds, folds)
        print(f"| {seeds} | {folds} | {flops / 1e12:.0f} | {near:.4f} | {every:.4f} |")


def cuts(found: dict[Job, tuple[Scores, float]]) -> None:
    """A line for each cut: operations of a net, and accuracy against none at the same seeds."""
    print("| cut | blocks | 10^12 operations a net | accuracy | lost |\n" + "|---" * 5 + "|")
    for blocks, cut in itertools.product(CUT_DEPTHS, CUTS):
        own = {
            c: np.mean(
                [
                    rows.mean()
                    for (_, b, seed, was, _), (rows, _) in found.items()
                    if (b, was) == (blocks, c) and seed < CUT_SEEDS
                ]
            )
            for c in (CUTS[0], cut)
        }
        flops = next(f for job, (_, f) in found.items() if (job[1], job[3]) == (blocks, cut))
        lost = own[CUTS[0]] - own[cut]
        print(f"| {cut} | {blocks} | {flops / 1e12:.2f} | {own[cut]:.3f} | {lost:+.3f} |")


def main() -> None:
    """Parse, train, print."""
    parser = arguments(__doc__)
    parser.add_argument("folder")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rate", type=int, default=-6, help="log2 of the learning rate")
    args = parser.parse_args()
    jobs = [(args.folder, b, s, CUTS[0], args.rate) for b in DEPTHS for s in range(SEEDS)]
    extra = itertools.product(CUT_DEPTHS, range(CUT_SEEDS), CUTS[1:])
    jobs += [(args.folder, b, s, cut, args.rate) for b, s, cut in extra]
    with ProcessPoolExecutor(args.jobs) as pool:
        done = pool.map(trained, sorted(jobs, key=lambda job: -job[1]))
        found = {job: (rows, flops) for job, rows, flops in done}
    designs(found)
    cuts(found)


if __name__ == "__main__":
    main()
