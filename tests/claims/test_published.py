"""Published numbers: each has a source and a tolerance, and is held against what was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from howdeep.claims import Effect, Measured, published
from howdeep.claims.published import Published, Target, lines
from howdeep.cli import app

TENT = published.get("tent_maps")


@pytest.mark.parametrize("name", published.names())
def test_a_table_names_its_source_and_its_targets(name: str) -> None:
    table = published.get(name)
    assert any(char.isdigit() for char in table.source)
    names = [target.name for target in table.targets]
    assert len(set(names)) == len(names) > 0
    planted = Measured({t.name: Effect((t.published,)) for t in table.targets})
    assert all(line.passed for line in lines(table, planted))
    beyond = Measured({t.name: Effect((t.published + _wrong(t),)) for t in table.targets})
    assert not any(line.passed for line in lines(table, beyond))


def _wrong(target: Target) -> float:
    by = target.tolerance + 1.0
    return -by if target.how == "at_least" else by


@pytest.mark.parametrize(
    ("how", "ours", "passed"),
    [
        ("near", 10.5, True), ("near", 11.5, False), ("near", 8.9, False),
        ("at_least", 20.0, True), ("at_least", 9.5, True), ("at_least", 8.9, False),
        ("at_most", 1.0, True), ("at_most", 10.9, True), ("at_most", 11.1, False),
    ],
)  # fmt: skip
def test_ours_passes_within_the_tolerance(how: str, ours: float, passed: bool) -> None:
    table: Published = replace(TENT, targets=(Target("x", 10.0, 1.0, how=how),))  # type: ignore[arg-type]
    assert lines(table, Measured({"x": Effect((ours, ours))}))[0].passed == passed


def test_the_command_prints_the_table_and_serves_it_again(tmp_path: Path) -> None:
    words = ["claims", "reproduce", "tent_maps", "--out", str(tmp_path / "c"), "--jobs", "1"]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0
    assert "3 of 3 numbers" in first.output
    (path,) = (tmp_path / "c" / "results").iterdir()
    before = path.stat().st_mtime_ns
    assert CliRunner().invoke(app, words).exit_code == 0
    assert path.stat().st_mtime_ns == before
