"""The live view, plain lines and the final table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import dossiers
import events
import pytest
from rich.console import Console

from howdeep.base.events import Event, GroupDone, RoundStarted, Started
from howdeep.base.verdicts import Dossier, Verdict
from howdeep.judge.plan import next_round
from howdeep.report.doing import doing
from howdeep.report.live import draw
from howdeep.report.progress import View, advance, round_left, study_left
from howdeep.report.sentence import headline
from howdeep.report.terminal import print_verdict, watch


def ticking(step: float = 1.0) -> Iterator[float]:
    return count(0.0, step)


def shown(dossier: Dossier, width: int = 100) -> list[str]:
    out = io.StringIO()
    print_verdict(dossier, Console(file=out, width=width))
    return out.getvalue().splitlines()


def watched(told: Iterator[Event], **options: object) -> tuple[str, Verdict | None]:
    out = io.StringIO()
    console = Console(file=out, width=100, height=30, **options)  # type: ignore[arg-type]
    clock = ticking()
    return_value = watch(told, console, clock=lambda: next(clock))
    return out.getvalue(), return_value


def view_after(told: Iterator[Event], step: float = 1.0) -> View:
    view = View()
    for now, event in zip(ticking(step), told, strict=False):
        view = advance(view, event, now)
    return view


def picture(view: View, width: int, height: int = 40) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, record=True)
    console.print(draw(view, 100.0, width, height))
    return console.export_text().splitlines()


# ---- the final table ----------------------------------------------------------------------------
@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_verdict_fits_and_opens_with_the_headline(name: str, width: int) -> None:
    dossier = dossiers.ALL[name]()
    lines = shown(dossier, width)
    text = " ".join(" ".join(lines).split())
    assert text.startswith(headline(dossier))
    for cell in dossier.verdict.cells:
        row = next(line for line in lines if line.split()[:3] == row_start(cell.standing.cell))
        assert len(row.rstrip()) <= width
    assert "…" not in text
    assert all(len(line.rstrip()) <= width for line in lines if "# " not in line)


def row_start(ref: object) -> list[str]:
    return [ref.family, str(ref.blocks), str(ref.weight_layers)]  # type: ignore[attr-defined]


def test_the_enough_row_is_marked_and_others_say_why_not() -> None:
    lines = shown(dossiers.settled())
    assert sum("> enough" in line for line in lines) == 1
    assert "resmlp       2       6" in next(line for line in lines if "> enough" in line)
    assert sum(line.rstrip().endswith("worse") for line in lines) == 7
    assert any("report.html" in line for line in lines)


def test_the_verdict_has_no_control_codes_without_a_terminal() -> None:
    assert "\x1b" not in "".join(shown(dossiers.settled()))


def test_names_cannot_steer_the_terminal() -> None:
    evil = "x\x1b]0;owned\x07\x1b[2J[bold]y\n\r"
    dossier = dossiers.budget()
    task = replace(dossier.plan.task, name=evil, target=evil, source=evil, classes=(evil, "b"))
    dossier = replace(dossier, plan=replace(dossier.plan, task=task), study=evil, command=evil)
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None)
    print_verdict(dossier, console)
    plain, _ = watched(events.story(dossier))
    live = "\n".join(picture(view_after(events.story(dossier)), 100))
    for text in (out.getvalue(), plain, live):
        assert "\x1b]" not in text
        assert "\x1b[2J" not in text
        assert "\x07" not in text
    assert "\r" not in plain


# ---- following a study --------------------------------------------------------------------------
def test_watch_returns_the_verdict_or_none() -> None:
    dossier = dossiers.settled()
    assert watched(events.story(dossier))[1] == dossier.verdict
    assert watched(events.story(dossier, finish=False))[1] is None


def test_quiet_says_nothing() -> None:
    out = io.StringIO()
    dossier = dossiers.settled()
    found = watch(events.story(dossier), Console(file=out, force_terminal=True), quiet=True)
    assert found == dossier.verdict
    assert out.getvalue() == ""


def test_a_pipe_gets_a_line_for_each_thing_that_a_study_does() -> None:
    text, _ = watched(events.story(dossiers.settled()))
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("Starting adult.study: adult, predicting income by accuracy")
    assert lines[1] == (
        "Finding how fast nets of each depth should learn (their learning rates); "
        "time left not known yet"
    )
    assert lines[2].startswith(
        "Training 3 nets of each depth, each from a random start of its own, to compare them; "
    )
    assert lines[2].endswith(" left in all")
    assert lines[3] == (
        "Compared, 3 nets of each depth: 4 depths still in question, 7 worse and out; "
        "enough so far: the residual network with 2 blocks (6 layers with weights)."
    )
    assert "\x1b" not in text


def test_a_terminal_gets_a_live_view_that_cleans_up() -> None:
    text, verdict = watched(events.story(dossiers.settled()), force_terminal=True)
    assert verdict is not None
    assert "Training 3 nets of each depth" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor comes back


def test_a_dumb_terminal_and_no_color_are_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    text, _ = watched(events.story(dossiers.settled()), force_terminal=True)
    assert "\x1b[?25l" not in text
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    text, _ = watched(events.story(dossiers.settled()), force_terminal=True)
    assert "\x1b[36m" not in text


def test_an_interrupt_passes_through_and_gives_the_cursor_back() -> None:
    def broken() -> Iterator[Event]:
        yield from list(events.story(dossiers.settled()))[:8]
        raise KeyboardInterrupt

    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        watch(broken(), Console(file=out, force_terminal=True, width=80, height=30))
    assert out.getvalue().count("\x1b[?25h") == 1


# ---- the live ladder ----------------------------------------------------------------------------
def test_the_ladder_shows_rates_then_seeds_then_the_look() -> None:
    told = list(events.story(dossiers.settled(), finish=False))
    rates = "\n".join(picture(view_after(iter(told[:8])), 100))
    assert "rate found" in rates
    assert "2^-7 = 0.0078" in rates
    assert "waiting" in rates
    looked = picture(view_after(iter(told)), 100)
    row = next(line for line in looked if line.startswith("resmlp-2"))
    assert row.split()[:2] == ["resmlp-2", "6"]
    assert "85.7 % ±0.12" in row
    assert "enough so far" in row
    assert "worse, out" in next(line for line in looked if line.startswith("linear"))


@pytest.mark.parametrize(("width", "height"), [(60, 24), (80, 14), (100, 40)])
def test_the_live_view_fits_its_terminal(width: int, height: int) -> None:
    told = list(events.story(dossiers.settled(), finish=False))
    for end in range(1, len(told) + 1, 3):
        lines = picture(view_after(iter(told[:end])), width, height)
        assert len(lines) < height
        assert all(len(line.rstrip()) <= width for line in lines)


def test_cells_out_of_the_race_make_room_first() -> None:
    view = view_after(events.story(dossiers.settled(), finish=False))
    text = "\n".join(picture(view, 80, 14))
    assert "resmlp-2" in text
    assert "linear" not in text
    assert "more" in text


def test_time_left_is_unknown_until_a_group_is_done_then_shrinks() -> None:
    told = list(events.story(dossiers.settled(), finish=False))
    assert round_left(view_after(iter(told[:2])), 2.0) is None
    early, late = (view_after(iter(told[:n])) for n in (8, 11))
    first, last = round_left(early, 8.0), round_left(late, 11.0)
    assert first is not None
    assert last is not None
    assert last < first
    assert round_left(early, 8.0 + first) == pytest.approx(first / 10, abs=1.5)
    whole = [study_left(view_after(iter(told[:n])), float(n)) for n in range(3, len(told))]
    assert all(seconds is not None and seconds > 0 for seconds in whole)
    assert study_left(view_after(iter(told[:2])), 2.0) is None


def test_lost_and_failed_groups_are_said() -> None:
    dossier = dossiers.settled()
    told = list(events.story(dossier, finish=False))[:3]
    assert isinstance(told[1], RoundStarted)
    group = told[1].round.groups[1]
    told.append(GroupDone(group, (), 1.0, "failed", "worker was killed\x1b[2J"))
    text, _ = watched(iter(told))
    assert "worker was killed" in text
    assert "\x1b" not in text


def test_classical_models_are_shown_while_nets_train_and_in_the_end() -> None:
    dossier = dossiers.boosted()
    plan = dossier.plan
    first = next_round(plan, (), None)
    assert first is not None
    told: list[Event] = [Started(plan, "adult.study", False), RoundStarted(1, first, 0, 1e11)]
    for i, group in enumerate(g for g in first.groups if g.stage == "rival"):
        told.append(GroupDone(group, (events.trial(group, 0, 0, 0.8 + 0.01 * i),), 3.0))
    view = view_after(iter(told))
    line = next(line for line in picture(view, 140) if line.startswith("Classical models"))
    assert "gradient boosting (" in line
    assert "random forest (" in line
    lines = shown(dossier, 120)
    at = next(i for i, line in enumerate(lines) if line.startswith("classical model"))
    first = lines[at + 1].split()
    assert first[:3] == ["gradient", "boosting", "87.02"]
    assert first[-3:] == ["better", "2", "s"]
    assert lines[at + 4].startswith("logistic regression")


# ---- plain lines, for people who have never seen a study -----------------------------------------
def plain(dossier: Dossier, step: float = 1.0) -> list[str]:
    out = io.StringIO()
    clock = ticking(step)
    watch(events.story(dossier), Console(file=out, width=100), clock=lambda: next(clock))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("name", dossiers.ALL)
def test_plain_lines_have_no_words_that_only_their_author_knows(name: str) -> None:
    text = "\n".join(plain(dossiers.ALL[name]()))
    for word in ("Round", "look ", "groups", "resmlp-", "in the race", "rung"):
        assert word not in text
    assert "Finding how fast nets of each depth should learn" in text
    assert "to compare them" in text


def test_rounds_that_go_on_with_the_same_are_one_line() -> None:
    dossier = dossiers.settled()
    told = [
        Started(dossier.plan, dossier.study, False),
        *(
            event
            for n, title in enumerate(("learning rates at 0", "learning rates at 1, 2 blocks"))
            for event in events.round_events(dossier, n, "rate", title, range(2))
        ),
    ]
    text, _ = watched(iter(told))
    assert text.count("Finding how fast") == 1


@pytest.mark.parametrize(("step", "least"), [(1.0, 0), (11.0, 5), (40.0, 20)])
def test_a_long_study_says_that_it_goes_on(step: float, least: int) -> None:
    lines = [line for line in plain(dossiers.settled(), step) if "nets trained so far" in line]
    assert len(lines) >= least
    assert (len(lines) == 0) == (least == 0)
    counts = [int(line.split()[0].replace(",", "")) for line in lines]
    assert counts == sorted(set(counts))
    assert all("left in all" in line or "not known yet" in line for line in lines)


@pytest.mark.parametrize(
    ("stage", "title", "words"),
    [
        ("rate", "encodings and learning rates at 0, 4 blocks", "what nets should see"),
        ("rate", "learning rates at 4 blocks", "(their learning rates)"),
        (
            "main",
            "look 2: 5 seeds",
            "Training 5 nets of each depth, each from a random start of its own",
        ),
        ("control_rate", "learning rates, control", "a wider net with fewer blocks should learn"),
        ("control", "control for resmlp-2", "to tell depth from size"),
    ],
)
def test_what_a_round_does_is_said_plainly(stage: str, title: str, words: str) -> None:
    found = next(events.round_events(dossiers.settled(), 1, stage, title, range(5)))
    assert isinstance(found, RoundStarted)
    assert words in doing(found.round)
    assert "classical" not in doing(found.round)
