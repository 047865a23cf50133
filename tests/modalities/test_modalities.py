"""Every kind of data keeps to what howdeep relies on, one of another package among them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests import toys
from tests.export.bare import bare

import howdeep
from howdeep import modalities, trainers
from howdeep.base.errors import ConfigError
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.testing import check_modality

HERE = Path(__file__).parent
POINTS = "[howdeep.modalities]\npairs = pairs_for_howdeep:MODALITY\n"


def mixed() -> tuple[Task, Any]:
    """A table with gaps and categories, and its first rows."""
    rng = np.random.default_rng(0)
    n = 300
    x, z = rng.normal(size=(2, n))
    z[rng.random(n) < 0.1] = np.nan
    colour = rng.choice(["red", "green", "blue"], n).astype(object)
    columns: dict[str, Any] = {"x": x, "z": z, "colour": colour}
    y = np.where(x + (colour == "red") > 0.5, "yes", "no")
    some = {name: column[:20] for name, column in columns.items()}
    return make_task(to_table(columns, y=y), "target"), some


def images() -> tuple[Task, Any]:
    task = toys.image_task(300, channels=3, folds=3)
    return task, task.samples["images"][:20]


CASES = {"table": mixed, "image": images}


def test_every_folder_has_a_case() -> None:
    assert set(modalities.names()) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_modality_keeps_to_what_is_relied_on(name: str) -> None:
    check_modality(modalities.modality(name), *CASES[name]())


def test_an_unknown_modality_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="smells"):
        modalities.modality("smells")


# ---- a kind of data that another package brings -------------------------------------------------
def pairs(n: int = 600, seed: int = 0) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Two sides of three columns; the same where they are near."""
    rng = np.random.default_rng(seed)
    left = rng.normal(size=(n, 3)).round(3)
    same = rng.random(n) < 0.5
    near, other = left + 0.1 * rng.normal(size=(n, 3)), rng.normal(size=(n, 3))
    right = np.where(same[:, None], near, other)
    return (left, right.round(3)), np.where(same, "same", "other")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The package as an installer would leave it: its paths, for other processes too."""
    info = tmp_path / "site" / "pairs_for_howdeep-1.0.dist-info"
    info.mkdir(parents=True)
    what = "Metadata-Version: 2.1\nName: pairs-for-howdeep\nVersion: 1.0\n"
    (info / "METADATA").write_text(what)
    (info / "entry_points.txt").write_text(POINTS)
    paths = [str(info.parent), str(HERE)]
    for path in paths:
        monkeypatch.syspath_prepend(path)
    yield os.pathsep.join(paths)
    for name in [name for name in sys.modules if name.startswith("pairs_for_howdeep")]:
        del sys.modules[name]


def task_of(data: Any, y: Any) -> Task:
    from types import SimpleNamespace

    options = SimpleNamespace(left_only=False, metric=None, seed=0)
    return modalities.modality("pairs").source.task_of(data, y, None, options)


def test_pairs_keep_to_what_is_relied_on(installed: str) -> None:
    assert modalities.names() == ("image", "pairs", "table")
    data, y = pairs()
    check_modality(modalities.modality("pairs"), task_of(data, y), tuple(s[:20] for s in data))


def test_classical_models_that_cannot_learn_from_pairs_are_left_out_and_named(
    installed: str,
) -> None:
    models, notes = trainers.models(task_of(*pairs()), ("forest", "neighbours"))
    assert [one.name for one in models] == ["neighbours"]
    assert dict(notes)["rivals_unfit"].endswith("nothing in pairs that they learn from: forest")


def test_a_study_of_pairs_from_the_command_line(installed: str, tmp_path: Path) -> None:
    """Planned, trained, predicted from and gone on with; no file of howdeep knows of pairs."""
    folder, out = tmp_path / "faces", tmp_path / "faces.study"
    folder.mkdir()
    data, y = pairs()
    for name, side in zip(("left", "right"), data, strict=True):
        np.savetxt(folder / f"{name}.csv", side, delimiter=",")
    np.savetxt(folder / "same.csv", (y == "same").astype(int))

    def howdeep_(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "howdeep", *words],
            env={**os.environ, "PYTHONPATH": installed},
            capture_output=True,
            text=True,
            check=False,
        )

    assert "--left-only" in howdeep_("run", "--help").stdout
    small = ("--depths", "0,1", "--max-seeds", "3", "--epsilon", "0.1", "--jobs", "1")
    ran = howdeep_("run", str(folder), *small, "--out", str(out))
    assert ran.returncode == 0, ran.stderr
    said = (out / "report.html").read_text(encoding="utf-8")
    assert "Every net sees " in said
    assert "both sides and their difference" in said
    assert "the same, with its spread kept" in said
    ahead = howdeep_("run", str(folder), *small, "--dry-run", "--out", str(tmp_path / "n.study"))
    assert "both sides and their difference or the same, with its spread kept" in ahead.stdout
    wrong = howdeep_("run", str(folder), "--sep", ";", "--out", str(tmp_path / "no.study"))
    assert wrong.returncode == 2
    assert "--sep" in wrong.stderr
    assert "for a table" in wrong.stderr
    found = howdeep_("predict", str(out), str(folder))
    assert found.returncode == 0, found.stderr
    said = [line.split(",")[0] for line in found.stdout.splitlines()[1:]]
    assert np.mean(np.array(said) == (y == "same").astype(int).astype(str)) > 0.9
    again = howdeep_("resume", str(out))
    assert again.returncode == 0, again.stderr
    (folder / "same.csv").write_text("0\n")
    assert "changed since" in howdeep_("resume", str(out)).stderr


def test_pairs_from_python_and_in_the_net_handed_over(installed: str, tmp_path: Path) -> None:
    data, y = pairs()
    task = task_of(data, y)
    plan, task = toys.begin(task, depths=(0, 1), max_seeds=2, epsilon=0.05, max_steps=400)
    from howdeep import api
    from howdeep.route import session
    from howdeep.store.study import Study

    with Study.create(tmp_path / "s.study", plan, task) as opened:
        list(session.events(opened, jobs=1))
        verdict = opened.verdict()
        assert verdict is not None
        api.write(opened, verdict)
    answer = howdeep.open_study(tmp_path / "s.study")
    new, wanted = pairs(100, seed=1)
    ours = answer.predict(new)
    assert np.mean(np.array(ours) == wanted) > 0.9
    code = (
        f"sides = {[side.tolist() for side in new]!r}\nprint(json.dumps(load().predict(sides)))\n"
    )
    assert bare(answer.path / "net", code) == ours
    assert answer.dossier.tested is not None
    assert sum(one.rows for one in answer.dossier.tested.classes) == len(task.test)


def test_an_encoding_without_words_is_told_by_its_name_and_found_by_the_check(
    installed: str,
) -> None:
    data, y = pairs()
    mute = replace(modalities.modality("pairs"), encodings={"": "both sides"})
    assert mute.sees("centred") == "the encoding 'centred'"
    with pytest.raises(AssertionError, match=r"does not say what nets see with \['centred'\]"):
        check_modality(mute, task_of(data, y), tuple(s[:20] for s in data))
