"""The key facts of a report: a few short values, each with what it means."""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.base.verdicts import Dossier
from howdeep.report.control import says, twin_size
from howdeep.report.depths import epsilon_words, for_now, named, next_shallower, select_rows, tried
from howdeep.report.seen import test_label
from howdeep.report.words import compact, layers_words, network, plural, textbook, unit


@dataclass(frozen=True)
class Fact:
    """A card: `value` is read first, `note` says what it is."""

    label: str
    value: str
    note: str


def facts(dossier: Dossier) -> tuple[Fact, ...]:
    """Three to five cards, the most useful first, for every status."""
    found = (_depth(dossier), *_confidence(dossier), _test(dossier), _price(dossier))
    return tuple(fact for fact in found if fact is not None)


def _depth(dossier: Dossier) -> Fact | None:
    verdict = dossier.verdict
    enough = verdict.enough
    if verdict.status == "unreliable":
        bad = sum(c.standing.state == "unreliable" for c in verdict.cells)
        return Fact(
            "Unreliable", f"{bad} of {len(verdict.cells)}", "nets of the ladder failed in training"
        )
    if verdict.status == "nothing_learnt":
        metric = unit(verdict.metric)
        scores = [c.standing.score for c in verdict.cells]
        best = f"{metric.guess}; the best net: {metric.score(max(scores))}"
        return Fact("Guessing", metric.score(verdict.constant), best)
    if verdict.status == "extend":
        layers = plural(verdict.weight_layers or 0, "layer")
        note = f"{layers} with weights, and still the best: go deeper"
        return Fact("Deepest tried", plural(verdict.blocks or 0, "block"), note)
    if enough is None:
        return _for_now(dossier)
    sizes = f"{layers_words(enough)}, {compact(enough.parameters)} parameters"
    kind = f", {network(enough.family)}" if enough.blocks and len(dossier.plan.families) > 1 else ""
    called = f"; {textbook(enough.weight_layers)}, as textbooks count"
    return Fact("Deep enough", plural(enough.blocks, "block"), sizes + kind + called)


def _for_now(dossier: Dossier) -> Fact:
    count = plural(len(dossier.verdict.candidates), "depth")
    found = for_now(dossier)
    if found is None:
        return Fact("Still possible", count, "may be the best")
    ref, at_most = found
    below = unit(dossier.verdict.metric).difference(at_most, near=dossier.verdict.epsilon)
    kind = f"{network(ref.family)}, {layers_words(ref)}" if ref.blocks else "the linear model"
    return Fact("For now", plural(ref.blocks, "block"), f"{kind}; at most {below} below the best")


def _confidence(dossier: Dossier) -> tuple[Fact, ...]:
    verdict, metric = dossier.verdict, unit(dossier.verdict.metric)
    if verdict.status in ("recommended", "no_depth_needed"):
        note = f"confident that no {tried(dossier)} is better by more than {epsilon_words(dossier)}"
        return (Fact("How sure", f"{100 * verdict.confidence:g} %", note),)
    out = []
    if verdict.status == "nothing_learnt" and verdict.could is not None:
        most = metric.difference(max(verdict.could, 0.0))
        note = f"above guessing is what a net could be at most, {100 * verdict.confidence:g} % sure"
        out.append(Fact("At most", most, note))
    if verdict.to_settle and verdict.to_settle.seeds and not verdict.rival:
        note = f"a depth would settle it, instead of {verdict.seeds}"
        out.append(Fact("More seeds", str(verdict.to_settle.seeds), note))
    if verdict.to_settle and verdict.to_settle.rows:
        does = "show such a gain" if verdict.status == "nothing_learnt" else "settle it"
        note = f"to compare on would {does}, instead of {select_rows(dossier)}"
        out.append(Fact("More rows", f"{verdict.to_settle.rows:,}", note))
    if verdict.status == "undetermined" and verdict.resolvable is not None and not out:
        note = f"is about what this study can tell apart; {epsilon_words(dossier)} was asked for"
        out.append(Fact("Resolution", metric.difference(verdict.resolvable), note))
    return tuple(out)


def _test(dossier: Dossier) -> Fact | None:
    verdict, test = dossier.verdict, dossier.verdict.handed_over
    if test is None:
        return None
    metric = unit(verdict.metric)
    words = metric.interval(test.handed_over)
    bounds = f" {words[words.index('(') :]}" if "(" in words else ""
    # next to a better model nobody trains the net again, and a phone's first screen is short
    span = metric.span(test.fresh, "to") if test.fresh and not verdict.rival else ""
    anew = f"; one fresh training: {span}" if span else ""
    note = f"the net's {metric.name}{bounds}{anew}; {metric.guess}: {metric.score(test.constant)}"
    return Fact(test_label(dossier), metric.score(test.handed_over.value), note)


def _price(dossier: Dossier) -> Fact | None:
    """What a shallower net costs, and what of that is left where it is as large."""
    verdict = dossier.verdict
    metric, price = unit(verdict.metric), next_shallower(dossier)
    if verdict.status != "recommended" or price is None or verdict.rival:
        return None
    if price.loss.high is not None and price.loss.high < 0:
        return None  # it costs nothing: the evidence says why the deeper one is named
    words = metric.gap_interval(price.loss, near=verdict.epsilon)
    bounds = f" {words[words.index('(') :]}" if "(" in words else ""
    return Fact(
        "Going shallower costs",
        metric.difference(price.loss.value),
        f"against the net named, for {named(dossier, price.cell)}{bounds}{_twin(dossier)}",
    )


def _twin(dossier: Dossier) -> str:
    twin = dossier.verdict.twin
    if twin is None:
        return ""
    gain = unit(dossier.verdict.metric).gap_interval(twin.gain, near=dossier.verdict.epsilon)
    cost = {"depth": gain, "parameters": "nothing that matters", "unclear": f"unclear, {gain}"}
    return f"; with one block as large ({twin_size(twin)}): {cost[says(twin)]}"
