"""The classical models by themselves: scores and seconds on real sets, on the rows of a plan.

    python benchmarks/rivals.py [NAME ...]

Each set is planned as `howdeep run` plans it with its defaults, and only its first round, that of
the classical models, is run, one after another in this process on one thread. Seconds are those of
the processor. Data: the folder named by HOWDEEP_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import dataclasses
import gzip
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from howdeep.base.nouns import Classical, Plan, TaskInfo
from howdeep.base.trials import Group
from howdeep.data import builtin
from howdeep.data.prepare import make_task
from howdeep.data.read import read_table
from howdeep.data.task import Fold, Task, View
from howdeep.executors.here import outcome
from howdeep.judge.plan import next_round
from howdeep.report.words import unit
from howdeep.route.begin import begin
from howdeep.route.options import Planning
from howdeep.training import classical

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
ADULT = (
    "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,"
    "capital-gain,capital-loss,hours-per-week,native-country,income"
)


def adult(seed: int = 0) -> Task:
    both = [
        read_table(ROOT / "adult" / f"{part}.csv", names=ADULT.split(","))
        for part in ("train", "test")
    ]
    return make_task(both[0], "income", test=both[1], seed=seed)


def phoneme(seed: int = 0) -> Task:
    table = read_table(ROOT / "phoneme" / "phoneme.csv", header=False)
    return make_task(table, table.names[-1], seed=seed)


def letter(seed: int = 0) -> Task:
    table = read_table(ROOT / "letter_recognition" / "letter.csv")
    return make_task(table, table.names[0], seed=seed)


def california(seed: int = 0) -> Task:
    table = read_table(ROOT / "california_housing" / "housing.csv")
    return make_task(table, "median_house_value", seed=seed)


def shoppers(seed: int = 0) -> Task:
    file = ROOT / "online_shoppers" / "online_shoppers_intention.csv"
    return make_task(read_table(file), "Revenue", seed=seed)


def fashion() -> Task:
    """10,000 training, 2,000 validation, 3,000 select and 10,000 test rows of Fashion-MNIST."""
    train, test = (_idx("fashion_mnist", part) for part in ("train", "t10k"))
    images = np.concatenate([train[0][:15_000], test[0]])[..., None]
    target = np.concatenate([train[1][:15_000], test[1]]).astype(np.int64)
    cut = np.split(np.arange(25_000), [10_000, 12_000, 15_000])
    info = TaskInfo(
        name="fashion",
        fingerprint="fashion",
        kind="classification",
        metric="accuracy",
        scheme="holdout",
        classes=tuple("0123456789"),
        target="label",
        features=(),
        rows=(("all", 25_000),),
        select_rows=3_000,
        test_rows=10_000,
        shape=(28, 28, 1),
    )
    fold = Fold(cut[0], (View(cut[1], cut[2]),), cut[0], cut[1])
    none = np.zeros((25_000, 0))
    codes = none.astype(np.int64)
    return Task(info, none, (), codes, (), (), target, None, (fold,), cut[3], "image", images)


def _idx(folder: str, part: str) -> tuple[np.ndarray, np.ndarray]:
    out = []
    for kind, head in (("images-idx3", 16), ("labels-idx1", 8)):
        raw = gzip.decompress((ROOT / folder / f"{part}-{kind}-ubyte.gz").read_bytes())
        out.append(np.frombuffer(raw, np.uint8, offset=head))
    return out[0].reshape(-1, 28, 28), out[1]


SETS: dict[str, Callable[[], Task]] = {
    made.__name__: made for made in (california, adult, shoppers, phoneme, letter, fashion)
}


def planned(task: Task) -> tuple[Plan, Task]:
    """What `howdeep run` would plan; of images the classical models only, in any plan."""
    if task.images is None:
        return begin(task)
    plan, _ = begin(builtin.task("linear"), Planning(rivals=("none",)))
    models, _ = classical.planned(task)
    return dataclasses.replace(plan, task=task.info, rivals=models, folds=len(task.folds)), task


def fits(plan: Plan) -> Iterator[tuple[Group, Classical]]:
    """The groups of classical models in the first round of a plan, and what they fit."""
    first = next_round(plan, (), None)
    models = {model.name: model for model in plan.rivals}
    for group in first.groups if first else ():
        if group.stage == "rival":
            yield group, models[group.cell]


def row(task: Task, group: Group, one: Classical) -> str:
    """One model, fitted now, as a line of the table."""
    began = time.process_time()
    done = outcome(group, task, ())
    seconds = time.process_time() - began
    if done.state != "done":
        return f"{one.name} | {done.reason} | | {seconds:.1f} | | | |"
    metric = unit(task.info.metric)
    parts = [[r.arrays[part].mean() for r in done.results] for part in ("select", "test")]
    select, test = (metric.score(float(np.mean(part)), fine=True) for part in parts)
    trial = done.results[0].trial
    classes = task.info.kind == "classification"
    words, _ = classical.describe(one.name, trial.best_step[0], trial.steps[0], one.rows, classes)
    times = f"{seconds:.1f} | {one.work / 1e9:.1f}"
    return f"{one.name} | {select} | {test} | {times} | {one.rows:,} | {words} |"


def main(names: Sequence[str]) -> None:
    print(
        "| set | model | select | test | seconds | estimated | rows | chosen |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for name in names or SETS:
        plan, task = planned(SETS[name]())
        for group, one in fits(plan):
            print(f"| {name} | {row(task, group, one)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
