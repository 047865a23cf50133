"""The classical models by themselves: scores and seconds on real sets, on the rows of a plan.

    python benchmarks/rivals.py [NAME ...]

Each set is planned as `howdeep run` plans it with its defaults, and only its first round, that of
the classical models, is run, one after another in this process on one thread. Seconds are those of
the processor. Data: the folder named by HOWDEEP_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np

from howdeep.base.nouns import Model, Plan, TaskInfo
from howdeep.base.trials import Group
from howdeep.data.task import Fold, Task, View
from howdeep.executors.here import outcome
from howdeep.judge.plan import next_round
from howdeep.modalities.image.samples import IMAGES, STANDARD
from howdeep.modalities.table import builtin
from howdeep.report.words import unit
from howdeep.route.options import Planning
from howdeep.route.planning import plan_study
from howdeep.trainers import classical
from shared import adult, arguments, california, idx, letter, phoneme, shoppers, timed


def fashion() -> Task:
    """10,000 training, 2,000 validation, 3,000 select and 10,000 test rows of Fashion-MNIST."""
    train, test = (idx("fashion_mnist", part) for part in ("train", "t10k"))
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
        modality="image",
    )
    fold = Fold(cut[0], (View(cut[1], cut[2]),), cut[0], cut[1])
    return Task(info, {IMAGES: images}, target, None, (fold,), cut[3], STANDARD)


SETS: dict[str, Callable[[], Task]] = {
    made.__name__: made for made in (california, adult, shoppers, phoneme, letter, fashion)
}


def planned(task: Task) -> tuple[Plan, Task]:
    """What `howdeep run` would plan; of images the classical models only, in any plan."""
    if not task.info.shape:
        return plan_study(task)
    plan, _ = plan_study(builtin.task("linear"), Planning(rivals=("none",)))
    models, _ = classical.planned(task, classical.usual())
    return dataclasses.replace(plan, task=task.info, rivals=models, folds=len(task.folds)), task


def fits(plan: Plan) -> Iterator[tuple[Group, Model]]:
    """The groups of classical models in the first round of a plan, and what they fit."""
    first = next_round(plan, (), None)
    models = {model.name: model for model in plan.rivals}
    for group in first.groups if first else ():
        if group.stage == "rival":
            yield group, models[group.cell]


def row(task: Task, group: Group, one: Model) -> str:
    """One model, fitted now, as a line of the table."""
    done, seconds = timed(lambda: outcome(group, task, ()))
    if done.state != "done":
        return f"{one.name} | {done.reason} | | {seconds:.1f} | | | |"
    metric = unit(task.info.metric)
    parts = [[r.arrays[part].mean() for r in done.results] for part in ("select", "test")]
    select, test = (metric.score(float(np.mean(part)), fine=True) for part in parts)
    trial = done.results[0].trial
    words = trial.chosen[0].words
    times = f"{seconds:.1f} | {one.work / 1e9:.1f}"
    return f"{one.name} | {select} | {test} | {times} | {one.rows:,} | {words} |"


def main() -> None:
    """Parse, fit, print."""
    parser = arguments(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=list(SETS))
    names = parser.parse_args().names
    print(
        "| set | model | select | test | seconds | estimated | rows | chosen |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for name in names:
        plan, task = planned(SETS[name]())
        for group, one in fits(plan):
            print(f"| {name} | {row(task, group, one)}", flush=True)


if __name__ == "__main__":
    main()
