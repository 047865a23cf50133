"""What is shown of robustness: score by strength, and what each net loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from howdeep.instruments._classes import of_part
from howdeep.instruments._curves import between, points, spread
from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.heat import Heat
from howdeep.report.parts import Bullets, Element, Gallery, Picture, Prose, Section

TITLE = "Does it hold when inputs are worse?"
MIDDLE = 2  # of five strengths


def section(found: tuple[Measurement, ...]) -> Section:
    """What every net loses, curves of some, and what is behind them."""
    known = [one for one in found if _curves(one)]
    if not known:
        return Section(TITLE, ())
    lines = spread(known)
    names = [curve["name"] for curve in _curves(known[0])]
    pictures = [Picture(_chart(lines, name), f"robustness-{i}") for i, name in enumerate(names)]
    consistency = _consistent(lines)
    if consistency is not None:
        pictures.append(Picture(consistency, "robustness-consistency"))
    heat = (Picture(_heat(known, names), "robustness-lost"),) if len(known) > 1 else ()
    parts: list[Element] = [Gallery((*heat, *pictures)), Prose(_meaning(known, names))]
    notes = tuple(dict.fromkeys(note for one in known for note in one.values["notes"]))
    if notes:
        parts.append(Bullets(notes))
    return Section(TITLE, (*parts, Prose(_how(known[0]), note=True)))


def _curves(one: Measurement) -> list[dict[str, Any]]:
    return [*one.values["corruptions"], *one.values["attacks"]]


def _curve(one: Measurement, name: str) -> dict[str, Any] | None:
    return next((curve for curve in _curves(one) if curve["name"] == name), None)


def _chart(lines: Sequence[Measurement], name: str) -> Chart:
    """The score by strength, a line a net, rows as they are at 0."""
    series = []
    for colour, one in enumerate(lines):
        curve = _curve(one, name)
        if curve is None:
            continue
        scores = [one.values["clean"], *curve["score"]]
        words = ["as they are", *(f"{s:g}" for s in curve["strength"])]
        marks = tuple(
            _mark(i, bounds, f"{one.net}, {word}")
            for i, (bounds, word) in enumerate(zip(scores, words, strict=True))
        )
        series.append(Series(one.net, marks, colour))
    first = _curve(lines[0], name)
    assert first is not None
    ticks = tuple((i + 1.0, _strength(s, first["unit"])) for i, s in enumerate(first["strength"]))
    last = ", ".join(f"{s.name} {s.marks[-1].y:.1f}" for s in series)
    return Chart(
        f"Score under {name}",
        f"{_unit(lines[0])} by strength, with 95 % intervals; at the strongest: {last}",
        f"{name}: {first['unit']}",
        _unit(lines[0]),
        tuple(series),
        x_ticks=((0.0, "none"), *ticks),
    )


def _strength(value: float, unit: str) -> str:
    return f"{255 * value:.0f}/255" if unit.startswith("of the range") else f"{value:g}"


def _mark(x: int, bounds: Sequence[float | None], words: str) -> Mark:
    value, low, high = (100 * (v or 0.0) for v in bounds)
    return Mark(float(x), value, low, high, tip=f"{words}: {value:.1f} ({low:.1f} to {high:.1f})")


def _unit(one: Measurement) -> str:
    return "accuracy, %" if one.values["score"] != "R2" else "100 R2"


def _heat(known: Sequence[Measurement], names: Sequence[str]) -> Heat:
    """Points lost at the middle strength, by net and kind."""
    values, says = [], []
    for one in known:
        lost = [(_curve(one, name) or {"lost": [[None] * 3] * 5})["lost"][MIDDLE] for name in names]
        values.append(tuple(None if v[0] is None else 100 * v[0] for v in lost))
        says.append(tuple(
            "" if v[0] is None else f"{one.net}: {points(v[0])} points ({between(v)})" for v in lost
        ))  # fmt: skip
    return Heat(
        "Points lost at middle strength",
        "How many points of score each net loses to each corruption and attack, at the third of "
        "five strengths; darker is more.",
        "what is done to rows",
        "net",
        tuple(name.partition(",")[0].replace(" values", "") for name in names),
        tuple(one.net for one in known),
        tuple(values),
        low=0.0,
        says=tuple(says),
        colour=1,
    )


def _consistent(lines: Sequence[Measurement]) -> Chart | None:
    """The share of rows whose class stays, by pixels moved."""
    known = [one for one in lines if one.values["consistency"]]
    if not known:
        return None
    series = tuple(
        Series(one.net, tuple(
            _mark(i, bounds, f"{one.net}, {pixels:g} pixels")
            for i, (bounds, pixels) in enumerate(zip(c["kept"], c["pixels"], strict=True))
        ), colour)
        for colour, one in enumerate(known) for c in (one.values["consistency"],)
    )  # fmt: skip
    pixels = known[0].values["consistency"]["pixels"]
    first = ", ".join(f"{s.name} {s.marks[0].y:.1f}" for s in series)
    return Chart(
        "Same class after a shift",
        f"Share of rows, in %, whose predicted class stays when the picture moves; by "
        f"{pixels[0]:g} pixel: {first}",
        "pixels moved",
        "same class, %",
        series,
        x_ticks=tuple((float(i), f"{p:g}") for i, p in enumerate(pixels)),
    )


def _meaning(known: Sequence[Measurement], names: Sequence[str]) -> str:
    """What takes most from the deepest net, and which net loses least to it."""
    said = []
    kinds = [
        [n for n in names if n.partition(",")[0] not in ("FGSM", "PGD")],
        [n for n in names if n.startswith("PGD")],
    ]
    for own in kinds:
        last = known[-1]
        lost = {name: (c["lost"][MIDDLE], c) for name in own if (c := _curve(last, name))}
        if not lost:
            continue
        name = max(lost, key=lambda n: lost[n][0][0] or 0.0)
        bounds, curve = lost[name]
        strength = _strength(curve["strength"][MIDDLE], curve["unit"])
        text = (
            f"{name} ({strength} {curve['unit']}) takes {points(bounds[0])} points "
            f"({between(bounds)}) from {last.net}"
        )
        least = min(known, key=lambda one: _middle(one, name))
        if least is not last and _middle(least, name) < _middle(last, name):
            text += (
                f", and {points(_middle(least, name))} from {least.net}, which loses least to it"
            )
        said.append(text[0].upper() + text[1:] + ".")
    return " ".join(said)


def _middle(one: Measurement, name: str) -> float:
    curve = _curve(one, name)
    value = None if curve is None else curve["lost"][MIDDLE][0]
    return float("inf") if value is None else float(value)


def _how(one: Measurement) -> str:
    text = (
        f"On {one.values['rows']} {of_part(one.values['part'])}, the same for every net; intervals "
        "of what is lost are paired by row, and all are of one net of each depth: another training "
        "of the same depth may differ by more. "
    )
    if one.values["attacks"]:
        text += (
            "An attack knows the net and moves every input a little towards a wrong answer (FGSM "
            "in one step, PGD in several from there); it says how near the boundary lies, not what "
            "happens by itself. "
        )
        if not one.values["attacks"][0]["unit"].startswith("of the range"):
            text += "It moves encoded columns, categories too, so that no real row need look so."
    return text
