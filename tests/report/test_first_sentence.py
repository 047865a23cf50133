"""What to use for now, how far that is from the best, and what would tell, in the first sentence;
and that parts of a report which a reader compares say the same.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import dossiers
import pytest
from test_plain import refs, widened
from test_terminal import shown

from howdeep.base.verdicts import CellRef, Dossier, Interval, Price, ToSettle
from howdeep.report.depths import for_now, next_shallower, open_shallower
from howdeep.report.evidence import labelled
from howdeep.report.facts import facts
from howdeep.report.sentence import headline
from howdeep.report.settling import top


def with_cells(base: Dossier, changed: dict[str, dict[str, Any]], **more: Any) -> Dossier:
    cells = tuple(
        replace(c, standing=replace(c.standing, **changed.get(c.standing.cell.name, {})))
        for c in base.verdict.cells
    )
    return replace(base, verdict=replace(base.verdict, cells=cells, **more))


NEEDS = {
    "seeds": (ToSettle(34, None, ""), "about 34 seeds a depth (now 12) would tell"),
    "seeds first": (ToSettle(34, 31_000, ""), "about 34 seeds a depth (now 12) would tell"),
    "rows": (ToSettle(None, 9_600, "more seeds alone cannot"), "about 9,600 rows to compare on"),
    "days of seeds": (ToSettle(900, 9_600, ""), "about 9,600 rows to compare on"),
    "nothing": (ToSettle(None, None, "the scores lie too close"), ""),
    "not asked": (None, ""),
}


@pytest.mark.parametrize("need", NEEDS)
def test_the_first_sentence_says_what_would_tell(need: str) -> None:
    settle, words = NEEDS[need]
    base = dossiers.undetermined()
    base = replace(base, verdict=replace(base.verdict, seeds=12))
    text = headline(replace(base, verdict=replace(base.verdict, to_settle=settle)))
    assert ("would tell" in text) == bool(words)
    assert words in text
    stopped = replace(base, verdict=replace(base.verdict, to_settle=settle, stopped_by="budget"))
    assert "would tell" not in headline(stopped)  # going on with this one comes first


@pytest.mark.parametrize("score", [0.5, 0.9])
@pytest.mark.parametrize("below", [0.004, 0.05, 0.185])
def test_a_wide_bound_stands_next_to_what_was_measured(score: float, below: float) -> None:
    base = dossiers.undetermined()
    assert base.verdict.provisional is not None
    ref = base.verdict.provisional.cell
    now = replace(base.verdict.provisional, below=below)
    dossier = with_cells(base, {ref.name: {"score": score}}, provisional=now)
    text, best = headline(dossier), top(dossier)
    assert best is not None
    assert f"{100 * below:g} points" in text
    assert text.endswith("would tell.")
    if best.cell == ref:
        assert "It has the highest score on these rows, and none is better by more than" in text
    else:
        assert f"It scores {100 * (best.score - score):.2f}".rstrip("0") in text


def test_a_net_that_risks_much_less_is_named() -> None:
    base = dossiers.undetermined()
    found = base.verdict.provisional
    assert found is not None
    other = refs(base)["resmlp-4"]
    for below, would, told in ((0.10, 0.02, True), (0.10, 0.09, False), (0.02, 0.02, False)):
        now = replace(found, below=below, would=would, would_name=other)
        verdict = replace(base.verdict, provisional=now)
        text = dict(labelled(replace(base, verdict=verdict)))["In plain words"]
        assert ("risks less: it is at most 2 points below the best" in text) == told
    old = replace(base, verdict=replace(base.verdict, provisional=None))  # of earlier versions
    now = for_now(old)
    assert now is not None
    sure = with_cells(old, {now[0].name: {"low": -0.2}, "resmlp-4": {"low": -0.003}})
    text = dict(labelled(sure))["In plain words"]
    assert "the residual network with 4 blocks (10 layers with weights) risks less" in text


@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1_macro", "accuracy"])
@pytest.mark.parametrize("rows", [(10, 53, 681), (700, 49, 900), (60, 80, 900)])
def test_few_rows_of_a_class_are_named_where_classes_count_alike(
    metric: str, rows: tuple[int, ...]
) -> None:
    base = dossiers.undetermined()
    task = replace(base.plan.task, metric=metric, classes=("3", "4", "5"), class_rows=rows)
    verdict = replace(base.verdict, metric=metric, to_settle=ToSettle(None, 9_600, "seeds cannot"))
    dossier = replace(base, plan=replace(base.plan, task=task), verdict=verdict)
    text = dict(labelled(dossier))["To settle it"]
    few = metric != "accuracy" and min(rows) < 50
    assert ("every class counts as much" in text) == few
    if few:
        label = task.classes[rows.index(min(rows))]
        assert f"class {label} has {min(rows)} rows in all" in text


# ---- what is compared with what ------------------------------------------------------------------
def prices(dossier: Dossier) -> tuple[Price, ...]:
    """Of every shallower net, each with another loss."""
    enough = dossier.verdict.enough
    assert enough is not None
    known = sorted(refs(dossier).values(), key=lambda r: (r.weight_layers, r.parameters))
    less = [ref for ref in known if ref.weight_layers < enough.weight_layers]
    return tuple(
        Price(ref, Interval(0.001 + i / 100, i / 100, 0.002 + i / 100))
        for i, ref in enumerate(less)
    )


@pytest.mark.parametrize("open_", [(), ("mlp-2",), ("linear",), ("linear", "mlp-1"), ("mlp-4",)])
def test_less_depth_that_may_be_enough_is_the_one_that_is_priced(open_: tuple[str, ...]) -> None:
    """A deep net of another kind may come next by layers, and fail: that is no price of depth."""
    base = dossiers.settled()
    state = {n: {"state": "alive" if n in open_ else "dropped"} for n in ("linear", "mlp-1")}
    state |= {n: {"state": "alive" if n in open_ else "dropped"} for n in ("mlp-2", "mlp-4")}
    state["resmlp-1"] = {"state": "dropped"}
    dossier = with_cells(base, state, price=prices(base), settled=not open_)
    assert {s.cell.name for s in open_shallower(dossier)} == set(open_)
    found, said = next_shallower(dossier), dict(labelled(dossier))["Going shallower"]
    assert found is not None
    last = base.verdict.price[-1].cell if not open_ else refs(base)[open_[-1]]
    assert found.cell == (last if open_ else prices(base)[-1].cell)
    assert ("that may be enough too" in said) == (found != dossier.verdict.price[-1])
    card = next(f for f in facts(dossier) if f.label == "Going shallower costs")
    assert f"{100 * found.loss.value:g}" in card.value


@pytest.mark.parametrize(("value", "low", "high"), [(-0.015, -0.035, 0.004), (-0.002, -0.003, 0.0)])
def test_nobody_scores_less_than_nothing_more(value: float, low: float, high: float) -> None:
    base = dossiers.settled()
    for says in ("parameters", "unclear"):
        one = replace(widened(2, says, low, high), gain=Interval(value, low, high))
        dossier = replace(base, verdict=replace(base.verdict, control=one, twin=one))
        said = dict(labelled(dossier))["Depth, or parameters?"]
        assert "scores \u2212" not in said
        assert f"scores {100 * -value:g} points" in said
        assert "more than the net named" in said


SAYS = ("better", "as good", "unclear", "worse")
SPANS = ((0.004, 0.02), (-0.004, 0.02), (-0.02, -0.004))


@pytest.mark.parametrize(("says", "span"), list(product(SAYS[1:], SPANS)))
def test_words_on_models_agree_with_their_interval(says: Any, span: tuple[float, float]) -> None:
    base = dossiers.settled()
    low, high = span
    if (says == "worse") != (high < 0) and says == "worse":
        return
    gap = Interval((low + high) / 2, low, high)
    best = max(base.verdict.rivals, key=lambda r: r.score or 0.0)
    rivals = tuple(
        replace(r, says=says, difference=gap) if r == best else replace(r, says="worse")
        for r in base.verdict.rivals
    )
    dossier = replace(base, verdict=replace(base.verdict, rivals=rivals))
    text = dict(labelled(dossier))["Classical models"]
    assert ("No model is shown to be better" in text) == (says == "unclear" and low < 0 < high)
    better = "The best is better than the net, if perhaps by less than 0.5 points"
    assert (better in text) == (says == "unclear" and low > 0)
    assert ("None is as good; the best is worse" in text) == (says == "unclear" and high < 0)
    assert ("is as good, that is, within 0.5 points" in text) == (says == "as good")
    table = " ".join(shown(dossier, 110))
    assert ("maybe by little" in table) == (says == "unclear" and not low < 0 < high)


@pytest.mark.parametrize("alive", [(), ("resmlp-8",), ("resmlp-4", "resmlp-8")])
def test_the_deepest_that_is_best_says_which_may_be_enough(alive: tuple[str, ...]) -> None:
    base = dossiers.extend()
    now = for_now(base)
    assert now is not None
    states = {
        name: {"state": "alive" if name in (*alive, now[0].name) else "dropped"}
        for name in refs(base)
    }
    text = dict(labelled(with_cells(base, states)))["In plain words"]
    assert ("but perhaps by less than" in text) == bool(alive)
    for name in alive:
        assert f"{name.split('-')[1]} blocks" in text


def test_an_encoding_kept_although_another_scored_more_is_explained() -> None:
    from howdeep.base.verdicts import Encoding

    base = dossiers.settled()
    for other, told in ((0.9, True), (0.7, False)):
        found = Encoding("", (("", 0.8), ("ple", other)))
        verdict = replace(base.verdict, encoding=found)
        text = dict(labelled(replace(base, verdict=verdict)))["Encoding"]
        assert ("decides nothing" in text) == told
        assert "in first tries on validation rows" in text


def test_a_net_handed_over_that_beats_its_own_kind_is_explained() -> None:
    base = dossiers.settled()
    test = base.verdict.test_score
    assert test is not None
    for low, high, told in ((0.5, 0.6, True), (0.5, 0.99, False)):
        mine = replace(test, retrained=Interval(0.55, low, high))
        dossier = replace(base, verdict=replace(base.verdict, test_score=mine))
        text = dict(labelled(dossier))["On unseen rows"]
        assert ("It did best on validation rows" in text) == told


def test_no_first_sentence_says_points_of_a_class_nobody_knows() -> None:
    """Words that only their author understands are in none of the first sentences."""
    for make in dossiers.ALL.values():
        text = headline(make())
        for word in ("resmlp", "mlp-", "cell", "look", "epsilon", "rung", "not ruled out"):
            assert word not in text


def test_a_reference_without_depth_is_told_too() -> None:
    base = dossiers.undetermined()
    linear = refs(base)["linear"]
    assert isinstance(linear, CellRef)
    found = base.verdict.provisional
    assert found is not None
    dossier = replace(base, verdict=replace(base.verdict, provisional=replace(found, cell=linear)))
    assert headline(dossier).startswith("Use the linear model (no hidden layer) for now: no ")
