"""No two parts of a report contradict each other unexplained, whatever a study has found.

The parts that may: the headline, the best mean, depth or parameters, diminishing returns, each
family by itself, going shallower. Each says something true of its own comparison; where two of them
seem to say opposite things the paragraph in plain words says why both hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import dossiers
import pytest
from test_plain import GAINS, refs, widened

from howdeep.base.verdicts import Dossier, FamilyRange, Interval, Price
from howdeep.report.control import says
from howdeep.report.depths import open_shallower, order
from howdeep.report.evidence import labelled
from howdeep.report.facts import facts
from howdeep.report.page import page
from howdeep.report.sentence import headline

SAYS = ("depth", "parameters", "unclear")
LOSSES = {  # of the next shallower net against the one named; 0.5 points count as equal
    "much": Interval(0.0082, 0.0059, 0.0105),
    "little": Interval(0.0031, 0.0009, 0.0053),
    "perhaps nothing": Interval(0.0020, -0.0010, 0.0050),
    "a gain": Interval(-0.0022, -0.0035, -0.0009),
}
RETURNS = ("none", "named", "before", "dropped")
KINDS = ("same", "another", "none", "disagree")


def story(base: Dossier, loss: str, control: str, twin: str, returns: str, kinds: str) -> Dossier:
    """A study with a depth named, and around it what the words say."""
    known, enough = refs(base), base.verdict.enough
    assert enough is not None
    shallower = base.verdict.price[-1].cell
    diminishing = {
        "none": None,
        "named": enough,
        "before": known["mlp-2"] if order(known["mlp-2"]) < order(enough) else known["linear"],
        "dropped": known["resmlp-1"],
    }[returns]
    own = {"same": enough, "another": known["resmlp-8"], "none": None, "disagree": enough}[kinds]
    ranges = (
        FamilyRange("resmlp", own, own, 0.8579),
        FamilyRange("mlp", known["mlp-1"], known["mlp-1"], 0.8502),
    )
    changes: dict[str, Any] = {
        "price": (*base.verdict.price[:-1], Price(shallower, LOSSES[loss])),
        "control": widened(2, control, *GAINS[control]),
        "twin": widened(1, twin, *GAINS[twin]),
        "diminishing": diminishing,
        "families": ranges,
        "families_disagree": kinds == "disagree",
    }
    return replace(base, verdict=replace(base.verdict, **changes))


def stories() -> Iterator[tuple[str, Dossier]]:
    for name in ("settled", "unsettled", "boosted", "best_beaten"):
        base = dossiers.ALL[name]()
        for words in product(LOSSES, SAYS, SAYS, RETURNS, KINDS):
            yield f"{name}, {', '.join(words)}", story(base, *words)


STORIES = dict(stories())


def unexplained(dossier: Dossier) -> Iterator[str]:
    """Which two parts say opposite things without a word on it."""
    verdict, said = dossier.verdict, dict(labelled(dossier))
    plain, first = said["In plain words"], headline(dossier)
    assert verdict.enough is not None
    best = max(verdict.cells, key=lambda c: c.standing.score).standing
    if best.cell != verdict.enough and "has the highest mean score" not in plain:
        yield "another net has the best mean"
    loss = verdict.price[-1].loss
    every_worse = "every shallower one is worse" in first
    little = loss.value < verdict.epsilon
    if every_worse and little and "may itself lie a little below the best" not in plain:
        yield "worse by more than counts, and yet it costs less"
    if bool(open_shallower(dossier)) != ("may be enough too" in plain):
        yield "less depth may be enough, or not"
    low, high = loss.low or 0.0, loss.high or 0.0
    if low <= 0 <= high and "perhaps nothing" not in said["Going shallower"]:
        yield "a price that may be none"
    if high < 0 and "would even gain" not in said["Going shallower"]:
        yield "a price that is a gain"
    control, twin = (says(one) for one in (verdict.control, verdict.twin) if one is not None)
    if "parameters" in (control, twin) and "does as well" not in plain:
        yield "size does as well"
    if "depth" in (control, twin) and "scores less" not in plain and "does not" not in plain:
        yield "size does not do as well"
    if (control, twin) != ("unclear", "unclear") and "Whether size would do" in plain:
        yield "unclear, although something is shown"
    returns = said.get("Diminishing returns", "")
    ref = verdict.diminishing
    words = ("are not shown to gain more than" in plain, "why that one is named" in returns)
    earlier = ref is not None and order(ref) < order(verdict.enough)
    if returns and earlier and not all(words):
        yield "no gain beyond a shallower net than the one named"
    own = next(f.enough for f in verdict.families if f.family == verdict.enough.family)
    if verdict.families_disagree and "the answer holds for" not in plain:
        yield "kinds disagree"
    other = not verdict.families_disagree and own != verdict.enough
    if other and "mong its own kind alone" not in plain:
        yield "its own kind says another depth"


def test_there_are_stories_of_every_kind() -> None:
    assert len(STORIES) == 4 * len(LOSSES) * 9 * len(RETURNS) * len(KINDS)


def test_no_story_contradicts_itself_unexplained() -> None:
    found = {name: list(unexplained(dossier)) for name, dossier in STORIES.items()}
    assert {name: what for name, what in found.items() if what} == {}


def test_a_report_that_explains_nothing_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: without the paragraph nearly every story contradicts itself."""
    from howdeep.report import evidence

    def silent(_: Dossier) -> Iterator[tuple[str, str]]:
        yield "In plain words", ""

    monkeypatch.setattr(evidence, "plain_words", silent)
    some = list(STORIES.values())[::29]
    assert sum(any(unexplained(dossier)) for dossier in some) > 0.95 * len(some)


def test_the_paragraph_stays_short_and_is_on_the_page() -> None:
    for dossier in list(STORIES.values())[::37]:
        text = dict(labelled(dossier))["In plain words"]
        assert len(text.split()) < 190, text
        assert "unclear" not in text
        assert "\u2212" not in text  # nobody loses less than nothing
        html = page(dossier)
        assert text in html.replace("&#39;", "'")


@pytest.mark.parametrize("loss", LOSSES)
def test_the_card_names_no_price_below_nothing(loss: str) -> None:
    dossier = story(dossiers.settled(), loss, "depth", "depth", "none", "same")
    cards = {fact.label: fact.value for fact in facts(dossier)}
    assert ("Going shallower costs" in cards) == (loss != "a gain")


def test_returns_are_not_said_to_diminish_after_a_net_that_was_dropped() -> None:
    dossier = story(dossiers.settled(), "much", "depth", "depth", "dropped", "same")
    assert "Diminishing returns" not in dict(labelled(dossier))
    assert "are not shown to gain" not in dict(labelled(dossier))["In plain words"]


@pytest.mark.parametrize("named", [("resmlp",), ("resmlp", "mlp"), ()])
def test_kinds_that_know_their_depth_where_the_study_does_not(named: tuple[str, ...]) -> None:
    base = dossiers.undetermined()
    ranges = tuple(
        f if f.family in named else replace(f, enough=None) for f in base.verdict.families
    )
    dossier = replace(base, verdict=replace(base.verdict, families=ranges))
    text = dict(labelled(dossier))["In plain words"]
    assert ("Held against its own kind alone a depth is enough of the" in text) == bool(named)
    assert ("residual network and plain network" in text) == (len(named) == 2)
