"""The section of similarities: maps between layers, to the start, and between depths."""

from __future__ import annotations

import itertools

from howdeep.instruments import _cka as cka
from howdeep.instruments._instrument import ALL, Measurement
from howdeep.instruments._layers import OUTPUT
from howdeep.report.heat import Heat
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "Which layers do something new?"
ALIKE = 0.95  # neighbours above it are called nearly the same


def section(found: tuple[Measurement, ...]) -> Section:
    """Maps of the deepest net and of all, one sentence each, and a row for each net."""
    own = [one for one in found if one.net != ALL]
    joint = [one for one in found if one.net == ALL]
    deep = [one for one in own if len(one.values["layers"]) > 3]
    if not deep:
        return Section(TITLE, ())
    last = deep[-1]
    pictures = [_between(last), *([_start(deep)] if len(deep) > 1 else [])]
    texts = [Prose(_meaning(last))]
    if joint:
        pictures += _joint(joint[-1])
        texts += [Prose(text) for text in _depths(joint[-1])]
    return Section(TITLE, (Gallery(tuple(pictures)), *texts, _table(deep), _note()))


def _between(one: Measurement) -> Picture:
    names = _names(one)
    says = tuple(
        tuple(
            f"{a} and {b}: {_value(value, _half(one, i, j))}"
            for j, (b, value) in enumerate(zip(names, line, strict=True))
        )
        for i, (a, line) in enumerate(zip(names, one.values["between"], strict=True))
    )
    heat = Heat(
        f"{one.net}: which layers are alike",
        f"Debiased CKA between the layers of {one.net}, 0 unrelated to 1 the same.",
        "layer",
        "layer",
        names,
        names,
        _fixed(one.values["between"]),
        0.0,
        1.0,
        says=says,
    )
    return Picture(heat, "similarity-layers")


def _start(deep: list[Measurement]) -> Picture:
    """By net and relative depth: how near each layer still is to its untrained self."""
    steps = 8
    values, says = [], []
    for one in deep[-8:]:
        start = one.values["start"][1:]
        at = [round(k * (len(start) - 1) / (steps - 1)) for k in range(steps)]
        values.append(tuple(start[i][0] for i in at))
        says.append(tuple(f"{one.net}, {_names(one)[i + 1]}: {_value(*start[i])}" for i in at))
    heat = Heat(
        "What is left of the untrained net",
        "Debiased CKA of each layer with the same layer of an untrained copy, by net and depth.",
        "depth within the net (%)",
        "net",
        tuple(str(round(100 * k / (steps - 1))) for k in range(steps)),
        tuple(one.net for one in deep[-8:]),
        tuple(values),
        0.0,
        1.0,
        says=tuple(says),
    )
    return Picture(heat, "similarity-start")


def _joint(one: Measurement) -> list[Picture]:
    nets = tuple(one.values["nets"])
    final = one.values["final"]
    says = tuple(
        tuple(f"{a} and {b}: {_value(v)}" for b, v in zip(nets, line, strict=True))
        for a, line in zip(nets, final, strict=True)
    )
    short = tuple(str(i + 1) for i in range(len(nets)))
    heat = Heat(
        "Do nets of other depths end up alike?",
        "Debiased CKA between the last hidden layers of all nets.",
        "net, in the order of the rows",
        "net",
        short,
        tuple(f"{i} {name}" for i, name in zip(short, nets, strict=True)),
        _fixed(final),
        0.0,
        1.0,
        says=says,
    )
    found = [Picture(heat, "similarity-depths")]
    if one.values["pair"]:
        a, b = one.values["pair"]
        grid = one.values["across"]
        rows = tuple(map(str, range(len(grid))))
        columns = tuple(map(str, range(len(grid[0]))))
        across = Heat(
            f"Layers of {a} in {b}",
            f"Debiased CKA between each layer of {a} and each of {b}.",
            f"layer of {b}",
            f"of {a}",
            columns,
            rows,
            _fixed(grid),
            0.0,
            1.0,
            says=tuple(
                tuple(f"{a} {i}, {b} {j}: {_value(v)}" for j, v in enumerate(line))
                for i, line in enumerate(grid)
            ),
        )
        found.append(Picture(across, "similarity-across"))
    return found


def _meaning(one: Measurement) -> str:
    """The longest run of layers that hardly differ: of all, or of every other one."""
    grid, names = one.values["between"], _names(one)
    best, inner = (0, 0, 1), range(1, len(grid) - 1)  # neither inputs nor outputs
    for step in (1, 2):
        for begin in range(step):
            at = list(inner[begin::step])
            near = [grid[i][j] or 0.0 for i, j in itertools.pairwise(at)]
            for first, last in cka.runs(near, ALIKE):
                if at[last] - at[first] > best[1] - best[0]:
                    best = (at[first], at[last], step)
    first, last, step = best
    if last == first:
        return f"In {one.net} every layer changes what it reads (CKA of neighbours below {ALIKE})."
    every = "" if step == 1 else "every other layer, where blocks have two, "
    return (
        f"In {one.net} ({len(names) - 1} layers) from layer {names[first]} to {names[last]} "
        f"{every}each hardly differs from the one before it (CKA at least {ALIKE}): fewer may do."
    )


def _depths(one: Measurement) -> list[str]:
    nets, final = one.values["nets"], one.values["final"]
    pairs = [
        (final[i][i + 1], nets[i], nets[i + 1])
        for i in range(len(nets) - 1)
        if final[i][i + 1] is not None
    ]
    if len(pairs) < 2:
        return []
    least = min(pairs)
    return [
        f"Of neighbouring depths {least[1]} and {least[2]} end up least alike ({least[0]:.2f})."
    ]


def _table(deep: list[Measurement]) -> Table:
    def middle(one: Measurement) -> list[float | None]:
        return one.values["start"][-2]

    columns = (
        Column("net", "net", lambda one: one.net),
        Column("layers", "layers", lambda one: str(len(one.values["layers"]) - 1), "right"),
        Column("inputs", "last layer with the inputs",
               lambda one: _value(one.values["between"][0][-2], _half(one, 0, -2)), "right",
               short="last layer\nand inputs"),
        Column("start", "last layer with its untrained self", lambda one: _value(*middle(one)),
               "right", short="last layer\nand untrained"),
    )  # fmt: skip
    return Table(columns, tuple(row(columns, one) for one in deep), region="similarity by net")


def _note() -> Prose:
    return Prose(
        "CKA compares how two layers see the same rows: 1 is the same up to rotation and scale, 0 "
        "is unrelated. It is debiased, so that wide layers do not look alike for their width, and "
        "± is half of a 95 % interval (jackknife over minibatches). Alike does not mean that a "
        "layer can be left out: that is what the lesions measure.",
        note=True,
    )


def _names(one: Measurement) -> tuple[str, ...]:
    last = len(one.values["layers"]) - 1
    return tuple(
        "in" if i == 0 else "out" if name == OUTPUT else str(i)
        for i, name in enumerate(one.values["layers"][: last + 1])
    )


def _half(one: Measurement, i: int, j: int) -> float | None:
    return one.values["half"][i][j] if one.values["half"] else None


def _value(value: float | None, half: float | None = None) -> str:
    if value is None:
        return ""
    return f"{round(value, 2) + 0.0:.2f}" + ("" if half is None else f" ± {half:.2f}")


def _fixed(grid: list[list[float | None]]) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(line) for line in grid)
