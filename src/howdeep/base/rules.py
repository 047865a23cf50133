"""`Rule`: what one option may be, carried by the field that holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from howdeep.base import parsers

Command = Literal["run", "resume", "report", "predict", "inspect", "doctor", "why"]
Words = tuple[str, str]  # help and metavar
RUN: tuple[Command, ...] = ("run",)
READ: tuple[Command, ...] = ("run", "predict")
GO: tuple[Command, ...] = ("run", "resume")
TELL: tuple[Command, ...] = ("run", "resume", "report")
LOOK: tuple[Command, ...] = ("inspect",)
MEND: tuple[Command, ...] = ("doctor",)


@dataclass(frozen=True)
class Rule:
    """One option: what parses its values (`base.parsers`), bounds, choices and help.

    `on`: the commands that have it, and `also` what it is called in one that calls it otherwise.
    `usual`: what holds where nothing is said, if the field's own default does not tell, and
    `usual_of` in a command where that is something else.
    `section`: under which heading `howdeep run --help` shows it, if not under that of its part;
    `name`: its field. `operational`: it says where and how to run, not what, so that it may differ
    when a study is resumed. `reads`: what parses it in a command that reads it otherwise.
    """

    parse: Callable[[Any, str, Any], Any]
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    metavar: str = ""
    on: tuple[Command, ...] = RUN
    also: tuple[tuple[Command, Words], ...] = ()
    section: str = ""
    name: str = ""
    usual: str = ""
    usual_of: tuple[tuple[Command, str], ...] = ()
    operational: bool = False
    reads: tuple[tuple[Command, Callable[[Any, str, Any], Any]], ...] = ()

    @property
    def flag(self) -> str:
        return flag(self.name)

    def words(self, command: Command) -> Words:
        """Help, with what holds unless something is said, and metavar in a command."""
        help, metavar = self.help, self.metavar or "|".join(self.choices)
        if command in dict(self.also):
            return dict(self.also)[command]
        usual = dict(self.usual_of).get(command, self.usual)
        return f"{help} [default: {usual}]" if usual else help, metavar


def choice(help: str, kind: Any, **more: Any) -> Rule:
    """The rule of a field whose type is a `Literal`."""
    return Rule(parsers.choice, help, choices=get_args(kind), **more)


def flag(name: str) -> str:
    """
    >>> flag("merge_rare")
    '--merge-rare'
    """
    return "--" + name.replace("_", "-")
