"""The one loop: plan, execute, commit, read back, decide. Every door calls it.

Rounds are barriers. A round is on disk before it runs, so that a resumed run goes on with the
same groups; the judge reads trials from disk, never from memory, so that the undisturbed and
the resumed run take the same path and end in the same bytes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Protocol

from howdeep.base import limits
from howdeep.base.errors import TrainingError
from howdeep.base.events import Event, Finished, GroupDone, Looked, RoundStarted, Started
from howdeep.base.naming import group_key, trial_key
from howdeep.base.nouns import Plan, Rung
from howdeep.base.trials import Group, Outcome, Result, Round, Trial
from howdeep.base.verdicts import Standing, Verdict
from howdeep.data.task import Task
from howdeep.judge.cut import worst_flops
from howdeep.judge.plan import next_round
from howdeep.route.stored_scores import StoredScores
from howdeep.store.study import Study

Execute = Callable[[Sequence[Group], Task], Iterator[Outcome]]
Look = Callable[[Plan, Sequence[Trial], StoredScores], Standing]


class Conclude(Protocol):
    """What turns the trials into the answer."""

    def __call__(
        self,
        plan: Plan,
        trials: Sequence[Trial],
        rows: StoredScores,
        *,
        stopped_by: str = "",
        mixed: bool = False,
    ) -> Verdict: ...


def _never() -> bool:
    return False


def drive(
    study: Study,
    execute: Execute,
    look: Look,
    conclude: Conclude,
    *,
    budget_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    stop: Callable[[], bool] = _never,
) -> Generator[Event, None, None]:
    """Run a study, begun or resumed, to its verdict; tells what happens as it happens.

    `budget_s` seconds after the start no further look is begun (the first is always completed);
    the stop is recorded, so that resuming needs no clock; `study.lift_stop()` undoes it. `stop`
    is asked after every group: when it says true the generator ends without `Finished`, and the
    study can be resumed.

    Raises:
        TrainingError: no group of a round could be trained in three attempts.
        StudyError: the study's disk fails, another process writes it, or a trial is not
            reproducible.
    """
    begun, task = clock(), study.task()

    def late() -> bool:
        return budget_s is not None and clock() - begun >= budget_s

    rows = StoredScores(study, task)
    yield Started(study.plan, str(study.path), bool(study.rounds()))
    standing: Standing | None = None
    ahead = list(study.rounds())
    number = 0
    while True:
        if not ahead:
            trials = study.trials()
            study.check_alone()
            if any(trial.stage == "main" for trial in trials):
                before, standing = standing, look(study.plan, trials, rows)
                if before is None or standing.cells != before.cells:  # not at the control's looks
                    yield Looked(standing)
                if standing.next == "look" and late():
                    study.put_stop("budget")
            planned = None if study.stopped_by() else next_round(study.plan, trials, standing)
            if planned is None:
                break
            if {group_key(group) for group in planned.groups} <= study.done_groups():
                raise ValueError(f"round {planned.title!r} asks for what is there: no end to it")
            study.add_round(planned)
            ahead = [planned]
        number += 1
        if (yield from _run(study, number, ahead.pop(0), execute, task, stop)):
            return
    stopped_by, mixed = study.stopped_by(), study.mixed()
    verdict = conclude(study.plan, trials, rows, stopped_by=stopped_by, mixed=mixed)
    study.put_verdict(verdict)
    yield Finished(verdict)


def _run(
    study: Study,
    number: int,
    round: Round,
    execute: Execute,
    task: Task,
    stop: Callable[[], bool],
) -> Generator[Event, None, bool]:
    """Train what is missing of a round; whether `stop` ended it early."""
    stored = study.done_groups()
    left = {group_key(g): g for g in round.groups if group_key(g) not in stored}
    if not left:
        return False
    flops = sum(worst_flops(study.plan, group) for group in left.values())
    yield RoundStarted(number, round, len(round.groups) - len(left), flops)
    lost: dict[Group, Outcome] = {}
    while left:
        with closing(_answers(execute, tuple(left.values()), task)) as outcomes:
            for outcome in outcomes:
                key = group_key(outcome.group)
                if key not in left:
                    raise ValueError(f"an executor answered for group {key[:12]}, unasked")
                yield _settle(study, outcome)
                if outcome.state == "done":
                    del left[key]
                elif study.attempts(key) >= limits.MAX_ATTEMPTS:
                    lost[left.pop(key)] = outcome
                if stop():
                    return True
    yield from _give_up(study, round, lost)
    return False


def _answers(
    execute: Execute, groups: tuple[Group, ...], task: Task
) -> Generator[Outcome, None, None]:
    """The executor's outcomes, then a lost one for each group that it left unanswered."""
    silent = {group_key(group): group for group in groups}
    with ExitStack() as closing:
        outcomes = execute(groups, task)
        closing.callback(getattr(outcomes, "close", lambda: None))
        for outcome in outcomes:
            silent.pop(group_key(outcome.group), None)
            yield outcome
    for group in silent.values():
        yield Outcome(group, "lost", reason="the executor ended without an answer")


def _settle(study: Study, outcome: Outcome) -> GroupDone:
    """Store what an executor answered."""
    if outcome.state == "done":
        trials = study.commit(outcome, seconds=outcome.seconds)
        return GroupDone(outcome.group, trials, outcome.seconds)
    study.attempt(group_key(outcome.group), outcome.reason)
    # Lost or failed, it is asked for again: "failed" is told of those that are given up.
    return GroupDone(outcome.group, (), outcome.seconds, "lost", outcome.reason)


def _give_up(study: Study, round: Round, lost: dict[Group, Outcome]) -> Iterator[Event]:
    """Record the nets of groups that were lost too often, as failed.

    Raises:
        TrainingError: nothing of the round was trained, so that it is not the nets that fail, and
            without them there is no answer.
    """
    if not lost:
        return
    mine = {group_key(group) for group in round.groups}
    nets = (t for t in study.trials() if t.group in mine and isinstance(t.rung, Rung))
    trained = [t for t in nets if not t.failed]
    if not trained and _needed(study.plan, round):
        reason = next(iter(lost.values())).reason
        raise TrainingError(
            f"{study.path}: no group of round {round.title!r} could be trained in "
            f"{limits.MAX_ATTEMPTS} attempts: {reason}",
            "mend what the reason names, then resume: nothing is lost",
        )
    for group, last in lost.items():
        floor = trained[0].floor if trained else (0.0,) * len(group.members[0].rates)
        outcome = replace(_failed(group, last.reason, floor), platform=last.platform)
        yield GroupDone(group, study.commit(outcome), 0.0, "failed", last.reason)


def _needed(plan: Plan, round: Round) -> bool:
    """Whether there is no answer without it: classical models, controls and deeper nets are more.

    Learning rates are needed: a net whose rates were all lost would be compared at a random one.
    """
    first = {cell.name for cell in plan.cells if plan.first(cell)}
    main = round.stage == "main" and any(group.cell in first for group in round.groups)
    return main or round.stage == "rate"


def _failed(group: Group, reason: str, floor: tuple[float, ...]) -> Outcome:
    """The outcome of a group whose nets were never trained to the end."""
    folds = len(group.members[0].rates)
    nothing: tuple[float | None, ...] = (None,) * folds
    results = tuple(
        Result(
            Trial(
                key=trial_key(group, index),
                group=group_key(group),
                stage=group.stage,
                cell=group.cell,
                rung=group.rung,
                seed=member.seed,
                rates=member.rates,
                val=nothing,
                tie=nothing,
                floor=floor,
                train=nothing,
                steps=(0,) * folds,
                best_step=(0,) * folds,
                capped=0,
                nonfinite=0,
                flops=0.0,
                failed=reason or "lost",
                cap=group.recipe.max_steps if group.recipe else 0,
            ),
            {},
        )
        for index, member in enumerate(group.members)
    )
    return Outcome(group, "failed", results, reason)
