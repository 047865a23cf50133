"""Looking into trained nets from Python: what their layers do, why deeper ones are worse, and what
is wrong with a net.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from howdeep import faults, instruments, reasons
from howdeep.api import write_page
from howdeep.base.errors import ConfigError
from howdeep.base.verdicts import Verdict
from howdeep.base.words import listed, nearest, show
from howdeep.route import doors
from howdeep.route.options import Options, parse_options
from howdeep.store.study import Study


@dataclass(frozen=True)
class Seen:
    """What instruments found, and `notes` on what they could not look at."""

    found: tuple[instruments.Measurement, ...]
    notes: tuple[str, ...]


def inspect(
    data: Any,
    *wanted: str,
    rows: Any = None,
    loss: Any = None,
    test: Any = None,
    effort: instruments.Effort | None = None,
    **options: Any,
) -> Seen:
    """Look into trained nets: those of a study (its folder), or any `nn.Module` with `rows`.

    `wanted`: names of instruments, all where none is given. Of a study one net of every depth is
    looked at (`cells=` for some of them), what is found is kept in its folder, and its page shows
    it. For a module `rows` is a batch (x, y) or a DataLoader, `test` rows that it did not learn
    from, and `loss` what it is trained by.

    >>> import howdeep, torch
    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    >>> seen = howdeep.inspect(net, "signal", rows=(torch.randn(64, 3), torch.arange(64) % 2))
    >>> seen.found[0].values["layers"]
    ['0', '2']

    Raises:
        ConfigError: there is no such instrument or option.
        InstrumentError: the net does not take the rows.
        StudyError: there is no finished study in the folder.
    """
    if not isinstance(data, str | Path):
        if options:
            raise ConfigError(f"inspect: no option {show(next(iter(options)))}", "see its help")
        one = instruments.subject(data, rows, loss, test=test)
        return Seen(*instruments.measured([one], wanted, effort))
    chosen = parse_options(options, "inspect")
    with doors.answered(str(data)) as (study, verdict):
        return look(study, verdict, chosen, wanted, effort)


def look(
    study: Study,
    verdict: Verdict,
    options: Options,
    wanted: Iterable[str] = (),
    effort: instruments.Effort | None = None,
) -> Seen:
    """Measure the nets of a study, keep what is found in its folder and write its page again.

    Raises:
        ConfigError: there is no such instrument, no such net in the study, or no such column.
    """
    _check_cells(study, options)
    effort = effort or effort_of(options)
    if effort.groups:
        instruments.check_groups(study.task(), effort.groups)
    subjects = instruments.subjects(study, options.cells or ())
    found, notes = instruments.measured(subjects, wanted, effort)
    instruments.keep(study, found, notes)
    write_page(study, verdict)
    return Seen(found, notes)


def effort_of(options: Options, tell: instruments.Tell | None = None) -> instruments.Effort:
    """How much is looked at, as the options say; `tell` hears of progress."""
    groups = options.groups_by or ()
    found = instruments.Effort(rows=options.look_rows, steps=options.look_steps, groups=groups)
    return found if tell is None else replace(found, tell=tell)


def why(path: str | Path, **options: Any) -> tuple[reasons.Reason, ...]:
    """Why the deeper nets of a finished study are worse: each possible reason put to the test.

    What tells the reasons apart is trained, within as many operations as the study took (`budget`,
    as ".5" or "50%", lowers it); `cells` explains some nets only. The page then shows it.

    Raises:
        ConfigError: an option outside its rule, or no such net.
        StudyError: there is no finished study in the folder.
    """
    options = {name: value for name, value in options.items() if value is not None}
    chosen = parse_options(options, "why")
    with doors.answered(str(path)) as (study, verdict):
        return explain(study, verdict, chosen)


def explain(
    study: Study,
    verdict: Verdict,
    options: Options,
    tell: Callable[[str, float], None] = lambda what, done: None,
) -> tuple[reasons.Reason, ...]:
    """Test the reasons, keep them in the study's folder and write its page again.

    Raises:
        ConfigError: no such net.
    """
    _check_cells(study, options)
    found = reasons.tested(study, options.jobs, options.cells or (), options.budget or 1.0, tell)
    reasons.keep(study, found)
    write_page(study, verdict)
    return found


def examined(
    study: Study,
    verdict: Verdict,
    options: Options,
    tell: instruments.Tell = lambda what, done, of: None,
) -> tuple[faults.Visit, ...]:
    """Look for faults in the nets of a study, keep what is found in its folder and write its page
    again.

    Raises:
        ConfigError: no such net.
    """
    _check_cells(study, options)
    found = tuple(faults.study_visits(study, options, tell))
    faults.keep(study, found)
    write_page(study, verdict)
    return found


def _check_cells(study: Study, options: Options) -> None:
    known = {cell.name for cell in study.plan.cells}
    for name in options.cells or ():
        if name not in known:
            near = listed(nearest(name, sorted(known)))
            raise ConfigError(f"--cells: the study has no {show(name)}", f"say one of {near}")


def doctor(
    model: Any,
    data: Any,
    loss: Any = None,
    *,
    rate: float | None = None,
    optimizer: Any = "adam",
    test: Any = None,
    cure: bool = False,
    name: str = "",
) -> faults.Diagnosis:
    """What is wrong with a net, or with its data: each fault with layer, evidence, cause and cure.

    `data`: a batch (x, y), x a tensor (N, ...) or a tuple of them, or a DataLoader. `loss(outputs,
    targets)`: a function, a module or its name in `torch.nn.functional`. `rate`: the learning rate,
    judged where it is said. `optimizer`: "adam", "adamw", "sgd", "momentum", or an optimiser of the
    model. `test`: rows that are to be others. `cure`: try each cure on a copy, next to the net as
    it is. The model is never changed.

    >>> import howdeep, torch
    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Softmax(1))
    >>> found = howdeep.doctor(net, (torch.randn(64, 3), torch.arange(64) % 2), "cross_entropy")
    >>> found.faults
    ('loss_fit',)

    Raises:
        InstrumentError: the model does not take the rows, or cannot be copied.
        ConfigError: no such optimiser, or a rate that is none.
    """
    one = faults.patient(model, data, loss, rate=rate, optimizer=optimizer, test=test, name=name)
    return faults.examine(one, faults.every(), cure=cure)
