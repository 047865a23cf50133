"""All twenty questions are answered from results, on the page and in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from howdeep.claims import _kept, _page, _run
from howdeep.claims._questions import QUESTIONS
from howdeep.cli import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quiz") / "c"
    _run.run(_run.Asked(("tent_maps",), path), lambda *_: None)
    return path


def quiz(folder: Path, typed: str, *more: str) -> Any:
    return CliRunner().invoke(app, ["quiz", "--out", str(folder), *more], input=typed)


def test_there_are_twenty_and_each_rests_on_rows() -> None:
    assert len(QUESTIONS) == 20
    assert all(one.rows for one in QUESTIONS)


def test_the_page_answers_all_of_them(folder: Path) -> None:
    html = _page.pages(_kept.main(folder))[_page.ASKED]
    for one in QUESTIONS:
        assert one.asks.split("?")[0].replace("'", "&#39;") in html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("s\nq\nq\n", "1 of 1 as measured"),
        ("r\nq\nq\n", "0 of 1 as measured"),
        ("x\ns\nq\nq\n", "1 of 1 as measured"),
        ("q\n", "Question 2"),
        ("", "Question 2"),
    ],
)
def test_a_guess_is_held_against_what_was_measured(folder: Path, typed: str, said: str) -> None:
    found = quiz(folder, typed, "--from", "2")
    assert found.exit_code == 0
    assert said in found.output


def test_the_run_behind_an_answer_is_shown(folder: Path) -> None:
    assert "howdeep claims run tent_maps" in quiz(folder, "s\nq\n", "--from", "2").output


def test_without_results_it_says_how_to_get_them(tmp_path: Path) -> None:
    found = quiz(tmp_path / "none", "n\n" * 25)
    assert found.exit_code == 0
    assert "Question 20 of 20" in found.output
    assert "To measure it: howdeep claims run" in found.output
