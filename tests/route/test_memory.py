"""Memory is announced and bounded: a study that would not fit is refused before it is begun."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tests import toys

from howdeep.base.errors import LimitError
from howdeep.route import memory
from promises import Tally

LIMITS = [1_000 + 100 * i for i in range(10)]  # MB of address space


def test_more_processes_and_rows_need_more() -> None:
    plan, task = toys.begin(toys.task(), depths=(1,))
    one, two = memory.memory(plan, task, 1), memory.memory(plan, task, 2)
    assert one[0] == one[1] == two[0] < two[1]
    many, rows = toys.begin(toys.task(8_000), depths=(1,))
    assert memory.memory(many, rows, 1)[0] > one[0]


def test_what_does_not_fit_is_refused_with_both_figures() -> None:
    plan, task = toys.begin(toys.task(), depths=(1,))
    memory.check(plan, task, 1)
    with pytest.raises(LimitError, match=r"needs about \d+\.\d GB .* 10000 processes, .* are free"):
        memory.check(plan, task, 10_000)


def test_a_gpu_that_is_too_small_is_refused_with_both_figures() -> None:
    plan, task = toys.begin(toys.task(), depths=(1,))
    needed = memory.gpu_memory(plan, task)
    memory.check(plan, task, 1, gpu=1.01 * needed)
    with pytest.raises(LimitError, match=r"of the GPU's memory, .* are free"):
        memory.check(plan, task, 1, gpu=0.99 * needed)
    wide, same = toys.begin(toys.task(), depths=(1,), width=2_048)
    assert memory.gpu_memory(wide, same) > needed


def test_the_control_group_counts_as_much_as_the_machine(tmp_path: Path) -> None:
    assert memory.available(tmp_path) is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   4000 kB\n")
    assert memory.available(tmp_path) == 4_096_000
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("3000000\n")
    (group / "memory.current").write_text("1000000\n")
    assert memory.available(tmp_path) == 2_000_000
    (group / "memory.stat").write_text("anon 7\ninactive_file 500000\n")  # given up when asked
    assert memory.available(tmp_path) == 2_500_000
    (group / "memory.max").write_text("max\n")
    assert memory.available(tmp_path) == 4_096_000


def finishes_or_refuses(megabytes: int, folder: Path) -> str:
    """The outcome of a small study under a limit of address space."""
    study = folder / f"{megabytes}.study"
    words = "run linear --depths 0,1 --max-seeds 2 --rows 300 --rivals none --jobs 1 --quiet --out"
    size = megabytes * 10**6
    done = subprocess.run(
        [sys.executable, "-m", "howdeep", *words.split(), str(study)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
    )
    if done.returncode == 2:
        assert "LimitError" in done.stderr, done.stderr
        assert "address space" in done.stderr
        assert not study.exists()
        return "refused"
    assert done.returncode == 0, done.stderr
    return "finished"


@pytest.mark.parametrize(("megabytes", "outcome"), [(1_100, "refused"), (4_000, "finished")])
def test_a_limited_address_space(tmp_path: Path, megabytes: int, outcome: str) -> None:
    assert finishes_or_refuses(megabytes, tmp_path) == outcome


@pytest.mark.campaign("P22")
def test_ten_limits(tmp_path: Path, tally: Tally) -> None:
    outcomes = []
    for megabytes in LIMITS:
        outcomes.append(finishes_or_refuses(megabytes, tmp_path))
        tally.case()
    assert outcomes == sorted(outcomes, reverse=True), "refused below, finished above"
