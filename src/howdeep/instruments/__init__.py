"""Instruments: ways of looking at a net that is there, a file each; the folder is the list.

An instrument takes any `nn.Module` with rows and a loss (`Subject`) and gives numbers
(`Measurement`) and a section of the page. Nets of a study are read from its folder
(`subjects`); nothing here is ever called by the training loop.

    def _measure(subject: Subject, effort: Effort) -> dict[str, Any]: ...
    def _section(found: tuple[Measurement, ...]) -> Section: ...
    INSTRUMENT = Instrument("sharpness", "How sharp is the minimum?", 95, _measure, _section)

Another package brings one by an entry point of the group "howdeep.instruments".
`howdeep.testing.check_instrument` says what one keeps to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from howdeep.base import registry
from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.base.registry import Registry
from howdeep.data.task import Task
from howdeep.instruments._chaos import order_to_chaos
from howdeep.instruments._groups import columns as _columns
from howdeep.instruments._instrument import ALL, Effort, Instrument, Measurement, Tell
from howdeep.instruments._kept import get as kept
from howdeep.instruments._kept import put as keep
from howdeep.instruments._own import subject
from howdeep.instruments._study import subjects
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._trainable import Forecast, before, trainable
from howdeep.instruments._trainable_page import chaos as chaos_section
from howdeep.instruments._trainable_page import section as forecast_section
from howdeep.instruments._trainable_page import words as forecast_words
from howdeep.instruments._whole import whole
from howdeep.report.parts import Section

__all__ = [
    "ALL", "Effort", "Forecast", "Instrument", "Measurement", "Rows", "Subject", "Tell",
    "before", "chaos_section", "check_groups", "forecast_section", "forecast_words", "get",
    "keep", "kept", "measured", "names", "order_to_chaos", "sections", "subject", "subjects",
    "trainable",
]  # fmt: skip
# What a pass of anyone's module may raise.
STRANGE = (RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
REGISTRY: Registry[Instrument] = Registry(
    kind="instrument",
    folder=__name__,
    attribute="INSTRUMENT",
    group="howdeep.instruments",
    fits=lambda found: isinstance(found, Instrument),
)


def names() -> tuple[str, ...]:
    """The instruments there are, in the order of their sections; without those of another package
    that cannot be loaded, which are told of when they are asked for.

    >>> "signal" in names()
    True
    """
    found, _ = registry.every(REGISTRY)
    return tuple(sorted(found, key=lambda name: (found[name].order, name)))


def get(name: str) -> Instrument:
    """The instrument of this name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def check_groups(task: Task, names: Sequence[str]) -> None:
    """Can these columns of a study's table make groups of its rows?

    Raises:
        ConfigError: there is no such column, or it has one value, or too many.
    """
    if not task.names or set(task.samples) != {"numbers", "codes"}:
        raise ConfigError("--groups-by: the study's rows are no table", "leave it out")
    _columns(task, names)


def measured(
    subjects: Sequence[Subject], wanted: Iterable[str] = (), effort: Effort | None = None
) -> tuple[tuple[Measurement, ...], tuple[str, ...]]:
    """What the instruments `wanted` (all, where none is named) find about the subjects, and notes
    on what could not be measured: a net that one instrument cannot look at is told, and the others
    go on.

    Raises:
        ConfigError: there is no such instrument.
    """
    effort, asked = effort or Effort(), tuple(wanted)
    found: list[Measurement] = []
    subjects, notes = _whole_ones(subjects)
    if not asked:
        _, lost = registry.every(REGISTRY)
        notes += [f"{name}: not measured: {why}" for name, why in lost.items()]
    for instrument in [get(name) for name in asked or names()]:
        lacking = instrument.missing()
        if lacking:
            notes.append(f"{instrument.name}: not measured: {lacking}")
            continue
        looked_at: list[Subject] = []
        refused: dict[str, str] = {}
        for at, one in enumerate(subjects):
            effort.tell(f"{instrument.name} of {one.name}", at, len(subjects))
            values, why = _one(instrument, one, effort)
            if values is None:
                refused[one.name] = why
            else:
                looked_at.append(one)
                found.append(Measurement(instrument.name, one.name, one.depth, values))
        notes += _refusals(instrument.name, refused, len(subjects))
        if instrument.together is not None and len(looked_at) > 1:
            try:
                values = instrument.together(looked_at, effort)
            except InstrumentError as error:
                notes.append(f"{instrument.name} of {ALL} nets: not measured: {error.what}")
            else:
                found.append(Measurement(instrument.name, ALL, -1, values))
    return tuple(found), tuple(dict.fromkeys(notes))


def _whole_ones(subjects: Sequence[Subject]) -> tuple[list[Subject], list[str]]:
    """The subjects without rows that are not finite, and notes on these."""
    kept, notes = [], []
    for one in subjects:
        own, what = whole(one)
        if own is not None:
            kept.append(own)
        if what:
            notes.append(f"{one.name}: {'' if own is not None else 'not measured: '}{what}")
    return kept, notes


def _one(instrument: Instrument, one: Subject, effort: Effort) -> tuple[dict[str, Any] | None, str]:
    """What an instrument finds about a net, or why it finds nothing."""
    try:
        why = instrument.suits(one)
        return (None, why) if why else (instrument.measure(one, effort), "")
    except InstrumentError as error:
        return None, error.what
    except STRANGE as error:
        if one.task is not None:
            raise  # our own nets: a fault of ours
        return None, f"{type(error).__name__}: {error}"[:300]


def _refusals(instrument: str, refused: Mapping[str, str], of: int) -> list[str]:
    """Why nets were not measured: one note where it is the same for all of several."""
    if len(refused) == of > 1 and len(set(refused.values())) == 1:
        return [f"{instrument}: not measured: {next(iter(refused.values()))}"]
    return [f"{instrument} of {net}: not measured: {why}" for net, why in refused.items()]


def sections(found: Iterable[Measurement]) -> tuple[Section, ...]:
    """The sections of the page, in the order of the instruments, shallow nets first whenever they
    were measured; what says nothing has no parts.
    """
    by_name: dict[str, list[Measurement]] = {}
    for one in found:
        by_name.setdefault(one.instrument, []).append(one)
    return tuple(
        get(name).section(tuple(sorted(by_name[name], key=lambda one: one.depth)))
        for name in names()
        if name in by_name
    )
