"""The commands of the executable textbook: `howdeep claims | claims run | report`, `quiz`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from howdeep.cli_parts import new_console, study_errors
from howdeep.executors.crew import cores

FOLDER = "claims.study"
KEPT = "What was finished is kept: the same command goes on."


@click.group(invoke_without_command=True)
@click.option("--out", default=FOLDER, metavar="FOLDER", help=f"of results [default: {FOLDER}]")
@click.pass_context
def claims(context: click.Context, out: str) -> None:
    """What textbooks say about depth, put to the test, claim by claim."""
    if context.invoked_subcommand is None:
        with study_errors():
            _list(Path(out))


@claims.command()
@click.argument("names", metavar="[CLAIM]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="every claim")
@click.option(
    "--preset",
    type=click.Choice(["quick", "full"]),
    default="quick",
    help="quick: all within 15 minutes on two cores; full: tighter intervals [default: quick]",
)
@click.option("--out", default=FOLDER, metavar="FOLDER", help=f"of results [default: {FOLDER}]")
@click.option(
    "--data-dir",
    metavar="FOLDER",
    help="of named sets' folders, as fashion_mnist and adult",
)
@click.option(
    "--jobs", type=click.IntRange(1, 1_024), metavar="N", help="processes [default: one a core]"
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="of everything random [default: 0]",
)
@click.option("--again", is_flag=True, help="measure what is there as well")
@click.option("--json", "as_json", is_flag=True, help="print the verdicts as JSON")
def run(
    names: tuple[str, ...], every: bool, out: str, jobs: int | None, as_json: bool, **given: Any
) -> None:
    """Measure claims; what is there already is shown, what was interrupted is gone on with."""
    with study_errors(kept=KEPT):
        from howdeep import claims as book
        from howdeep.base.errors import ConfigError
        from howdeep.claims import _run

        if every == bool(names):
            raise ConfigError(
                "claims run: which claims?" if not names else "claims run: names and --all",
                "name some of `howdeep claims`, or say --all",
            )
        wanted = book.names() if every else tuple(dict.fromkeys(names))
        for name in wanted:
            book.get(name)
        asked = _run.Asked(wanted, Path(out), jobs=jobs or cores(), **given)
        if not as_json:
            click.echo(_begins(asked), err=True)
        found, troubles = _run.run(asked, _tell(as_json))
        _end(asked.folder, found, troubles, as_json)


@claims.command()
@click.option("--out", default=FOLDER, metavar="FOLDER", help=f"of results [default: {FOLDER}]")
@click.option("--json", "as_json", is_flag=True, help="print the verdicts as JSON")
def report(out: str, as_json: bool) -> None:
    """Show the results of a folder again, and write its page."""
    with study_errors():
        from howdeep.base.errors import StudyError
        from howdeep.claims import _kept

        found = _kept.main(Path(out))
        if not found:
            raise StudyError(
                f"{out}: no results of claims here", "run some: howdeep claims run --all"
            )
        _end(Path(out), found, [], as_json)


@claims.command()
@click.argument("names", metavar="[TABLE]...", nargs=-1)
@click.option("--out", default=FOLDER, metavar="FOLDER", help=f"of results [default: {FOLDER}]")
@click.option("--data-dir", metavar="FOLDER", help="with the folders of named sets")
@click.option(
    "--jobs", type=click.IntRange(1, 1_024), metavar="N", help="processes [default: one a core]"
)
@click.option("--again", is_flag=True, help="measure what is there as well")
@click.option("--json", "as_json", is_flag=True, help="print the table as JSON")
def reproduce(
    names: tuple[str, ...], out: str, jobs: int | None, as_json: bool, **more: Any
) -> None:
    """Measure published numbers again: all tables, or some."""
    with study_errors(kept=KEPT):
        from howdeep.claims import _run, published

        wanted = tuple(dict.fromkeys(names)) or published.names()
        for name in wanted:
            published.get(name)
        asked = _run.Asked(wanted, Path(out), jobs=jobs or cores(), book="published", **more)

        def tell(name: str, one: Any, done: int, of: int) -> None:
            said = one.why if isinstance(one, _run.Trouble) else f"{one.seconds:.0f} s of a core"
            if not as_json:
                click.echo(f"  · {done} of {of}: {name}: {said}", err=True)

        found, troubles = _run.run(asked, tell)
        _reproduced(found, troubles, as_json)


def _reproduced(found: Any, troubles: Any, as_json: bool) -> None:
    """The table "published / ours / tolerance / pass"."""
    import sys

    from howdeep.base import keys
    from howdeep.claims import _reproduced as words
    from howdeep.claims import published
    from howdeep.report import terminal

    tables = published.every()
    told = {one.claim: published.lines(tables[one.claim], one.measured) for one in found}
    if as_json:
        waiting = [f"{one.claim}: {one.why}" for one in troubles]
        plain = {name: [keys.to_plain(line) for line in lines] for name, lines in told.items()}
        click.echo(keys.dumps({"tables": plain, "not_run": waiting}, indent=1))
    else:
        terminal.print_sections((words.section(tables, told),), new_console())
        for one in troubles:
            click.echo(f"  · not run: {one.claim}: {one.why}", err=True)
    if any(not one.waits for one in troubles):
        sys.exit(3)


def _list(folder: Path) -> None:
    from howdeep import claims as book
    from howdeep.claims import _kept, _words

    have = {one.claim: one for one in _kept.main(folder)}
    chapters = dict(_words.CHAPTERS)
    for name, claim in book.every().items():
        chapter = chapters.pop(claim.order // 100 * 100, None)
        if chapter:
            click.echo(chapter if len(chapters) == len(_words.CHAPTERS) - 1 else f"\n{chapter}")
        verdict = ""
        if name in have:
            stale = have[name].stale(claim)
            verdict = (
                "stale" if stale else _words.SAID[book.judge(claim, have[name].measured).verdict]
            )
        click.echo(f"  {name:24} {verdict:12} {claim.title}")
    for one in book.broken():
        click.echo(f"  · {one}", err=True)
    click.echo("\nPut them to the test: howdeep claims run CLAIM, or --all")


def _begins(asked: Any) -> str:
    """What is going to be done, before anything is."""
    from howdeep.claims import _run

    todo = [name for name in asked.names if asked.again or _run.known(asked, name) is None]
    if not todo:
        return f"All is there already, in {asked.folder} (--again measures anew)."
    of = f" of {len(asked.names)}" if len(todo) < len(asked.names) else ""
    many = f"{len(todo)}{of} claim{'' if len(asked.names) == 1 else 's'}"
    at_once = f", {asked.jobs} at a time" if asked.jobs > 1 and len(todo) > 1 else ""
    return f"Measuring {many} ({asked.preset}){at_once}; each is kept as soon as it is there."


def _tell(quiet: bool) -> Any:
    from howdeep import claims as book
    from howdeep.claims import _run, _words

    def tell(name: str, one: Any, done: int, of: int) -> None:
        if quiet:
            return
        if isinstance(one, _run.Trouble):
            said = one.why
        else:
            said = _words.SAID[book.judge(book.get(name), one.measured).verdict].lower()
            said += f" ({one.seconds:.0f} s of a core)"
        click.echo(f"  · {done} of {of}: {name}: {said}", err=True)

    return tell


def _end(folder: Path, found: Any, troubles: Any, as_json: bool) -> None:
    """The verdicts, the page, and what did not run."""
    import sys

    from howdeep import claims as book
    from howdeep.base import keys
    from howdeep.claims import _page, _words

    claims_ = book.every()
    outcomes = {one.claim: book.judge(claims_[one.claim], one.measured) for one in found}
    waiting = [f"{one.claim}: {one.why}" for one in troubles]
    if as_json:
        plain = {
            "verdicts": {name: keys.to_plain(o) for name, o in outcomes.items()},
            "not_run": waiting,
        }
        click.echo(keys.dumps(plain, indent=1))
    else:
        console = new_console()
        for name, outcome in outcomes.items():
            console.print(
                f"[bold]{name}[/bold]  {_words.sentence(claims_[name], outcome)}", soft_wrap=False
            )
        for one in waiting:
            click.echo(f"  · not run: {one}", err=True)
    if found:
        page = _page.write(folder, waiting)
        if not as_json:
            expected = book.false_verdicts(list(outcomes.values()))
            click.echo(f"At most {expected:.1f} false verdicts are to be expected of so many.")
            click.echo(f"The pictures are in {page}")
    if any(not one.waits for one in troubles):
        sys.exit(3)


@click.command()
@click.option("--out", default=FOLDER, metavar="FOLDER", help=f"of results [default: {FOLDER}]")
@click.option(
    "--from", "first", type=click.IntRange(1, 20), default=1, help="question to begin with"
)
def quiz(out: str, first: int) -> None:
    """Twenty questions about deep nets: what the textbook answers, and what was measured."""
    with study_errors():
        from howdeep.claims import _kept, _quiz

        right, asked = _quiz.ask(_kept.main(Path(out)), first, click.echo, _reply)
        if asked:
            click.echo(f"{right} of {asked} as measured.")


def _reply(question: str, choices: str) -> str | None:
    """One letter; None where nobody answers any more."""
    try:
        found: str = click.prompt(question, type=click.Choice(list(choices)), show_choices=False)
    except click.Abort:
        click.echo("")
        return None
    return found


COMMANDS = (claims, quiz)
