"""Every executor keeps its promises, and `check_executor` finds one that breaks any of them."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import each
import numpy as np
import pytest
import torch

import tiny
from howdeep import executors
from howdeep.base.errors import ConfigError
from howdeep.base.events import Finished
from howdeep.base.trials import Group, Outcome
from howdeep.base.verdicts import Verdict
from howdeep.data.task import Task
from howdeep.executors import Executor, Setup
from howdeep.executors.gpu import Gpu
from howdeep.executors.here import Here
from howdeep.executors.processes import Processes
from howdeep.route import session
from howdeep.testing import check_executor
from howdeep.trainers.fused import backends, native


@pytest.mark.parametrize("name", executors.names())
def test_every_executor_keeps_its_promises(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name != "gpu":
        check_executor(lambda: executors.get(name)(Setup(jobs=2)))
    elif torch.cuda.is_available():
        check_executor(lambda: executors.get(name)(Setup("cuda")))
    else:  # a processor plays it, PyTorch's way
        monkeypatch.setenv(native.VARIABLE, native.NONE)
        check_executor(lambda: Gpu(torch.device("cpu")))


def test_one_of_a_few_lines_keeps_them() -> None:
    check_executor(each.Each)


# ---- one of another package carries a study ------------------------------------------------------
@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package on the path that brings `each`; nothing is installed."""
    folder = tmp_path / "site"
    (folder / "each_for_howdeep-1.0.dist-info").mkdir(parents=True)
    (folder / "each_for_howdeep.py").write_text(Path(each.__file__).read_text())
    info = folder / "each_for_howdeep-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: each-for-howdeep\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[howdeep.executors]\neach = each_for_howdeep:make\n")
    monkeypatch.syspath_prepend(folder)


def carried(path: Path, table: Path, executor: str | Executor) -> Verdict:
    tiny.begin(path, table, depths=(0, 1), max_seeds=2, family=("mlp",))
    with session.reopen(str(path)) as study:
        *_, last = session.events(study, jobs=1, executor=executor)
    assert isinstance(last, Finished)
    return last.verdict


@pytest.mark.usefixtures("package")
def test_one_of_another_package_is_found_by_name_and_carries_a_study(tmp_path: Path) -> None:
    assert "each" in executors.names()
    table = tiny.table(tmp_path / "t.csv")
    there = carried(tmp_path / "there.study", table, "each")
    assert there.digest == carried(tmp_path / "here.study", table, "here").digest
    module = sys.modules.pop("each_for_howdeep")
    assert Path(module.__file__).is_relative_to(tmp_path)  # type: ignore[arg-type]


def test_an_executor_of_the_caller_is_left_open(tmp_path: Path) -> None:
    class Mine(Here):
        closed = False

        def close(self) -> None:
            self.closed = True

    mine = Mine()
    assert carried(tmp_path / "s.study", tiny.table(tmp_path / "t.csv"), mine).digest
    assert not mine.closed


def test_an_unknown_name_is_refused_with_the_nearest_first(tmp_path: Path) -> None:
    assert "each" not in executors.names()
    with pytest.raises(
        ConfigError, match=r"executor 'proceses': there is none\n.*one of processes,"
    ):
        executors.get("proceses")
    with pytest.raises(ConfigError, match="executor 'crew'"):  # a folder for what they share
        executors.get("crew")
    with pytest.raises(ConfigError, match=r"executor 'hree'.*\n.*one of here"):
        carried(tmp_path / "s.study", tiny.table(tmp_path / "t.csv"), "hree")


@pytest.mark.parametrize(
    ("setup", "name", "kind"),
    [
        (Setup("cpu", 1), "here", Here),
        (Setup("cpu", 2), "processes", Processes),
        (Setup("cuda", 1), "gpu", Gpu),
        (Setup("cuda", 8), "gpu", Gpu),
    ],
)
def test_the_device_and_the_jobs_say_who_trains(
    setup: Setup, name: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "device", lambda name: torch.device("cpu"))
    monkeypatch.setattr(backends, "platform", lambda on: {"device": on})
    assert executors.suited(setup) == name
    made = executors.get(name)(setup)
    made.close()
    assert isinstance(made, kind)
    assert made.name == name


# ---- broken ones are found -----------------------------------------------------------------------
Answers = Callable[[Here, Sequence[Group], Task], Iterator[Outcome]]


def broken(answers: Answers) -> Callable[[], Executor]:
    """Makes executors that train here, and answer as they like."""

    class Broken(Here):
        name = "broken"

        def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
            return answers(self, groups, task)

    return Broken


def plain(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return Here.__call__(self, groups, task)


def twice(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    for outcome in plain(self, groups, task):
        yield from (outcome, outcome)


def silent(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return plain(self, groups[1:], task)


def unasked(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return plain(self, [replace(group, seed=7) for group in groups], task)


def once(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return iter(()) if len(groups) == 2 else plain(self, groups, task)  # the second round


def wrong(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    for outcome in plain(self, groups, task):
        results = [replace(r, arrays=one_bit_off(r.arrays)) for r in outcome.results]
        yield replace(outcome, results=tuple(results))


def one_bit_off(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    name = min(arrays)
    return arrays | {name: np.nextafter(arrays[name], np.float32(9))}


def fickle(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    """Elsewhere bits may be others, but the same each time."""
    for outcome in plain(self, groups, task) if len(groups) > 2 else wrong(self, groups, task):
        yield replace(outcome, platform={"device": "a GPU of this test"})


def few(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    for outcome in elsewhere(self, groups, task):
        yield replace(outcome, results=tuple(replace(r, arrays={}) for r in outcome.results))


def nowhere(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return (replace(outcome, platform={}) for outcome in plain(self, groups, task))


def hopeful(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return (replace(outcome, state="done") for outcome in plain(self, groups, task))


def mute(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    return (replace(outcome, reason="") for outcome in plain(self, groups, task))


def loud(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    for outcome in plain(self, groups, task):
        if outcome.state == "failed":
            raise RuntimeError(outcome.reason)
        yield outcome


def seeded(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    torch.manual_seed(len(groups))
    return plain(self, groups, task)


def nosy(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    for study in Path(tempfile.gettempdir()).glob("*/check.study"):
        (study / "notes.txt").write_text("mine")
    return plain(self, groups, task)


def elsewhere(self: Here, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    for outcome in wrong(self, groups, task):
        yield replace(outcome, platform={"device": "a GPU of this test"})


BROKEN = {
    twice: "answers each group once",
    silent: "answers every group",
    unasked: "answers only what it was asked",
    once: "answers every group",
    wrong: "gives rival plain the bits that it has on its platform",
    fickle: "gives main resmlp-1 the bits that it has on its platform",
    few: "gives trials and arrays of rival plain as `here` does",
    nowhere: "says on which platform rival plain was trained",
    hopeful: "says why a group failed",
    mute: "says why a group failed",
    loud: "raises no error of a group: RuntimeError: ConfigError",
    seeded: "leaves threads and random numbers",
    nosy: "writes nothing into the study",
}


@pytest.mark.parametrize("answers", BROKEN, ids=lambda answers: answers.__name__)
def test_a_broken_promise_is_named(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    named = re.escape(f"executor broken: not true that it {BROKEN[answers]}")
    with torch.random.fork_rng(), pytest.raises(AssertionError, match=named):
        check_executor(broken(answers))


def test_bits_of_another_platform_may_be_others() -> None:
    check_executor(broken(elsewhere))


def test_an_executor_that_cannot_be_closed_twice_is_found() -> None:
    class Closes(Here):
        open = True

        def close(self) -> None:
            if not self.open:
                raise ValueError("closed already")
            self.open = False

    with pytest.raises(AssertionError, match="can be closed twice: ValueError: closed already"):
        check_executor(Closes)


def test_an_executor_without_a_name_is_found() -> None:
    class Nameless(Here):
        name = ""

    with pytest.raises(AssertionError, match="Nameless: not true that it says its name"):
        check_executor(Nameless)


def test_a_process_that_is_left_is_found() -> None:
    left = []

    class Leaves(Here):
        def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
            if not left:
                left.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1))
            return super().__call__(groups, task)

    try:
        with pytest.raises(AssertionError, match="leaves no process behind"):
            check_executor(Leaves)
    finally:
        for process in left:
            process.communicate(b"\n")


def test_a_death_that_is_not_told_is_found() -> None:
    class Calm(Processes):
        def _ask(self, slot: int, group: Group, task: Task) -> Outcome:
            found = super()._ask(slot, group, task)
            return replace(found, state="failed") if found.state == "lost" else found

    with pytest.raises(AssertionError, match=r"says that a worker died \('failed', 'worker"):
        check_executor(lambda: Calm(1))
