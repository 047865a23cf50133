"""What could be read off every layer: a linear and a nearest-neighbour probe of each."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _design as design
from howdeep.instruments import _probe as probe
from howdeep.instruments._instrument import Effort, Instrument, Measurement
from howdeep.instruments._layers import OUTPUT, evenly, layer_names, matrices, raw, sketch
from howdeep.instruments._probe import Score, Split
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._untrained import untrained
from howdeep.instruments._values import numbers
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

FEW = 40  # rows below which a probe says nothing
MOST = 32  # layers that are probed


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Scores `linear` and `neighbours` of what each of `layers` reads (Alain & Bengio 2017,
    arXiv 1610.01644), of an `untrained` copy's and of the `inputs`, next to that of the `net`;
    each [value, low, high] at 95 %. `rows`: that probes are fitted, chosen and scored on.
    """
    parts, seen = _parts(subject, effort.rows)
    y = Split(*(part.targets for part in parts))
    task: probe.Task = "classes" if subject.kind == "classes" else "numbers"
    classes = int(max(part.max() for part in y)) + 1 if task == "classes" else 0
    draws, by = 20 * effort.draws, design.of(parts[2])

    def both(x: Split) -> tuple[Score, Score]:
        _finite(x)
        flat = probe.project(x)
        return (
            probe.scored(probe.linear(flat, y, task, classes), y.score, task, draws, by),
            probe.scored(probe.neighbours(flat, y, task, classes), y.score, task, draws, by),
        )

    effort.tell(f"probes of {subject.name}: trained", 0, 2)
    known = layer_names(subject.net, parts[0])
    trained = _read(subject, parts, [known[i] for i in evenly(known, MOST)])
    names = list(trained)
    own = [both(trained[name]) for name in names]
    effort.tell(f"probes of {subject.name}: untrained", 1, 2)
    copy, how = untrained(subject)
    first = _read(subject, parts, names, copy)
    base = [both(first[name]) if name in first else None for name in names]
    inputs = both(Split(*(sketch(raw(part)) for part in parts)))
    said = subject.outputs(parts[2]).double().flatten(1)
    if task == "numbers":
        probe.fitting(said, y.score)
    net = probe.scored(said, y.score, task, draws, by)
    return {
        "kind": task,
        "layers": names,
        "width": probe.WIDTH,
        "rows": [len(part) for part in parts],
        "seen": seen,
        "linear": [_ends(one[0]) for one in own],
        "neighbours": [_ends(one[1]) for one in own],
        "untrained": how,
        "untrained_linear": [_ends(one and one[0]) for one in base],
        "untrained_neighbours": [_ends(one and one[1]) for one in base],
        "inputs": {"linear": _ends(inputs[0]), "neighbours": _ends(inputs[1])},
        "net": _ends(net),
    }


def _parts(subject: Subject, most: int) -> tuple[tuple[Rows, Rows, Rows], bool]:
    """Rows to fit on, to choose on and to score on; whether the net learnt from the last ones."""
    train, unseen = subject.train, subject.unseen
    if unseen is train:
        some = train.some(2 * most)
        fit, choose, score = (some.take(at.sort().values) for at in probe.thirds(len(some)))
        return (fit, choose, score), True
    held = subject.parts.get("choose")
    if held is not None and held is not unseen and len(held) >= FEW:
        return (train.some(most), held.some(most), unseen.some(most)), False
    some = train.some(most)
    order = torch.cat(list(probe.thirds(len(some))))
    cut = len(order) * 3 // 4
    fit, choose = some.take(order[:cut].sort().values), some.take(order[cut:].sort().values)
    return (fit, choose, unseen.some(most)), False


def _read(
    subject: Subject, parts: tuple[Rows, ...], names: list[str], net: nn.Module | None = None
) -> dict[str, Split]:
    """What layers read of each part, by their names."""
    net = subject.net if net is None else net
    found = [matrices(net, part, names) for part in parts]
    return {
        name: Split(*(part[name] for part in found))
        for name in names
        if all(name in part for part in found)
    }


def _finite(x: Split) -> None:
    if not all(bool(torch.isfinite(part).all()) for part in x):
        raise InstrumentError("what a layer reads is not finite", "look at its signal first")


def _ends(score: Score | None) -> list[float | None]:
    return [None] * 3 if score is None else numbers((score.value, score.low, score.high))


def _suits(subject: Subject) -> str:
    if subject.kind not in ("classes", "numbers"):
        return "its targets are neither classes nor numbers, so that no probe can be fitted"
    if not _plain(subject.train.targets):
        return "it has several targets a row that are no numbers"
    if subject.kind == "classes" and bool((subject.train.targets < 0).any()):
        return "some class numbers are negative"
    if min(len(subject.train), len(subject.unseen)) < FEW // 2:
        return f"fewer than {FEW // 2} rows to fit or to score probes on"
    return ""


def _plain(targets: Tensor) -> bool:
    return targets.ndim == 1 or (targets.ndim == 2 and targets.is_floating_point())


# ---- the section ---------------------------------------------------------------------------------
def _section(found: tuple[Measurement, ...]) -> Section:
    if not found:
        return Section(TITLE, ())
    deep = [one for one in found if len(one.values["layers"]) > 2]
    pictures = (_picture(deep[-5:], "linear"), _picture(deep[-5:], "neighbours")) if deep else ()
    texts = [Prose(_meaning(deep[-1]))] if deep else []
    return Section(TITLE, (*([Gallery(pictures)] if deep else []), *texts, _table(found), _note()))


WHAT = {"linear": "a linear probe", "neighbours": "the nearest neighbours"}


def _picture(deep: list[Measurement], which: str) -> Picture:
    """One line a net; the deepest net's untrained copy dashed, and the level of the inputs."""
    last = deep[-1]
    lines = [_line(one, one.values[which], i, one.net) for i, one in enumerate(deep)]
    lines.append(
        _line(last, last.values[f"untrained_{which}"], len(deep), f"{last.net} untrained", True)
    )
    chart = Chart(
        f"What {WHAT[which]} can read off each layer",
        f"Score of {WHAT[which]} by layer, one line a net, untrained copy dashed.",
        "layer that reads it (0: the inputs), the outputs last",
        _axis(last),
        tuple(lines),
        levels=(Level("raw inputs", _percent(last, last.values["inputs"][which][0])),),
    )
    return Picture(chart, f"probes-{which}")


def _line(
    one: Measurement, scores: list[list[float | None]], colour: int, name: str, dash: bool = False
) -> Series:
    marks = tuple(
        Mark(
            float(i),
            _percent(one, max(value, -1.0)),
            tip=f"{name}, {_at(one, i)}: {_words(one, [value, low, high])}",
        )
        for i, (value, low, high) in enumerate(scores)
        if value is not None
    )
    return Series(name, marks, colour, dash=dash, dots=not dash)


def _meaning(one: Measurement) -> str:
    """Where the deepest net's linear probe stops rising, and what the untrained copy gives."""
    v = one.values
    scores, base = v["linear"][:-1], v["untrained_linear"][1:-1]
    best = max(range(1, len(scores)), key=lambda i: scores[i][0])
    enough = next(i for i, s in enumerate(scores) if s[2] >= scores[best][0])
    start = max((s[0] for s in base if s[0] is not None), default=None)
    text = (
        f"In {one.net} a linear probe reads {_words(one, v['inputs']['linear'])} off the raw "
        f"inputs and {_words(one, scores[best])} off the best layer ({_at(one, best)})"
    )
    if start is not None:
        text += f"; off no layer of an untrained copy does it read more than {_short(one, start)}"
    if enough < best:
        text += f". From {_at(one, enough)} on no later layer is shown to make it more readable"
    return text + "."


def _table(found: tuple[Measurement, ...]) -> Table:
    def best(one: Measurement, key: str) -> str:
        known = [s[0] for s in one.values[key][1:-1] if s[0] is not None]
        return _short(one, max(known)) if known else ""

    columns = (
        Column("net", "net", lambda one: one.net),
        Column("raw", "raw inputs", lambda one: _short(one, one.values["inputs"]["linear"][0]),
               "right", short="raw\ninputs"),
        Column("new", "untrained copy, best layer", lambda one: best(one, "untrained_linear"),
               "right", short="un-\ntrained"),
        Column("best", "linear probe, best layer", lambda one: best(one, "linear"), "right",
               short="linear\nprobe"),
        Column("near", "neighbours, best layer", lambda one: best(one, "neighbours"), "right",
               short="neigh-\nbours", drop=1),
        Column("whole", "the net itself (95 %)", lambda one: _words(one, one.values["net"]),
               "right", short="the net"),
    )  # fmt: skip
    return Table(columns, tuple(row(columns, one) for one in found), region="probes by net")


def _note() -> Prose:
    return Prose(
        f"Every layer is projected to its first {probe.WIDTH} principal components (all, where it "
        "has fewer), so that wide layers have no advantage; probes are fitted, chosen and scored "
        "on three sets of rows. What an untrained copy or the raw inputs give as well was not "
        "learnt, and what a probe can read is not what the net uses.",
        note=True,
    )


def _axis(one: Measurement) -> str:
    return "accuracy (%)" if one.values["kind"] == "classes" else "variance explained (%)"


def _percent(one: Measurement, value: float | None) -> float:
    return 100.0 * (value or 0.0)


def _short(one: Measurement, value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.1f} %"


def _words(one: Measurement, score: list[float | None]) -> str:
    value, low, high = (0.0 if s is None else 100 * s for s in score)
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


def _at(one: Measurement, i: int) -> str:
    if i == 0:
        return "the inputs"
    return "the outputs" if one.values["layers"][i] == OUTPUT else f"layer {i}"


TITLE = "What can be read off each layer?"
INSTRUMENT = Instrument("probes", TITLE, 30, _measure, _section, _suits)
