"""Benchmarks start: what they import is there, and each says how it is used.

What they measure is not tested here; that they are typed and linted is (`make check`).
"""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
FILES = sorted(FOLDER.rglob("*.py"))
BENCHMARKS = [p for p in FILES if '__name__ == "__main__"' in p.read_text(encoding="utf-8")]
PARTS = [p for p in FILES if p not in BENCHMARKS]


def dotted(path: Path) -> str:
    parts = path.relative_to(FOLDER).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def needs(path: Path) -> set[str]:
    """The packages that a peer's file, or one that it takes the search from, says it needs."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "NEEDS":
            found |= set(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return {name.replace("-", "_") for name in found}


def imported(path: Path) -> ModuleType:
    """The module, or a skip that names the peer it needs and does not find."""
    try:
        return importlib.import_module(dotted(path))
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in needs(path):
            raise
        pytest.skip(f'{missing} is not installed: pip install "howdeep[peers]"')


@pytest.fixture(autouse=True)
def as_if_run_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Benchmarks import each other by bare names; nothing of that stays behind."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(FOLDER) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_the_folder_was_found() -> None:
    assert {"run", "verdict", "same_answers"} <= {p.stem for p in BENCHMARKS}
    assert {"shared", "workloads"} <= {p.stem for p in PARTS}


@pytest.mark.parametrize("path", PARTS, ids=dotted)
def test_what_a_part_imports_is_there_and_its_examples_run(path: Path) -> None:
    assert doctest.testmod(imported(path)).failed == 0


@pytest.mark.parametrize("path", BENCHMARKS, ids=dotted)
def test_a_benchmark_prints_its_help(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    assert not ended.value.code
    told = capsys.readouterr().out
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said is not None
    assert told.startswith(f"usage: {path.name} ")
    assert said in told
    examples = re.findall(rf"^    python benchmarks/{path.name}.*$", said, re.M)
    assert examples, "the docstring shows how it is called"
    options = {flag for line in examples for flag in re.findall(r"(?<!\S)\[?(--[a-z-]+)", line)}
    assert options <= set(re.findall(r"--[a-z-]+", told.replace(said, "")))
