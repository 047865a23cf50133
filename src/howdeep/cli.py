"""The command line: `howdeep run | resume | report | predict | study check`.

Exit codes: 0 a verdict was reached (undetermined is one); 2 the input or an option was refused;
3 trouble with the study; 130 / 143 interrupted, resumable.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from howdeep.executors.crew import QUIET, Crew, cores

for _name, _value in QUIET.items():  # before NumPy is imported
    os.environ.setdefault(_name, _value)

import click

from howdeep.base import parsers
from howdeep.base.errors import ConfigError, HowdeepError, StorageError
from howdeep.base.rules import Command, Rule
from howdeep.route import doors
from howdeep.route.options import (
    RULES,
    Options,
    Running,
    parse_options,
    rules_of,
)

EXAMPLES = """\b
  howdeep run churn.csv --target churned
  howdeep run mnist1d
  howdeep resume churn.study"""


class Terminated(BaseException):
    """SIGTERM, raised in the main thread so that the study is left in good order."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(package_name="howdeep")
def app() -> None:
    """How deep should your neural network be? Measured, not guessed."""


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


def _options(command: Command) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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


@app.command(cls=Sectioned)
@click.argument("data")
@_options("run")
@click.option("--config", default=None, metavar="FILE", help="JSON or TOML file of these options")
@click.option("--dry-run", is_flag=True, help="print the plan, its time and memory; train nothing")
def run(data: str, dry_run: bool, **given: Any) -> None:
    """Find out how deep a net DATA (a table, a folder of images, or a known set) needs."""
    options = parse_options({"data": data, **given})
    with _study_errors(doors.out_of(options)):
        say = partial(_say, options)
        if dry_run:
            _plan(options, say)
            return
        with doors.begun(options, tell=say, early=True) as (study, crew):
            _drive(study, options, crew)


@app.command()
@click.argument("study", metavar="STUDY")
@_options("resume")
def resume(study: str, **given: Any) -> None:
    """Go on with a study that was interrupted, or stopped by its budget."""
    options = parse_options(given, "resume")
    with _study_errors(study), doors.resumed(study, options) as opened:
        _drive(opened, options)


@app.command()
@click.argument("study", metavar="STUDY")
@_options("report")
def report(study: str, **given: Any) -> None:
    """Print a finished study's verdict and write its report again, where it may be written."""
    options = parse_options(given, "report")
    with _study_errors(), doors.answered(study) as (opened, verdict):
        _tell(opened, verdict, options, only_read=_only_read(study))


@app.command()
@click.argument("study", metavar="STUDY")
@click.argument("data", metavar="NEW")
@_options("predict")
def predict(study: str, data: str, **given: Any) -> None:
    """Predict the rows of a new table, or new images, with the study's net.

    Writes a CSV: the image's name, the prediction and, for classes, its probability. What a
    spreadsheet would run as a formula (as "=1+1") gets an apostrophe in front.
    """
    options = parse_options({"data": data, **given}, "predict")
    with _study_errors():
        from howdeep.export.predict import predict_file, to_csv
        from howdeep.store.study import Study

        if options.out is not None:
            _check_file(options.out, data)
        with Study.open(study) as opened:
            found, names = predict_file(opened, options)
        for note in found.notes:
            click.echo(f"  · {note}", err=True)
        text = to_csv(found, names)
        if options.out is None:
            sys.stdout.write(text)
        else:
            _write(Path(options.out), text)


@app.command(cls=Sectioned)
@click.argument("study", metavar="STUDY")
@click.argument("instruments", metavar="[INSTRUMENT]...", nargs=-1)
@_options("inspect")
def inspect(study: str, instruments: tuple[str, ...], **given: Any) -> None:
    """Look into the trained nets of a study, one of every depth: all instruments, or some.

    What is found is kept in the study's folder and shown on its page.
    """
    options = parse_options(given, "inspect")
    with _study_errors(), doors.answered(study) as (opened, verdict):
        from howdeep import api
        from howdeep.instruments import Effort, sections
        from howdeep.report import terminal

        effort = Effort(rows=options.look_rows, steps=options.look_steps, tell=_progress(options))
        seen = api.look(opened, verdict, options, instruments, effort)
        if options.json:
            click.echo(_as_json(seen))
            return
        terminal.print_sections(sections(seen.found), _console())
        for note in seen.notes:
            click.echo(f"  · {note}", err=True)
        click.echo(f"The pictures are in {opened.path / 'report.html'}")


@app.command(cls=Sectioned)
@click.argument("what", metavar="STUDY|MODULE:BUILD")
@_options("doctor")
def doctor(what: str, **given: Any) -> None:
    """Say what is wrong with nets, layer by layer, and what would mend it.

    Of a STUDY each depth's net is looked at, as it starts and as it ended; else the net that
    build() or build(columns, outputs) of a module gives, with DATA read as a study reads them.
    """
    options = parse_options(given, "doctor")
    with _study_errors():
        from howdeep.base import keys
        from howdeep.faults import diagnoses, lines

        found = []
        for diagnosis in diagnoses(what, options, partial(_say, options)):
            found.append(keys.to_plain(diagnosis))
            if not options.json:
                click.echo("\n".join(lines(diagnosis)) + "\n")
        if options.json:
            click.echo(keys.dumps(found, indent=1))


@app.group()
def study() -> None:
    """Look after the folder of a study."""


@study.command()
@click.argument("study", metavar="STUDY")
def check(study: str) -> None:
    """Verify every file of a study and remove what an interrupted run left over."""
    with _study_errors():
        from howdeep.store.study import Study

        only_read = _only_read(study)
        with Study.open(study, write=not only_read) as opened:
            for sentence in opened.check():
                click.echo(sentence)
        if only_read:
            click.echo("The folder may only be read: nothing was removed.")


def _plan(options: Options, say: Callable[[tuple[str, ...]], None]) -> None:
    """Print what would be trained; nothing is written."""
    plan, task = doors.planned(options, say)
    from howdeep.report import planned
    from howdeep.route import session
    from howdeep.route.estimate import estimate

    say(session.slower(plan, options.device or "cpu"))
    takes = estimate(plan, task, options.jobs or cores(), options.device or "cpu")
    console = _console()
    for line in planned.planned_lines(plan, takes):
        console.print(line, soft_wrap=True, markup=False)
    console.print()
    console.print(planned.planned_table(plan))


# ---- what the commands share --------------------------------------------------------------------
def _drive(study: Any, options: Options, crew: Crew | None = None) -> None:
    from howdeep.report import terminal
    from howdeep.report.understood import understood
    from howdeep.route import session

    console = _console(stderr=options.json)
    _say(options, session.slower(study.plan, study.platform.get("device", "cpu")))
    _say(options, tuple(f"{what}: {words}." for what, words in understood(study.plan)))
    found = session.events(study, jobs=options.jobs, budget=options.budget, crew=crew)
    with closing(found) as events:
        verdict = terminal.watch(events, console, quiet=options.quiet or options.json)
    if verdict is None:
        raise ConfigError(f"{study.path}: the study ended without a verdict", "resume it")
    _tell(study, verdict, options)


def _tell(study: Any, verdict: Any, options: Options, only_read: bool = False) -> None:
    """Write what comes out of a study and print its verdict; `only_read`: print it alone."""
    from howdeep import api
    from howdeep.report import result, terminal
    from howdeep.route.dossier import dossier

    found = dossier(study, verdict) if only_read else api.write(study, verdict)
    if options.json:
        click.echo(result.result_json(found))
    else:
        terminal.print_verdict(found, _console())
    if only_read:
        what = f"{study.path} may only be read: report.html, result.json and net/ stay as they are."
        click.echo(what, err=True)


def _progress(options: Options) -> Callable[[str, int, int], None]:
    """Tells on stderr what is being measured."""

    def tell(what: str, done: int, of: int) -> None:
        if not options.json:
            click.echo(f"  · {what} ({done + 1} of {of})", err=True)

    return tell


def _as_json(seen: Any) -> str:
    from howdeep.base import keys

    found = [keys.to_plain(one) for one in seen.found]
    return keys.dumps({"measurements": found, "notes": list(seen.notes)}, indent=1)


def _only_read(study: str) -> bool:
    """Is it a folder that we may not write into?"""
    return os.path.isdir(study) and not os.access(study, os.W_OK, effective_ids=True)


def _console(stderr: bool = False) -> Any:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def _say(options: Options, notes: tuple[str, ...]) -> None:
    """What was guessed, dropped or grouped while reading; on stderr, above everything else."""
    if options.quiet or options.json:
        return
    from howdeep.report.words import clean

    for note in notes:
        click.echo(f"  · {clean(note, 400)}", err=True)


def _check_file(out: str, data: str) -> None:
    """Before anything is predicted: can `out` be a new file, and is it not the input?"""
    path = Path(out)
    if path.is_dir() or not path.name:
        raise ConfigError(f"--out {out}: is a folder", "name a file in it")
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"--out {out}: there is no folder {path.parent}", "make it first")
    if found := doors.study_around(out):
        raise ConfigError(f"--out {out}: lies in the study {found}", "name a file outside it")
    if path.exists() and os.path.exists(data) and os.path.samefile(out, data):
        raise ConfigError(f"--out {out}: is the table itself", "name another file")


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")  # odd file names
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(f"{path}: {error.strerror}", "name another file with --out") from error


@contextmanager
def _study_errors(running: str = "") -> Iterator[None]:
    """Signals and errors to exit codes and two plain lines; no traceback for what is expected.

    `running`: the study that can be gone on with where a signal comes.
    """

    def terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except HowdeepError as error:
        _fail(error)
    except (KeyboardInterrupt, Terminated) as stopped:
        click.echo("\nInterrupted.", err=True)
        if running and (Path(running) / "study.sqlite").exists():
            click.echo(
                f"Nothing finished is lost. Go on with: howdeep resume {shlex.quote(running)}",
                err=True,
            )
        sys.exit(130 if isinstance(stopped, KeyboardInterrupt) else 143)
    finally:
        signal.signal(signal.SIGTERM, before)


def _fail(error: HowdeepError) -> NoReturn:
    kind = type(error).__name__
    click.echo(f"{kind}: {error.what}", err=True)
    if error.fix:
        click.echo(f"  fix: {error.fix}", err=True)
    sys.exit(error.exit_code)


def main() -> None:
    """The entry point; options that click itself refuses exit with 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another
    try:
        app(prog_name="howdeep")
    except HowdeepError as error:
        _fail(error)
    except OSError as error:
        if error.filename:
            what = f"{error.filename}: {error.strerror}"
            _fail(StorageError(what, "check that it is there and may be used"))
        _fail(StorageError(f"the output cannot be written: {error.strerror}", "make room for it"))


if __name__ == "__main__":
    main()
