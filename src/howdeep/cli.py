"""The command line: `howdeep run | resume | report | predict | study check`, and `cli_look`'s.

Exit codes: 0 a verdict was reached (undetermined is one); 2 the input or an option was refused;
3 trouble with the study; 130 / 143 interrupted, resumable.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from howdeep.executors.crew import QUIET, Crew, cores

for _name, _value in QUIET.items():  # before NumPy is imported
    os.environ.setdefault(_name, _value)

import click

from howdeep import cli_claims, cli_look
from howdeep.base.errors import ConfigError, HowdeepError, StorageError
from howdeep.cli_parts import Sectioned, fail, new_console, say, study_errors, with_rules
from howdeep.route import doors
from howdeep.route.options import Options, parse_options

EXAMPLES = """\b
Examples:
  howdeep run churn.csv --target churned      train nets of several depths, say which to use
  howdeep run digits                          the same of data that are known by name
  howdeep predict churn.study new.csv         predict with the net of a study that has ended
  howdeep resume churn.study                  go on with a study that was interrupted"""
RUN_EXAMPLES = """\b
Examples:
  howdeep run churn.csv --target churned      a table: name the column to predict
  howdeep run churn.csv --no-header --target -1     without names; the last column
  howdeep run photos/                         images, in a folder for each class
  howdeep run churn.csv --target churned --dry-run  the plan and its time only"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(package_name="howdeep")
def app() -> None:
    """How deep should your neural network be? Measured, not guessed."""


for _command in (*cli_look.COMMANDS, *cli_claims.COMMANDS):
    app.add_command(_command)


@app.command(cls=Sectioned, epilog=RUN_EXAMPLES)
@click.argument("data")
@with_rules("run")
@click.option("--config", default=None, metavar="FILE", help="JSON or TOML file of these options")
@click.option("--dry-run", is_flag=True, help="print the plan, its time and memory; train nothing")
def run(data: str, dry_run: bool, **given: Any) -> None:
    """Find out how deep a net DATA (a table, a folder of images, or a known set) needs."""
    options = parse_options({"data": data, **given})
    with study_errors(doors.out_of(options)):
        tell = partial(say, options)
        if dry_run:
            _plan(options, tell)
            return
        with doors.begun(options, tell=tell, early=True) as (study, crew):
            _drive(study, options, crew)


@app.command()
@click.argument("study", metavar="STUDY")
@with_rules("resume")
def resume(study: str, **given: Any) -> None:
    """Go on with a study that was interrupted, or stopped by its budget."""
    options = parse_options(given, "resume")
    with study_errors(study), doors.resumed(study, options) as opened:
        _drive(opened, options)


@app.command()
@click.argument("study", metavar="STUDY")
@with_rules("report")
def report(study: str, **given: Any) -> None:
    """Print a finished study's verdict and write its report again, where it may be written."""
    options = parse_options(given, "report")
    with study_errors(), doors.answered(study) as (opened, verdict):
        _tell(opened, verdict, options, only_read=_only_read(study))


@app.command()
@click.argument("study", metavar="STUDY")
@click.argument("data", metavar="NEW")
@with_rules("predict")
def predict(study: str, data: str, **given: Any) -> None:
    """Predict the rows of a new table, or new images, with the study's net.

    Writes a CSV: the image's name, the prediction and, for classes, its probability. What a
    spreadsheet would run as a formula (as "=1+1") gets an apostrophe in front.
    """
    options = parse_options({"data": data, **given}, "predict")
    with study_errors():
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


@app.group()
def study() -> None:
    """Look after the folder of a study."""


@study.command()
@click.argument("study", metavar="STUDY")
def check(study: str) -> None:
    """Verify every file of a study and remove what an interrupted run left over."""
    with study_errors():
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
    console = new_console()
    for line in planned.planned_lines(plan, takes):
        console.print(line, soft_wrap=True, markup=False)
    console.print()
    console.print(planned.planned_table(plan))


# ---- what the commands share --------------------------------------------------------------------
def _drive(study: Any, options: Options, crew: Crew | None = None) -> None:
    from howdeep.report import terminal
    from howdeep.report.understood import understood
    from howdeep.route import session

    console = new_console(stderr=options.json)
    say(options, session.slower(study.plan, study.platform.get("device", "cpu")))
    say(options, tuple(f"{what}: {words}." for what, words in understood(study.plan)))
    found = session.events(study, jobs=options.jobs, budget=options.budget, crew=crew)
    with closing(found) as events:
        verdict = terminal.watch(
            events,
            console,
            quiet=options.quiet or options.json,
            workers=session.workers(study, options.jobs),
        )
    if verdict is None:
        raise ConfigError(f"{study.path}: the study ended without a verdict", "resume it")
    _tell(study, verdict, options)


def _tell(study: Any, verdict: Any, options: Options, only_read: bool = False) -> None:
    """Write what comes out of a study and print its verdict; `only_read`: print it alone."""
    from howdeep import api
    from howdeep.report import net_code, result, terminal

    found = api.told(study, verdict) if only_read else api.write(study, verdict)
    if options.json:
        click.echo(result.result_json(found))
    else:
        terminal.print_verdict(found, new_console())
        if options.show_code:
            click.echo(f"\n{net_code.code(found).rstrip() or net_code.none_words(found)}")
    if only_read:
        what = f"{study.path} may only be read: report.html, result.json and net/ stay as they are."
        click.echo(what, err=True)


def _only_read(study: str) -> bool:
    """Is it a folder that we may not write into?"""
    return os.path.isdir(study) and not os.access(study, os.W_OK, effective_ids=True)


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


def main() -> None:
    """The entry point; options that click itself refuses exit with 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows another
    try:
        app(prog_name="howdeep")
    except HowdeepError as error:
        fail(error)
    except OSError as error:
        if error.filename:
            what = f"{error.filename}: {error.strerror}"
            fail(StorageError(what, "check that it is there and may be used"))
        fail(StorageError(f"the output cannot be written: {error.strerror}", "make room for it"))


if __name__ == "__main__":
    main()
