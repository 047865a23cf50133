"""The one loop, on a fake trainer: barriers, resume, lost groups, budgets, clean ends."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import fake
import fake_judge
from howdeep.base.errors import TrainingError
from howdeep.base.events import Event, Finished, GroupDone, Looked, RoundStarted, Started
from howdeep.base.naming import group_key
from howdeep.base.nouns import Plan
from howdeep.base.trials import Group, Outcome
from howdeep.base.verdicts import Verdict
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.route.drive import drive
from howdeep.store.study import Study

pytestmark = pytest.mark.usefixtures("fake_ladder", "quick_disk")


def run(study: Study, execute: Callable = fake.here, **options: object) -> list[Event]:
    return list(drive(study, execute, fake_judge.look, fake_judge.conclude, **options))  # type: ignore[arg-type]


def begin(path: Path, plan: Plan | None = None) -> Study:
    plan = plan or fake.plan(extend_to=8)
    return Study.create(path, plan, fake.task(plan.folds), platform=fake.PLATFORM)


def verdict_of(events: Sequence[Event]) -> Verdict:
    assert isinstance(events[-1], Finished)
    return events[-1].verdict


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    with pytest.MonkeyPatch.context() as patch:
        fake.install(lambda at, name, value: patch.setattr(at, name, value, raising=False))
        with begin(tmp_path_factory.mktemp("undisturbed") / "s") as study:
            return verdict_of(run(study))


@pytest.mark.parametrize("folds", [1, 5])
def test_a_study_runs_to_its_verdict_and_tells_so(tmp_path: Path, folds: int) -> None:
    with begin(tmp_path / "s", fake.plan(extend_to=8, folds=folds)) as study:
        events = run(study)
        assert study.verdict() == verdict_of(events)
        stages = [round.stage for round in study.rounds()]
        assert stages[0] == "rate"
        assert stages[-1] == "control"
        asked = [group_key(g) for round in study.rounds() for g in round.groups]
        assert len(asked) == len(set(asked))
        assert study.done_groups() == set(asked)
    assert events[0] == Started(study.plan, str(study.path), False)
    done = [e for e in events if isinstance(e, GroupDone)]
    assert [group_key(e.group) for e in done] == asked
    looks = [e.standing.seeds for e in events if isinstance(e, Looked)]
    assert looks == sorted(looks)
    assert set(looks) == set(study.plan.looks)
    begun = [e for e in events if isinstance(e, RoundStarted)]
    assert [e.number for e in begun] == list(range(1, len(begun) + 1))
    assert all(e.flops > 0 and e.done == 0 for e in begun)


def test_arrival_order_and_retries_change_nothing(tmp_path: Path, undisturbed: Verdict) -> None:
    def anyhow(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        some = list(groups)
        random.Random(len(groups)).shuffle(some)
        for i, group in enumerate(some):
            yield Outcome(group, "lost", reason="killed") if i % 3 == 0 else fake.train(group)

    def unlucky(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        return anyhow(groups, task) if len(groups) > 2 else fake.here(groups, task)  # type: ignore[arg-type]

    with begin(tmp_path / "s") as study:
        assert verdict_of(run(study, unlucky)) == undisturbed


@pytest.mark.parametrize("events", [1, 3, 8, 20, 40, 50])
def test_an_abandoned_run_resumes_to_the_same_bytes(
    tmp_path: Path, undisturbed: Verdict, events: int
) -> None:
    with begin(tmp_path / "s") as study:
        going = drive(study, fake.here, fake_judge.look, fake_judge.conclude)
        for _ in range(events):
            next(going)
        going.close()
        before = study.trials()
    with Study.open(tmp_path / "s", write=True, platform=fake.PLATFORM) as study:
        told = run(study)
        assert set(before) <= set(study.trials())
        assert verdict_of(told) == undisturbed
        retrained = {group_key(e.group) for e in told if isinstance(e, GroupDone)}
        assert not retrained & {trial.group for trial in before}


def test_a_finished_study_trains_nothing_more(tmp_path: Path, undisturbed: Verdict) -> None:
    with begin(tmp_path / "s") as study:
        run(study)
        again = run(study)
    assert not [e for e in again if isinstance(e, GroupDone | RoundStarted)]
    assert verdict_of(again) == undisturbed


# ---- lost groups --------------------------------------------------------------------------------
def losing(cell: str, stage: str) -> Callable[[Sequence[Group], object], Iterator[Outcome]]:
    def execute(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        for group in groups:
            if (group.cell, group.stage) == (cell, stage):
                yield Outcome(group, "lost", reason="worker killed")
            else:
                yield fake.train(group)

    return execute


def test_a_group_lost_three_times_is_recorded_failed_and_shown(tmp_path: Path) -> None:
    with begin(tmp_path / "s", fake.plan(looks=(3,))) as study:
        events = run(study, losing("resmlp-1", "main"))
        failed = [t for t in study.trials() if t.failed]
        assert {(t.cell, t.stage, t.failed) for t in failed} == {
            ("resmlp-1", "main", "worker killed")
        }
        assert sorted(t.seed for t in failed) == [0, 1, 2]
        for group in {t.group for t in failed}:
            assert study.attempts(group) == 3
    told = [e for e in events if isinstance(e, GroupDone) and e.group.cell == "resmlp-1"]
    groups = {t.group for t in failed}
    assert [e.state for e in told if group_key(e.group) in groups].count("lost") == 3 * len(groups)
    assert {t for e in told if e.state == "failed" for t in e.trials} == set(failed)
    assert verdict_of(events)


def test_a_group_that_fails_is_tried_as_often_and_recorded_with_its_reason(tmp_path: Path) -> None:
    def failing(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        for outcome in losing("resmlp-1", "main")(groups, task):
            lost = outcome.state == "lost"
            yield Outcome(outcome.group, "failed", reason="KeyError: 3") if lost else outcome

    with begin(tmp_path / "s", fake.plan(looks=(3,))) as study:
        events = run(study, failing)
        assert {t.failed for t in study.trials() if t.cell == "resmlp-1"} == {"", "KeyError: 3"}
    told = [e for e in events if isinstance(e, GroupDone) and e.state != "done"]
    assert {(e.reason, e.group.stage) for e in told} == {("KeyError: 3", "main")}
    states = [(e.state, bool(e.trials)) for e in told]
    groups = len({e.group for e in told})  # each is asked for three times, then given up
    assert states.count(("lost", False)) == 3 * groups
    assert states.count(("failed", True)) == groups
    assert len(states) == 4 * groups
    assert verdict_of(events)


def test_when_nothing_trains_the_reason_is_said_and_the_study_goes_on_later(
    tmp_path: Path, undisturbed: Verdict
) -> None:
    def broken(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        return (Outcome(group, "lost", reason="no memory") for group in groups)

    with begin(tmp_path / "s") as study:
        with pytest.raises(TrainingError, match="3 attempts: no memory"):
            run(study, broken)
        assert study.trials() == ()
        assert verdict_of(run(study)) == undisturbed


def test_an_executor_that_leaves_groups_unanswered_does_not_hang_the_loop(tmp_path: Path) -> None:
    with begin(tmp_path / "s") as study, pytest.raises(TrainingError, match="without an answer"):
        run(study, lambda groups, task: iter(()))


# ---- budget and stopping ------------------------------------------------------------------------
class Clock:
    """A clock that moves a second at every question."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_a_budget_ends_between_looks_and_resuming_needs_no_clock(tmp_path: Path) -> None:
    with begin(tmp_path / "s", fake.plan()) as study:
        verdict = verdict_of(run(study, budget_s=0.0, clock=Clock()))
        assert (verdict.stopped_by, verdict.looks) == ("budget", (3,))
        assert {t.stage for t in study.trials()} == {"rate", "main"}
    with Study.open(tmp_path / "s", write=True) as study:
        assert verdict_of(run(study)) == verdict
        study.lift_stop()
        longer = verdict_of(run(study))
    assert (longer.stopped_by, longer.looks) == ("", (3, 5, 8))
    with begin(tmp_path / "t", fake.plan()) as study:
        assert verdict_of(run(study)) == longer


def test_a_generous_budget_changes_nothing(tmp_path: Path, undisturbed: Verdict) -> None:
    with begin(tmp_path / "s") as study:
        assert verdict_of(run(study, budget_s=1e9, clock=Clock())) == undisturbed


def test_stop_ends_after_the_group_and_the_study_goes_on_later(
    tmp_path: Path, undisturbed: Verdict
) -> None:
    with begin(tmp_path / "s") as study:
        asked = iter([False, False, True])
        events = run(study, stop=lambda: next(asked))
        assert [type(e) for e in events[2:]] == [GroupDone] * 3
        assert verdict_of(run(study)) == undisturbed


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_closes_the_executor_and_frees_the_lock(tmp_path: Path, error: type) -> None:
    closed = []

    def execute(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        try:
            yield fake.train(groups[0])
            raise error
        finally:
            closed.append(True)

    with pytest.raises(error), begin(tmp_path / "s") as study:
        run(study, execute)
    assert closed == [True]
    with Study.open(tmp_path / "s", write=True) as again:
        assert len(again.done_groups()) == 1


def test_closing_the_loop_closes_the_executor(tmp_path: Path) -> None:
    closed = []

    def execute(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        try:
            yield from fake.here(groups, task)  # type: ignore[arg-type]
        finally:
            closed.append(True)

    with begin(tmp_path / "s") as study:
        going = drive(study, execute, fake_judge.look, fake_judge.conclude)
        while not isinstance(next(going), GroupDone):
            pass
        going.close()
        assert closed == [True]


# ---- an executor that does not keep its contract ------------------------------------------------
def test_results_of_another_group_are_refused(tmp_path: Path) -> None:
    def mixed_up(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        first, second = groups[:2]
        yield dataclasses.replace(fake.train(second), group=first)

    def foreign(groups: Sequence[Group], task: object) -> Iterator[Outcome]:
        yield fake.train(fake.group())

    with begin(tmp_path / "s") as study:
        with pytest.raises(ValueError, match="not those of its group"):
            run(study, mixed_up)
        with pytest.raises(ValueError, match="unasked"):
            run(study, foreign)
        assert study.trials() == ()


# ---- with the judge itself -----------------------------------------------------------------------
def judged(study: Study, **options: object) -> Verdict:
    return verdict_of(list(drive(study, fake.here, look, conclude, **options)))  # type: ignore[arg-type]


@pytest.mark.parametrize("folds", [1, 5])
def test_the_planted_depth_is_found_and_resumes_to_the_same_bytes(
    tmp_path: Path, folds: int
) -> None:
    plan = fake.plan(families=("resmlp", "mlp"), extend_to=16, folds=folds, epsilon=0.05)
    with begin(tmp_path / "s", plan) as study:
        whole = judged(study)
        assert {"rate", "main", "control_rate", "control"} == {t.stage for t in study.trials()}
    assert (whole.status, whole.blocks) == ("recommended", 2)
    assert whole.twin == whole.control is not None
    assert _interrupted(tmp_path / "t", plan, (20, 15, 10)) == whole


def _interrupted(path: Path, plan: Plan, after: Sequence[int]) -> Verdict:
    """The verdict of a study that is left alone after so many events, again and again."""
    with begin(path, plan) as study:
        for events in after:
            going = drive(study, fake.here, look, conclude)
            for _ in range(events):
                next(going)
            going.close()
        return judged(study)


@pytest.mark.parametrize("folds", [1, 5])
def test_control_and_twin_are_both_trained_and_resume_to_the_same_bytes(
    tmp_path: Path, folds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "SCORES", {0: 0.5, 1: 0.6, 2: 0.7, 4: 0.8, 8: 0.8})
    plan = fake.plan(depths=(0, 1, 2, 4, 8), folds=folds, epsilon=0.05)
    with begin(tmp_path / "s", plan) as study:
        whole = judged(study)
        rounds = [r for r in study.rounds() if r.stage.startswith("control")]
    assert (whole.status, whole.blocks) == ("recommended", 4)
    assert whole.control is not None
    assert whole.twin is not None
    assert [c.rival.blocks for c in (whole.control, whole.twin)] == [2, 1]
    assert whole.control.says == whole.twin.says == "depth"
    assert whole.twin.gain.value > whole.control.gain.value
    blocks = [r.groups[0].rung.blocks for r in rounds]
    assert blocks == sorted(blocks, reverse=True)
    assert _interrupted(tmp_path / "t", plan, (35, 20, 6, 6, 6)) == whole


def test_the_twin_is_left_out_where_the_allowance_is_used_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "SCORES", {0: 0.5, 1: 0.6, 2: 0.7, 4: 0.8, 8: 0.8})
    plan = fake.plan(depths=(0, 1, 2, 4, 8), epsilon=0.05, allowance=1e6, flops_planned=1e6)
    with begin(tmp_path / "s", plan) as study:
        verdict = judged(study)
    assert verdict.control is not None
    assert verdict.twin is None
    assert "allowance" in verdict.twin_why


def test_the_ladder_is_extended_while_the_deepest_is_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "SCORES", {0: 0.5, 1: 0.6, 2: 0.7, 4: 0.8, 8: 0.9, 16: 0.8})
    with begin(tmp_path / "s", fake.plan(extend_to=16, epsilon=0.05)) as study:
        verdict = judged(study)
        assert {t.cell for t in study.trials()} >= {"resmlp-8"}
    assert (verdict.status, verdict.blocks) == ("recommended", 8)


def test_a_deeper_net_that_cannot_be_trained_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "SCORES", {0: 0.5, 1: 0.6, 2: 0.7, 4: 0.8, 8: 0.9, 16: 0.95})
    with begin(tmp_path / "s", fake.plan(extend_to=16, epsilon=0.05)) as study:
        *_, last = drive(study, losing("resmlp-16", "main"), look, conclude)
        verdict = last.verdict  # type: ignore[union-attr]
    states = {c.standing.cell.name: c.standing.state for c in verdict.cells}
    assert states["resmlp-16"] == "unreliable"
    assert verdict.blocks == 8


@pytest.mark.parametrize("stage", ["control_rate", "control"])
def test_a_control_that_cannot_be_trained_leaves_the_answer(stage: str, tmp_path: Path) -> None:
    with begin(tmp_path / "s", fake.plan(epsilon=0.05)) as study:
        *_, last = drive(study, losing("resmlp-2", stage), look, conclude)
        verdict = last.verdict  # type: ignore[union-attr]
    assert (verdict.status, verdict.blocks) == ("recommended", 2)
    assert verdict.control is None
    assert verdict.control_why in (
        "the widened nets could not be trained",
        "more than 20 % of the widened nets failed",
    )
    assert (verdict.twin, verdict.twin_why) == (None, verdict.control_why)


def test_the_judge_says_what_the_budget_ended(tmp_path: Path) -> None:
    plan = fake.plan(looks=(3, 5, 8), epsilon=0.0001)
    with begin(tmp_path / "s", plan) as study:
        verdict = judged(study, budget_s=0.0, clock=Clock())
    assert (verdict.stopped_by, verdict.looks) == ("budget", (3,))
