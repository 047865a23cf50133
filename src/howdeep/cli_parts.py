"""What the commands share: options made of rules, errors as exit codes, the console."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from howdeep.base import parsers
from howdeep.base.errors import HowdeepError
from howdeep.base.rules import Command, Rule
from howdeep.route.options import RULES, Options, Running, rules_of


class Terminated(BaseException):
    """SIGTERM, raised in the main thread so that the study is left in good order."""


class Sectioned(click.Command):
    """A command whose help shows its options under the headings of their rules."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        headings = {rule.name: rule.section for rule in RULES}
        sections: dict[str, list[tuple[str, str]]] = {
            h: [] for h in dict.fromkeys(headings.values())
        }
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                sections[headings.get(param.name or "", Running.section)].append(record)
        for heading, records in sections.items():
            if not records:
                continue  # a heading of other commands
            with formatter.section(heading):
                formatter.write_dl(records)


def with_rules(command: Command) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """One click option per rule; the values are checked by `parse_options`, like any other's."""

    def with_options(function: Callable[..., Any]) -> Callable[..., Any]:
        for rule in reversed(rules_of(command)):
            if rule.name != "data" or command == "doctor":  # elsewhere it is an argument
                help, metavar = rule.words(command)
                function = click.option(
                    *_flags(rule), default=None, help=help, **_kind(rule, metavar)
                )(function)
        return function

    return with_options


def _flags(rule: Rule) -> tuple[str, ...]:
    return (f"{rule.flag}/--no-header",) if rule.name == "header" else (rule.flag,)


def _kind(rule: Rule, metavar: str) -> dict[str, Any]:
    if rule.name == "header":
        return {}
    if rule.parse is parsers.flag:
        return {"is_flag": True, "flag_value": True, "type": bool}
    return {"metavar": metavar}


def new_console(stderr: bool = False) -> Any:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


class Progress:
    """Tells on stderr what is looked at: on a terminal in one line that changes, else in a line
    for each thing that is done with all nets ("signal: 6 nets").
    """

    def __init__(self, options: Options, noun: str = "net") -> None:
        self._shows, self._noun, self._topics = not options.json, noun, set[str]()
        self._moves = sys.stderr.isatty()

    def __call__(self, what: str, at: int, of: int) -> None:
        from howdeep.report.words import clean, plural

        topic, _, _ = what.partition(" of ")
        if not self._shows:
            return
        if self._moves:
            click.echo(f"\r\x1b[2K  · {clean(what, 60)} ({at + 1} of {of})", err=True, nl=False)
        elif topic not in self._topics:
            click.echo(f"  · {clean(topic, 60)}: {plural(of, self._noun)}", err=True)
        self._topics.add(topic)

    def done(self) -> None:
        """Take the line away."""
        if self._shows and self._moves and self._topics:
            click.echo("\r\x1b[2K", err=True, nl=False)


@contextmanager
def study_errors(running: str = "", kept: str = "") -> Iterator[None]:
    """Signals and errors to exit codes and two plain lines; no traceback for what is expected.

    `running`: the study that can be gone on with where a signal comes. `kept`: what is said then of
    work that is no study.
    """

    def terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except HowdeepError as error:
        fail(error)
    except (KeyboardInterrupt, Terminated) as stopped:
        click.echo(f"\nInterrupted.{f' {kept}' if kept else ''}", err=True)
        if running and (Path(running) / "study.sqlite").exists():
            click.echo(
                f"Nothing finished is lost. Go on with: howdeep resume {shlex.quote(running)}",
                err=True,
            )
        sys.exit(130 if isinstance(stopped, KeyboardInterrupt) else 143)
    finally:
        signal.signal(signal.SIGTERM, before)


def fail(error: HowdeepError) -> NoReturn:
    kind = type(error).__name__
    click.echo(f"{kind}: {error.what}", err=True)
    if error.fix:
        click.echo(f"  fix: {error.fix}", err=True)
    sys.exit(error.exit_code)


def say(options: Options, notes: tuple[str, ...]) -> None:
    """What was guessed, dropped or grouped while reading; on stderr, above everything else."""
    if options.quiet or options.json:
        return
    from howdeep.report.words import clean

    for note in notes:
        click.echo(f"  · {clean(note, 400)}", err=True)
