"""Where the files of a named set of images are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from howdeep.claims import Lab
from howdeep.claims._run import Asked, run, there


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


ROW = "39, State-gov, 77516, Bachelors, 13, a, b, c, White, Male, {gain}, 0, 40, d, <=50K\n"


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({}, "cats_dogs", "needs cifar10"),
        ({"x.txt": "no image"}, "cats_dogs", "x.txt' is not an image"),
        ({"x.txt": "no image"}, "documents_experiment", "needs fashion-mnist"),
        ({"x.txt": "no table"}, "fairness_by_depth", "needs adult"),
        ({"adult/train.csv": "a,b\n", "adult/test.csv": ""}, "fairness_by_depth", "0 and 0 rows"),
        (
            {"adult/train.csv": ROW.format(gain=1) * 9, "adult/test.csv": ROW.format(gain=2)},
            "fairness_by_depth",
            "9 and 1 rows",
        ),
        (
            {"adult/train.csv": ROW.format(gain="much"), "adult/test.csv": ROW.format(gain=2)},
            "fairness_by_depth",
            "capital-gain is 'much'",
        ),
    ],
)
def test_a_folder_of_something_else_makes_a_claim_wait(
    tmp_path: Path, files: dict[str, str], name: str, said: str
) -> None:
    for place, text in files.items():
        (tmp_path / "data" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / place).write_text(text)
    asked = Asked((name,), tmp_path / "out", data_dir=str(tmp_path / "data"))
    found, troubles = run(asked, lambda *_: None)
    assert not found
    assert [one.waits for one in troubles] == [True]
    assert said in troubles[0].why
    assert "--data-dir" in troubles[0].why
