"""The house stands as docs/architecture.md draws it: floors import downwards only."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "howdeep"
FLOORS = {
    "base": 0,
    "stats": 1,
    "data": 1,
    "families": 2,
    "training": 3,
    "store": 4,
    "executors": 4,
    "judge": 4,
    "route": 5,
    "export": 6,
    "report": 7,
    "api": 8,
    "cli": 9,
    "testing": 9,
    "__main__": 10,
    "__init__": 10,
}
# Floors that may import only these packages besides howdeep's lower floors.
ONLY = {
    "base": set(),
    "stats": {"numpy", "scipy"},
    "report": {"rich", "jinja2", "markupsafe"},
}
FILES = sorted(SOURCE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Dotted names of everything a file imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_file_imports_from_its_own_folder_or_a_lower_floor(path: Path) -> None:
    own = room(path)
    for name in imports(path):
        if name.startswith("howdeep."):
            other = name.split(".")[1]
            ok = other == own or FLOORS[other] < FLOORS[own]
            assert ok, f"{path.relative_to(SOURCE)} on floor {FLOORS[own]} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_some_floors_use_few_packages(path: Path) -> None:
    allowed = ONLY.get(room(path))
    if allowed is None:
        return
    outside = {name.split(".")[0] for name in imports(path)} - {"howdeep"}
    assert outside - set(sys.stdlib_module_names) <= allowed


def test_every_folder_has_a_floor_and_stands_in_the_document() -> None:
    folders = {p.name for p in SOURCE.iterdir() if p.is_dir() and any(p.glob("*.py"))}
    assert folders <= set(FLOORS)
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = {name: int(floor) for floor, name in re.findall(r"^\| (\d) \| `(\w+)/`", text, re.M)}
    assert drawn == {name: FLOORS[name] for name in folders}


def test_no_file_grows_without_limit() -> None:
    long = {p.name: n for p in FILES if (n := len(p.read_text().splitlines())) > 400}
    assert not long
