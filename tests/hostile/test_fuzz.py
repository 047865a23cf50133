"""Promise P17: mutated files of every reader end in what they say, or in a refusal; never else.

Twenty thousand mutations a reader, or as many as HOWDEEP_FUZZ says; a few in the default suite.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import CASES, CONFIGS, Case
from test_inert import check

from howdeep.base.errors import InputError
from howdeep.data.prepare import make_task
from howdeep.data.read import read_table
from howdeep.route.options import Options, parse_options
from promises import Tally

MANY = int(os.environ.get("HOWDEEP_FUZZ", "20000"))
SECONDS = 5.0
SMALL = 100_000  # bytes of a seed file
READERS = {
    "table": ([c for c in CASES if c.suffix == ".csv"], ".csv"),
    "config": (list(CONFIGS), ".json"),
    "names": ([c for c in CASES if not c.outcome], ".txt"),
}
TOKENS = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"[", b"{", b".", b"=", b"1e9", b"\xff", b"NaN"]
)


def read(reader: str, path: Path) -> None:
    """What a reader makes of a file holds together; or it refuses the file."""
    try:
        if reader == "table":
            task = make_task(read_table(path), -1)
            check(task, len(task.target))
        elif reader == "config":
            assert isinstance(parse_options({"config": path}), Options)
        else:
            assert all(parse_options({"names": str(path)}).names or ("",))
    except InputError:  # any other exception fails
        return


def seeds(cases: list[Case]) -> list[bytes]:
    return [c.content for c in cases if isinstance(c.content, bytes) and len(c.content) < SMALL]


def mutated(data: st.DataObject, files: list[bytes]) -> bytes:
    """A seed file with bytes changed, cut out, doubled or put in, or with the end of another."""
    content = bytearray(data.draw(st.sampled_from(files)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        until = at + data.draw(st.integers(0, 40))
        content[at:until] = data.draw(st.binary(max_size=8) | TOKENS)
    if data.draw(st.integers(0, 9)) == 0:
        content += data.draw(st.sampled_from(files))
    return bytes(content)


def fuzz(reader: str, count: int, folder: Path, tally: Tally) -> None:
    cases, suffix = READERS[reader]
    files, path = seeds(cases), folder / f"mutated{suffix}"

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(data: st.DataObject) -> None:
        path.write_bytes(mutated(data, files))
        begun = time.process_time()
        read(reader, path)
        assert time.process_time() - begun < SECONDS
        tally.case()

    run: Callable[[], None] = one
    run()


@pytest.mark.parametrize("reader", READERS)
def test_a_few_mutated_files(reader: str, tmp_path: Path, tally: Tally) -> None:
    fuzz(reader, 60, tmp_path, tally)


@pytest.mark.campaign("P17")
@pytest.mark.parametrize("reader", READERS)
def test_mutated_files(reader: str, tmp_path: Path, tally: Tally) -> None:
    fuzz(reader, MANY, tmp_path, tally)
