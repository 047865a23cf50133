"""Every small input that went wrong for somebody ends as its README says: file and frame alike."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

import howdeep
from howdeep import cli
from howdeep.base.errors import InputError
from howdeep.data.task import Task
from howdeep.route.doors import task_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed

DATA = os.environ.get("HOWDEEP_TEST_DATA")
CASES = Path(DATA or "none").parent / "cases"
pytestmark = pytest.mark.skipif(
    not DATA or not CASES.is_dir(), reason="no folder of cases next to HOWDEEP_TEST_DATA"
)
SMALL: dict[str, Any] = {
    "depths": "0,1",
    "max_seeds": 2,
    "max_steps": 400,
    "jobs": 1,
    "rivals": "none",
}


class Wanted(NamedTuple):
    """What becomes of a file: kinds of its columns, words among the notes, a twin alike in all."""

    target: str
    features: Mapping[str, str]
    words: tuple[str, ...] = ()
    twin: str = ""
    options: Mapping[str, Any] = {}
    classes: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


N2 = {"a": "number", "b": "number"}
VITALS = {f"m{j}": "number" for j in range(1, 5)}
READ: dict[str, Wanted] = {
    "thousands_mixed_millions.csv": Wanted(
        "y",
        {"sales": "number", "x": "number"},
        ("a comma between thousands were read in 'sales' ('1,391,688' is 1391688",),
        "thousands_clean.csv",
    ),
    "european_dot_thousands.csv": Wanted(
        "ziel",
        {"einwohner": "number", "preis": "number"},
        ("a dot between thousands were read in 'einwohner' ('14.457' is 14457",),
        "european_clean.csv",
    ),
    "currency_percent.csv": Wanted(
        "label",
        {"income": "number", "rate": "number", "x": "number"},
        ("the sign '$' were read in 'income'", "'%' behind each were read in 'rate'"),
        "currency_clean.csv",
    ),
    "decimal.parquet": Wanted("y", {"amount": "number", "z": "number"}),
    "patients_grouped.csv": Wanted(
        "outcome", {"patient_id": "number"} | VITALS, ("--groups patient_id compares",)
    ),
    "patients_grouped.csv held": Wanted(
        "outcome", VITALS, ("names 40 groups",), options={"groups": "patient_id"}
    ),
    "daily_sales.csv": Wanted(
        "sales", {"date": "date", "store": "number"}, ("--time date compares and tests",)
    ),
    "daily_sales.csv in time": Wanted(
        "sales", {"store": "number"}, ("the later ones are compared",), options={"time": "date"}
    ),
    "sampled_index.csv": Wanted(
        "species", {"f1": "number", "f2": "number"}, ("Left out as an index",)
    ),
    "alley_NA.csv": Wanted(
        "price", {"alley": "category", "x": "number"}, ("'alley' has 237 missing cells",)
    ),
    "target_mix_float.csv": Wanted("cls", N2, ("are one class",), classes=("1", "2")),
    "excel_sep_line.csv": Wanted("label", N2, ("'sep=;', names the separator",)),
    "multi_output.csv": Wanted("heat", N2 | {"cool": "number"}, ("--types cool=drop",)),
    "two_row_class.csv": Wanted(
        "label", N2, ("too few for balanced accuracy", "accuracy (guessed")
    ),
    "dose_ordered.csv": Wanted(
        "response", {"dose_mg": "number", "batch": "category"}, never=("Left out",)
    ),
    "sensor_off_duplicates.csv": Wanted(
        "y", N2 | {"c": "number"}, ("its copies train and are never scored",)
    ),
    "price_typo.csv": Wanted("price", N2, ("The target 'price' is 90000 in row 501",)),
    "narrow_tr.csv": Wanted(
        "price", N2, ("200 rows of cases/narrow_te.csv",), options={"test": "narrow_te.csv"}
    ),
    "many_levels.csv": Wanted("y", {"user": "category", "noise": "number"}, ("--groups user",)),
    "one_percent_positive.csv": Wanted(
        "y",
        N2 | {"c": "number", "d": "number"},
        ("Too few for every part to have rows of: '1'", "each worth 12.5 points"),
    ),
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "dup_header_mid.csv": ({"target": "label"}, "line 202 repeats the header of line 1"),
    "dup_header_twice.csv": ({"target": "label"}, r"line 202 repeats .* \(and 1 other line\)"),
    "multi_output.csv": ({"target": "heat,cool"}, "2 columns, and a study predicts one target"),
    "noheader_class_first.csv": ({"target": "1"}, "looks like data"),
}


def options_of(wanted: Wanted) -> dict[str, Any]:
    given = {"target": wanted.target, **wanted.options}
    return {k: str(CASES / v) if k == "test" else v for k, v in given.items()}


def task(name: str, **options: Any) -> Task:
    return task_of(parse_options({"data": str(CASES / name.split()[0]), **options}))


def check(made: Task, wanted: Wanted) -> None:
    said = "\n".join(made.info.notes)
    assert dict(made.info.features) == dict(wanted.features)
    assert not [word for word in wanted.words if word not in said], said
    assert not [word for word in wanted.never if word in said], said
    assert not wanted.classes or made.info.classes == wanted.classes


@pytest.mark.parametrize("name", READ)
def test_each_file_is_read_as_meant_and_says_so_before_anything_trains(name: str) -> None:
    wanted = READ[name]
    made = task(name, **options_of(wanted))
    check(made, wanted)
    if wanted.twin:
        assert made.info.fingerprint == task(wanted.twin, target=wanted.target).info.fingerprint
    given = [f"--{key}={value}" for key, value in options_of(wanted).items()]
    done = CliRunner().invoke(cli.app, ["run", str(CASES / name.split()[0]), "--dry-run", *given])
    assert done.exit_code == 0, done.output
    assert not [word for word in wanted.words if word not in done.output]
    assert f"Predict: {wanted.target}" in done.output


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place(name: str) -> None:
    options, error = REFUSED[name]
    with pytest.raises(InputError, match=error):
        task(name, **options)


FRAMES = [name for name in READ if name != "excel_sep_line.csv"]  # its first line is no row


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("library", ["pandas", "polars", "texts"])
def test_a_frame_of_the_same_cells_is_the_same_task(name: str, library: str) -> None:
    """Notes on separators and headers are those of files; all else is said of both."""
    wanted = READ[name]
    path = CASES / name.split()[0]
    sep = ";" if path.name.startswith("european") else ","
    if path.suffix == ".parquet":
        frame: Any = (pl if library == "polars" else pd).read_parquet(path)
    elif library == "polars":
        frame = pl.read_csv(path, separator=sep, infer_schema=sep == ",", null_values=["", "NA"])
    elif library == "texts" or sep == ";":  # pandas would read 14.457 as a fraction
        frame = pd.read_csv(path, sep=sep, dtype=str)
    else:
        frame = pd.read_csv(path)
    handed = Handed(frame)
    made = task_of(parse_options(options_of(wanted)), handed)
    in_file = task(name, **options_of(wanted))
    np.testing.assert_array_equal(made.target, in_file.target)
    assert made.info.classes == in_file.info.classes
    if library != "texts":
        check(made, wanted._replace(words=()))
        for key, values in in_file.samples.items():
            np.testing.assert_array_equal(made.samples[key], values)


def test_the_images_are_read_by_their_folders_and_tables() -> None:
    roles = task("img_training_set.tar.gz")
    assert roles.info.classes == ("h", "v")
    assert roles.info.test_rows == 20
    depth = task("img_depth_mm.tar.gz")
    assert any("240 became black (0) and 640 white (255)" in note for note in depth.info.notes)
    table = task("images_and_labels_csv.tar.gz")
    assert table.info.classes == ("cat", "dog", "owl")


# ---- new rows -----------------------------------------------------------------------------------
def ran(name: str, folder: Path, **options: Any) -> howdeep.Answer:
    out = str(folder / "s.study")
    return howdeep.run(str(CASES / name), out=out, **{**SMALL, **options})


def predicted(answer: howdeep.Answer, new: str) -> list[float]:
    done = CliRunner().invoke(cli.app, ["predict", str(answer.path), str(CASES / new)])
    assert done.exit_code == 0, done.output
    return [float(line.split(",")[0]) for line in done.stdout.splitlines()[1:]]


def test_the_same_cell_means_the_same_in_new_rows(tmp_path: Path) -> None:
    answer = ran("alley_NA.csv", tmp_path, target="price", max_steps=200)
    wanted = predicted(answer, "alley_NA_new.csv")
    path = CASES / "alley_NA_new.csv"
    for frame in (pd.read_csv(path), pd.read_csv(path, keep_default_na=False), pl.read_csv(path)):
        assert answer.predict(frame) == wanted


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore::UserWarning")  # hints, provisional nets
def test_the_score_on_test_rows_is_that_of_the_usual_definition(tmp_path: Path) -> None:
    answer = ran("narrow_tr.csv", tmp_path, target="price", test=str(CASES / "narrow_te.csv"))
    rows = pd.read_csv(CASES / "narrow_te.csv")
    left = ((rows["price"] - answer.predict(rows)) ** 2).sum()
    usual = 1 - left / ((rows["price"] - rows["price"].mean()) ** 2).sum()
    provisional = answer.verdict.provisional
    score = answer.verdict.test_score or (provisional and provisional.test_score)
    assert score is not None
    # Stored is R² - 1, the share that is left unexplained, as a number that is better if larger.
    assert 1 + score.handed_over.value == pytest.approx(usual, abs=1e-3)
    assert usual < 0.5


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore::UserWarning")  # hints, provisional nets
def test_many_levels_are_learnt_from(tmp_path: Path) -> None:
    answer = ran("many_levels.csv", tmp_path, target="y", max_steps=2000)
    rows = pd.read_csv(CASES / "many_levels.csv")
    assert np.mean(np.array(answer.predict(rows)) == rows["y"]) > 0.8


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore::UserWarning")  # hints, provisional nets
def test_amounts_are_learnt_as_their_clean_twins_are(tmp_path: Path) -> None:
    for odd, clean, target in (
        ("currency_percent.csv", "currency_clean.csv", "label"),
        ("thousands_mixed_millions.csv", "thousands_clean.csv", "y"),
    ):
        (tmp_path / odd).mkdir()
        (tmp_path / clean).mkdir()
        found = [ran(name, tmp_path / name, target=target) for name in (odd, clean)]
        assert found[0].verdict.status == found[1].verdict.status
        rows = pd.read_csv(CASES / clean)
        assert found[0].predict(rows) == found[1].predict(rows)
