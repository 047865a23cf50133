"""How much one layer does over the last: debiased CKA between layers, depths and untrained nets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _cka as cka
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._layers import evenly, layer_names, read
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
    names, own = _read(subject.net, rows)
    sums = cka.sums(own, own)
    copy, how = untrained(subject)
    there, first = _read(copy, rows, names)
    known = [i for i, name in enumerate(names) if name in there]
    start: list[list[float | None]] = [[None, None] for _ in names]
    for i, pair in zip(
        known, _diagonal(cka.sums([part[known] for part in own], first)), strict=True
    ):
        start[i] = pair
    half = cka.half_width(*sums)
    return {
        "layers": names,
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
    read = [_read(one.net, _rows(one, effort)) for one in subjects]
    hidden = [i for i, (names, _) in enumerate(read) if len(names) > 2]
    last = [torch.stack([own[k][-2] for _, own in read]) for k in range(len(read[0][1]))]
    values: dict[str, Any] = {
        "nets": [one.name for one in subjects],
        "rows": len(rows),
        "final": _grid(cka.ratio(*cka.sums(last, last))),
        "across": [],
        "pair": [],
    }
    if len(hidden) > 1:
        across = cka.sums(read[hidden[0]][1], read[hidden[-1]][1])
        values["across"] = _grid(cka.ratio(*across))
        values["pair"] = [subjects[hidden[0]].name, subjects[hidden[-1]].name]
    return values


def _rows(subject: Subject, effort: Effort) -> Rows:
    """Rows in no order, of those that the net did not learn from."""
    some = subject.unseen.some(effort.rows)
    order = torch.randperm(len(some), generator=torch.Generator().manual_seed(0))
    return some.take(order)


def _read(net: nn.Module, rows: Rows, names: Sequence[str] = ()) -> tuple[list[str], list[Tensor]]:
    """Names of layers, and of each minibatch their U-centred Gram matrices, (layers, n, n)."""
    if not names:
        known = layer_names(net, rows)
        names = [known[i] for i in evenly(known, MOST)]
    parts = [rows.take(torch.arange(len(rows))[part]) for part in cka.batches(len(rows))]
    found = [next(read(net, part, names, cka.centred, len(part))) for part in parts]
    kept = [name for name in names if all(name in piece for piece in found)]
    if not all(bool(torch.isfinite(piece[name]).all()) for piece in found for name in kept):
        raise InstrumentError("what a layer reads is not finite", "look at its signal first")
    return kept, [torch.stack([piece[name] for name in kept]) for piece in found]


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
