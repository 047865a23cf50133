"""How a learning rate should be chosen, and how far a cell's mean moves with another search.

    python benchmarks/rate_noise.py SET [--rows N]

Every rate of three depths (linear, 1 and 4 blocks of resmlp) is tried by 48 nets in each of five
folds, as a study tries them, and by 20 nets that are scored on select rows. Then searches are
drawn: some of the seeds choose a rate by a rule. Printed for each rule: by how much the rate chosen
is below the best one on select rows, on average, and its standard deviation over searches; then
what `judge.rate_noise` says of the deviation, next to that of the mean tuning score of all nets at
the rates chosen, which has hardly any noise of its own. Data: the folder named by
HOWDEEP_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from howdeep.base.nouns import Cell, Plan, Stage
from howdeep.base.trials import Group, Member
from howdeep.data.task import Task
from howdeep.judge import rate_noise
from howdeep.judge.cut import recipe
from howdeep.judge.rates import merits
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.route.options import Planning
from howdeep.route.planning import Fixed, plan_study
from howdeep.trainers.fused import loop
from howdeep.trainers.fused.encoded import EncodedFold, encoded
from shared import FILES, ROOT, arguments

TUNE, MAIN, TOGETHER, SEARCHES = 48, 20, 4, 300
RATES = {"linear": range(-10, 0), "resmlp-1": range(-12, -2), "resmlp-4": range(-12, -2)}
Scores = NDArray[np.float64]
Bank = dict[int, tuple[Scores, Scores, float]]  # tuning scores, losses (48, F); select


def thinned(task: Task, rows: int) -> Task:
    """A table of some of the rows, split again."""
    from howdeep.modalities.table.frames import to_table
    from howdeep.modalities.table.samples import codes_of, names_of, numbers_of

    keep = np.sort(np.random.default_rng(7).permutation(len(task.target))[:rows])
    names, numbers, codes = names_of(task), numbers_of(task), codes_of(task)
    frame: dict[str, NDArray[Any]] = {n: numbers[keep, i] for i, n in enumerate(names.numbers)}
    for i, name in enumerate(names.codes):
        levels = np.array([*names.levels[i], "missing"], dtype=object)
        frame[name] = levels[codes[keep, i]]
    target = task.target[keep]
    if task.info.classes:
        target = np.array(task.info.classes, dtype=object)[target.astype(int)]
    return make_task(to_table(frame | {"target": target}), "target", kind=task.info.kind)


def bank(plan: Plan, cell: Cell, task: Task, data: tuple[EncodedFold, ...]) -> Bank:
    """What every rate scores."""
    out: Bank = {}
    folds = plan.folds
    for rate in RATES[cell.name]:
        found: dict[Stage, list[tuple[list[float], list[float], float]]] = {"rate": [], "main": []}
        numbers: dict[Stage, list[int]] = {
            "rate": [-1 - s for s in range(TUNE)],
            "main": list(range(MAIN)),
        }
        for stage, seeds in numbers.items():
            how = recipe(plan, stage, cell.name)
            for first in range(0, len(seeds), TOGETHER):
                members = tuple(Member(s, (rate,) * folds) for s in seeds[first : first + TOGETHER])
                group = Group(stage, cell.name, cell.rung, members, "", how, plan.seed)
                for result in loop.train(group, task, data):
                    t, floor = result.trial, result.trial.floor
                    val = [f if v is None else v for v, f in zip(t.val, floor, strict=True)]
                    tie = [-99.0 if v is None else v for v in t.tie]
                    score = float(result.arrays["select"].mean()) if stage == "main" else 0.0
                    found[stage].append((val, tie, score))
        vals, ties, _ = (np.array(column) for column in zip(*found["rate"], strict=True))
        out[rate] = (vals, ties, float(np.mean([row[2] for row in found["main"]])))
    return out


Choose = Callable[[Scores, Scores], int]  # of scores and losses (R, seeds, F)


def smoothed(val: Scores, _: Scores) -> int:
    """The rule of a study: a rate's score with those of its neighbours."""
    return int(merits(range(len(val)), val.mean((1, 2)), 1).argmax())


RULES: dict[str, Choose] = {
    "score": lambda val, _: int(val.mean((1, 2)).argmax()),
    "loss": lambda _, tie: int(tie.mean((1, 2)).argmax()),
    "score, with neighbours": smoothed,
}


def report(name: str, found: Bank) -> None:
    """A line for each number of nets a rate and rule, and what is told of the noise."""
    rates = sorted(found)
    val, tie = (np.stack([found[r][i] for r in rates]) for i in range(2))
    select = np.array([found[r][2] for r in rates])
    rng, folds = np.random.default_rng(0), val.shape[2]
    for seeds in (1, 2, 4):
        picks = [rng.choice(TUNE, seeds, replace=False) for _ in range(SEARCHES)]
        each = [
            np.mean([select[val[:, s, f].mean(1).argmax()] for f in range(folds)]) for s in picks
        ]
        said = {"score, each fold by itself": np.array(each)}
        for rule, choose in RULES.items():
            said[rule] = np.array([select[choose(val[:, s], tie[:, s])] for s in picks])
        for rule, scores in said.items():
            lost, spread = scores.mean() - select.max(), scores.std()
            print(
                f"| {name} | {seeds} x {folds} | {rule} | {lost:+.4f} | {spread:.4f} |", flush=True
            )
        best = [smoothed(val[:, s], tie[:, s]) for s in picks]
        truth = np.std(val.mean((1, 2))[best])
        told = [
            rate_noise.noise(rates, val[:, s].reshape(len(rates), -1), rates[at], 1, rng).variance
            for s, at in zip(picks, best, strict=True)
        ]
        print(f"  noise: {truth:.4f}, told: {np.sqrt(np.mean(told)):.4f}", flush=True)


def main() -> None:
    """Parse, train, print."""
    parser = arguments(__doc__)
    parser.add_argument("set", choices=FILES)
    parser.add_argument("--rows", type=int, default=1_500)
    args = parser.parse_args()
    torch.set_num_threads(1)
    file, target, more = FILES[args.set]
    table = read_table(ROOT / file, header=not more)
    task = thinned(make_task(table, target), args.rows)
    plan, task = plan_study(task, Planning(rivals=("none",)), Fixed(encodings=()))
    data = encoded(task)
    print("| depth | nets a rate | chosen by | below the best | deviation |\n|---|---|---|---|---|")
    for name in RATES:
        report(name, bank(plan, plan.cell(name), task, data))


if __name__ == "__main__":
    main()
