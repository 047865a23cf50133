"""Damaged and malicious images, arrays and archives: each ends in its listed outcome."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import Case
from pictures import CASES, CODES, PIXELS, coded, honest, idx, noise, npy, npz, tarred, zipped

from howdeep.base import errors
from howdeep.data.task import Task
from howdeep.route.options import parse_options
from howdeep.route.source import task_of

REFUSED = [case for case in CASES if case.outcome]
ACCEPTED = [case for case in CASES if not case.outcome]


def prepared(path: Path, case: Case) -> Task:
    return task_of(parse_options({"data": path, **case.options}))


def measured(task: Task, what: str) -> object:
    """The value that a case's `holds` names."""
    assert task.images is not None
    return {
        "images": len(task.images),
        "shape": task.info.shape,
        "classes": task.info.classes,
    }[what]


def check_task(task: Task, holds: Mapping[str, object]) -> None:
    assert task.images is not None
    assert task.images.shape[1:] == task.info.shape
    assert {what: measured(task, what) for what in holds} == dict(holds)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with pytest.raises(errors.InputError) as caught:
        prepared(path, case)
    assert type(caught.value).__name__ == case.outcome, caught.value
    for words in case.says:
        assert words in str(caught.value)
    assert caught.value.fix
    assert len(str(caught.value)) < 1_500


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_accepted(case: Case, tmp_path: Path) -> None:
    task = prepared(case.write(tmp_path), case)
    check_task(task, case.holds)
    notes = "\n".join(task.info.notes)
    for words in case.says:
        assert words in notes


def test_a_folder_and_its_archives_are_one_task(tmp_path: Path) -> None:
    same = ("honest", "zip", "tar", "tar-setuid")
    tasks = [prepared(c.write(tmp_path), c) for c in CASES if c.name in same]
    assert len(tasks) == len(same)
    assert len({task.info.fingerprint for task in tasks}) == 1


WATCH = """
import os, re, sys, time
from PIL import Image
from howdeep.base.errors import InputError
from howdeep.route import source
from howdeep.route.options import parse_options
Image.init()
for name in ("unicode_escape", "utf-16-le", "ascii", "latin-1", "cp437"):
    "".encode(name)  # Python loads a codec when it is first used: now, before the watch
folder, events, on = sys.argv[1], [], True
def task_of(path, **options):
    try:
        source.task_of(parse_options({{"data": path, "skip_unreadable": True, **options}}))
    except InputError as error:
        if "--skip-unreadable" in error.what:
            source.task_of(parse_options({{"data": path, **options}}))
def hook(event, args):
    if not on:
        return
    if event.startswith({forbidden!r}):
        events.append(f"{{event}} {{args}}"[:200])
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        events.append(f"open {{args[0]}} for writing")
    if event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        events.append(f"open {{args[0]}} for writing")
task_of(os.path.join(folder, "0-honest"))  # whatever is imported late
sys.addaudithook(hook)
used = lambda: int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])
before, slowest, read = used(), 0.0, 0
for name in sorted(os.listdir(folder)):
    start = time.process_time()
    try:
        task_of(os.path.join(folder, name))
    except InputError:
        pass
    slowest = max(slowest, time.process_time() - start)
    read += 1
found, events = events, []
exec("pass")  # the watch is awake
open(os.devnull, "w").close()
on = False
print(read, found, len(set(events)), slowest, (used() - before) / 1024)
"""
FORBIDDEN = ("pickle.", "exec", "os.system", "os.exec", "subprocess.", "socket.", "ctypes.dlopen")


def test_reading_the_corpus_runs_no_code_writes_nothing_and_is_bounded(tmp_path: Path) -> None:
    for case in CASES:
        case.write(tmp_path)
    command = [sys.executable, "-B", "-c", WATCH.format(forbidden=FORBIDDEN), str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    read, found, *rest = done.stdout.rsplit(maxsplit=3)[0].split(" ", 1) + done.stdout.split()[-3:]
    awake, slowest, megabytes = rest
    assert (found, awake) == ("[]", "2")
    assert int(read) == len(os.listdir(tmp_path))
    assert float(slowest) < 5
    assert float(megabytes) < 512


# ---- mutated files: a task or a refusal, never another exception -------------------------------
MUTATED = {
    "a.zip": zipped(honest(), 8),
    "b.tar.gz": tarred(honest()),
    "c.npz": npz(x=PIXELS, y=CODES),
    "d-idx3-ubyte": idx(PIXELS),
    "e-images.npy": npy(PIXELS),
}
ODD = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM")


def damage(data: bytes, draw: st.DataObject) -> bytes:
    """Bytes changed, cut out, doubled or put in."""
    out = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        at = draw.draw(st.integers(0, len(out)))
        until = at + draw.draw(st.integers(0, 40))
        out[at:until] = draw.draw(st.binary(max_size=8))
    return bytes(out)


def survives(draw: st.DataObject, root: Path) -> None:
    kind = draw.draw(st.sampled_from([*MUTATED, *ODD]))
    folder = Path(tempfile.mkdtemp(dir=root))
    if kind in ODD:
        path, data = folder, damage(coded(noise(999, 12, 12), kind), draw)
        for name, content in (honest() | {"a/odd": data}).items():
            (path / name).parent.mkdir(exist_ok=True)
            (path / name).write_bytes(content)
    else:
        path = folder / kind
        path.write_bytes(damage(MUTATED[kind], draw))
        labels = folder / kind.replace("images", "labels").replace("idx3", "idx1")
        if labels != path:
            labels.write_bytes(npy(CODES) if "npy" in kind else idx(CODES))
    try:
        task = task_of(parse_options({"data": path, "target": None}))
    except errors.InputError:  # any other exception fails
        return
    finally:
        shutil.rmtree(folder)
    assert task.images is not None
    assert task.images.shape[1:] == task.info.shape


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_mutated_files_end_in_a_task_or_a_refusal(
    draw: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    survives(draw, tmp_path_factory.getbasetemp())


@pytest.mark.campaign
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_many_mutated_files_end_in_a_task_or_a_refusal(
    draw: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    survives(draw, tmp_path_factory.getbasetemp())


# ---- at the door: the command line, in a process of its own -------------------------------------
def run(path: Path, case: Case) -> subprocess.CompletedProcess[str]:
    out = path.with_name(path.name + ".study")
    flags = []
    for name, value in case.options.items():
        flags += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
    command = [sys.executable, "-m", "howdeep", "run", str(path), "--out", str(out), *flags]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)


FIRST = {case.outcome: case for case in reversed(REFUSED)}  # of each error; the rest: a campaign


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if case in FIRST.values() else pytest.mark.campaign)
        for case in REFUSED
    ],
    ids=str,
)
def test_refused_at_the_door(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    done = run(path, case)
    assert done.returncode == 2, done.stderr
    shown = " ".join(done.stderr.split())
    assert "Traceback" not in shown
    assert shown.startswith(case.outcome)
    for words in (*case.says, "fix:"):
        assert words in shown
    assert not path.with_name(path.name + ".study").exists()
