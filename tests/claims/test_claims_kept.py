"""Results stay in their folder: resumed, served again, stale where a criterion was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from howdeep import claims
from howdeep.claims import _kept, _run
from howdeep.claims._run import Asked
from howdeep.cli import app

TENT = "tent_maps"


def call(*words: str) -> Any:
    return CliRunner().invoke(app, ["claims", *words], catch_exceptions=False)


def test_a_second_run_is_served_from_the_folder(tmp_path: Path) -> None:
    out = str(tmp_path / "c")
    first = call("run", TENT, "--out", out, "--jobs", "1")
    assert (first.exit_code, "Supported" in first.output) == (0, True)
    path = tmp_path / "c" / "results" / f"{TENT}-quick.json"
    before = path.stat().st_mtime_ns
    assert call("run", TENT, "--out", out, "--jobs", "1").exit_code == 0
    assert path.stat().st_mtime_ns == before
    assert (tmp_path / "c" / "claims.html").read_text().count("<h1>") == 1
    shown = call("--out", out)
    assert "Supported" in shown.output


def test_results_of_other_seeds_are_shown(tmp_path: Path) -> None:
    out = str(tmp_path / "c")
    call("run", TENT, "--out", out, "--jobs", "1", "--seed", "3")
    page = (tmp_path / "c" / "claims.html").read_text()
    assert f"howdeep claims run {TENT} --preset quick --seed 3" in page
    assert "Supported" in call("--out", out).output
    assert "Supported" in call("report", "--out", out).output
    call("run", TENT, "--out", out, "--jobs", "1")
    page = (tmp_path / "c" / "claims.html").read_text()
    assert "quick, seed 3: supported" in page
    assert page.count("run it yourself") == 1


def test_a_changed_criterion_makes_a_result_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "c")
    call("run", TENT, "--out", out, "--jobs", "1")
    other = replace(claims.get(TENT), statement="Another sentence.")
    monkeypatch.setattr("howdeep.claims.tent_maps.CLAIM", other)
    assert "stale" in call("--out", out).output
    assert "Stale" in (call("report", "--out", out) and (tmp_path / "c/claims.html").read_text())


def test_pieces_of_an_interrupted_run_are_used_again(tmp_path: Path) -> None:
    _kept.begin(tmp_path / "c")
    made: list[int] = []

    def make(value: int) -> Callable[[], int]:
        return lambda: made.append(value) or value  # type: ignore[func-returns-value]

    keep = _kept.keeper(tmp_path / "c", "x", "quick")
    assert keep("a", make(1)) == 1
    path = tmp_path / "c" / "pieces" / "x-quick.jsonl"
    path.write_text(path.read_text() + '\n{"key": "b", "made": 2')  # killed while it wrote
    again = _kept.keeper(tmp_path / "c", "x", "quick")
    assert (again("a", make(3)), again("b", make(4))) == (1, 4)
    assert made == [1, 4]


@pytest.mark.parametrize("spoil", ["", "{", "[]", '{"schema": 9}', '{"schema": 1, "claim": "x"}'])
def test_a_damaged_result_is_measured_again(tmp_path: Path, spoil: str) -> None:
    asked = Asked((TENT,), tmp_path / "c")
    _run.run(asked, lambda *_: None)
    path = tmp_path / "c" / "results" / f"{TENT}-quick.json"
    whole = json.loads(path.read_text())
    path.write_text(spoil)
    assert _run.known(asked, TENT) is None
    _run.run(asked, lambda *_: None)
    assert json.loads(path.read_text())["effects"] == whole["effects"]


def test_one_claim_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_lab: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr(
        "howdeep.claims.two_spirals.CLAIM", replace(claims.get("two_spirals"), measure=broken)
    )
    found, troubles = _run.run(Asked(("two_spirals", TENT), tmp_path / "c"), lambda *_: None)
    assert [one.claim for one in found] == [TENT]
    assert [one.claim for one in troubles] == ["two_spirals"]
    assert "nothing to divide by" in troubles[0].why


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run",), "which claims?"),
        (("run", "tent_map"), "tent_maps"),
        (("run", TENT, "--all"), "names and --all"),
        (("report", "--out", "nowhere"), "no results"),
        (("run", TENT, "--preset", "slow"), "quick"),
        (("run", TENT, "--jobs", "0"), "0"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    found = call(*words) if "--out" in words else call(*words, "--out", str(tmp_path / "c"))
    assert found.exit_code in (2, 3)
    assert said in found.output


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    found = call("run", TENT, "--out", str(tmp_path), "--jobs", "1")
    assert found.exit_code != 0
    assert "other things" in found.output
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]
