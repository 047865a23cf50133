"""Where the files of a named set of images are looked for."""

from __future__ import annotations

from pathlib import Path

from howdeep.claims import Lab
from howdeep.claims._run import Asked, there


def test_a_set_is_found_in_its_folder_then_its_archive_then_the_folder_named(
    tmp_path: Path,
) -> None:
    lab = Lab("x", data_dir=str(tmp_path))
    assert lab.folder_of("fashion-mnist") == tmp_path
    packed = tmp_path / "fashion_mnist.tar.gz"
    packed.write_bytes(b"")
    assert lab.folder_of("fashion-mnist") == packed
    assert there("fashion-mnist", Asked(("x",), tmp_path / "out", data_dir=str(tmp_path)))
    own = tmp_path / "fashion_mnist"
    own.mkdir()
    assert lab.folder_of("fashion-mnist") == own
    assert not there("fashion-mnist", Asked(("x",), tmp_path / "out", data_dir=str(tmp_path)))
