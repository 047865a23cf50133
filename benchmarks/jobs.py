"""How much faster are two worker processes than one? (docs/performance.md)

    python benchmarks/jobs.py W1        # or W2; --pairs 9

Trains the depths and seeds of a workload (`workloads.py`; its rows as howdeep encodes them) on one
worker process and on two, in turns, workers warm, groups cut as a study cuts them: none larger than
an eighth of the work. Prints each pair's wall-clock seconds with the machine's load, and the median
of their ratios; both must give the same scores. `--beside`: while another process spins on a core.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Sequence

import numpy as np

from howdeep.base.limits import GROUP_SHARE_OF_ROUND
from howdeep.base.nouns import Recipe, Rung
from howdeep.base.trials import Group, Member
from howdeep.data.column import Column
from howdeep.data.task import Task
from howdeep.executors.processes import Processes
from howdeep.modalities.image.frames import to_images
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.table import Table
from howdeep.nets import ladder
from howdeep.trainers.fused import encoded
from shared import arguments
from workloads import BATCH, EXPONENT, WORKLOADS, Workload


def task_of(work: Workload) -> Task:
    """The training rows as a study would have them."""
    labels = work.y.astype(str).astype(object)
    if work.x.shape[1] == 784:
        low, high = work.x.min(), work.x.max()
        pixels = np.round((work.x - low) / (high - low) * 255).astype(np.uint8)
        return image_task(to_images(pixels.reshape(-1, 28, 28), labels.astype(str)))
    columns = [Column(f"x{i}", work.x[:, i].astype(np.float64)) for i in range(work.x.shape[1])]
    return make_task(Table(work.name, "", "0" * 64, (*columns, Column("y", labels))), "y")


def groups_of(work: Workload, task: Task) -> list[Group]:
    """The workload's nets, the most expensive first."""
    inputs = encoded.inputs(task, encoded.encoders(task))
    how = Recipe(BATCH, work.steps, work.steps, warmup=0, weight_decay=0.0)
    rungs = [Rung("mlp", d, work.width, inputs, work.classes) for d in work.depths]
    cost = {r: ladder.net_flops(ladder.cost(r), how, len(task.folds)) for r in rungs}
    room = sum(cost.values()) * work.seeds * GROUP_SHARE_OF_ROUND
    found = []
    for rung in rungs:
        pieces = math.ceil(work.seeds / max(int(room / cost[rung]), 1))
        for seeds in np.array_split(np.arange(work.seeds), pieces):
            members = tuple(Member(int(s), (EXPONENT,) * len(task.folds)) for s in seeds)
            found.append(Group("main", f"mlp-{rung.blocks}", rung, members, "", how, 0))
    return sorted(found, key=lambda g: -cost[g.net] * len(g.members))


def run(engine: Processes, groups: Sequence[Group], task: Task) -> tuple[float, dict[str, bytes]]:
    """Wall-clock seconds, and the scores of every net."""
    begun, found = time.perf_counter(), {}
    for outcome in engine(groups, task):
        for result in outcome.results:
            found[result.trial.key] = result.arrays["select"].tobytes()
    return time.perf_counter() - begun, found


def spin() -> None:
    """Hold a core."""
    while True:
        pass


def main() -> None:
    """Pairs, and the median of their ratios."""
    parser = arguments(__doc__)
    parser.add_argument("workload", choices=[name for name in WORKLOADS if name != "W3"])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--beside", action="store_true", help="while a process spins on a core")
    args = parser.parse_args()
    task = task_of(WORKLOADS[args.workload]())
    groups = groups_of(WORKLOADS[args.workload](), task)
    engines = [Processes(1), Processes(2)]
    if args.beside:
        multiprocessing.get_context("spawn").Process(target=spin, daemon=True).start()
    for engine in engines:
        run(engine, groups[-2:], task)  # starts the workers
    ratios = []
    for _ in range(args.pairs):
        load = os.getloadavg()[0]
        (one, alone), (two, together) = (run(engine, groups, task) for engine in engines)
        assert alone == together, "jobs changed a result"
        ratios.append(one / two)
        print(
            f"{one:.1f} s on one, {two:.1f} s on two: {one / two:.2f}; load {load:.1f}", flush=True
        )
    for engine in engines:
        engine.close()
    print(f"{args.workload}: median {statistics.median(ratios):.2f}, {len(groups)} groups")


if __name__ == "__main__":
    main()
