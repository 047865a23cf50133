"""What the doctor found about several nets: maps of depth x layer, curves, and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from howdeep.faults._diagnosis import Cured
from howdeep.faults._fault import Finding
from howdeep.faults._kept import WORDS, Visit
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.heat import Heat
from howdeep.report.parts import Element, Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row
from howdeep.report.words import clean, listed, plural

TITLE = "What is wrong with the nets?"
WHOLE = "net"  # the row of what is found in no layer
CURVES = 6  # pictures of cures at most; the table has them all
LABELS = 14  # of its rows at most
SHOWN = 40  # rows of a map at most: layers beyond share them


def section(found: Sequence[Visit]) -> Section:
    """Pictures first, a sentence for each fault, and one line on the nets that are healthy."""
    if not found:
        return Section(TITLE, ())
    sick = [one for one in found if one.diagnosis.findings]
    if not sick:
        return Section(TITLE, (Prose(healthy(found)),))
    parts: list[Element] = [Gallery((*_maps(found), *_curves(sick)))]
    parts += [Prose(text) for text in _sentences(sick)]
    parts.append(_table(sick))
    if len(sick) < len(found):
        parts.append(Prose(healthy([one for one in found if one not in sick])))
    parts += [Prose(f"{_name(one)}: {clean(n, 400)}.", note=True)
              for one in found for n in one.diagnosis.notes]  # fmt: skip
    return Section(TITLE, tuple(parts))


def healthy(found: Sequence[Visit]) -> str:
    """How many nets were looked at and found to have no fault, in one line.

    >>> from howdeep.faults import Diagnosis
    >>> healthy([Visit("mlp-2", when, 2, Diagnosis("", ())) for when in ("start", "end")])
    '1 net was looked at as it starts and as it ended: no fault found.'
    """
    many = {w: sum(one.when == w for one in found) for w in ("start", "end")}
    times = [when for when in many if many[when]]
    if len({many[when] for when in times}) > 1:
        per = listed([f"{plural(many[w], 'net')} {WORDS[w].replace('it', 'they')}" for w in times])
        return f"No fault was found in {per.replace('they starts', 'they start')}."
    nets = len({one.net for one in found})
    it, starts = ("it", "starts") if nets == 1 else ("they", "start")
    ways = {"start": f"as {it} {starts}", "end": f"as {it} ended"}
    when = f" {listed([ways[w] for w in times])}" if times else ""
    was = "was" if nets == 1 else "were"
    return f"{plural(nets, 'net')} {was} looked at{when}: no fault found."


def _name(one: Visit) -> str:
    return f"{clean(one.net)} {WORDS[one.when]}".strip()


# ---- pictures -----------------------------------------------------------------------------------
def _maps(found: Sequence[Visit]) -> Iterator[Picture]:
    """A map of nets x layers for each time at which anything was found."""
    for when, words in (("start", "As they start"), ("end", "As they ended"), ("", "By layer")):
        some = [one for one in found if one.when == when]
        if any(one.diagnosis.findings for one in some):
            yield _map(some, words, f"doctor-{when or 'map'}")


def _map(some: Sequence[Visit], title: str, ident: str) -> Picture:
    deepest = max(len(one.diagnosis.layers) for one in some)
    rows, per = _rows(deepest)
    at = [[_at(one, r, per) for one in some] for r in range(len(rows))]
    sick = [one for one in some if one.diagnosis.findings]
    summary = f"Shaded where a fault was found: {listed([_where(one) for one in sick], 6)}."
    heat = Heat(
        title,
        summary,
        "net",
        "layer, from the input",
        tuple(clean(one.net, 16) for one in some),
        tuple(name if r % -(-len(rows) // LABELS) == 0 else "" for r, name in enumerate(rows)),
        tuple(tuple(_shade(cell) for cell in line) for line in at),
        low=-0.15,  # a healthy layer has a light shade, one that a net lacks has none
        high=1.0,
        says=tuple(
            tuple(_says(one, rows[r], cell) for one, cell in zip(some, at[r], strict=True))
            for r in range(len(rows))
        ),
        colour=1,
    )
    return Picture(heat, ident, summary)


def _rows(deepest: int) -> tuple[tuple[str, ...], int]:
    """Labels of a map's rows, the whole net's first, and how many layers share each.

    >>> _rows(3), _rows(100)[0][:3], _rows(100)[1]
    ((('net', '1', '2', '3'), 1), ('net', '1-3', '4-6'), 3)
    """
    per = -(-max(deepest, 1) // SHOWN)
    firsts = range(1, deepest + 1, per)
    return (
        WHOLE,
        *(f"{i}-{min(i + per - 1, deepest)}" if per > 1 else f"{i}" for i in firsts),
    ), per


def _at(one: Visit, place: int, per: int) -> list[Finding] | None:
    """What was found in one row of a map; `None` where the net has no such layer."""
    found = one.diagnosis.findings
    if place == 0:
        return [f for f in found if f.place < 0]
    first = (place - 1) * per
    if first >= len(one.diagnosis.layers):
        return None
    return [f for f in found if first <= f.place < first + per]


def _shade(cell: list[Finding] | None) -> float | None:
    return None if cell is None else float(bool(cell))


def _says(one: Visit, label: str, cell: list[Finding] | None) -> str:
    if cell is None:
        return ""
    where = "whole net" if label == WHOLE else f"layer {label}"
    return f"{_name(one)}, {where}: {listed([f.title for f in cell]) if cell else 'no fault'}"


def _where(one: Visit) -> str:
    return f"{clean(one.net)} ({'; '.join(_place(one, f) for f in one.diagnosis.findings)})"


def _place(one: Visit, finding: Finding) -> str:
    title = _lower(finding.title)
    if finding.place < 0:
        return title
    return f"{title}, layer {finding.place + 1} of {max(len(one.diagnosis.layers), 1)}"


def _lower(title: str) -> str:
    """A title within a sentence; words in capitals stay.

    >>> _lower("Vanishing gradient"), _lower("NaN")
    ('vanishing gradient', 'NaN')
    """
    return title if not title[1:2].islower() or title[:3] == "NaN" else title[0].lower() + title[1:]


def _curves(sick: Sequence[Visit]) -> Iterator[Picture]:
    """Losses of the same short training as the net is and with a cure, of the first few."""
    tried: dict[tuple[str, str, object], tuple[Visit, Cured, list[str]]] = {}
    for one in sick:
        titles = {finding.fault: finding.title for finding in one.diagnosis.findings}
        for cured in one.diagnosis.cures:
            if any(cured.curves):  # several faults may have one cure
                key = (one.net, one.when, cured.curves)
                tried.setdefault(key, (one, cured, []))[2].append(titles[cured.fault])
    for place, (one, cured, named) in enumerate([*tried.values()][:CURVES]):
        title = listed([named[0], *map(_lower, named[1:])])
        before, after = (
            Series(name, tuple(Mark(float(i + 1), y) for i, y in enumerate(ys)), colour, dots=False,
                   dash=colour == 1)
            for name, ys, colour in zip(("with the cure", "as it is"), cured.curves[::-1], (0, 1),
                                        strict=True)
        )  # fmt: skip
        summary = f"{title} of {_name(one)}: {_effect(cured)}."
        guess = (Level("a guess", cured.guess[1]),) if _known(cured.guess[1]) else ()
        chart = Chart(
            f"{title}: {_name(one)}", summary, f"step of {cured.steps}", "loss of a batch",
            tuple(s for s in (before, after) if s.marks), levels=guess,
        )  # fmt: skip
        yield Picture(chart, f"doctor-cure-{place}", summary)


def _known(value: float) -> bool:
    return abs(value) < float("inf")


def _loss(value: float) -> str:
    return f"{value:.3g}" if _known(value) else "no number"


def _effect(cured: Cured) -> str:
    gone = "the fault is gone" if cured.works else "the fault is still there"
    return (
        f"after {cured.steps} steps a loss of {_loss(cured.end[0])} as it is and of "
        f"{_loss(cured.end[1])} with the cure; {gone}"
    )


# ---- words --------------------------------------------------------------------------------------
def _sentences(sick: Sequence[Visit]) -> Iterator[str]:
    """One for each fault and cause: which nets have it, why, and what to do."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for one in sick:
        for found in one.diagnosis.findings:
            told.setdefault((found.title, found.cause, found.cure), []).append(_name(one))
    for (title, cause, cure), nets in told.items():
        yield f"{title}: {listed(nets, 6)}. {clean(cause, 400)} {clean(cure, 400)}"


Line = tuple[Visit, Finding]


def _table(sick: Sequence[Visit]) -> Table:
    columns: tuple[Column, ...] = (
        Column("net", "Net", lambda line: clean(line[0].net)),
        Column("when", "Looked at", lambda line: WORDS[line[0].when]),
        Column("fault", "Fault", lambda line: line[1].title),
        Column("layer", "Layer", _layer),
        Column("seen", "What was measured", lambda line: clean(line[1].evidence, 400), drop=2),
        Column("cure", "With the cure", _tried, drop=1),
    )
    if not any(one.when for one in sick):
        columns = (columns[0], *columns[2:])
    if not any(one.diagnosis.cures for one in sick):
        columns = columns[:-1]
    lines = [(one, finding) for one in sick for finding in one.diagnosis.findings]
    return Table(columns, tuple(row(columns, line) for line in lines), region=TITLE)


def _layer(line: Line) -> str:
    one, finding = line
    if finding.place < 0:
        return clean(finding.layer) or "the whole net"
    return f"{finding.place + 1} of {max(len(one.diagnosis.layers), 1)}"


def _tried(line: Line) -> str:
    one, finding = line
    cured = next((c for c in one.diagnosis.cures if c.fault == finding.fault), None)
    if cured is None:
        return "not tried"
    gone = "gone" if cured.works else "still there"
    return f"loss {_loss(cured.end[1])}, not {_loss(cured.end[0])}; {gone}"
