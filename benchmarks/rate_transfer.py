"""Does the best learning rate of image nets hold over depth? (docs/images.md)

    python benchmarks/rate_transfer.py fashion-mnist --data-dir FOLDER --family resnet

Trains each depth at each rate on a part of a named set (or any path of images) with the recipe and
the engine of howdeep itself, one net after another, and prints the score of each on rows that
chose nothing, the best rate of each depth, and what it costs to reuse the best rate of one block.
"""

from __future__ import annotations

import argparse

from howdeep.data.task import Task
from howdeep.nets import recipe
from howdeep.trainers.fused import encoded, loop
from shared import arguments, image_net, image_part

REFERENCE = 1


def scores(task: Task, args: argparse.Namespace) -> dict[int, dict[int, float]]:
    """Score on select by blocks and rate."""
    data = encoded.encoded(task)
    how = recipe.conv_recipe(args.rows, args.steps)
    out: dict[int, dict[int, float]] = {}
    for blocks in args.depths:
        for rate in args.rates:
            group = image_net(task, how, args.family, blocks, rate, args.seed)
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
    parser = arguments(__doc__)
    parser.add_argument("data")
    parser.add_argument("--data-dir")
    parser.add_argument("--family", default="resnet")
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depths", type=int, nargs="+", default=[0, 1, 2, 4])
    rates = [-9, -7, -6, -5, -4, -3]
    parser.add_argument("--rates", type=int, nargs="+", default=rates)
    args = parser.parse_args()
    task = image_part(args.data, args.data_dir, args.rows)
    print(table(scores(task, args)))


if __name__ == "__main__":
    main()
