"""What the campaigns count: for each promise its cases and violations, in one table at the end.

A test that shows a promise of docs/reliability.md says so, `@pytest.mark.campaign("P5")`, and
counts its cases with the fixture `tally`; one that does not is one case. A test that fails without
having counted a violation is one. `--tally FILE` keeps the counts, so that a campaign run in parts
adds up; a part that is run again takes the place of its earlier run.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table


@dataclass
class Tally:
    """How many cases a test has seen, and what was wrong in any of them."""

    cases: int = 0
    wrong: list[str] = field(default_factory=list)

    def case(self, wrong: str = "") -> None:
        """Count one more case; `wrong` says how it broke the promise."""
        self.cases += 1
        self.wrong += [wrong] if wrong else []


@dataclass(frozen=True)
class Record:
    """One campaign test as it ended."""

    promise: str
    cases: int
    violations: int
    seconds: float
    skipped: str = ""


RECORDS = pytest.StashKey[dict[str, Record]]()


@pytest.fixture
def tally() -> Tally:
    """Counts the cases of a promise."""
    return Tally()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tally", metavar="FILE", help="keep the campaigns' counts in a JSON file")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    mark = item.get_closest_marker("campaign")
    if mark and (report.when == "call" or report.outcome != "passed"):
        promise = str(mark.args[0]) if mark.args else item.path.stem
        records = item.config.stash.setdefault(RECORDS, {})
        counted = getattr(item, "funcargs", {}).get("tally")
        seconds = records[item.nodeid].seconds if item.nodeid in records else 0.0
        records[item.nodeid] = _record(promise, report, counted, seconds)
    return report


def _record(promise: str, report: pytest.TestReport, tally: Tally | None, before: float) -> Record:
    """Of a phase of a test; `before`: seconds of an earlier one, whose record this one replaces."""
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return Record(promise, 0, 0, report.duration, reason)
    counted = tally or Tally()
    violations = max(len(counted.wrong), int(report.failed))
    return Record(promise, counted.cases or 1, violations, before + report.duration)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    records = config.stash.get(RECORDS, {})
    if not records:
        return
    if file := config.getoption("--tally"):
        records = _added(Path(file), records)
    terminalreporter.write_line(table(records.values()))


def _added(file: Path, records: dict[str, Record]) -> dict[str, Record]:
    """The counts in `file` with these added, which is what the file then holds."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    kept |= {test: asdict(record) for test, record in records.items()}
    file.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    return {test: Record(**record) for test, record in kept.items()}


def order(promise: str) -> tuple[int, str]:
    """P2 before P10, and what is no promise at the end."""
    number = re.match(r"P(\d+)", promise)
    return int(number[1]) if number else 1_000, promise


def table(records: Iterable[Record]) -> str:
    """Promise, tests, cases, violations, minutes: one line each, and their sum."""
    every = list(records)
    drawn = Table(title="Campaigns", title_justify="left")
    for name in ("promise", "tests", "cases", "violations", "minutes", "not run"):
        drawn.add_column(name, justify="left" if name in ("promise", "not run") else "right")
    for promise in sorted({r.promise for r in every}, key=order):
        drawn.add_row(promise, *_row([r for r in every if r.promise == promise]))
    drawn.add_section()
    drawn.add_row("all", *_row(every))
    out = io.StringIO()
    Console(file=out, width=100).print(drawn)
    return out.getvalue()


def _row(records: list[Record]) -> tuple[str, ...]:
    run = [r for r in records if not r.skipped]
    cases, violations = sum(r.cases for r in run), sum(r.violations for r in run)
    minutes = sum(r.seconds for r in run) / 60
    left = len(records) - len(run)
    return str(len(run)), f"{cases:,}", str(violations), f"{minutes:.1f}", str(left or "")
