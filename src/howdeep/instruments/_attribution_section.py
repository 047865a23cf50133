"""What is shown of attribution: features by depth, maps, filters, units, the sanity check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from howdeep.instruments._classes import of_part
from howdeep.instruments._curves import between, by_depth, points
from howdeep.instruments._instrument import Measurement
from howdeep.instruments._tiles import picture
from howdeep.report.chart import Level
from howdeep.report.heat import Heat, Sheet
from howdeep.report.parts import Element, Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row
from howdeep.report.words import listed

TITLE = "What does it look at?"
FEATURES = 12
ALIKE = 0.7  # rank correlation from which an attribution says little of what was learnt
PARTLY = 0.3  # and from which a good part of it is the row's own


def section(found: tuple[Measurement, ...]) -> Section:
    """Features or maps first, then the gallery, and whether any of it speaks of the net."""
    if not found:
        return Section(TITLE, ())
    last = found[-1]
    pictures = []
    if last.values["features"]:
        pictures.append(Picture(_heat(found), "attribution-features"))
    if last.values["maps"]:
        pictures.append(Picture(_maps(last), "attribution-maps"))
    if last.values["filters"]:
        pictures.append(Picture(_filters(last), "attribution-filters"))
    if any(unit.get("pictures") for unit in last.values["units"]):
        pictures.append(Picture(_exciting(last), "attribution-units"))
    sanity = by_depth(
        found,
        lambda one: one.values["sanity"].get("integrated"),
        "Alike without learning",
        "Rank correlation of a row's attributions with those of a net that learnt nothing, by "
        "depth: high values say that attributions show the inputs, not the net.",
        "rank correlation",
        levels=(Level("too alike", ALIKE, kind="sparse"),),
    )
    if sanity is not None and len(found) > 1:
        pictures.append(Picture(sanity, "attribution-sanity"))
    parts: list[Element] = [Gallery(tuple(pictures))] if pictures else []
    text = " ".join(filter(None, (_features(last), _trusted(last))))
    if text:
        parts.append(Prose(text))
    if last.values["units"]:
        table = tuple(row(UNITS, unit) for unit in last.values["units"])
        parts.append(Prose(f"What the rows that excite a unit of {last.net} most have in common:"))
        parts.append(Table(UNITS, table, region="units and what excites them"))
    return Section(TITLE, (*parts, Prose(_how(last), note=True)) if parts else ())


def _heat(found: Sequence[Measurement]) -> Heat:
    names = [feature["name"] for feature in found[-1].values["features"]][:FEATURES]
    by_net = [{f["name"]: f["integrated"] for f in one.values["features"]} for one in found]
    values = tuple(
        tuple(None if name not in own else 100 * own[name][0] for own in by_net) for name in names
    )
    says = tuple(
        tuple(
            "" if name not in own else f"{one.net}, {name}: {points(own[name][0])} % "
            f"({between(own[name])})"
            for own, one in zip(by_net, found, strict=True)
        )
        for name in names
    )  # fmt: skip
    return Heat(
        "What each net looks at",
        "Share of the integrated gradients that each feature has, by net; darker is more. Most in "
        f"{found[-1].net}: " + ", ".join(f"{n} {v[-1] or 0:.0f} %" for n, v in zip(names, values,
                                                                                 strict=True)),
        "net",
        "feature",
        tuple(one.net for one in found),
        tuple(name[:18] for name in names),
        values,
        low=0.0,
        says=says,
    )  # fmt: skip


def _maps(one: Measurement) -> Sheet:
    held = [
        (tile, caption)
        for own in one.values["maps"]
        for tile, caption in (
            (own["picture"], own["says"]), (own["integrated"], "pixels"),
            (own["occlusion"], "patches"),
        )
    ]  # fmt: skip
    return _sheet(
        f"What speaks for the class, {one.net}",
        "Pictures with the class that the net says; red pixels speak for it, blue ones against it "
        "(integrated gradients); red patches lower it when they are covered (occlusion).",
        held,
    )


def _filters(one: Measurement) -> Sheet:
    held = [(tile, "") for tile in one.values["filters"]]
    return _sheet(
        f"Filters of the first layer of {one.net}",
        "Weights of the first layer laid out as pixels, those of the largest norm.",
        held,
    )


def _exciting(one: Measurement) -> Sheet:
    held = [
        (tile, f"{unit['layer']} {unit['unit']}")
        for unit in one.values["units"]
        for tile in unit.get("pictures", [])
    ]
    return _sheet(
        f"Pictures that excite units of {one.net} most",
        "Three pictures for each of some units, from the first layers to the last.",
        held,
    )


def _sheet(title: str, summary: str, held: Sequence[tuple[Any, str]]) -> Sheet:
    images, captions = tuple(picture(t) for t, _ in held), tuple(c for _, c in held)
    return Sheet(title, summary, images, captions)


def _features(one: Measurement) -> str:
    own = one.values["features"][:3]
    if not own:
        return ""
    named = [f"{f['name']} ({points(f['integrated'][0])} %, {between(f['integrated'])})"
             for f in own]  # fmt: skip
    return f"{one.net} looks most at {listed(named)} of what moves its answers."


def _trusted(one: Measurement) -> str:
    got = one.values["sanity"].get("integrated")
    if not got or got[0] is None:
        return ""
    ends = f"({got[1]:.2f} to {got[2]:.2f})"
    text = f"A net like {one.net} that learnt nothing ranks inputs {got[0]:.2f} alike {ends}"
    if got[0] >= ALIKE:
        return f"{text}: attributions show the rows, not the net, and are not to be trusted."
    if got[0] >= PARTLY:
        return f"{text}: much in an attribution is the row itself, and only the rest was learnt."
    return f"{text}, so that attributions do speak of what was learnt."


def _how(one: Measurement) -> str:
    values = one.values
    return (
        f"On {values['rows']} {of_part(values['part'])}; explained is the logit of the class that "
        "a net says (or its number), against a mean training row. Integrated gradients add up to "
        f"the change of the output but for {100 * (values['missing'] or 0):.2g} %. They say what "
        "this net reads, not what causes the target."
    )


def _class(unit: dict[str, Any]) -> str:
    if "class" not in unit:
        return ""
    return f"{unit['class']}: {points(unit['share'], 0)} % (of all {points(unit['usual'], 0)} %)"


def _feature(unit: dict[str, Any]) -> str:
    return f"{unit['feature']} ({unit['away']:.1f} sd away)" if unit.get("feature") else ""


UNITS = (
    Column("layer", "layer", lambda unit: unit["layer"]),
    Column("unit", "unit", lambda unit: str(unit["unit"]), "right"),
    Column("class", "most are", _class, sparse=True),
    Column("feature", "stand out by", _feature, drop=1, sparse=True),
)
