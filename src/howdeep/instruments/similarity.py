"""How much one layer does over the last: debiased CKA between layers, depths and untrained nets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _cka as cka
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._layers import Layers, evenly, layers
from howdeep.instruments._similarity_page import TITLE, section
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._untrained import untrained
from howdeep.instruments._values import number, numbers

FEW = 16  # rows below which a similarity says nothing
MOST = 32  # layers that are compared


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """CKA `between` what the `layers` read, (layers, layers), `half` of their 95 % intervals, and
    to the same layer of an untrained copy, `start`, each [value, half].
    """
    rows = _rows(subject, effort)
    own = _read(subject, rows)
    sums = cka.summed(own.values)
    copy, how = untrained(subject)
    first = layers(subject, rows, copy)
    there = dict(zip(first.names, first.values, strict=True))
    known = [i for i, name in enumerate(own.names) if name in there]
    against = cka.summed(
        [own.values[i] for i in known], [there[own.names[i]].double() for i in known]
    )
    start: list[list[float | None]] = [[None, None] for _ in own.names]
    for i, pair in zip(known, _diagonal(against), strict=True):
        start[i] = pair
    half = cka.half_width(*sums)
    return {
        "layers": list(own.names),
        "rows": len(rows),
        "between": _grid(cka.ratio(*sums)),
        "half": [] if half is None else _grid(half),
        "start": start,
        "untrained": how,
    }


def _together(subjects: Sequence[Subject], effort: Effort) -> dict[str, Any]:
    """CKA of the last hidden layers of `nets`, `final` (nets, nets), and `across` all layers of the
    `pair` of the shallowest and the deepest net that have hidden ones, (layers, layers).
    """
    rows = _rows(subjects[0], effort)
    for one in subjects[1:]:
        if not _same(rows, _rows(one, effort)):
            what = f"{one.name} has other rows than {subjects[0].name}"
            raise InstrumentError(what, "compare nets on the same rows")
    read = [_read(one, _rows(one, effort)) for one in subjects]
    hidden = [i for i, one in enumerate(read) if len(one.names) > 2]
    last = [one.values[-2] for one in read]
    values: dict[str, Any] = {
        "nets": [one.name for one in subjects],
        "rows": len(rows),
        "final": _grid(cka.cka(last)),
        "across": [],
        "pair": [],
    }
    if len(hidden) > 1:
        a, b = read[hidden[0]], read[hidden[-1]]
        values["across"] = _grid(cka.cka(a.values, b.values))
        values["pair"] = [subjects[hidden[0]].name, subjects[hidden[-1]].name]
    return values


def _rows(subject: Subject, effort: Effort) -> Rows:
    """Rows in no order, of those that the net did not learn from."""
    some = subject.unseen.some(effort.rows)
    order = torch.randperm(len(some), generator=torch.Generator().manual_seed(0))
    return some.take(order)


def _read(subject: Subject, rows: Rows) -> Layers:
    found = layers(subject, rows)
    at = evenly(found.names, MOST)
    if not all(bool(torch.isfinite(found.values[i]).all()) for i in at):
        raise InstrumentError("what a layer reads is not finite", "look at its signal first")
    return Layers(tuple(found.names[i] for i in at), tuple(found.values[i] for i in at))


def _same(a: Rows, b: Rows) -> bool:
    """Whether they are the same rows; nets of a study may read them in other encodings."""
    if a.index is not None and b.index is not None:
        return np.array_equal(a.index, b.index)
    return len(a.inputs) == len(b.inputs) and all(
        x.shape == y.shape and torch.equal(x, y) for x, y in zip(a.inputs, b.inputs, strict=True)
    )


def _grid(values: Tensor) -> list[list[float | None]]:
    return [numbers(line) for line in values.tolist()]


def _diagonal(sums: cka.Sums) -> list[list[float | None]]:
    value, half = cka.ratio(*sums).diagonal().tolist(), cka.half_width(*sums)
    wide = [None] * len(value) if half is None else numbers(half.diagonal().tolist())
    return [[number(v), h] for v, h in zip(value, wide, strict=True)]


def _suits(subject: Subject) -> str:
    few = len(subject.unseen) < FEW
    return f"fewer than {FEW} rows that it did not learn from" if few else ""


INSTRUMENT = Instrument("similarity", TITLE, 40, _measure, section, _suits, together=_together)
