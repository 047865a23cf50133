"""Who trains may be machines of several kinds: each trial is marked with the one that it is of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import pytest

import fake
import fake_judge
import tiny
from howdeep.base import keys
from howdeep.base.errors import StudyMismatch
from howdeep.base.events import Finished
from howdeep.base.trials import Group, Outcome
from howdeep.base.verdicts import Verdict
from howdeep.data.task import Task
from howdeep.executors.here import Here
from howdeep.judge.conclude import MIXED, conclude
from howdeep.judge.look import look
from howdeep.route import session
from howdeep.route.drive import drive
from howdeep.store.study import Study
from howdeep.trainers.fused import backends

OTHER = fake.PLATFORM | {"torch": "2.14", "gpu": "of this test"}
usual = pytest.mark.usefixtures("fake_ladder", "quick_disk")


class On:
    """A fake executor whose groups are trained on these platforms in turn."""

    def __init__(self, *platforms: dict[str, str]) -> None:
        self.platforms = cycle(platforms)

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        for group in groups:
            found = fake.train(group)
            yield Outcome(found.group, "done", found.results, platform=dict(next(self.platforms)))


def begin(path: Path) -> Study:
    return Study.create(path, fake.plan(epsilon=0.05), fake.task(), platform=fake.PLATFORM)


def verdict(study: Study, execute: On) -> Verdict:
    *_, last = drive(study, execute, look, conclude)
    assert isinstance(last, Finished)
    return last.verdict


def platforms(study: Study) -> set[str]:
    """As they are stored with the trials."""
    connection = sqlite3.connect(f"file:{study.path / 'study.sqlite'}?mode=ro", uri=True)
    found = {row[0] for row in connection.execute("SELECT DISTINCT platform FROM trial")}
    connection.close()
    return found


@usual
def test_another_platform_is_refused_in_words_and_nothing_of_it_is_stored(tmp_path: Path) -> None:
    with begin(tmp_path / "s") as study:
        with pytest.raises(StudyMismatch) as caught:
            verdict(study, On(fake.PLATFORM, OTHER))
        assert len(study.done_groups()) == 1
        assert platforms(study) == {keys.dumps(fake.PLATFORM)}
        assert "was trained on another platform than the study was begun on" in caught.value.what
        assert "gpu: None, now of this test; torch: 2.13, now 2.14" in caught.value.what
        assert f"howdeep resume {study.path} --mixed-platforms" in caught.value.fix
        plain = verdict(study, On(fake.PLATFORM))
        assert MIXED not in plain.notes
        assert not study.mixed()
    with begin(tmp_path / "t") as study:
        assert verdict(study, On({})) == plain  # not said: it is this process's


@usual
def test_where_it_may_be_mixed_the_verdict_says_so(tmp_path: Path) -> None:
    begin(tmp_path / "s").close()
    with Study.open(
        tmp_path / "s", write=True, platform=fake.PLATFORM, mixed_platforms=True
    ) as study:
        found = verdict(study, On(fake.PLATFORM, OTHER))
        assert found.notes[0] == MIXED
        assert platforms(study) == {keys.dumps(fake.PLATFORM), keys.dumps(OTHER)}
    with Study.open(tmp_path / "s", write=True, platform=fake.PLATFORM) as study:
        assert verdict(study, On(fake.PLATFORM)) == found  # it stays what it is
    begin(tmp_path / "t").close()
    with Study.open(
        tmp_path / "t", write=True, platform=fake.PLATFORM, mixed_platforms=True
    ) as study:
        one = verdict(study, On(OTHER))  # all of it on one: the leader's own trains nothing
        assert MIXED not in one.notes
        assert platforms(study) == {keys.dumps(OTHER)}


@usual
def test_what_was_lost_too_often_is_of_the_platform_that_lost_it(tmp_path: Path) -> None:
    class Losing(On):
        def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
            for outcome in super().__call__(groups, task):
                lost = (outcome.group.cell, outcome.group.stage) == ("resmlp-1", "main")
                state, results = ("lost", ()) if lost else ("done", outcome.results)
                yield Outcome(outcome.group, state, results, "killed", platform=OTHER)  # type: ignore[arg-type]

    begin(tmp_path / "s").close()
    with Study.open(
        tmp_path / "s", write=True, platform=fake.PLATFORM, mixed_platforms=True
    ) as study:
        list(drive(study, Losing(OTHER), fake_judge.look, fake_judge.conclude))
        assert any(trial.failed for trial in study.trials())
        assert platforms(study) == {keys.dumps(OTHER)}


def test_a_real_study_of_two_platforms_says_so(tmp_path: Path) -> None:
    """Through the door that every command takes."""

    class Two(Here):
        def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
            here = backends.platform()
            turns = cycle([here, here | {"capability": "another"}])
            for outcome in super().__call__(groups, task):
                yield Outcome(outcome.group, outcome.state, outcome.results, platform=next(turns))

    path = tmp_path / "s.study"
    tiny.begin(path, tiny.table(tmp_path / "t.csv"), depths=(0, 1), family=("mlp",), max_seeds=2)
    with session.reopen(str(path)) as study, pytest.raises(StudyMismatch, match="now another"):
        list(session.events(study, executor=Two()))
    with session.reopen(str(path), mixed_platforms=True) as study:
        *_, last = session.events(study, executor=Two())
        assert last.verdict.notes[0] == MIXED  # type: ignore[union-attr]
        assert len(platforms(study)) == 2
