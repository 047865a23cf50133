"""Promises P17 to P19: reading runs no code, writes nothing, and ends in a task or a refusal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from configs import CONFIGS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import CASES
from parquets import CASES as PARQUETS
from pictures import CASES as PICTURES
from plain_table import ROWS, columns

from howdeep.base.errors import InputError
from howdeep.data.column import Column
from howdeep.data.task import Task
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import codes_of, names_of, numbers_of
from howdeep.modalities.table.table import Table

HERE = Path(__file__).parent
CORPORA = {"tables": (*CASES, *CONFIGS), "parquet": PARQUETS, "images": PICTURES}


@pytest.mark.parametrize("kind", CORPORA)
def test_reading_the_corpus_runs_no_code_writes_nothing_and_is_bounded(
    kind: str, tmp_path: Path
) -> None:
    for case in CORPORA[kind]:
        case.write(tmp_path)
    count = len(list(tmp_path.iterdir()))
    command = [sys.executable, "-B", str(HERE / "watch.py"), kind, str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["read"], told["events"], told["awake"]) == (count, [], True)
    assert told["seconds"] < 5
    assert told["megabytes"] < 512


CELLS = st.sampled_from(
    [
        "",
        "NA",
        "?",
        "1",
        "-2.5",
        "1e3",
        "007",
        str(2**70),
        "x",
        "Yes",
        "\u202e",
        "2020-01-01",
        "1,5",
    ]
) | st.text(max_size=4)


def check(task: Task, rows: int) -> None:
    """What every later step relies on."""
    numbers, codes, names = numbers_of(task), codes_of(task), names_of(task)
    assert len(task.target) == len(numbers) == len(codes) == rows
    assert len(names.numbers) == len(numbers[0])
    assert len(numbers[0]) + len(codes[0]) == len(task.info.features) > 0
    assert not np.isinf(numbers).any()
    for column, levels in zip(codes.T, names.levels, strict=True):
        assert column.min() >= -1
        assert column.max() < len(levels)
    if task.info.kind == "classification":
        assert set(np.unique(task.target)) == set(range(len(task.info.classes)))
    else:
        assert np.isfinite(task.target).all()
    every = [*task.test, *task.select, *task.folds[0].train, *task.folds[0].views[0].choose]
    assert set(every) == set(range(rows))
    assert task.info.fingerprint


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_column_and_target_end_in_a_task_or_a_refusal(data: st.DataObject) -> None:
    pool = data.draw(st.lists(CELLS, min_size=1, max_size=6))
    odd = data.draw(st.lists(st.sampled_from(pool), min_size=ROWS, max_size=ROWS))
    found = columns() | {"odd": odd}
    target = data.draw(st.sampled_from(["y", "odd", "a"]))
    kind = data.draw(st.sampled_from([None, "classification", "regression"]))
    types = data.draw(st.sampled_from([{}, {"b": "category"}, {"c": "category"}]))
    cells = tuple(Column(name, np.array(v, dtype=object)) for name, v in found.items())
    table = Table("made", "made.csv", "0" * 64, cells)
    merge_rare = data.draw(st.booleans())
    try:
        task = make_task(table, target, kind=kind, types=types, merge_rare=merge_rare)  # type: ignore[arg-type]
    except InputError:  # any other exception fails
        return
    check(task, ROWS)
