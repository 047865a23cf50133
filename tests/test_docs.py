"""Docs say what is so: examples in docstrings run, links lead somewhere, options exist."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import click
import pytest

import howdeep
from howdeep import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(howdeep.__path__, "howdeep.")
    if not module.name.endswith(("__main__", ".worker"))
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        there = (page.parent / file) if file else page
        assert there.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, target


def flags(command: click.Command) -> set[str]:
    found = {o for param in command.params for o in (*param.opts, *param.secondary_opts)}
    if isinstance(command, click.Group):
        found |= {flag for sub in command.commands.values() for flag in flags(sub)}
    return {flag for flag in found if flag.startswith("--")} | {"--help"}


def benchmark_flags() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "benchmarks").glob("*.py")]
    return {flag for text in texts for flag in re.findall(r'add_argument\("(--[a-z-]+)"', text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_on_a_page_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert found <= flags(cli.app) | benchmark_flags()


def test_every_option_has_help() -> None:
    for command in cli.app.commands.values():
        for param in command.params:
            assert isinstance(param, click.Argument) or getattr(param, "help", None), param.name


@pytest.mark.parametrize("name", howdeep.__all__)
def test_public_names_are_there_and_explained(name: str) -> None:
    assert (getattr(howdeep, name).__doc__ or "").strip()
