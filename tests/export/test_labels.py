"""Labels come back as the target had them, with all probabilities, from every door."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from bare import bare
from click.testing import CliRunner

import howdeep
from howdeep import cli
from howdeep.base.errors import ConfigError
from howdeep.data.label_type import label_type, type_of
from howdeep.export.door import Labels, _load
from howdeep.modalities import modality
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task

N = 240
SMALL: dict[str, Any] = {"depths": "0,1", "max_seeds": 2, "epsilon": 0.3, "jobs": 1}
SMALL |= {"rivals": "none", "max_steps": 200}
RNG = np.random.default_rng(5)
X = RNG.normal(size=(N, 2))
SIDE = (X[:, 0] + X[:, 1] > 0).astype(int)
FRAME = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})


def study(path: Path, y: Any, data: Any = X) -> howdeep.Answer:
    return howdeep.run(data, y=y, out=str(path / "s.study"), kind="classification", **SMALL)


TARGETS: dict[str, tuple[Callable[[], Any], type]] = {
    "int array": (lambda: SIDE + 3, int),
    "negative ints": (lambda: -SIDE, int),
    "float array": (lambda: SIDE / 2 + 0.5, float),
    "whole floats": (lambda: SIDE * 1.0, float),
    "bool array": (lambda: SIDE > 0, bool),
    "text of digits": (lambda: np.array(["0", "1"])[SIDE], str),
    "text": (lambda: np.array(["down", "up"])[SIDE], str),
    "pandas ints": (lambda: pd.Series(SIDE, name="y"), int),
    "pandas nullable": (lambda: pd.Series(SIDE > 0, dtype="boolean", name="y"), bool),
    "pandas categories of ints": (lambda: pd.Series(SIDE + 1, name="y").astype("category"), int),
    "pandas text": (lambda: pd.Series(np.array(["0", "1"])[SIDE], dtype="string"), str),
    "polars ints": (lambda: pl.Series("y", SIDE), int),
    "polars truths": (lambda: pl.Series("y", SIDE > 0), bool),
    "polars text": (lambda: pl.Series("y", np.array(["0", "1"])[SIDE]), str),
}


@pytest.mark.parametrize("name", TARGETS)
def test_predictions_can_be_compared_with_the_target(name: str, tmp_path: Path) -> None:
    make, kind = TARGETS[name]
    y = make()
    answer = study(tmp_path, y)
    found = answer.predict(X)
    assert {type(label) for label in found} == {kind}
    assert np.mean(np.asarray(found == y)) > 0.9
    assert {type(label) for label in answer.classes} == {kind}
    shares = answer.predict_proba(X)
    assert shares.shape == (N, 2)
    assert np.allclose(shares.sum(axis=1), 1)
    assert [answer.classes[i] for i in shares.argmax(1)] == found
    code = "x = json.loads(sys.argv[2])\nnet = load()\n"
    code += "rows = {'column_1': [r[0] for r in x], 'column_2': [r[1] for r in x]}\n"
    code += "print(json.dumps([net.predict(rows), net.predict_proba(rows).tolist(), net.classes]))"
    theirs = bare(answer.path / "net", code, json.dumps(X.tolist()))
    assert theirs[0] == found
    assert [type(label) for label in theirs[0]] == [type(label) for label in found]
    assert np.allclose(theirs[1], shares, atol=1e-6)
    assert theirs[2] == list(answer.classes)


Y = np.array(["down", "up"])[SIDE]
FORMS: dict[str, Callable[[], Any]] = {  # the same target as people hold it
    "list": Y.tolist,
    "tuple": lambda: tuple(Y),
    "array": lambda: Y,
    "objects": lambda: Y.astype(object),
    "pandas": lambda: pd.Series(Y),
    "pandas categories": lambda: pd.Series(Y, dtype="category"),
    "polars": lambda: pl.Series(Y),
    "polars categories": lambda: pl.Series(Y, dtype=pl.Categorical),
    "polars enum": lambda: pl.Series(Y, dtype=pl.Enum(["down", "up"])),
    "arrow": lambda: pa.array(Y.tolist()),
    "arrow dictionary": lambda: pa.array(Y.tolist()).dictionary_encode(),
    "arrow chunks": lambda: pa.chunked_array([Y[:50].tolist(), Y[50:].tolist()]),
}
NUMBERED: dict[str, tuple[Callable[[], Any], type]] = {
    "list": (lambda: SIDE.tolist(), int),
    "truths": (lambda: (SIDE > 0).tolist(), bool),
    "tensor": (lambda: torch.tensor(SIDE), int),
    "tensor of truths": (lambda: torch.tensor(SIDE > 0), bool),
    "arrow": (lambda: pa.array(SIDE), int),
    "arrow truths": (lambda: pa.array((SIDE > 0).tolist()), bool),
    "arrow classes": (lambda: pa.array(SIDE).dictionary_encode(), int),
    "arrow classes in chunks": (
        lambda: pa.chunked_array([pa.array(SIDE).dictionary_encode()]),
        int,
    ),
    "a table of arrow classes": (lambda: pa.table({"y": pa.array(SIDE).dictionary_encode()}), int),
    "a dict of arrow classes": (lambda: {"y": pa.array(SIDE).dictionary_encode()}, int),
    "decimals": (lambda: [Decimal(int(v)) for v in SIDE], int),
    "arrow decimals": (lambda: pa.array([Decimal(int(v)) for v in SIDE]), int),
}


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    return study(tmp_path_factory.mktemp("words"), Y)


@pytest.mark.parametrize("name", FORMS)
def test_labels_are_compared_one_by_one_with_a_target_in_any_form(
    words: howdeep.Answer, name: str
) -> None:
    found, y = words.predict(X), FORMS[name]()
    right = sum(a == b for a, b in zip(list(found), Y.tolist(), strict=True)) / N
    assert 0.9 < right < 1
    assert np.mean(found == y) == pytest.approx(right)
    assert float(np.mean(found != y)) == pytest.approx(1 - right)
    theirs = _load(words.path / "net").predict({"column_1": X[:, 0], "column_2": X[:, 1]})
    assert np.mean(theirs == y) == pytest.approx(right)


@pytest.mark.parametrize("name", NUMBERED)
def test_a_target_of_numbers_in_any_form_gives_its_own_type_back(name: str, tmp_path: Path) -> None:
    make, kind = NUMBERED[name]
    y = make()
    answer = study(tmp_path, y)
    found = answer.predict(X)
    assert {type(label) for label in found} == {kind}
    if isinstance(y, dict | pa.Table):
        y = y["y"]
    assert np.mean(found == y) > 0.9


def test_labels_are_still_a_list() -> None:
    labels = Labels(["a", "b"])
    assert labels == ["a", "b"] == list(labels)
    assert bool(labels == ["a", "c"]) is False
    assert labels != ["a"]
    assert labels != "ab"
    assert labels in [["a", "b"]]
    assert json.dumps(labels) == '["a", "b"]'
    assert bool(labels != ["a", "b"]) is False
    assert Labels([]) == []


FILES = {  # how labels are written, and what Python gets them back as
    "whole": (("0", "1"), int),
    "signs": (("-1", "1"), int),
    "codes": (("01", "02"), str),
    "decimals": (("0.5", "1.5"), float),
    "truths": (("False", "True"), bool),
    "words": (("no", "yes"), str),
    "mixed": (("1", "two"), str),
}


@pytest.mark.parametrize("name", FILES)
def test_labels_of_a_file_are_of_the_type_that_they_are_written_as(
    name: str, tmp_path: Path
) -> None:
    labels, kind = FILES[name]
    path = tmp_path / "t.csv"
    FRAME.assign(y=np.array(labels)[SIDE]).to_csv(path, index=False)
    options = SMALL | {"kind": "classification"}
    answer = howdeep.run(path, "y", out=str(tmp_path / "s.study"), **options)
    assert {type(label) for label in answer.predict(FRAME)} == {kind}
    assert answer.dossier.plan.task.classes == labels  # the file's own words, for people


def test_a_parquet_file_says_of_digits_whether_they_are_text(tmp_path: Path) -> None:
    for name, y, kind in (
        ("text", np.array(["0", "1"])[SIDE], str),
        ("ints", SIDE, int),
        ("truths", SIDE > 0, bool),
    ):
        path = tmp_path / f"{name}.parquet"
        FRAME.assign(y=y).to_parquet(path)
        answer = howdeep.run(path, "y", out=str(tmp_path / f"{name}.study"), **SMALL)
        assert {type(label) for label in answer.predict(FRAME)} == {kind}


def test_the_types_of_columns_without_a_library() -> None:
    assert type_of(np.array([1, None], dtype=object)) == "int"
    assert type_of(pd.Series([True, None], dtype=object)) == "bool"
    assert type_of([pd.NA, 1.5]) == "float"
    assert type_of([1, "a"]) == type_of([]) == type_of([1, True]) == "str"
    assert type_of(pd.Series([1], dtype="Int64")) == "int"
    assert type_of(pl.Series(["a"], dtype=pl.Categorical)) == "str"
    assert label_type(("1", "rare"), "int") == "str"


# ---- all probabilities --------------------------------------------------------------------------
@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    y = np.array(["a", "=b", "c"])[SIDE + (X[:, 0] > 1)]
    rows = FRAME.assign(colour=np.resize(["red", "blue"], N))
    return study(tmp_path_factory.mktemp("labels"), y, rows)


def test_the_command_line_writes_every_probability(answer: howdeep.Answer, tmp_path: Path) -> None:
    new = FRAME.assign(colour="red")
    new.to_csv(tmp_path / "new.csv", index=False)
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(tmp_path / "new.csv")])
    assert done.exit_code == 0, done.output
    rows = list(csv.reader(io.StringIO(done.stdout)))
    classes = list(answer.classes)
    assert rows[0] == ["target", "probability", *(f"probability {label}" for label in classes)]
    shares = answer.predict_proba(new)
    for row, own, label in zip(rows[1:], shares, answer.predict(new), strict=True):
        assert row[0] == ("'=b" if label == "=b" else label)
        assert np.allclose([float(cell) for cell in row[2:]], own, atol=6e-5)
        assert row[1] == row[2 + classes.index(label)]


def test_a_number_to_predict_has_no_probabilities(tmp_path: Path) -> None:
    found = howdeep.run(X, y=X[:, 0] + RNG.normal(size=N), out=str(tmp_path / "s.study"), **SMALL)
    assert found.classes == ()
    with pytest.raises(ConfigError, match="'target' is a number: it has no classes"):
        found.predict_proba(X)
    code = "try: load().predict_proba({'column_1': [1.0], 'column_2': [2.0]})\n"
    code += "except ValueError as error: print(json.dumps(str(error)))\n"
    assert "is a number" in bare(found.path / "net", code)


# ---- odd rows -----------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 2, 50])
def test_rows_of_an_unseen_category_are_answered_alike(answer: howdeep.Answer, rows: int) -> None:
    new = FRAME.iloc[[7] * rows].assign(colour="green")
    with pytest.warns(UserWarning, match="'green' (was|were) not seen in training"):
        found = answer.predict(new)
    assert len(found) == rows
    assert len(set(found)) == 1
    with pytest.warns(UserWarning, match="not seen"):
        mixed = answer.predict(pd.concat([FRAME.iloc[:1].assign(colour="red"), new]))
    assert mixed[1:] == found


def test_no_rows_give_no_answers(answer: howdeep.Answer) -> None:
    none = FRAME.iloc[:0].assign(colour=pd.Series(dtype=object))
    for rows in (none, pl.DataFrame({"a": [], "b": [], "colour": []}), none.to_dict("list")):
        assert answer.predict(rows) == []
        assert answer.predict_proba(rows).shape == (0, 3)
    code = "rows = {'a': [], 'b': [], 'colour': []}\nnet = load()\n"
    code += "print(json.dumps([net.predict(rows), net.predict_proba(rows).shape]))\n"
    assert bare(answer.path / "net", code) == [[], [0, 3]]


# ---- the folder ---------------------------------------------------------------------------------
def test_the_folder_says_what_it_is_and_what_it_needs(answer: howdeep.Answer) -> None:
    folder = answer.path / "net"
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "It predicts target with " in text
    assert "looked at once: accuracy" in text
    assert "net.predict_proba(frame)" in text
    assert "a (number), b (number) and colour (category)" in text
    assert "Provisional" not in text
    code = (folder / "net.py").read_text(encoding="utf-8")
    for line in (folder / "requirements.txt").read_text().splitlines():
        assert f"import {line.split('>')[0]}" in code or f"from {line.split('>')[0]}" in code


def test_what_net_py_needs_is_what_howdeep_needs_of_it() -> None:
    from howdeep.export.handover import REQUIREMENTS

    said = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    for line in REQUIREMENTS.splitlines():
        assert f'"{line}' in said


TWO = """
import sys, json
sys.modules['howdeep'] = sys.modules['scipy'] = None
row = {'a': [2.0], 'b': [2.0], 'colour': ['red'], 'column_1': [2.0], 'column_2': [2.0]}
first, second = sys.argv[1:3]
"""


def two(answer: howdeep.Answer, other: howdeep.Answer, code: str) -> Any:
    import subprocess

    command = [sys.executable, "-c", TWO + code, str(answer.path / "net"), str(other.path / "net")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WAYS = {
    "one import after the other": (
        "sys.path.insert(0, first)\nfrom net import load\na = load()\n"
        "sys.path.insert(0, second)\nfrom net import load\nb = load()\n"
    ),
    "both imports first": (
        "sys.path.insert(0, first)\nfrom net import load as one\n"
        "sys.path.insert(0, second)\nfrom net import load as two\nb, a = two(), one()\n"
    ),
    "by their folders": (
        "sys.path.insert(0, first)\nfrom net import load\na, b = load(), load(second)\n"
    ),
    "one name, loaded twice": (
        "import importlib.util\n"
        "def module(folder):\n"
        "    spec = importlib.util.spec_from_file_location('net', folder + '/net.py')\n"
        "    sys.modules['net'] = found = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(found)\n"
        "    return found\n"
        "one, two = module(first), module(second)\na, b = one.load(), two.load()\n"
    ),
    "one name, known to nobody": (
        "import importlib.util\n"
        "def module(folder):\n"
        "    spec = importlib.util.spec_from_file_location('net', folder + '/net.py')\n"
        "    found = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(found)\n"
        "    assert 'net' not in sys.modules\n"
        "    return found\n"
        "one, two = module(first), module(second)\na, b = one.load(), two.load()\n"
    ),
    "run as a file": (
        "import runpy\none, two = (runpy.run_path(f + '/net.py') for f in (first, second))\n"
        "a, b = one['_load'](), two['_load']()\n"
    ),
    "reloaded": (
        "import importlib\nsys.path.insert(0, first)\nimport net\na = net.load()\n"
        "sys.path.insert(0, second)\nimportlib.reload(net)\nb = net.load()\n"
    ),
}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    return study(tmp_path_factory.mktemp("numbers"), SIDE + 40)


@pytest.mark.parametrize("way", WAYS)
def test_two_studies_load_as_themselves_in_one_process(
    answer: howdeep.Answer, numbers: howdeep.Answer, way: str
) -> None:
    code = f"{WAYS[way]}print(json.dumps([a.predict(row), b.predict(row)]))\n"
    assert two(answer, numbers, code) == [["c"], [41]]


def test_a_net_is_pickled_with_its_own_code(
    answer: howdeep.Answer, numbers: howdeep.Answer
) -> None:
    code = WAYS["one import after the other"]
    code += "import copy, io, torch\n"
    code += "for net in (a, b): torch.save(net, io.BytesIO()); copy.deepcopy(net)\n"
    code += "print(json.dumps([a.predict(row), b.predict(row)]))\n"
    assert two(answer, numbers, code) == [["c"], [41]]


# ---- images -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (np.arange(60) % 3, "int"),
        (np.array(["0", "1"])[np.arange(60) % 2], "str"),
        (np.arange(60) % 2 > 0, "bool"),
    ],
)
def test_labels_of_images_have_a_type_too(y: Any, kind: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    task = handed_task(Handed(pixels, y), parse_options({}))
    assert task.info.labels == kind


def test_no_images_give_no_rows() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    task = handed_task(Handed(pixels, np.arange(60) % 3), parse_options({}))
    for none in (pixels[:0], []):
        assert modality("image").serve.new_of(none, task, {}).rows.shape == (0, 8, 8, 1)
