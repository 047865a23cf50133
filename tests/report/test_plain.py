"""One story: what a reader is told in plain words agrees with every other part of the report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dossiers
import pytest
from test_terminal import shown

from howdeep.base.verdicts import CellRef, Control, Dossier, FamilyRange, Interval, Price
from howdeep.report.depths import for_now
from howdeep.report.evidence import labelled
from howdeep.report.facts import facts
from howdeep.report.net_words import state_words
from howdeep.report.page import page
from howdeep.report.sentence import headline, next_steps
from howdeep.report.words import NETWORKS, unit


def told(dossier: Dossier, **changes: Any) -> tuple[Dossier, str]:
    """The dossier with changes, and its paragraph."""
    dossier = replace(dossier, verdict=replace(dossier.verdict, **changes))
    return dossier, dict(labelled(dossier))["In plain words"]


def refs(dossier: Dossier) -> dict[str, CellRef]:
    return {c.standing.cell.name: c.standing.cell for c in dossier.verdict.cells}


def widened(blocks: int, says: str, low: float, high: float) -> Control:
    rival = CellRef("resmlp", blocks, 2 + 2 * blocks, 80_000, 300)
    return Control(rival, 1.0, Interval((low + high) / 2, low, high), 12, says)  # type: ignore[arg-type]


# ---- headline, best mean, depth or parameters, price, families ----------------------------------
def test_a_net_shallower_than_the_best_mean_is_explained() -> None:
    _, text = told(dossiers.settled())
    assert (
        "The residual network with 8 blocks (18 layers with weights) has the highest mean" in text
    )
    assert (
        "0.08 points above that of the net named: less than 0.5 points, which counts as equal"
        in text
    )


def test_a_deeper_net_that_is_better_for_certain_is_told_with_its_most() -> None:
    dossier = dossiers.settled()
    cells = tuple(
        replace(c, standing=replace(c.standing, low=0.0, high=0.002))
        if c.standing.cell.name == "resmlp-8"
        else c
        for c in dossier.verdict.cells
    )
    _, text = told(dossier, cells=cells)
    assert "and is better for certain, by 0.27 points at most: less than 0.5 points" in text


SIZES = {  # what the control and the twin say, and what the reader is told once
    ("depth", "depth"): "Size does not replace depth: a shallower net as large",
    ("parameters", "parameters"): "a shallower net of the same size does as well",
    ("unclear", "unclear"): "Whether size would do instead of depth is not shown either way",
    ("parameters", "depth"): "the next shallower one does as well and one block does not",
    ("depth", "parameters"): "One block as large does as well, although the next shallower",
    ("depth", "unclear"): "large scores less; of one block as large it is not shown",
    ("unclear", "depth"): "one block as large scores less; of the next shallower net as large",
    ("parameters", "unclear"): "whether one block as large would is not shown either way",
    ("unclear", "parameters"): "ne block as large does as well, so that size would do instead of",
}
GAINS = {"depth": (0.002, 0.02), "parameters": (-0.002, 0.004), "unclear": (-0.004, 0.02)}


@pytest.mark.parametrize(("control", "twin"), SIZES)
def test_control_and_twin_are_told_together(control: str, twin: str) -> None:
    found = {
        "control": widened(2, control, *GAINS[control]),
        "twin": widened(1, twin, *GAINS[twin]),
    }
    _, text = told(dossiers.many_classes(), **found)
    assert SIZES[control, twin] in text
    others = {words for pair, words in SIZES.items() if pair != (control, twin)}
    assert not any(words in text for words in others)


def test_a_price_next_to_a_twin_that_matches_is_the_price_of_being_smaller() -> None:
    twin = widened(1, "parameters", -0.001, 0.002)
    dossier, text = told(dossiers.settled(), twin=twin, control=twin)
    assert dossier.verdict.price[-1].loss.low > 0  # type: ignore[operator]
    assert "Shallower nets lose because they are smaller: a shallower net of the same size" in text
    price = replace(dossier.verdict.price[-1], loss=Interval(0.002, -0.001, 0.004))
    dossier, text = told(dossier, price=(price,))
    assert "lose because" not in text
    said = dict(labelled(dossier))["Going shallower"]
    assert "that is, perhaps nothing: the bounds reach from a gain to a loss" in said


@pytest.mark.parametrize("says", ["depth", "parameters", "unclear"])
@pytest.mark.parametrize(("low", "high"), [(0.001, 0.02), (-0.02, -0.001)])
def test_nothing_is_unclear_where_an_interval_excludes_0(
    says: str, low: float, high: float
) -> None:
    one = widened(1, says, low, high)
    dossier, text = told(dossiers.settled(), control=one, twin=one)
    said = dict(labelled(dossier))["Depth, or parameters?"]
    card = next(fact.note for fact in facts(dossier) if fact.label == "Going shallower costs")
    for words in (text, said, card):
        assert "unclear" not in words
        assert "not shown either way" not in words
    assert ("it even scores" in said) == (high < 0)


def test_a_model_whose_interval_excludes_0_is_not_called_unclear() -> None:
    dossier = dossiers.boosted_open()
    lines = [line for line in shown(dossier, 110) if line.startswith(("nearest", "logistic"))]
    assert "(+0.18 to +1.88)  better, maybe by little" in lines[0]
    assert "(−0.42 to +1.28)  unclear" in lines[1]


def test_families_that_disagree_limit_the_answer_to_one() -> None:
    _, text = told(dossiers.disagree())
    assert "Kinds of net need different depths here: the answer holds for the residual" in text


def test_a_family_that_needs_another_depth_by_itself_is_reconciled() -> None:
    dossier = dossiers.settled()
    known = refs(dossier)
    ranges = (
        FamilyRange("resmlp", known["resmlp-1"], known["resmlp-1"], 0.8579),
        FamilyRange("mlp", known["mlp-2"], known["mlp-2"], 0.8502),
    )
    _, text = told(dossier, families=ranges)
    assert "Among its own kind alone the residual network with 1 block is enough" in text
    _, text = told(dossier, families=(replace(ranges[0], enough=known["resmlp-2"]), ranges[1]))
    assert "own kind" not in text


def test_returns_that_seem_to_diminish_before_the_net_named_are_reconciled() -> None:
    dossier = dossiers.unsettled()
    dossier, text = told(dossier, diminishing=refs(dossier)["mlp-2"])
    assert "Nets deeper than the plain network with 2 blocks are not shown to gain more" in text
    assert "none gains so much on the residual network with 2 blocks is shown" in text
    assert "which is why that one is named" in dict(labelled(dossier))["Diminishing returns"]


def test_a_model_that_wins_is_said_before_the_nets_are_explained() -> None:
    _, text = told(dossiers.boosted())
    assert "A classical model is better than the nets" in text
    assert "classical" not in told(dossiers.settled())[1]


@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_paragraph_is_short_and_comes_first(name: str) -> None:
    found = labelled(dossiers.ALL[name]())
    none = name in ("unreliable", "nothing_learnt", "guessing_nets", "no_models")
    assert (found[0][0] == "In plain words") != none
    assert none or len(found[0][1].split()) < 170


# ---- differences --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "near", "text"),
    [
        (0.00502, 0.005, "0.502"),
        (-0.00498, 0.005, "−0.498"),
        (0.00500012, 0.005, "0.5"),  # two digits more do not tell them apart either
        (0.005, 0.005, "0.5"),
        (0.0061, 0.005, "0.61"),
    ],
)
def test_a_bound_near_the_tolerance_has_a_digit_more(value: float, near: float, text: str) -> None:
    assert unit("accuracy").number(value, near=near) == text


def test_a_price_near_the_tolerance_is_told_from_it() -> None:
    dossier = dossiers.settled()
    price = Price(refs(dossier)["mlp-4"], Interval(0.0071, 0.00503, 0.0092))
    dossier, _ = told(dossier, price=(price,))
    assert "0.71 points (0.503 to 0.92)" in dict(labelled(dossier))["Going shallower"]
    assert "0.71 points (0.503 to 0.92)" in page(dossier)


@pytest.mark.parametrize("name", ["settled", "unsettled", "disagree", "regression", "many_classes"])
def test_every_difference_names_what_it_is_against(name: str) -> None:
    found = dict(labelled(dossiers.ALL[name]()))
    assert " against " in found["Going shallower"]
    for label in ("Depth, or parameters?", "In plain words"):
        if "points (" in found[label] or "R² (" in found[label]:
            assert "the net named" in found[label]
    assert "loses against the net named" in page(dossiers.ALL[name]())


@pytest.mark.parametrize(("low", "high"), [(-0.002, 0.0), (0.0, 0.002), (-0.002, 0.001)])
def test_bounds_that_are_cut_off_are_explained_under_the_table(low: float, high: float) -> None:
    base = dossiers.settled()
    cells = tuple(
        replace(c, standing=replace(c.standing, low=low, high=high, state="alive"))
        if c.standing.cell.name == "resmlp-4"
        else c
        for c in base.verdict.cells
    )
    dossier = replace(base, verdict=replace(base.verdict, cells=cells))
    for text in (" ".join(shown(dossier)), page(dossier)):
        assert ("Bounds are cut off at 0" in text) == (low * high == 0)
        assert "called worse end at −0.5" in text
    assert "called worse" not in " ".join(shown(dossiers.no_depth()))
    assert "cut off" not in page(dossiers.nothing_learnt())


def test_what_may_be_better_is_bounded_under_the_table() -> None:
    seen = []
    for make in (dossiers.settled, dossiers.unsettled, dossiers.no_depth, _wide):
        dossier = make()
        cells = [state_words(dossier, c.standing)[1] for c in dossier.verdict.cells]
        words = "&#34;may be better&#34;: by less than 0.5 points, which counts as equal"
        said = words in page(dossier)
        assert said == ("may be better" in cells)
        seen.append(said)
    assert set(seen) == {True, False}


def _wide() -> Dossier:
    """Bounds so wide that deeper nets do not qualify."""
    base = dossiers.settled()
    cells = tuple(
        replace(c, standing=replace(c.standing, qualifies=False, state="alive", high=0.004))
        for c in base.verdict.cells
    )
    return replace(base, verdict=replace(base.verdict, cells=cells))


@pytest.mark.parametrize("name", dossiers.ALL)
def test_no_net_is_called_not_ruled_out(name: str) -> None:
    dossier = dossiers.ALL[name]()
    assert "not ruled out" not in page(dossier)
    enough = dossier.verdict.enough
    for cell in dossier.verdict.cells:
        said = state_words(dossier, cell.standing)[1]
        if said == "may be better":
            assert enough is not None
            assert cell.standing.cell.weight_layers >= enough.weight_layers
            assert cell.standing.high > 0


# ---- what to do where no depth is named ----------------------------------------------------------
def test_what_is_used_for_now_is_on_every_medium() -> None:
    dossier = dossiers.undetermined()
    lines = shown(dossier)
    assert sum("> for now" in line for line in lines) == 1
    assert next(line for line in lines if "> for now" in line).startswith("mlp          1")
    assert "The net handed over for now, the plain network with 1 block" in page(dossier)
    assert next(f for f in facts(dossier) if f.label == "For now").value == "1 block"
    card = next(f for f in facts(dossier) if f.label == "On unseen rows")
    assert card.value == "84.8 %"
    steps = dict(next_steps(dossier))
    assert steps["howdeep predict adult.study new.csv"].endswith("handed over for now")


def test_the_tolerance_that_would_have_done_is_marked_as_chosen_after_the_fact() -> None:
    dossier = dossiers.undetermined()
    command, does = next(step for step in next_steps(dossier) if "--epsilon" in step[0])
    assert "--epsilon 0.0085" in command
    assert "the residual network with 8 blocks: chosen after the fact" in does
    assert "chosen after the fact" in dict(labelled(dossier))["A wider tolerance"]
    assert not any("--epsilon" in step for step, _ in next_steps(dossiers.settled()))


@pytest.mark.parametrize("make", [dossiers.undetermined, dossiers.extend, dossiers.budget])
def test_a_verdict_from_before_says_the_same_of_its_cells(make: Any) -> None:
    now = make()
    before = replace(now, verdict=replace(now.verdict, provisional=None))
    assert for_now(before) == for_now(now)
    assert headline(before) == headline(now)
    assert not any("--epsilon" in step for step, _ in next_steps(before))


def test_before_any_comparison_there_is_nothing_to_use() -> None:
    none = replace(dossiers.budget().verdict, provisional=None, looks=())
    assert headline(replace(dossiers.budget(), verdict=none)).startswith("Use none of these nets y")


def test_every_usual_family_has_a_name_that_people_know() -> None:
    from howdeep.nets import families

    usual = set(families.names()) - {"dcn"}  # which nobody gets who did not ask for it by name
    assert usual <= set(NETWORKS)
