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
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from howdeep.executors.crew import QUIET, Crew, ahead, cores

for _name, _value in QUIET.items():  # before NumPy is imported
    os.environ.setdefault(_name, _value)

import click

from howdeep.base.errors import ConfigError, HowdeepError, StorageError, StudyNotFound
from howdeep.route.options import RULES, Options, Rule, parse_options

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


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """One click option per rule; the values are checked by `parse_options`, like any other's."""
    for rule in reversed(RULES):
        if rule.name != "data":
            command = click.option(*_flags(rule), default=None, help=rule.help, **_kind(rule))(
                command
            )
    return command


def _flags(rule: Rule) -> tuple[str, ...]:
    return (f"{rule.flag}/--no-header",) if rule.name == "header" else (rule.flag,)


def _kind(rule: Rule) -> dict[str, Any]:
    if rule.name == "header":
        return {}
    if rule.type == "flag":
        return {"is_flag": True, "flag_value": True, "type": bool}
    return {"metavar": rule.metavar or "|".join(rule.choices)}


@app.command()
@click.argument("data")
@_options
@click.option("--config", default=None, metavar="FILE", help="JSON or TOML file of these options")
@click.option("--dry-run", is_flag=True, help="print the plan, its time and memory; train nothing")
def run(data: str, dry_run: bool, **given: Any) -> None:
    """Find out how deep a net DATA (a table, a folder of images, or a known set) needs."""
    from howdeep.route import source

    options = parse_options({"data": data, **given})
    out = options.out or source.default_out(data)
    with _study_errors(out):
        _refuse_foreign(out)
        task = source.task_of(options)
        _say(options, task.info.notes)
        if dry_run:
            _plan(task, options)
            return
        from howdeep.route import session  # late: it loads torch, for which no refusal waits

        with ahead(_workers(options, out)) as crew, session.start(task, options, out) as study:
            del task  # the study has its own, with no row too many
            _drive(study, options, crew)


def _workers(options: Options, out: str) -> int:
    """How many worker processes a new study on this machine will want."""
    begun = (Path(out) / "study.sqlite").exists()  # it may have its answer already
    jobs = options.jobs or cores()
    return 0 if begun or jobs == 1 or options.device == "cuda" else jobs


@app.command()
@click.argument("study", metavar="STUDY")
@click.option("--jobs", default=None, metavar="N", help="worker processes")
@click.option("--device", default=None, metavar="cpu|cuda", help="its own, unless told")
@click.option("--budget", default=None, metavar="TIME", help="stop between looks after 90s, 10m")
@click.option("--quiet", is_flag=True, default=None, help="print the verdict only")
@click.option("--json", is_flag=True, default=None, help="print the result as JSON")
@click.option("--mixed-platforms", is_flag=True, help="go on with other versions or processors")
def resume(study: str, mixed_platforms: bool, **given: Any) -> None:
    """Go on with a study that was interrupted, or stopped by its budget."""
    options = parse_options(given)
    with _study_errors(study):
        from howdeep.route import session

        with session.reopen(study, mixed_platforms, options.device) as opened:
            _drive(opened, options)


@app.command()
@click.argument("study", metavar="STUDY")
@click.option("--json", is_flag=True, help="print the result as JSON")
def report(study: str, json: bool) -> None:
    """Print a finished study's verdict and write its report again."""
    with _study_errors():
        from howdeep.store.study import Study

        with Study.open(study) as opened:
            verdict = opened.verdict()
            if verdict is None:
                fix = f"howdeep resume {shlex.quote(study)}"
                raise StudyNotFound(f"{study}: no verdict yet", fix)
            _tell(opened, verdict, Options(json=json))


READING = ("sep", "names", "header", "encoding", "decimal", "inf", "quotes", "skip_unreadable")


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    for rule in reversed([rule for rule in RULES if rule.name in READING]):
        kind = _kind(rule)
        command = click.option(*_flags(rule), default=None, help=rule.help, **kind)(command)
    return command


@app.command()
@click.argument("study", metavar="STUDY")
@click.argument("data", metavar="NEW")
@click.option("--out", default=None, metavar="FILE", help="write the predictions here")
@_reading
def predict(study: str, data: str, out: str | None, **given: Any) -> None:
    """Predict the rows of a new table, or new images, with the study's net.

    Writes a CSV: the image's name, the prediction and, for classes, its probability. What a
    spreadsheet would run as a formula (as "=1+1") gets an apostrophe in front.
    """
    options = parse_options({"data": data, "out": out, **given})
    with _study_errors():
        from howdeep.export.foretell import foretell
        from howdeep.export.predict import to_csv
        from howdeep.store.study import Study

        if out is not None:
            _check_file(out, data)
        with Study.open(study) as opened:
            found, names = foretell(opened, options)
        for note in found.notes:
            click.echo(f"  · {note}", err=True)
        text = to_csv(found, names)
        if out is None:
            sys.stdout.write(text)
        else:
            _write(Path(out), text)


@app.group()
def study() -> None:
    """Look after the folder of a study."""


@study.command()
@click.argument("study", metavar="STUDY")
def check(study: str) -> None:
    """Verify every file of a study and remove what an interrupted run left over."""
    with _study_errors():
        from howdeep.store.study import Study

        with Study.open(study, write=True) as opened:
            for sentence in opened.check():
                click.echo(sentence)


def _plan(task: Any, options: Options) -> None:
    """Print what would be trained; nothing is written."""
    from howdeep.report import planned
    from howdeep.route import session
    from howdeep.route.estimate import estimate

    plan, task = session.plan_of(task, options)
    _say(options, session.slower(plan, options.device or "cpu"))
    takes = estimate(plan, task, options.jobs or cores(), options.device or "cpu")
    console = _console()
    for line in planned.planned_lines(plan, takes):
        console.print(line, soft_wrap=True, markup=False)
    console.print()
    console.print(planned.planned_table(plan))


# ---- what the commands share --------------------------------------------------------------------
def _drive(study: Any, options: Options, crew: Crew | None = None) -> None:
    from howdeep.report import terminal
    from howdeep.route import session

    console = _console(stderr=options.json)
    _say(options, session.slower(study.plan, study.platform.get("device", "cpu")))
    found = session.events(study, jobs=options.jobs, budget=options.budget, crew=crew)
    with closing(found) as events:
        verdict = terminal.watch(events, console, quiet=options.quiet or options.json)
    if verdict is None:
        raise ConfigError(f"{study.path}: the study ended without a verdict", "resume it")
    _tell(study, verdict, options)


def _tell(study: Any, verdict: Any, options: Options) -> None:
    from howdeep import api
    from howdeep.report import result, terminal

    found = api.write(study, verdict)
    if options.json:
        click.echo(result.result_json(found))
    else:
        terminal.print_verdict(found, _console())


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


def _refuse_foreign(out: str) -> None:
    """A folder that is there and is no study is never written into; said before any reading."""
    path = Path(out)
    if not path.absolute().parent.is_dir():
        raise StorageError(f"--out {out}: there is no folder {path.parent}", "make it first")
    if path.exists() and not (path / "study.sqlite").exists():
        if path.is_dir() and not any(path.iterdir()):
            return
        raise StorageError(f"{path}: exists and is no study", "name another folder with --out")


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
