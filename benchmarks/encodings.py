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
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Group, Member, Trial
from howdeep.data.task import Task
from howdeep.judge import encoding, rates
from howdeep.judge.cut import recipe
from howdeep.judge.plan import next_round
from howdeep.metrics import Unit
from howdeep.modalities.table import builtin
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.report.words import unit
from howdeep.route.options import Planning
from howdeep.route.planning import Fixed, plan_study
from howdeep.stats.intervals import paired
from howdeep.trainers.fused import loop
from howdeep.trainers.fused.encoded import EncodedFold, encoded
from shared import adult, arguments, california, columns, letter, phoneme, shoppers, wine

SEEDS = 5
SETS: dict[str, Callable[[], Task]] = {
    made.__name__: made for made in (letter, adult, shoppers, california, phoneme, wine)
}
NAMES = ("mnist1d-csv", "digits-csv", "mnist-csv", *SETS)
ALONE = Planning(rivals=("none",))
Data = tuple[EncodedFold, ...]
Scores = NDArray[np.float64]


def task_of(name: str) -> Task:
    """A set by its name here."""
    if name == "mnist-csv":
        frame, label = columns(name)
        return make_task(to_table(frame), label)
    if name.endswith("-csv"):
        table = builtin.load(name.removesuffix("-csv")).table
        return make_task(table, table.names[-1], kind="classification", metric="accuracy")
    return SETS[name]()


def tried(plan: Plan, task: Task, data: Data) -> list[Trial]:
    """The trials of all rounds that try encodings."""
    trials: list[Trial] = []
    while encoding.asked(plan, trials):
        made = next_round(plan, trials, None)
        assert made is not None
        for group in made.groups:
            trials += [result.trial for result in loop.train(group, task, data)]
    return trials


def select(plan: Plan, cell: Cell, task: Task, data: Data, trials: list[Trial]) -> Scores:
    """Row scores (seeds, N) of a cell at its best rates."""
    chosen = (rates.searches(plan, trials)[cell.name].best,) * plan.folds
    members = tuple(Member(seed, chosen) for seed in range(SEEDS))
    how = recipe(plan, "main", cell.name)
    group = Group("main", cell.name, cell.rung, members, "", how, plan.seed)
    return np.stack([r.arrays["select"] for r in loop.train(group, task, data)]).astype(float)


def main() -> None:
    """Parse; a line for each set."""
    parser = arguments(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=NAMES)
    names = parser.parse_args().names
    print("| set | validation: bins, standard, linear | taken | select | against bins | standard |")
    print("|---|---|---|---|---|---|")
    for name in names:
        begun = time.process_time()
        plan, task = plan_study(task_of(name), ALONE, Fixed(encodings=("standard", "linear")))
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


def gain(metric: Unit, taken: Scores, other: Scores) -> str:
    """Score of the encoding taken minus that of another, both (seeds, N), with its interval."""
    if taken is other:
        return ""
    found = paired(taken, other, 0.95)
    ends = (metric.number(end or 0.0, sign=True) for end in found)
    return "{} ({} to {})".format(*ends)


if __name__ == "__main__":
    main()
