"""Named sets: read from a folder or the cache; the network only where neither has them."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import socket
import tarfile
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from howdeep.base.errors import ImageError, LimitError
from howdeep.modalities.image import named
from howdeep.modalities.image.named import _fetch, _set
from howdeep.modalities.image.named._set import Remote
from image_files import idx

SETS = named.names()


def idx_set(rows: int = 100) -> dict[str, bytes]:
    """The unpacked contents of a little set in the manner of MNIST."""
    rng = np.random.Generator(np.random.PCG64(0))
    out = {}
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 256, (rows, 28, 28), dtype=np.uint8)
        out[f"{part}-images-idx3-ubyte.gz"] = idx(pixels)
        out[f"{part}-labels-idx1-ubyte.gz"] = idx((np.arange(rows) % 10).astype(np.uint8))
    return out


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> named.NamedSet:
    """Fashion-MNIST as if these files had been published, and an empty cache."""
    files = tuple(
        Remote(name, hashlib.sha256(data).hexdigest(), inside=True)
        for name, data in idx_set().items()
    )
    wanted = replace(named.find("fashion-mnist"), files=files)
    monkeypatch.setattr(named, "find", lambda name: wanted)
    monkeypatch.setenv("HOWDEEP_CACHE", str(tmp_path / "cache"))
    return wanted


def no_network(*_: Any, **__: Any) -> Any:
    raise AssertionError("the network was used")


def served(monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes]) -> list[str]:
    """Answers for urlopen; the addresses that were asked for."""
    asked = []

    def answer(url: str, timeout: float) -> io.BytesIO:
        asked.append(url)
        return io.BytesIO(contents[url.rpartition("/")[2]])

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    return asked


@pytest.mark.parametrize("name", SETS)
def test_every_set_says_what_it_is(name: str) -> None:
    wanted = named.find(name)
    assert wanted.name == name
    assert wanted.url.startswith("https://")
    assert wanted.url.endswith("/")
    assert len(wanted.classes) == 10
    for file in wanted.files:
        assert len(bytes.fromhex(file.sha256)) == 32


def test_downloaded_once_checked_and_kept(
    small: named.NamedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {name: gzip.compress(data) for name, data in idx_set().items()}
    asked = served(monkeypatch, contents)
    main, test = named.load("fashion-mnist")
    assert asked == [small.url + name for name in contents]
    assert main.shape == (28, 28, 1)
    assert set(main.labels) == set(small.classes)
    assert main.labels[9] == "Ankle boot"
    assert test is not None
    assert "The files are those published (SHA-256)." in main.notes
    assert sorted(os.listdir(tmp_path / "cache" / "fashion-mnist")) == sorted(contents)
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    assert named.load("fashion-mnist")[0].sha256 == main.sha256


def test_a_damaged_cache_is_fetched_again_and_a_wrong_answer_refused(
    small: named.NamedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {name: gzip.compress(data) for name, data in idx_set().items()}
    served(monkeypatch, contents)
    named.load("fashion-mnist")
    folder = tmp_path / "cache" / "fashion-mnist"
    first = next(iter(contents))
    (folder / first).write_bytes(contents[first][:-50])
    asked = served(monkeypatch, contents)
    named.load("fashion-mnist")
    assert asked == [small.url + first]
    (folder / first).unlink()
    served(monkeypatch, contents | {first: gzip.compress(b"another file")})
    with pytest.raises(ImageError, match="SHA-256"):
        named.load("fashion-mnist")
    assert first not in os.listdir(folder)
    assert not [name for name in os.listdir(folder) if name.startswith(".")]
    served(monkeypatch, contents | {first: bytes(small.most + 1)})
    with pytest.raises(LimitError, match="longer"):
        named.load("fashion-mnist")


def test_without_network_and_cache_the_ways_out_are_said(
    small: named.NamedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", down)
    with pytest.raises(ImageError) as caught:
        named.load("fashion-mnist")
    said = str(caught.value)
    for words in (small.url, str(tmp_path / "cache"), "--data-dir", "not known"):
        assert words in said


def test_a_folder_is_read_without_the_network(
    small: named.NamedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    contents = idx_set()
    for name, data in contents.items():
        (tmp_path / name.removesuffix(".gz")).write_bytes(data)
    main, test = named.load("fashion-mnist", tmp_path)
    assert test is not None
    assert main.labels[0] == "T-shirt/top"
    assert any("not checked" in note for note in main.notes)
    for name in contents:
        (tmp_path / name.removesuffix(".gz")).unlink()
        (tmp_path / name).write_bytes(gzip.compress(contents[name][:-1] + b"\7"))
    with pytest.raises(ImageError, match="is not the file of fashion-mnist"):
        named.load("fashion-mnist", tmp_path)


def test_the_files_of_another_set_are_refused(tmp_path: Path) -> None:
    for name, data in idx_set().items():
        (tmp_path / name.removesuffix(".gz")).write_bytes(data)
    with pytest.raises(ImageError, match="is not cifar10"):
        named.load("cifar10", tmp_path)


def test_cifar_batches_in_a_folder_and_in_their_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    wanted = named.find("cifar10")
    rng = np.random.Generator(np.random.PCG64(0))
    records = rng.integers(0, 256, (40, 3073), dtype=np.uint8)
    records[:, 0] = np.arange(40) % 10
    files = {"data_batch_1.bin": records[:20], "data_batch_2.bin": records[20:]}
    packed = tmp_path / "cifar-10-binary.tar.gz"
    folder = tmp_path / "plain"
    folder.mkdir()
    names = "\n".join(wanted.classes).encode()
    contents = {n: a.tobytes() for n, a in files.items()} | {"batches.meta.txt": names}
    contents["test_batch.bin"] = records[:10].tobytes()
    with tarfile.open(packed, "w:gz") as archive:
        for name, data in contents.items():
            (folder / name).write_bytes(data)
            archive.add(folder / name, f"cifar-10-batches-bin/{name}")
    main, test = named.load("cifar10", folder)
    assert main.labels == wanted.classes * 4
    assert test is not None
    assert test.images[3, 0, 1].tolist() == records[3, [2, 1026, 2050]].tolist()  # row 0, column 1
    pinned = Remote(packed.name, hashlib.sha256(packed.read_bytes()).hexdigest())
    monkeypatch.setattr(named, "find", lambda name: replace(wanted, files=(pinned,)))
    again, _ = named.load("cifar10", tmp_path)
    np.testing.assert_array_equal(again.images, main.images)
    assert "The files are those published (SHA-256)." in again.notes


def test_the_cache_is_found_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOWDEEP_CACHE", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    assert _set.cache_folder() == Path("/home/someone/.cache/howdeep")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # no $HOME and no such user
    assert _set.cache_folder().is_absolute()
    assert _fetch.is_published(_set.cache_folder() / "none", Remote("none", "0" * 64)) is False
