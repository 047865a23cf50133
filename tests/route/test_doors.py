"""One path behind the doors, and one table of what they may be asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tests import tiny

import howdeep
from howdeep import cli, cli_look, cli_parts
from howdeep.base.errors import ConfigError, StorageError
from howdeep.route import doors
from howdeep.route.options import RULES, Command, Options, Running, parse_options, rules_of

SAID = {"depths": "0,1", "max_seeds": 2, "groups": "who", "rows": "all", "allow_leak": True}


class Asked(Exception):
    """Raised in place of a study, with what a door asked for."""


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def begun(options: Options, *more: Any, **how: Any) -> Iterator[None]:
        raise Asked(options)
        yield

    monkeypatch.setattr(doors, "begun", begun)


def flags(command: str) -> dict[str, click.Option]:
    params = cli.app.commands[command].params
    return {param.name or "": param for param in params if isinstance(param, click.Option)}


# ---- one path -----------------------------------------------------------------------------------
def test_python_and_the_command_line_ask_one_function_for_the_same(
    ears: None, tmp_path: Path
) -> None:
    data, out = str(tmp_path / "t.csv"), str(tmp_path / "t.study")
    words = [data, "--target", "y", "--out", out, "--types", "a=drop"]
    for name, value in SAID.items():
        flag = "--" + name.replace("_", "-")
        words += [flag] if value is True else [flag, str(value)]
    asked = []
    with pytest.raises(Asked) as caught:
        howdeep.run(data, "y", out=out, types={"a": "drop"}, **SAID)
    asked.append(caught.value.args[0])
    done = CliRunner().invoke(cli.app, ["run", *words])
    assert isinstance(done.exception, Asked)
    asked.append(done.exception.args[0])
    assert asked[0] == asked[1]
    assert asked[0].given == asked[1].given


def test_a_folder_of_something_else_is_refused_at_both_doors(tmp_path: Path) -> None:
    data = tiny.table(tmp_path / "t.csv")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for out, says in ((tmp_path / "mine", "is no study"), (tmp_path / "a" / "b", "no folder")):
        with pytest.raises(StorageError, match=says):
            howdeep.run(data, "y", out=str(out))
        done = CliRunner().invoke(cli.app, ["run", str(data), "--target", "y", "--out", str(out)])
        assert done.exit_code == 3
        assert says in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


# ---- one table ----------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["run", "resume", "report", "predict", "inspect", "why"])
def test_a_command_has_the_flags_of_its_rules(command: Command) -> None:
    own = {"config", "dry_run"} if command == "run" else set()
    shown = flags(command)
    assert set(shown) == {rule.name for rule in rules_of(command)} - {"data"} | own
    for rule in rules_of(command):
        if rule.name != "data":
            help, metavar = rule.words(command)
            assert shown[rule.name].help == help
            assert rule.flag in shown[rule.name].opts
            assert shown[rule.name].metavar in (metavar or None, None)


def test_no_flag_is_declared_by_hand_beside_its_rule() -> None:
    files = [Path(module.__file__) for module in (cli, cli_look, cli_parts)]
    calls = [
        node
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "click.option"
    ]
    by_hand = [ast.unparse(call.args[0]) for call in calls]
    assert sorted(by_hand) == ["'--config'", "'--dry-run'", "*_flags(rule)"]


def test_a_command_refuses_what_another_has() -> None:
    for command in ("resume", "report", "predict"):
        with pytest.raises(ConfigError, match="there is no option 'depths'"):
            parse_options({"depths": "0,1"}, command)  # type: ignore[arg-type]
    for name in ("mixed_platforms", "dry_run"):
        with pytest.raises(ConfigError, match=f"there is no option '{name}'"):
            parse_options({name: True})
    with pytest.raises(ConfigError, match="there is no option 'config'"):
        parse_options({"config": "c.toml"}, "resume")


def test_help_shows_every_option_once_under_its_heading() -> None:
    text = CliRunner().invoke(cli.app, ["run", "--help"], terminal_width=100).output
    headings = list(dict.fromkeys(rule.section for rule in RULES if "run" in rule.on))
    parts: dict[str, str] = {}
    for i, heading in enumerate(headings):
        _, _, rest = text.partition(f"\n{heading}:\n")
        assert rest, heading
        parts[heading] = rest.partition(f"\n{headings[i + 1]}:\n")[0] if headings[i + 1 :] else rest
    for rule in rules_of("run"):
        if rule.name == "data":
            continue
        shown = [h for h, part in parts.items() if f"\n  {rule.flag} " in "\n" + part]
        assert shown == [rule.section], rule.flag
    assert "--dry-run" in parts[Running.section]
    assert "Options:" not in text
    for flag in ("--weights", "--groups", "--time"):
        assert flag in parts["Data"]
