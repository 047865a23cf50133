"""Does a study stay as quick and as small, trial for trial, as it grows? (docs/performance.md)

    python benchmarks/growth.py trials          # 100, 1,000 and 10,000 trials in one study
    python benchmarks/growth.py rows            # 1,000 to 1,000,000 rows of a table
    python benchmarks/growth.py workers         # 1, 2 and 4 worker processes on 200,000 rows

Each size runs in a process of its own, from the plan to the verdict, on one process and with tiny
nets, so that what is around the training counts. `trials`: time per trial and the most memory
resident. `rows`: reading a CSV file, preparing it, the memory of the task and that of the process.
`workers`: memory after each has trained a net; "own" is what no other process shares.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

TRIALS = (100, 1_000, 10_000)
ROWS = (1_000, 10_000, 100_000, 1_000_000)
COLUMNS = 20
WORKERS, WORKERS_ROWS = (1, 2, 4), 200_000
MEGABYTE = 2**20


def resident() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def trials(count: int) -> dict[str, float]:
    """A study of `count` trials in one comparison."""
    from howdeep.route import session, tasks
    from howdeep.route.options import parse_options
    from howdeep.store.study import Study
    from howdeep.trainers.fused import backends

    options = parse_options(
        {"data": "linear", "rows": 200, "depths": "0,1", "family": "mlp", "rivals": "none"}
    )
    plan, task = session.plan_of(tasks.task_of(options), options)
    seeds = count // len(plan.cells)
    ladders = tuple(
        replace(own, recipe=replace(own.recipe, max_steps=20, evaluate_every=10), extend_to=0)
        for own in plan.ladders
    )
    plan = replace(plan, looks=(seeds,), spending=(1.0,), ladders=ladders)
    before, begun = resident(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        platform = backends.platform()
        with Study.create(Path(folder) / "growth.study", plan, task, platform=platform) as study:
            for _ in session.events(study, jobs=1):
                pass
            seconds = time.perf_counter() - begun
            found = len(study.trials())
    return {
        "trials": found,
        "ms a trial": 1e3 * seconds / found,
        "MB before": before,
        "MB at most": resident(),
    }


def rows(count: int) -> dict[str, float]:
    """A table of `count` rows and 20 columns of numbers, read and made into a task."""
    from howdeep.modalities.table.prepare import make_task
    from howdeep.modalities.table.read import read_table

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write(path, count)
        before, begun = resident(), time.perf_counter()
        table = read_table(path)
        read = time.perf_counter() - begun
        task = make_task(table, "y")
        seconds = time.perf_counter() - begun
    own = sum(a.nbytes for a in (*task.samples.values(), task.target)) / MEGABYTE
    return {
        "rows": count,
        "µs a row, reading": 1e6 * read / count,
        "µs a row, in all": 1e6 * seconds / count,
        "MB of the task": own,
        "MB before": before,
        "MB at most": resident(),
    }


def workers(count: int) -> dict[str, float]:
    """`count` worker processes that have each trained nets on one large table."""
    from howdeep.base.trials import Group, Member
    from howdeep.executors.processes import Processes
    from howdeep.modalities.table import builtin
    from howdeep.modalities.table.samples import numbers_of
    from howdeep.route.options import Planning
    from howdeep.route.planning import plan_study

    task = builtin.task("linear", rows=WORKERS_ROWS)
    asked = Planning(family=("mlp",), depths=(0, 1), rows="all", rivals=("none",))
    plan, task = plan_study(task, asked)
    cell = plan.cells[1]
    recipe = replace(plan.ladder(cell).recipe, max_steps=20, evaluate_every=10)
    rates = (-6,) * plan.folds
    group = Group("main", cell.name, cell.rung, (Member(0, rates),), "", recipe, 0)
    groups = [replace(group, seed=seed) for seed in range(8 * count)]
    engine = Processes(count)
    try:
        every = sum(outcome.state == "done" for outcome in engine(groups, task))
        found = [memory_of(w.process.pid) for w in engine._workers if w is not None]
        us = memory_of(os.getpid())
    finally:
        engine.close()
    assert every == len(groups)
    assert len(found) == count
    return {
        "workers": count,
        "MB of rows": (4 * cell.rung.inputs.columns * len(task.target) + numbers_of(task).nbytes)
        / MEGABYTE,
        "MB own, a worker": sum(m["own"] for m in found) / count,
        "MB own, the study": us["own"],
        "MB of all, shared pages once": us["part"] + sum(m["part"] for m in found),
    }


def memory_of(pid: int) -> dict[str, float]:
    """MB that this process alone has, and with its part of what it shares (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kb = {line.split(":")[0]: float(line.split()[1]) for line in lines}
    return {
        "own": (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024,
        "part": kb["Pss"] / 1024,
    }


def write(path: Path, count: int) -> None:
    """Numbers of six digits and a class."""
    rng = np.random.default_rng(0)
    with path.open("w") as out:
        out.write(",".join([*(f"x{i}" for i in range(COLUMNS)), "y"]) + "\n")
        for start in range(0, count, 10_000):
            x = rng.standard_normal((min(10_000, count - start), COLUMNS))
            out.writelines(
                ",".join(f"{v:.5f}" for v in row) + (",yes\n" if row[0] > 0 else ",no\n")
                for row in x
            )


KINDS = {
    "trials": (trials, TRIALS),
    "rows": (rows, ROWS),
    "workers": (workers, WORKERS),
}


def main() -> None:
    """Each size in a process of its own; a table of them."""
    raw = argparse.RawDescriptionHelpFormatter  # not from `shared`, which would be in memory here
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    measure, sizes = KINDS[args.kind]
    if args.size:
        print(json.dumps(measure(args.size)))
        return
    shown = Table()
    for size in sizes:
        command = [sys.executable, __file__, args.kind, "--size", str(size)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        if not shown.columns:
            for head in found:
                shown.add_column(head, justify="right")
        shown.add_row(*(f"{v:,.0f}" if v >= 100 else f"{v:.2f}" for v in found.values()))
    Console().print(shown)


if __name__ == "__main__":
    main()
