"""Ladders drawn from a known truth, run through a real study and the real judge.

Scores are in percentage points. z[c, s, i] = mu_c + row_i + own_ci + seed_cs + rest_csi, all
Gaussian: what a retraining moves (seed, rest) and what only other rows would move (own).
Replicates 2j and 2j + 1 share the rows, as two runs on the same data do.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

import planted
from howdeep.base import keys
from howdeep.base.naming import group_key, trial_key
from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Group, Member, Outcome, Result, Trial
from howdeep.base.verdicts import Standing, Verdict
from howdeep.data.task import Fold, Task, View
from howdeep.judge import rates
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.modalities.table.samples import CODES, NUMBERS, Names
from howdeep.route.stored_scores import StoredScores
from howdeep.stats.layout import Layout
from howdeep.store.study import Study

ROWS, TEST_ROWS = 400, 20
FAR_BELOW = -100.0  # what guessing scores, so that it plays no part
LEAD = 40.0  # over it on validation rows: every net has learnt
NO_CURVE = np.zeros((0, 3), dtype=np.float32)
EVEN = Layout()
OWN_SD, REST_SD = 0.5, 1.0  # a row floor of 0.035 points a pair; 0.05 points a seed


@dataclass(frozen=True, eq=False)
class Tuned:
    """What the search for learning rates saw, and what a rate does to every score of its nets.

    `rates` (R,), scores of the nets that tried them `tried` (cells, R, units), `shift` (cells, R).
    """

    rates: tuple[int, ...]
    tried: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True, eq=False)
class Drawn:
    """One ladder: row scores of its nets (cells, seeds, rows), float32, and of guessing (rows,).

    `leads` (cells, seeds): by how much each net's validation score exceeds that of guessing.
    """

    nets: np.ndarray
    constant: np.ndarray
    leads: np.ndarray
    layout: Layout = EVEN
    tuned: Tuned | None = None


class Kind(Protocol):
    """What ladders are drawn from."""

    @property
    def name(self) -> str: ...

    @property
    def plan(self) -> Plan: ...

    @property
    def truth(self) -> tuple[float, ...]: ...  # expected scores of the plan's cells

    def draw(self, replicate: int, /) -> Drawn: ...


class Planted(StoredScores):
    """A study's row scores next to a constant predictor that was drawn with them."""

    def __init__(self, study: Study, task: Task, drawn: Drawn) -> None:
        super().__init__(study, task)
        self._constant["select"] = drawn.constant
        self._layout = drawn.layout

    def layout(self) -> Layout:
        return self._layout


@dataclass(frozen=True)
class Scenario:
    """Planted means of depths 0, 1, 2, 4, 8, 16 and the standard deviation over their seeds."""

    name: str
    means: tuple[float, ...]
    sd: tuple[float, ...]
    epsilon: float = 0.5
    depths: tuple[int, ...] = (0, 1, 2, 4, 8, 16)  # trained from the start
    most: int = 20  # seeds

    @property
    def plan(self) -> Plan:
        extend_to = 0 if len(self.depths) == len(self.means) else 16
        made = planted.plan(
            self.depths, max_seeds=self.most, extend_to=extend_to, epsilon=self.epsilon
        )
        assert [c.blocks for c in made.cells] == [0, 1, 2, 4, 8, 16]
        info = replace(made.task, select_rows=ROWS, test_rows=TEST_ROWS)
        return replace(made, task=info)

    @property
    def truth(self) -> tuple[float, ...]:
        return self.means

    def draw(self, replicate: int) -> Drawn:
        """Gaussian scores of every net that a ladder may train."""
        data = np.random.default_rng([keys.seed_of(self.name), replicate // 2])
        own = data.normal(0, 5, ROWS) + data.normal(0, OWN_SD, (6, 1, ROWS))
        place = [keys.seed_of(self.name), replicate // 2, 1 + replicate % 2]
        nets = np.random.default_rng(place)
        seed = nets.normal(0, 1, (6, 20, 1)) * np.asarray(self.sd)[:, None, None]
        rest = nets.normal(0, REST_SD, (6, 20, ROWS))
        z: np.ndarray = np.asarray(self.means)[:, None, None] + own + seed + rest
        return Drawn(z.astype(np.float32), np.full(ROWS, FAR_BELOW), np.full((6, 20), LEAD))


SCENARIOS = (
    Scenario("flat, seed sd eps/2", (0,) * 6, (0.25,) * 6),
    Scenario("depth 0 at -.6, rest flat", (-0.6, 0, 0, 0, 0, 0), (0.2,) * 6),
    Scenario(
        "rising to a plateau", (-10, -4, -1.5, -0.3, 0, 0), (0.3, 1.1, 0.9, 0.9, 0.8, 0.7), 1.0
    ),
    Scenario("peaked at 2", (-3, -1, 0, -0.4, -1, -2), (0.4,) * 6),
    Scenario("five at -eps, best noisy", (-0.5,) * 5 + (0,), (0.3,) * 5 + (1.0,)),
    Scenario("five at -eps, sd .1 to 1", (-0.5,) * 5 + (0,), (0.1, 1.0, 0.3, 0.6, 0.2, 0.4)),
    Scenario("five at -eps, best steady", (-0.5,) * 5 + (0,), (0.5,) * 5 + (0.02,)),
    Scenario("extended to 8 blocks", (-8, -5, -3, -1.5, 0, 0), (0.3,) * 6, 0.5, (0, 1, 2, 4)),
)
# As a study of images is planned: two looks, the first of which may drop a depth.
TWO_LOOKS = tuple(
    replace(scenario, name=f"{scenario.name}; 5 seeds", most=5) for scenario in SCENARIOS
)


@dataclass(frozen=True)
class Ran:
    """One ladder run to its end."""

    replicate: int
    standing: Standing
    verdict: Verdict


def run(scenario: Kind, replicates: Sequence[int], batch: int = 20) -> Iterator[Ran]:
    """Each replicate's end; a study on disk holds `batch` of them at a time."""
    for start in range(0, len(replicates), batch):
        root = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        try:
            yield from _batch(scenario, replicates[start : start + batch], root / "ladders.study")
        finally:
            shutil.rmtree(root)


def _batch(scenario: Kind, replicates: Sequence[int], path: Path) -> Iterator[Ran]:
    plan, task = scenario.plan, _task(scenario.plan)
    scores = {r: scenario.draw(r) for r in replicates}
    first = [(c.name, plan.looks[0]) for c in plan.cells if plan.first(c)]
    asked = dict.fromkeys(replicates, first)
    owner: dict[str, int] = {}  # which ladder a trial belongs to
    with Study.create(path, plan, task) as study:
        rows = {r: Planted(study, task, drawn) for r, drawn in scores.items()}
        for r, drawn in scores.items():
            for outcome in _try_rates(plan, drawn, r):
                owner |= {t.key: r for t in study.commit(outcome)}
        while asked:
            mine = _by_ladder(study, owner)
            for r, cells in asked.items():
                for outcome in _train(plan, scores[r], r, cells, mine.get(r, [])):
                    owner |= {t.key: r for t in study.commit(outcome)}
            mine = _by_ladder(study, owner)
            for r in tuple(asked):
                standing = look(plan, mine[r], rows[r])
                if standing.next == "stop":
                    yield Ran(r, standing, conclude(plan, mine[r], rows[r]))
                    del asked[r]
                elif standing.next == "extend":
                    asked[r] = [(name, standing.seeds) for name in standing.extend]
                else:
                    asked[r] = [(name, plan.looks[standing.look + 1]) for name in standing.alive]


def _by_ladder(study: Study, owner: dict[str, int]) -> dict[int, list[Trial]]:
    out: dict[int, list[Trial]] = {}
    for trial in study.trials():
        out.setdefault(owner[trial.key], []).append(trial)
    return out


def _try_rates(plan: Plan, drawn: Drawn, replicate: int) -> Iterator[Outcome]:
    """The nets that try learning rates, a group for each cell; none where no search is drawn."""
    if drawn.tuned is None:
        return
    units = drawn.tuned.tried.shape[2]
    for at, cell in enumerate(plan.cells):
        pairs = [(i, rate, s) for i, rate in enumerate(drawn.tuned.rates) for s in range(units)]
        members = tuple(Member(-1 - s, (rate,)) for _, rate, s in pairs)
        group = Group("rate", cell.name, cell.rung, members, "", plan.ladders[0].recipe, replicate)
        trials = [
            replace(
                planted.trial(cell, -1 - s, stage="rate", val=float(drawn.tuned.tried[at, i, s])),
                key=trial_key(group, place),
                group=group_key(group),
                rates=(rate,),
            )
            for place, (i, rate, s) in enumerate(pairs)
        ]
        yield Outcome(group, "done", tuple(Result(t, {"curve": NO_CURVE}) for t in trials))


def _rate(plan: Plan, drawn: Drawn, cell: Cell, have: Sequence[Trial]) -> tuple[int, float]:
    """The rate that a cell chose, and what it does to its scores."""
    if drawn.tuned is None:
        return -7, 0.0
    chosen = rates.searches(plan, have)[cell.name].best
    at = [c.name for c in plan.cells].index(cell.name), drawn.tuned.rates.index(chosen)
    return chosen, float(drawn.tuned.shift[at])


def _train(
    plan: Plan,
    drawn: Drawn,
    replicate: int,
    asked: Sequence[tuple[str, int]],
    have: Sequence[Trial],
) -> Iterator[Outcome]:
    """A group for each cell asked for: its seeds that are not there yet."""
    z = drawn.nets
    for at, cell in enumerate(plan.cells):
        upto = dict(asked).get(cell.name, 0)
        done = sum(t.cell == cell.name and t.stage == "main" for t in have)
        if done >= upto:
            continue
        rate, shift = _rate(plan, drawn, cell, have)
        members = tuple(Member(s, (rate,)) for s in range(done, upto))
        group = Group("main", cell.name, cell.rung, members, "", plan.ladders[0].recipe, replicate)
        key = group_key(group)
        results = [
            Result(
                replace(
                    planted.trial(cell, m.seed, val=10.0 + float(drawn.leads[at, m.seed])),
                    key=trial_key(group, i),
                    group=key,
                    rates=m.rates,
                ),
                {"select": z[at, m.seed] + shift, "test": z[at, m.seed, :TEST_ROWS] + shift},
            )
            for i, m in enumerate(members)
        ]
        if results:
            yield Outcome(group, "done", tuple(results))


def _task(plan: Plan) -> Task:
    compared = plan.task.select_rows
    n = 2 + compared + TEST_ROWS
    rows = np.arange(n)
    select, test = rows[2 : 2 + compared], rows[2 + compared :]
    fold = Fold(rows[:2], (View(rows[:2], select),), rows[:2], rows[:2])
    target = np.arange(n) % 2
    samples = {NUMBERS: np.zeros((n, 1)), CODES: np.zeros((n, 0), dtype=np.int64)}
    names = Names(("a",), (), ())
    return Task(plan.task, samples, target, None, (fold,), test, "standard", names)
