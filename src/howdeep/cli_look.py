"""The commands that look into finished studies: `howdeep inspect | why | doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from howdeep.cli_parts import Progress, Sectioned, new_console, say, study_errors, with_rules
from howdeep.route import doors
from howdeep.route.options import Options, parse_options

if TYPE_CHECKING:
    from howdeep.faults import Visit


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

        progress = Progress(options)
        effort = api_look.effort_of(options, progress)
        seen = api_look.look(opened, verdict, options, instruments, effort)
        progress.done()
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
@click.argument("what", metavar="STUDY|MODULE:BUILD|DATA")
@with_rules("doctor")
def doctor(what: str, **given: Any) -> None:
    """Say what is wrong with nets, layer by layer, and what would mend it.

    Of a STUDY each depth's net is looked at, as it starts and as it ended, and its page shows what
    is found; else the net that build() or build(columns, outputs) of a module gives, with --data
    read as a study reads them. With --before: which depths will train, of the nets that
    build(..., depth) gives, of a study's families, or of those that a study of DATA would train.
    """
    options = parse_options(given, "doctor")
    with study_errors():
        from howdeep.faults import broken, kind_of

        kind = kind_of(what, options)
        say(options, () if options.before else broken())
        if options.before:
            _before(what, kind, options)
        elif kind == "study":
            _doctor_study(what, options)
        else:
            _doctor_builder(what, options)


def _doctor_study(what: str, options: Options) -> None:
    with doors.answered(what) as (study, verdict):
        from howdeep import api_look

        progress = Progress(options)
        found = api_look.examined(study, verdict, options, progress)
        progress.done()
        _print_visits(found, options)
        if not options.json:
            click.echo(f"The pictures are in {study.path / 'report.html'}")


def _doctor_builder(what: str, options: Options) -> None:
    from howdeep.faults import built_visits

    progress = Progress(options)
    found = list(built_visits(what, options, progress, partial(say, options)))
    progress.done()
    _print_visits(found, options)


def _print_visits(found: Sequence[Visit], options: Options) -> None:
    """Those with a fault or a note in full, and one line on the others."""
    from howdeep.base import keys
    from howdeep.faults import healthy, lines, plain

    if options.json:
        click.echo(keys.dumps({"nets": [plain(one) for one in found]}, indent=1))
        return
    for one in found:
        if one.diagnosis.findings or one.diagnosis.notes:
            click.echo("\n".join(lines(one.diagnosis)) + "\n")
    if well := [one for one in found if not one.diagnosis.findings]:
        click.echo(healthy(well))


def _before(what: str, kind: str, options: Options) -> None:
    from howdeep.base import keys
    from howdeep.faults import _before as starts
    from howdeep.report import terminal

    progress, notes = Progress(options, "depth"), partial(say, options)
    if kind == "study":
        with doors.answered(what) as (study, _):
            found = starts.of_study(study, options, progress)
    else:
        of = starts.of_builder if kind == "builder" else starts.of_data
        found = of(what, options, progress, notes)
    progress.done()
    if options.json:
        click.echo(keys.dumps({"before": [one.values() for one in found]}, indent=1))
    else:
        terminal.print_sections(starts.sections(found), new_console())


def _as_json(seen: Any) -> str:
    from howdeep.base import keys

    found = [keys.to_plain(one) for one in seen.found]
    return keys.dumps({"measurements": found, "notes": list(seen.notes)}, indent=1)


COMMANDS = (inspect, why, doctor)
