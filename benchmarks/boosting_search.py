"""The search for boosting's settings against the best by validation of 40 random settings.

    python benchmarks/boosting_search.py [--splits N] [NAME ...]

Both are fitted on the rows of `howdeep run`'s default plan, chosen on its validation rows and
scored on its select rows (of folds: view by view), for each of several splits of the data. The
random settings are chosen by the reported metric (ties: log loss, squared error), and are drawn
again for each split, log-uniformly: learning rate .01 to .3, 4 to 255 leaves of 1 to 100 rows or
more, no L2 penalty (a quarter of them) or one of .001 to 30; each is grown to 4,000 iterations at
most and ends when twice the learning that ends ours brought nothing better on the validation rows.
Differences are in tolerances: half a point of accuracy, .01 of the target's variance.
Seconds are those of the processor, on one thread. Data: the folder named by HOWDEEP_TEST_DATA
(default ../shared/data).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Model
from howdeep.base.trials import Group, Result
from howdeep.data.task import Task
from howdeep.executors.here import outcome
from howdeep.trainers.classical import _boosted, boosting
from rivals import fits, planned
from shared import adult, arguments, california, phoneme, pima, shoppers, timed, wine

RANDOM = 40
MOST = 4_000  # iterations
ANY: dict[str, Any] = {
    "LAST": RANDOM,
    "PATIENCE": 2 * _boosted.PATIENCE,
    "LEAST": 2 * _boosted.LEAST,
}

SETS: dict[str, Callable[[int], Task]] = {
    made.__name__: made for made in (california, adult, shoppers, phoneme, wine, pima)
}


def drawn(draw: int) -> tuple[_boosted.Setting, ...]:
    """The random settings."""
    rng = np.random.default_rng(draw)

    def between(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    return tuple(
        _boosted.Setting(
            rate=between(0.01, 0.3),
            leaves=round(between(4, 255)),
            leaf=round(between(1, 100)),
            penalty=0.0 if rng.random() < 0.25 else between(1e-3, 30),
            share=1.0,
        )
        for _ in range(RANDOM)
    )


def fitted(group: Group, task: Task) -> tuple[tuple[Result, ...], float]:
    """The results and the seconds that they took."""
    done, seconds = timed(lambda: outcome(group, task, ()))
    assert done.state == "done", done.reason
    return done.results, seconds


def at_random(group: Group, task: Task, draw: int) -> tuple[tuple[Result, ...], float]:
    """The same for the best by validation of the random settings."""
    assert isinstance(group.rung, Model)
    thorough = replace(group.rung, settings=RANDOM, size=MOST)
    settings = drawn(draw)
    with (
        mock.patch.multiple(_boosted, SETTINGS=settings, **ANY),
        mock.patch.object(boosting, "SETTINGS", settings),
        mock.patch.object(_boosted.Run, "key", lambda _, mark: mark),  # by the reported metric
    ):
        return fitted(replace(group, rung=thorough, members=group.members[:1]), task)


def one_split(name: str, split: int) -> NDArray[np.float64]:
    """Select scores, difference in tolerances, seconds (each ours, then theirs), estimated."""
    plan, task = planned(SETS[name](split))
    group, one = next(found for found in fits(plan) if found[1].name == "boosting")
    (ours, seconds), (theirs, longer) = fitted(group, task), at_random(group, task, split)
    scores = [np.mean([r.arrays["select"].mean() for r in found]) for found in (ours, theirs)]
    gap = (scores[0] - scores[1]) / (0.005 if task.info.classes else 0.01)
    shown = [100 * s if task.info.classes else 1 + s for s in scores]
    return np.array([*shown, gap, seconds, longer, one.work / 1e9])


def main() -> None:
    """Parse, fit both ways, print."""
    parser = arguments(__doc__)
    parser.add_argument("names", nargs="*", default=list(SETS))
    parser.add_argument("--splits", type=int, default=3)
    options = parser.parse_args()
    print("| set | select | of 40 | tolerances | of each split | seconds | of 40 | estimated |")
    print("|---|---|---|---|---|---|---|---|")
    for name in options.names:
        each = np.array([one_split(name, split) for split in range(options.splits)])
        ours, theirs, gap, *seconds = each.mean(0)
        gaps = ", ".join(f"{g:+.2f}" for g in each[:, 2])
        times = " | ".join(f"{s:.0f}" for s in seconds)
        print(f"| {name} | {ours:.4g} | {theirs:.4g} | {gap:+.2f} | {gaps} | {times} |", flush=True)


if __name__ == "__main__":
    main()
