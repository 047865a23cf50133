"""CONTRIBUTING.md is true: its recipes are followed in a copy of the project, its words are there.

The copy is the package and those tests that check what a folder holds. What a recipe says is done
to it: a new file, and the lines that the recipe asks for elsewhere. A recipe that no longer leads
to a study with the new family, set, model, format, option, instrument or fault fails
here.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import recipes
from howdeep import cli, faults, instruments
from howdeep.base import nouns, trials, verdicts
from howdeep.data.task import Fold, Task, View
from howdeep.modalities.image import named
from howdeep.modalities.table import builtin
from howdeep.nets import families
from howdeep.store.study import Study
from howdeep.trainers import classical
from recipes import FAMILY, FAULT, INSTRUMENT, MODEL, NAMED, OPTION, SET

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
GITHUB = sorted(p for p in (ROOT / ".github").rglob("*") if p.is_file())
PRE_COMMIT = ROOT / ".pre-commit-config.yaml"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TOOLS = ast.literal_eval(
    re.search(r"^dev = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.M)[1]  # type: ignore[index]
)


def section(title: str) -> str:
    """The text under a heading, up to the next one of its rank or above."""
    head = re.search(rf"^(#+) {re.escape(title)}$", PAGE, re.M)
    assert head, f"CONTRIBUTING.md has no section {title!r}"
    rest = PAGE[head.end() :]
    after = re.search(rf"^#{{1,{len(head[1])}}} [A-Z]", rest, re.M)
    return rest[: after.start()] if after else rest


RECIPES = re.findall(r"^### (.+)$", section("How to add"), re.M)
WORDS = re.findall(r"^- \*\*(.+?)\*\*: ((?:.+\n)(?:  .+\n)*)", section("Words"), re.M)


# ---- the page -----------------------------------------------------------------------------------
def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        file, _, anchor = target.partition("#")
        text = (ROOT / file).read_text(encoding="utf-8")
        heads = re.findall(r"^#+ (.+)$", text, re.M)
        assert not anchor or anchor in {head.lower().replace(" ", "-") for head in heads}
    assert "docs/architecture.md" in section("The floors")
    assert "(CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def places(text: str) -> set[str]:
    """Paths in the page, NAME left out."""
    found = re.findall(r"`((?:src/|tests/|benchmarks/|[a-z_]+/)[\w./-]*)`", text)
    return {path for path in found if "NAME" not in path}


@pytest.mark.parametrize("title", ["How a change is shown", "The floors", "How to add"])
def test_files_that_are_named_are_there(title: str) -> None:
    found = places(section(title))
    assert found
    missing = {p for p in found if not any((ROOT / at / p).exists() for at in ("", "src/howdeep"))}
    assert not missing


def test_commands_that_are_named_are_there() -> None:
    targets = re.findall(r"`?make (\w+)", section("Set-up") + section("Checks"))
    assert {"test", "demo", "check", "campaign"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.M), target
    for script, does in re.findall(r"`python (benchmarks/\w+\.py) ?(\w*)", PAGE):
        text = (ROOT / script).read_text(encoding="utf-8")
        assert does in text


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_is_short(title: str) -> None:
    lines = [line for line in section(title).splitlines() if line]
    assert len([line for line in lines if not line.startswith(("```", "<!--"))]) <= 10


def test_words_are_in_order_and_each_is_one_sentence() -> None:
    names = [name for name, _ in WORDS]
    assert names == sorted(names)
    assert len(names) == section("Words").count("\n- ")
    for name, said in WORDS:
        assert said.strip().endswith("."), name
        assert len(re.findall(r"[.!?](?=\s+[A-Z])", said)) <= 1, name


@pytest.mark.parametrize(
    "noun",
    [
        *(trials.Member, trials.Group, trials.Round, trials.Trial, trials.Outcome),
        *(nouns.Rung, nouns.Cell, nouns.Recipe, nouns.RateSearch, nouns.Ladder, nouns.Plan),
        *(nouns.Tolerance, verdicts.Standing, verdicts.Price, verdicts.Control, verdicts.Rival),
        *(verdicts.Collapse, verdicts.Verdict, verdicts.Dossier, Fold, Task, View, Study),
    ],
)
def test_a_noun_of_the_code_is_one_of_the_words(noun: type) -> None:
    assert noun.__name__.lower() in {name.replace(" ", "").lower() for name, _ in WORDS}


# ---- the recipes, followed ----------------------------------------------------------------------
@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to which every recipe has added one thing."""
    listing = re.search(r"```python\n# (\S+)\n(.*?)```", section("A family of nets"), re.S)
    assert listing
    assert listing[1] == f"src/howdeep/nets/families/{FAMILY}.py"
    return recipes.follow(tmp_path_factory.mktemp("grown"), family=listing[2])


def called(grown: Path, *words: str | Path) -> str:
    """What Python prints with the copy in the place of the package."""
    env = os.environ | {"PYTHONPATH": str(grown / "src"), "OMP_NUM_THREADS": "1", "COLUMNS": "150"}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=grown, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_tests_of_each_folder_check_what_was_added(grown: Path) -> None:
    files = {
        FAMILY: "nets/test_families.py",
        SET: "data/test_builtin.py",
        NAMED: "data/test_named.py",
        MODEL: "trainers/test_classical.py",
        OPTION: "route/test_options.py",
        INSTRUMENT: "instruments/test_instruments.py",
        FAULT: "faults/test_known_faults.py",
    }
    listed = (
        "modalities.table.builtin",
        "modalities.image.named",
        "trainers.classical",
        "trainers.classical._files",
    )
    pages = [f"howdeep.{place}]" for place in listed]
    wanted = [*files, "every_option", "every_set", *pages]
    where = [f"tests/{file}" for file in (*files.values(), "test_docs.py")]
    words = ("-m", "pytest", "-vv", "-k", " or ".join(wanted).replace("]", ""), *where)
    done = called(grown, *words)
    for name in (*files, "every_option", "every_set", *pages):
        passed = re.findall(rf"^tests/.*{re.escape(name)}.* PASSED", done, re.M)
        assert passed, f"nothing checked {name}"


def test_one_study_takes_the_family_the_set_the_model_and_the_option(grown: Path) -> None:
    asked = f"--family {FAMILY} --rivals {MODEL} --{OPTION} --depths 0,1 --max-seeds 2"
    more = ("--epsilon", "0.4", "--max-steps", "200", "--jobs", "1", "--out", "grown.study")
    said = called(grown, "-m", "howdeep", "run", SET, *asked.split(), *more)
    assert "extra trees" in said
    found = json.loads((grown / "grown.study" / "result.json").read_text())["verdict"]
    assert FAMILY in {own["family"] for own in found["families"]}
    assert [(own["name"], own["says"] == "failed") for own in found["rivals"]] == [(MODEL, False)]
    assert "plain hidden layers of tanh" in (grown / "grown.study" / "report.html").read_text()
    assert f"--{OPTION}" in called(grown, "-m", "howdeep", "run", "--help")
    said = called(grown, "-m", "howdeep", "inspect", "grown.study", INSTRUMENT)
    assert "How far do the outputs reach?" in said
    assert "How far do the outputs reach?" in (grown / "grown.study/report.html").read_text()


OFF = """
from torch import nn

def build(columns, outputs):
    net = nn.Linear(columns, outputs)
    nn.init.constant_(net.bias[:1], 1_000.0)
    return net
"""


def test_the_doctor_names_the_fault_that_was_added(grown: Path) -> None:
    (grown / "off_nets.py").write_text(OFF)
    said = called(grown, "-m", "howdeep", "doctor", "off_nets:build", "--data", SET)
    assert "Outputs far off" in said


READS = f'''
from howdeep.base.errors import ConfigError, TableError
from howdeep.modalities.image import named
from howdeep.modalities.table.read import read_table

table = read_table("t.data")
print([c.name for c in table.columns], table.rows, len(table.sha256), table.typed)
for path, sep, kind in (("cut.data", None, TableError), ("t.data", ",", ConfigError)):
    try:
        read_table(path, sep=sep)
    except kind as error:
        print(bool(error.fix))
main, test = named.load("{NAMED}", "{NAMED}")
print(main.shape, sorted(set(main.labels))[:2], len(test.labels))
print("those published" in " ".join(main.notes))
'''


def test_a_table_of_the_format_and_a_folder_of_the_named_set_are_read(grown: Path) -> None:
    lines = [{"a": i / 9, "b": "xyz"[i % 3], "y": "no" if i % 2 else "yes"} for i in range(90)]
    (grown / "t.data").write_text("\n".join(map(json.dumps, lines)))
    (grown / "cut.data").write_text('{"a": 1, "y"')
    (grown / NAMED).mkdir()
    for name, data in recipes.images().items():
        (grown / NAMED / name).write_bytes(gzip.compress(data))
    assert called(grown, "-c", READS).splitlines() == [
        "['a', 'b', 'y'] 90 64 True",
        "True",
        "True",
        "(28, 28, 1) ['a', 'b'] 100",
        "True",
    ]
    plan = called(grown, "-m", "howdeep", "run", "t.data", "--target", "y", "--dry-run")
    assert "t.data" in plan
    assert "of 90" in plan


def test_what_a_classical_model_defines_is_what_the_recipe_lists() -> None:
    first = section("A classical model").partition("defines")[2].partition("(")[0]
    listed = set(re.findall(r"`(\w+)`", first))
    for name in classical.names():
        assert listed <= set(vars(classical.model(name))), name
    for name in listed:
        assert re.search(rf"^(def )?{name}\b", recipes.EXTRATREES, re.M), name
        assert name in (classical.__doc__ or ""), name


def test_what_is_added_is_not_there_yet() -> None:
    """Else the recipes would be followed for nothing."""
    assert FAMILY not in families.names()
    assert SET not in builtin.names()
    assert NAMED not in named.names()
    assert MODEL not in classical.names()
    assert INSTRUMENT not in instruments.names()
    assert FAULT not in faults.names()


# ---- what hosts and hooks read ------------------------------------------------------------------
YAML = [p for p in (*GITHUB, PRE_COMMIT) if p.suffix in (".yml", ".yaml")]


@pytest.mark.parametrize("path", YAML, ids=lambda p: p.name)
def test_yaml_is_laid_out_as_yaml(path: Path) -> None:
    """No parser among the tools: indented by twos, keys once a level, items and keys alone."""
    seen: list[tuple[int, set[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        body = line.lstrip(" ")
        if not body or body.startswith("#"):
            continue
        assert re.match(r"(- )?[\w.-]+:( \S.*)?$|- \S+", body), line
        assert "\t" not in line
        at = len(line) - len(body)
        assert at % 2 == 0, line
        inside = body.startswith("- ")
        seen = [level for level in seen if level[0] < at or (level[0] == at and not inside)]
        at, body = (at + 2, body[2:]) if inside else (at, body)
        if not seen or seen[-1][0] != at:
            seen.append((at, set()))
        key = body.partition(":")[0]
        assert key not in seen[-1][1], f"{line}: twice"
        seen[-1][1].add(key)


def test_hosted_checks_are_those_of_make() -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    (command,) = re.findall(r"run: make (\w+)", text)
    assert re.search(rf"^{command}:", MAKEFILE, re.M)
    assert f"make {command}" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert {"3.11", "3.13"} == set(re.findall(r'"(3\.\d+)"', text))
    (cached,) = re.findall(r"cache-dependency-path: (\S+)", text)
    assert (ROOT / cached).is_file()


def test_hooks_run_the_project_s_own_tools_over_what_make_checks() -> None:
    text = PRE_COMMIT.read_text(encoding="utf-8")
    assert re.findall(r"repo: (\S+)", text) == ["local"], "nothing is fetched"
    commands = [entry.split() for entry in re.findall(r"entry: (.+)", text)]
    recipe = MAKEFILE.partition("\ncheck:")[2].partition("\n\n")[0]
    checked = re.findall(r"\$\(BIN\)/(\w+)(?: (check|format))?", recipe)
    assert len(commands) == len(checked) == 3
    for (program, *words), (tool, does) in zip(commands, checked, strict=True):
        assert program == f".venv/bin/{tool}"
        assert does in ("", *words)
        assert any(need.startswith(tool) for need in TOOLS)
    assert "VENV ?= .venv\n" in MAKEFILE


@pytest.mark.parametrize("path", [p for p in GITHUB if p.suffix == ".md"], ids=lambda p: p.name)
def test_templates_ask_for_what_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.parent.name == "ISSUE_TEMPLATE":
        front = re.match(r"---\nname: .+\nabout: .+\n(.*\n)*?---\n", text)
        assert front, "a host shows an issue template by its name and what it is about"
    for words in re.findall(r"`howdeep ([a-z ]+?)(?: [A-Z]+)?`", text):
        done = CliRunner().invoke(cli.app, [*words.split(), "--help"])
        assert done.exit_code == 0, words
    for target in re.findall(r"`make (\w+)`", text):
        assert re.search(rf"^{target}:", MAKEFILE, re.M)
    for file in re.findall(r"`((?:benchmarks|docs|tests)/[\w./]+|[A-Z]+\.md)`", text):
        assert (ROOT / file).exists(), file


def test_there_is_a_template_for_each_kind() -> None:
    names = {str(p.relative_to(ROOT / ".github")) for p in GITHUB}
    kinds = {f"ISSUE_TEMPLATE/{kind}.md" for kind in ("bug", "wrong_verdict", "idea")}
    assert kinds | {"pull_request_template.md", "workflows/ci.yml"} <= names
