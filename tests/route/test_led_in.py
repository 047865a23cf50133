"""The mistakes of a first run: each error says what to type next, and typing that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from howdeep import cli
from howdeep.base.errors import HowdeepError

ROWS = [f"{i % 60},{i * 37 % 200},{i % 2}" for i in range(300)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "named.csv").write_text("\n".join(["age,glucose,outcome", *ROWS]))
    (tmp_path / "bare.csv").write_text("\n".join(ROWS))
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(*words: str) -> str:
    """The error of a command, with its fix."""
    done = CliRunner().invoke(cli.app, [*words])
    assert done.exit_code == 2, done.output
    assert not isinstance(done.exception, HowdeepError)
    return done.output


def goes(*words: str) -> bool:
    return CliRunner().invoke(cli.app, [*words, "--depths", "0,1", "--dry-run"]).exit_code == 0


@pytest.mark.usefixtures("folder")
def test_a_file_without_header_and_target_is_led_in_by_one_error() -> None:
    text = refused("run", "bare.csv")
    assert "--no-header" in text
    assert "--target -1 is the last" in text
    assert goes("run", "bare.csv", "--no-header", "--target", "-1")
    assert "--target 'column_3' (the last)" in refused("run", "bare.csv", "--no-header")


@pytest.mark.usefixtures("folder")
def test_a_target_that_is_missing_or_misspelt_is_offered() -> None:
    assert "as --target 'outcome' (the last)" in refused("run", "named.csv")
    for wrong in ("outcom", "Outcmoe", "out_come"):
        assert "say --target 'outcome' if that is it" in refused(
            "run", "named.csv", "--target", wrong
        )
    assert goes("run", "named.csv", "--target", "outcome")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("named.cvs", "is 'named.csv' meant?"),
        ("Name.csv", "is 'named.csv' meant?"),
        ("./named.csv.gz", "is './named.csv' meant?"),
        ("photo", "is 'photos' meant?"),
        ("nofolder/named.csv", "there is no folder 'nofolder'"),
        ("zzz.parquet", "check the path"),
        ("digitz", "the sets are digits"),
    ],
)
def test_a_wrong_path_is_answered_with_what_lies_there(wrong: str, says: str) -> None:
    text = refused("run", wrong, "--target", "outcome")
    assert says in text
    assert ("meant" in text) == ("meant" in says)


@pytest.mark.parametrize("command", [(), ("run",)])
def test_help_shows_commands_to_copy(command: tuple[str, ...]) -> None:
    text = CliRunner().invoke(cli.app, [*command, "--help"]).output
    assert "Examples:" in text
    assert "howdeep run churn.csv --target churned" in text
    assert max(map(len, text.splitlines())) <= 100
