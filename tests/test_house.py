"""The house stands as docs/architecture.md draws it: floors import downwards only."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "howdeep"
FLOORS = {
    "base": 0,
    "stats": 1,
    "metrics": 2,
    "data": 3,
    "modalities": 4,
    "nets": 5,
    "trainers": 6,
    "store": 7,
    "executors": 7,
    "judge": 7,
    "route": 8,
    "export": 9,
    "report": 10,
    "instruments": 11,
    "faults": 12,
    "reasons": 12,
    "claims": 13,
    "testing": 14,
    "api": 15,
    "api_look": 16,
    "cli_parts": 17,
    "cli_look": 18,
    "cli_claims": 18,
    "cli": 19,
    "__main__": 20,
    "__init__": 20,
}
# Floors that may import only these packages also howdeep's lower floors.
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
    drawn = {name: int(floor) for floor, name in re.findall(r"^\| (\d+) \| `(\w+)/`", text, re.M)}
    assert drawn == {name: FLOORS[name] for name in folders}


def literals(path: Path) -> list[str]:
    """Texts in a file's code; docstrings, whose examples may name anything, are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_metric_is_named_in_its_own_folder_only(path: Path) -> None:
    from howdeep import metrics

    if room(path) not in ("metrics", "claims"):  # claims name what they put to the test
        assert not set(literals(path)) & set(metrics.names())


# Where a modality, a kind of nets or a family may be named also its own folder: a modality's
# defaults, and what these files say of other things by the same word or of old studies.
NAMED = {
    "nets/families/_conv.py": {"conv", "cnn", "image"},  # its kind, the plain one; `Net(image=...)`
    "nets/families/_dense.py": {"dense", "mlp"},
    "report/sentence.py": {"preln"},  # what to try where deeper nets diverge
    "report/words.py": {"conv", "resmlp", "mlp", "resnet", "cnn", "preln"},  # of old studies
    "store/older.py": {"table", "image"},  # of old studies
    "store/schema.py": {"table"},  # SQLite's word
    "testing/_executor_bench.py": {"resmlp"},  # a study to train
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_modality_and_a_family_are_named_in_their_own_folder_only(path: Path) -> None:
    from howdeep import modalities
    from howdeep.nets import families

    kinds = {families.family(name).kind.name for name in families.names()}
    known = {*modalities.names(), *families.names(), *kinds}
    inside = path.relative_to(SOURCE)
    if room(path) == "claims":
        return  # they name the families that they put to the test
    if room(path) != "modalities":
        assert set(literals(path)) & known == NAMED.get(str(inside), set())
    elif len(inside.parts) > 2:
        assert not set(literals(path)) & (set(modalities.names()) - {inside.parts[1]})


def test_no_file_grows_without_limit() -> None:
    long = {p.name: n for p in FILES if (n := len(p.read_text().splitlines())) > 400}
    assert not long


def dotted(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_files_import_each_other_in_a_circle() -> None:
    """Late imports, and those that only types need, included."""
    files = {dotted(path): path for path in FILES}
    graph = TopologicalSorter[str]()
    for name, path in files.items():
        found = {other if other in files else other.rpartition(".")[0] for other in imports(path)}
        graph.add(name, *((found & files.keys()) - {name}))
    graph.prepare()  # raises CycleError with the circle


def twice(folder: Path) -> list[str]:
    """Names that two modules of tests have: the first one imported would stand for both."""
    found = [p for p in folder.rglob("*.py") if not (p.parent / "__init__.py").exists()]
    names = [p.name for p in found if p.name != "conftest.py"]
    return sorted({name for name in names if names.count(name) > 1})


def test_a_module_of_tests_has_a_name_of_its_own() -> None:
    assert twice(ROOT / "tests") == []


@pytest.mark.parametrize(
    "files",
    [
        ("a/test_one.py", "b/test_one.py"),  # pytest refuses the second
        ("a/case.py", "b/case.py"),  # and of helpers the first is imported for both
        ("a/deep/nets.py", "nets.py"),
    ],
)
def test_modules_of_one_name_are_seen(files: tuple[str, ...], tmp_path: Path) -> None:
    for name in (*files, "a/conftest.py", "b/conftest.py", "a/other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert twice(tmp_path) == [Path(files[0]).name]
