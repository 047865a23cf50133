"""The commands that look into finished studies: `howdeep inspect | why | doctor`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from howdeep.cli_parts import Sectioned, new_console, say, study_errors, with_rules
from howdeep.route import doors
from howdeep.route.options import Options, parse_options


@click.command(cls=Sectioned)
@click.argument("study", metavar="STUDY")
@click.argument("instruments", metavar="[INSTRUMENT]...", nargs=-1)
@with_rules("inspect")
def inspect(study: str, instruments: tuple[str, ...], **given: Any) -> None:
    """Look into the trained nets of a study, one of every depth: all instruments, or some.

    What is found is kept in the study's folder and shown on its page.
    """
    options = parse_options(given, "inspect")
    with study_errors(), doors.answered(study) as (opened, verdict):
        from howdeep import api_look
        from howdeep.instruments import sections
        from howdeep.report import terminal

        effort = api_look.effort_of(options, _progress(options))
        seen = api_look.look(opened, verdict, options, instruments, effort)
        if options.json:
            click.echo(_as_json(seen))
            return
        terminal.print_sections(sections(seen.found), new_console())
        for note in seen.notes:
            click.echo(f"  · {note}", err=True)
        click.echo(f"The pictures are in {opened.path / 'report.html'}")


@click.command(cls=Sectioned)
@click.argument("study", metavar="STUDY")
@with_rules("why")
def why(study: str, **given: Any) -> None:
    """Say why the deeper nets of a study are worse: each reason is put to the test.

    Trained less well, overfits more, too few steps, another learning rate: what tells them apart
    is trained with the study's own seeds, in no more operations than the study took.
    """
    options = parse_options(given, "why")
    with study_errors(), doors.answered(study) as (opened, verdict):
        from howdeep import api_look, reasons
        from howdeep.base import keys
        from howdeep.report import terminal
        from howdeep.report.words import unit

        def tell(what: str, done: float) -> None:
            if not options.json:
                click.echo(f"  · {what} ({done:.0%} of the operations used)", err=True)

        found = api_look.explain(opened, verdict, options, tell)
        if options.json:
            click.echo(keys.dumps({"reasons": [keys.to_plain(one) for one in found]}, indent=1))
        elif not found:
            click.echo("No deeper net of this study is worse than the best of its family.")
        else:
            section = reasons.section(found, unit(opened.plan.task.metric))
            terminal.print_sections((section,), new_console())


@click.command(cls=Sectioned)
@click.argument("what", metavar="STUDY|MODULE:BUILD")
@with_rules("doctor")
def doctor(what: str, **given: Any) -> None:
    """Say what is wrong with nets, layer by layer, and what would mend it.

    Of a STUDY each depth's net is looked at, as it starts and as it ended; else the net that
    build() or build(columns, outputs) of a module gives, with DATA read as a study reads them.
    """
    options = parse_options(given, "doctor")
    with study_errors():
        from howdeep.base import keys
        from howdeep.faults import diagnoses, lines

        found = []
        for diagnosis in diagnoses(what, options, partial(say, options)):
            found.append(keys.to_plain(diagnosis))
            if not options.json:
                click.echo("\n".join(lines(diagnosis)) + "\n")
        if options.json:
            click.echo(keys.dumps(found, indent=1))


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


COMMANDS = (inspect, why, doctor)
