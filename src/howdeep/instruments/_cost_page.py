"""The section of costs: time by operations, shares of the layers, and a row for each net."""

from __future__ import annotations

import math

from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Mark, Series, si
from howdeep.report.heat import Heat
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "What does a net cost?"
MUCH = 0.3  # share of a layer, from which it is named


def section(found: tuple[Measurement, ...]) -> Section:
    """Pictures, one sentence on where the cost lies, and a row for each net."""
    if not found:
        return Section(TITLE, ())
    last = found[-1]
    pictures = [_shares(last)] if len(last.values["layers"]) > 1 else []
    if len({one.values["operations"] for one in found}) > 1:
        pictures.insert(0, _time(found))
    gallery = (Gallery(tuple(pictures)),) if pictures else ()
    return Section(TITLE, (*gallery, *_meaning(last), _table(found), _note(found)))


def _time(found: tuple[Measurement, ...]) -> Picture:
    """Milliseconds of a pass against the operations of a row, a line for each size of batch."""
    known = [one for one in found if one.values["operations"]]
    known.sort(key=lambda one: one.values["operations"])
    sizes = sorted({size for one in known for size in one.values["latency"]}, key=int)
    lines = []
    for colour, size in enumerate(sizes):
        marks = []
        for one in known:
            time = one.values["latency"].get(size)
            if time is None or not time["p50"]:
                continue
            x, top = math.log10(one.values["operations"]), time["p95"] or time["high"]
            tip = f"{one.net}, {size} at once: median {_ms(time['p50'])}, 95 % in {_ms(top)}"
            marks.append(Mark(x, 1e3 * time["p50"], 1e3 * time["low"], 1e3 * top, tip=tip))
        if marks:
            rows = "row" if size == "1" else "rows"
            lines.append(Series(f"{size} {rows}", tuple(marks), colour))
    low, high = (math.log10(known[i].values["operations"]) for i in (0, -1))
    ticks = list(range(math.ceil(low - 0.3), math.floor(high + 0.3) + 1))
    chart = Chart(
        "Time of a pass",
        "Median time of a pass by the operations of a row, one line for each size of batch.",
        "operations of a row",
        "milliseconds",
        tuple(lines),
        x_ticks=tuple((float(e), si(10.0**e)) for e in ticks),
        log_y=True,
    )
    return Picture(chart, "cost-time", "The mark is the median, the upper end what 19 of 20 keep.")


def _shares(one: Measurement) -> Picture:
    v = one.values
    names = [name for name, _, _ in v["layers"]]
    parts = {
        "parameters": [float(count) for _, _, count in v["layers"]],
        "operations": [float(count or 0) for count in v["layer_operations"]],
        "time": [float(v["layer_seconds"].get(name) or 0) for name in names],
    }
    shown = [(what, values) for what, values in parts.items() if sum(values)]
    grid = tuple(tuple(x / sum(values) for x in values) for _, values in shown)
    says = tuple(
        tuple(f"{name}: {100 * x:.1f} % of {what}" for name, x in zip(names, line, strict=True))
        for (what, _), line in zip(shown, grid, strict=True)
    )
    heat = Heat(
        f"{one.net}: which layers it goes into",
        "Share of each layer in parameters, operations and time.",
        "layer, from the input",
        "",
        tuple(str(i + 1) for i in range(len(names))),
        tuple(what for what, _ in shown),
        grid,
        0.0,
        says=says,
    )
    return Picture(heat, "cost-layers")


def _meaning(one: Measurement) -> tuple[Prose, ...]:
    """The layers with the most parameters and operations, or that there are none."""
    v = one.values
    if len(v["layers"]) < 2 or not v["parameters"] or not v["operations"]:
        return ()
    counts = [count / v["parameters"] for _, _, count in v["layers"]]
    done = [(count or 0.0) / v["operations"] for count in v["layer_operations"]]
    most, work = (max(range(len(s)), key=s.__getitem__) for s in (counts, done))
    names = [name for name, _, _ in v["layers"]]
    if max(counts[most], done[work]) < MUCH:
        text = (
            f"In {one.net} no layer has more than {100 * counts[most]:.0f} % of the parameters or "
            f"does more than {100 * done[work]:.0f} % of the operations"
        )
    else:
        text = (
            f"In {one.net} layer {most + 1} ({names[most]}) has {100 * counts[most]:.0f} % of the "
            f"parameters, and layer {work + 1} ({names[work]}) does {100 * done[work]:.0f} % of "
            "the operations"
        )
    return (Prose(text + "."),)


def _table(found: tuple[Measurement, ...]) -> Table:
    def time(one: Measurement, size: str) -> str:
        known = one.values["latency"].get(size)
        if known is None:
            return ""
        return _ms(known["p50"]) + (f" / {_ms(known['p95'])}" if known["p95"] else "")

    def memory(one: Measurement, what: str) -> str:
        held = one.values["memory"].get("32", {}).get(what)
        return "" if held is None else _bytes(held)

    columns = (
        Column("net", "net", lambda one: one.net),
        Column("size", "parameters", lambda one: f"{one.values['parameters']:,}", "right",
               short="para-\nmeters"),
        Column("work", "operations of a row", lambda one: _si(one.values["operations"]), "right",
               short="ope-\nrations"),
        Column("pass", "memory of a pass (32 rows)", lambda one: memory(one, "inference"), "right",
               short="memory\n(32)"),
        Column("step", "of a training step", lambda one: memory(one, "training"), "right",
               short="to\ntrain", drop=2),
        Column("one", "1 row, median / 95 %", lambda one: time(one, "1"), "right",
               short="1 row\np50 / p95"),
        Column("many", "256 rows, median / 95 %", lambda one: time(one, "256"), "right",
               short="256 rows\np50 / p95", drop=1),
        Column("energy", "energy of a row", lambda one: _joules(one.values["energy"]), "right",
               sparse=True, drop=3),
    )  # fmt: skip
    return Table(columns, tuple(row(columns, one) for one in found), region="costs by net")


def _note(found: tuple[Measurement, ...]) -> Prose:
    cores = found[-1].values["threads"]
    return Prose(
        "A multiplication with its addition is two operations. Memory of a pass: weights and the "
        "most activations alive at once; of a training step: weights, gradients, the two moments "
        "of Adam and what is kept for the way back; scratch space inside an operation is not seen. "
        f"Time is of this machine with {cores} thread{'s' if cores != 1 else ''}, by the clock: it "
        "is another one each time, and nothing is decided by it.",
        note=True,
    )


def _si(value: float | None) -> str:
    return "" if value is None else si(float(f"{value:.3g}"))


def _ms(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{1e6 * seconds:.3g} µs"


def _bytes(count: int) -> str:
    for size, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"


def _joules(value: float | None) -> str:
    return "" if value is None else f"{1e3 * value:.3g} mJ"
