"""Which encoding a study takes, and what that is worth on rows that chose nothing.

    python benchmarks/encodings.py [NAME ...]

Each set is planned and its encodings are tried as `howdeep run` does it, on one core. Then five
seeds of the reference depth, each encoding at its own best rate, are scored on the select rows: the
encoding taken against ranks and bins of each column, with the paired 95 % interval. `mnist1d-csv`
and `digits-csv` are the built-in sets as tables, `mnist-csv` the first 5,000 images as 784
columns. Data: the folder named by HOWDEEP_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import sys
import time

import numpy as np
import rivals as sets

from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Group, Member, Trial
from howdeep.data import builtin
from howdeep.data.frames import to_table
from howdeep.data.prepare import make_task
from howdeep.data.read import read_table
from howdeep.data.task import Task
from howdeep.judge import encoding, rates
from howdeep.judge.cut import recipe
from howdeep.judge.plan import next_round
from howdeep.report.words import Unit, unit
from howdeep.route.begin import Fixed, begin
from howdeep.route.options import Planning
from howdeep.stats.intervals import paired
from howdeep.training import fused
from howdeep.training.encoded import EncodedFold, encoded

SEEDS = 5
ALONE = Planning(rivals=("none",))
NAMES = (
    "mnist1d-csv", "digits-csv", "mnist-csv", "letter", "adult", "shoppers", "california",
    "phoneme", "wine",
)  # fmt: skip
Data = tuple[EncodedFold, ...]


def task_of(name: str) -> Task:
    base, _, csv = name.partition("-")
    if name == "mnist-csv":
        images, digits = sets._idx("mnist", "train")
        cells = images[:5_000].reshape(5_000, -1).astype(float)
        frame = {f"p{i}": cells[:, i] for i in range(cells.shape[1])}
        return make_task(to_table(frame | {"digit": digits[:5_000].astype(str)}), "digit")
    if csv:
        table = builtin.load(base).table
        return make_task(table, table.names[-1], kind="classification", metric="accuracy")
    if name == "wine":
        file = sets.ROOT / "wine_quality" / "white.csv"
        return make_task(read_table(file, header=False), -1, kind="regression")
    made: Task = getattr(sets, name)()
    return made


def tried(plan: Plan, task: Task, data: Data) -> list[Trial]:
    """The trials of all rounds that try encodings."""
    trials: list[Trial] = []
    while encoding.asked(plan, trials):
        made = next_round(plan, trials, None)
        assert made is not None
        for group in made.groups:
            trials += [result.trial for result in fused.train(group, task, data)]
    return trials


def select(plan: Plan, cell: Cell, task: Task, data: Data, trials: list[Trial]) -> np.ndarray:
    """Row scores (seeds, N) of a cell at its best rates."""
    chosen = (rates.searches(plan, trials)[cell.name].best,) * plan.folds
    members = tuple(Member(seed, chosen) for seed in range(SEEDS))
    how = recipe(plan, "main", cell.name)
    group = Group("main", cell.name, cell.rung, members, "", how, plan.seed)
    return np.stack([r.arrays["select"] for r in fused.train(group, task, data)]).astype(float)


def main(names: list[str]) -> None:
    print("| set | validation: bins, standard, linear | taken | select | against bins | standard |")
    print("|---|---|---|---|---|---|")
    for name in names or NAMES:
        begun = time.process_time()
        plan, task = begin(task_of(name), ALONE, Fixed(encodings=("standard", "linear")))
        data, metric = encoded(task), unit(task.info.metric)
        trials = tried(plan, task, data)
        found = encoding.taken(plan, trials)
        assert found is not None
        scores = {}
        for inputs in encoding.encodings(plan):
            own = encoding.with_inputs(plan, inputs)
            cell = encoding.references(own)[-1]
            scores[inputs.encoding] = select(own, cell, task, data, trials)
        val = ", ".join(metric.score(score) for _, score in found.tried)
        out = ", ".join(metric.score(float(z.mean())) for z in scores.values())
        gains = (gain(metric, scores[found.name], scores[e]) for e in ("", "standard"))
        cells = (name, val, found.name or "bins", out, *gains)
        print(f"| {' | '.join(cells)} |", flush=True)
        print(f"{name}: {time.process_time() - begun:.0f} s", file=sys.stderr, flush=True)


def gain(metric: Unit, taken: np.ndarray, other: np.ndarray) -> str:
    """Score of the encoding taken minus that of another, both (seeds, N), with its interval."""
    if taken is other:
        return ""
    found = paired(taken, other, 0.95)
    ends = (metric.number(end or 0.0, sign=True) for end in found)
    return "{} ({} to {})".format(*ends)


if __name__ == "__main__":
    main(sys.argv[1:])
