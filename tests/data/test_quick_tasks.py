"""A task is the same, whichever reader its file was read by: every real set, and every case."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from two_readers import both, strictly

from howdeep.base.errors import InputError
from howdeep.data.task import Task, to_arrays
from howdeep.modalities.table import source

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
CASES = ROOT.parent / "cases"
LARGE = 400_000  # bytes


def task_said(path: Path, **options: Any) -> Any:
    """All of a task, or the error."""
    try:
        task: Task = source.task(source.Options(data=str(path), **options))
    except InputError as error:
        return type(error).__name__, str(error)
    arrays, meta = to_arrays(task)
    return {name: (a.dtype, a.tobytes()) for name, a in arrays.items()}, meta


def real_files() -> list[Path]:
    tables = [*CASES.glob("*.csv"), *ROOT.glob("*/*.csv"), *ROOT.glob("*/*.tsv")]
    return sorted(tables) or [ROOT / "none.csv"]


@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_real_files_give_the_same_task(path: Path) -> None:
    if not path.exists():
        pytest.skip("no sets are there; HOWDEEP_TEST_DATA names their folder")
    table = both(path)
    headless = {} if isinstance(table, dict) else {"header": False}
    table = both(path, **headless)
    names = list(table["cells"]) if isinstance(table, dict) else ["-1"]
    targets = (names[-1],) if path.stat().st_size > LARGE else (names[-1], names[0])
    for target in dict.fromkeys(targets):
        fast = task_said(path, target=target, **headless)
        with strictly():
            assert task_said(path, target=target, **headless) == fast


def test_a_target_of_numbers_has_its_labels_as_written(tmp_path: Path) -> None:
    """`1` and `2`, not 1.0: labels are text, whichever way the column was read."""
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i}.25,{i % 3 + 1}\n" for i in range(90)))
    fast = source.task(source.Options(data=str(path), target="y"))
    assert fast.info.classes == ("1", "2", "3")
    assert fast.target[:3].tolist() == [0, 1, 2]
