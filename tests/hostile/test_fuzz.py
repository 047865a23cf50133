"""Promise P17: mutated files of every reader end in what they say, or in a refusal; never else.

Twenty thousand mutations a reader, or as many as HOWDEEP_FUZZ says; a few in the default suite.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from case import Case
from configs import CONFIGS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import CASES
from plain_images import CODES, PIXELS, honest, noise, npz, tarred, zipped
from test_inert import check

from howdeep.base.errors import InputError
from howdeep.modalities.image.samples import images_of
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.route.options import Options, parse_options
from howdeep.route.tasks import task_of
from image_files import coded, idx, npy
from promises import Tally

MANY = int(os.environ.get("HOWDEEP_FUZZ", "20000"))
SECONDS = 5.0
SMALL = 100_000  # bytes of a seed file
IMAGES = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM")
TOKENS = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"[", b"{", b".", b"=", b"1e9", b"\xff", b"NaN"]
)
Read = Callable[[Path], None]


def table(path: Path) -> None:
    task = make_task(read_table(path), -1)
    check(task, len(task.target))


def config(path: Path) -> None:
    assert isinstance(parse_options({"config": path}), Options)


def names(path: Path) -> None:
    assert all(parse_options({"names": str(path)}).names or ("",))


def images(path: Path) -> None:
    task = task_of(parse_options({"data": path}))
    assert task.info.modality == "image"
    assert images_of(task).shape[1:] == task.info.shape


def seeds(cases: Iterable[Case]) -> list[bytes]:
    return [c.content for c in cases if isinstance(c.content, bytes) and len(c.content) < SMALL]


def odd(kind: str) -> list[bytes]:
    return [coded(noise(999, 12, 12), kind)]


ACCEPTED = [case for case in CASES if not case.outcome]
# What reads a file, what is mutated, under which name it is read, and what lies next to it.
READERS: dict[str, tuple[Read, list[bytes], str, Mapping[str, bytes]]] = {
    "table": (table, seeds(c for c in CASES if c.suffix == ".csv"), "mutated.csv", {}),
    "config": (config, seeds(CONFIGS), "mutated.json", {}),
    "names": (names, seeds(ACCEPTED), "mutated.txt", {}),
    "zip": (images, [zipped(honest(), 8)], "mutated.zip", {}),
    "tar": (images, [tarred(honest())], "mutated.tar.gz", {}),
    "npz": (images, [npz(x=PIXELS, y=CODES)], "mutated.npz", {}),
    "idx": (images, [idx(PIXELS)], "m-idx3-ubyte", {"m-idx1-ubyte": idx(CODES)}),
    "npy": (images, [npy(PIXELS)], "m-images.npy", {"m-labels.npy": npy(CODES)}),
    **{kind: (images, odd(kind), "a/odd", honest()) for kind in IMAGES},
}


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
    """What a reader makes of a mutated file holds together; or it refuses the file."""
    read, files, name, beside = READERS[reader]
    for other, content in beside.items():
        (folder / other).parent.mkdir(exist_ok=True)
        (folder / other).write_bytes(content)
    whole = folder if "/" in name else folder / name

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(data: st.DataObject) -> None:
        (folder / name).write_bytes(mutated(data, files))
        begun = time.process_time()
        with contextlib.suppress(InputError):  # any other exception fails
            read(whole)
        assert time.process_time() - begun < SECONDS
        tally.case()

    run: Callable[[], None] = one
    run()


@pytest.mark.parametrize("reader", READERS)
def test_a_few_mutated_files(reader: str, tmp_path: Path, tally: Tally) -> None:
    fuzz(reader, 20 if reader in IMAGES else 60, tmp_path, tally)


@pytest.mark.campaign("P17")
@pytest.mark.parametrize("reader", READERS)
def test_mutated_files(reader: str, tmp_path: Path, tally: Tally) -> None:
    fuzz(reader, MANY, tmp_path, tally)
