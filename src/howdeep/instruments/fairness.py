"""Does it treat groups alike? Scores by group, how far groups are apart, counterfactual flips."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.instruments import _classes as said
from howdeep.instruments import _design as design
from howdeep.instruments import _fair as fair
from howdeep.instruments import _score as score
from howdeep.instruments._design import Design
from howdeep.instruments._fairness_section import TITLE, section
from howdeep.instruments._groups import MISSING, Column, columns, why_none
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._intervals import mean, share, three
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._values import number
from howdeep.report.words import clean

SMALL = 30  # rows of a group below which its figures are called few
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def _suits(subject: Subject) -> str:
    return said.known(subject) or why_none(subject) or (
        "" if subject.encode is not None else "its rows cannot be encoded again"
    )  # fmt: skip


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """`columns`: by group rows, score and rates; `parity` and `odds` differences; `flips`."""
    assert subject.task is not None
    try:
        known = columns(subject.task, effort.groups)
    except ConfigError as error:
        raise InstrumentError(error.what, error.fix) from error
    if not known:
        raise InstrumentError("no column of 2 to 8 categories", "name one with --groups-by")
    rows = subject.unseen.some(effort.rows)
    of = _classes if subject.kind == "classes" else _numbers
    return {
        "kind": subject.kind,
        "part": said.part_of(subject),
        "rows": len(rows),
        "positive": clean(subject.classes[1]) if len(subject.classes) == 2 else "",
        "columns": [of(subject, rows, column) for column in known],
    }


def _classes(subject: Subject, rows: Rows, column: Column) -> dict[str, Any]:
    assert subject.task is not None
    group, truth = column.of(subject.task, rows), rows.targets.numpy()
    predicted = score.predicted(subject, rows)
    count = max(len(subject.classes), int(max(truth.max(), predicted.max())) + 1)
    by = design.of(rows)
    parity = fair.gap(fair.selected(predicted, group, count, by))
    odds = fair.gap(fair.rates(predicted, truth, group, count, by))
    levels = [
        _level(name, predicted[group == i], truth[group == i], count == 2, by.take(group == i))
        for i, name in _present(column, group)
    ]
    changed = [found != predicted for found in _changed(subject, rows, column, group)]
    return _column(column) | {
        "levels": levels,
        "parity": None if parity is None else three(parity),
        "odds": None if odds is None else three(odds),
        "flips": three(share(np.any(changed, axis=0).astype(np.float64), by=by)),
    }


def _level(
    name: str, predicted: Integers, truth: Integers, binary: bool, by: Design
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "level": name,
        "rows": len(truth),
        "few": len(truth) < SMALL,
        "score": three(share((predicted == truth).astype(np.float64), by=by)),
    }
    if binary:
        chosen = (predicted == 1).astype(np.float64)
        kinds = {"selected": truth >= 0, "true_positive": truth == 1, "false_positive": truth == 0}
        for key, kind in kinds.items():
            found[key] = three(share(chosen[kind], by=by.take(kind))) if kind.any() else None
    return found


def _numbers(subject: Subject, rows: Rows, column: Column) -> dict[str, Any]:
    """Of numbers: absolute errors by group, in the target's units, and mean errors (bias)."""
    assert subject.task is not None
    group, scale = column.of(subject.task, rows), subject.scale
    said_now = said.numbers(subject, rows)
    errors = (said_now - rows.targets.double().reshape(-1).numpy()) * scale
    by = design.of(rows)
    own = {i: errors[group == i] for i, _ in _present(column, group)}
    of = {i: by.take(group == i) for i in own}
    levels = [
        {
            "level": name,
            "rows": len(own[i]),
            "few": len(own[i]) < SMALL,
            "score": three(mean(np.abs(own[i]), by=of[i])) if len(own[i]) > 1 else None,
            "bias": three(mean(own[i], by=of[i])) if len(own[i]) > 1 else None,
        }
        for i, name in _present(column, group)
    ]
    moved = [np.abs(found - said_now) * scale for found in _changed(subject, rows, column, group)]
    gap = fair.mean_gap({i: fair.Sample(np.abs(e), of[i]) for i, e in own.items()})
    bias = fair.mean_gap({i: fair.Sample(e, of[i]) for i, e in own.items()})
    return _column(column) | {
        "levels": levels,
        "parity": None if bias is None else three(bias),
        "odds": None if gap is None else three(gap),
        "flips": three(mean(np.max(moved, axis=0), by=by)),
        "spread": number(rows.targets.double().std() * scale),
    }


def _column(column: Column) -> dict[str, Any]:
    return {"column": clean(column.name), "named": column.named}


def _present(column: Column, group: Integers) -> list[tuple[int, str]]:
    """The levels that rows have, and those that have none."""
    there = set(np.unique(group).tolist())
    found = [(i, clean(name)) for i, name in enumerate(column.levels) if i in there]
    return [*found, *([(-1, MISSING)] if -1 in there else [])]


def _changed(subject: Subject, rows: Rows, column: Column, group: Integers) -> list[Any]:
    """What the net says with the column set to each level, all else as it is: (N,) each.

    Kusner et al. 2017 ask for the effects on other columns too; that takes a causal model.
    """
    assert subject.task is not None
    assert subject.encode is not None
    assert rows.index is not None
    samples = {name: values[rows.index] for name, values in subject.task.samples.items()}
    found = []
    for value in column.values:
        cells = samples[column.where].copy()
        cells[:, column.at] = value
        changed = Rows((subject.encode(samples | {column.where: cells}),), rows.targets)
        of = score.predicted if subject.kind == "classes" else said.numbers
        found.append(of(subject, changed))
    return found


INSTRUMENT = Instrument("fairness", TITLE, 80, _measure, section, suits=_suits)
