"""The verdict: statuses in their order of precedence, and the evidence next to them."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest
from test_look import FLAT, GROWING, NAMES, RISING, spoil

from howdeep.base import keys
from howdeep.base.nouns import Plan
from howdeep.base.verdicts import Verdict
from howdeep.judge import settle
from howdeep.judge.conclude import conclude
from howdeep.judge.reported import handed_over
from howdeep.judge.row_scores import first_seeds
from howdeep.stats import mcb
from planted import Memory, ladder, plan, trial


def judged(p: Plan, means: dict[str, float], **options: object) -> Verdict:
    memory = ladder(p, means, **options)  # type: ignore[arg-type]
    return conclude(p, memory.trials, memory)


# ---- statuses -----------------------------------------------------------------------------------
def test_recommended() -> None:
    v = judged(plan(), RISING)
    assert (v.status, v.family, v.blocks, v.settled) == ("recommended", "resmlp", 2, True)
    assert v.enough is not None
    assert v.enough == v.at_least == v.diminishing
    assert (v.weight_layers, v.parameters) == (v.enough.weight_layers, v.enough.parameters)
    assert v.to_settle is None
    assert v.looks == (3, 5, 8, 12, 20)[: len(v.looks)]
    assert v.seeds == v.looks[-1]


def test_no_depth_needed() -> None:
    v = judged(plan(), FLAT)
    assert (v.status, v.family, v.blocks, v.settled) == ("no_depth_needed", "linear", 0, True)
    assert v.price == ()


def test_undetermined_lists_what_may_be_best_and_what_would_settle_it() -> None:
    v = judged(plan(max_seeds=3), FLAT | {"linear": 20.0}, sd=2.0)
    assert (v.status, v.family, v.blocks, v.enough) == ("undetermined", None, None, None)
    assert [c.name for c in v.candidates] == list(NAMES[1:])
    assert v.at_least is not None
    assert v.at_least.name == "resmlp-1"
    assert v.test_score is None
    assert v.to_settle is not None
    assert v.to_settle.seeds is not None
    assert v.to_settle.seeds > 3


def test_the_first_depth_that_is_not_dropped_is_for_now_and_its_bound_is_its_own() -> None:
    p = plan(max_seeds=3)
    memory = ladder(p, FLAT | {"linear": 20.0}, sd=2.0)
    v = conclude(p, memory.trials, memory)
    found, cells = v.provisional, {c.standing.cell.name: c.standing for c in v.cells}
    assert found is not None
    assert (v.status, found.cell.name) == ("undetermined", "resmlp-1")
    assert found.below == -cells["resmlp-1"].low > v.epsilon
    assert found.test_score is not None
    assert v.handed_over == found.test_score
    trials = {t.key: t for t in memory.trials}
    assert trials[found.test_score.handed_over_trial].cell == "resmlp-1"
    assert found.would is not None
    assert found.would_name is not None
    assert found.would == min(-s.low for s in cells.values() if s.state == "alive")
    again = conclude(dataclasses.replace(p, epsilon=found.would), memory.trials, memory)
    assert again.enough == found.would_name  # so wide a tolerance names it
    less = conclude(dataclasses.replace(p, epsilon=0.99 * found.would), memory.trials, memory)
    assert less.enough is None


def test_a_ladder_that_is_too_short_hands_over_its_deepest_for_now() -> None:
    v = judged(plan(), {name: GROWING[name] for name in NAMES})
    assert v.provisional is not None
    assert (v.status, v.provisional.cell.name) == ("extend", "resmlp-8")
    assert (v.provisional.below, v.provisional.would) == (0.0, None)
    assert v.provisional.test_score is None
    assert v.handed_over == v.test_score is not None


def test_what_is_for_now_is_in_no_digest_and_nowhere_else() -> None:
    v = judged(plan(max_seeds=3), FLAT | {"linear": 20.0}, sd=2.0)
    assert v.digest == keys.digest(dataclasses.replace(v, digest="", provisional=None))
    assert judged(plan(), RISING).provisional is None
    assert judged(plan(), FLAT).provisional is None


def test_extend_says_that_the_deepest_allowed_cell_is_still_the_best() -> None:
    v = judged(plan(), {name: GROWING[name] for name in NAMES})
    assert (v.status, v.family, v.blocks) == ("extend", "resmlp", 8)
    assert v.test_score is not None


def test_a_gain_within_the_tolerance_does_not_overrule_what_is_enough() -> None:
    v = judged(plan(epsilon=5.0), FLAT | {"resmlp-8": 51.0}, sd=0.02, row_sd=0.1)
    assert (v.status, v.blocks) == ("no_depth_needed", 0)
    deepest = v.cells[-1].standing
    assert deepest.low == 0 < deepest.high  # better than every other, for certain


def test_extend_precedes_undetermined() -> None:
    v = judged(plan(epsilon=0.5), FLAT | {"resmlp-8": 51.0}, sd=0.02, row_sd=0.1)
    assert (v.status, v.blocks) == ("extend", 8)
    assert [p.cell.name for p in v.price] == list(NAMES[:-1])


def test_unreliable_precedes_everything() -> None:
    p = plan()
    memory = ladder(p, FLAT, seeds=3)
    for name in NAMES[1:]:
        spoil(memory, name, 2, nonfinite=1)
    v = conclude(p, memory.trials, memory)
    assert (v.status, v.blocks) == ("unreliable", None)
    assert (v.provisional, v.handed_over) == (None, None)
    assert sum("left out" in note for note in v.notes) == 4


def test_recommended_though_shallower_ones_are_not_excluded() -> None:
    """Linear lies just beyond epsilon: it neither qualifies nor is it dropped."""
    v = judged(plan(), FLAT | {"linear": 49.4}, sd=0.2, rows=400)
    assert (v.status, v.blocks, v.settled) == ("recommended", 1, False)
    assert v.at_least is not None
    assert v.at_least.blocks == 0
    assert v.to_settle is not None
    assert v.to_settle.seeds is not None
    assert v.to_settle.seeds > v.seeds


def test_stopped_before_the_first_look() -> None:
    p = plan()
    memory = ladder(p, RISING, seeds=2)
    v = conclude(p, memory.trials, memory, stopped_by="budget")
    assert (v.status, v.looks, v.stopped_by) == ("undetermined", (), "budget")
    assert len(v.candidates) == 5
    assert (v.at_least, v.diminishing, v.resolvable, v.test_score) == (None,) * 4
    assert v.provisional is None
    assert v.to_settle is not None
    assert v.to_settle.seeds == 3


def test_stopped_while_a_deeper_cell_was_being_trained() -> None:
    p = plan(extend_to=32)
    memory = ladder(p, GROWING, seeds=dict.fromkeys(GROWING, 3) | {"resmlp-16": 1, "resmlp-32": 0})
    v = conclude(p, memory.trials, memory, stopped_by="budget")
    assert (v.status, v.blocks) == ("extend", 8)
    assert [c.standing.state for c in v.cells][-1] == "waiting"


# ---- evidence -----------------------------------------------------------------------------------
def test_going_shallower_has_a_price_with_bounds() -> None:
    v = judged(plan(), RISING)
    assert [p.cell.name for p in v.price] == ["linear", "resmlp-1"]
    for price, true in zip(v.price, (15, 5), strict=True):
        assert price.loss.low is not None
        assert price.loss.high is not None
        assert v.epsilon < price.loss.low < true < price.loss.high


def test_each_cell_is_summed_up() -> None:
    p = plan()
    memory = ladder(p, RISING)
    memory.trials = [
        dataclasses.replace(t, capped=int(t.seed == 0), train=(None,) if t.seed == 1 else t.train)
        for t in memory.trials
    ]
    v = conclude(p, memory.trials, memory)
    assert [c.standing.cell.name for c in v.cells] == list(NAMES)
    first = v.cells[0]
    assert (first.nets, first.rates, first.val, first.steps) == (3, (-7,), 40.0, 100.0)
    assert first.capped == pytest.approx(1 / 3)
    assert first.train == pytest.approx((60 + 10 + 60) / 3)  # the constant predictor's, if none


@pytest.mark.parametrize(("capped", "limited"), [(4, False), (5, True)])
def test_more_than_a_fifth_of_nets_at_the_step_cap_is_budget_limited(
    capped: int, limited: bool
) -> None:
    p = plan()
    memory = ladder(p, RISING)
    memory.trials = [dataclasses.replace(t, capped=int(t.seed < capped)) for t in memory.trials]
    assert conclude(p, memory.trials, memory).budget_limited is limited


def test_notes_name_nets_that_went_wrong() -> None:
    p = plan(max_seeds=8, looks=(8,), spending=(1.0,))
    memory = ladder(p, RISING)
    spoil(memory, "resmlp-4", 1, failed="lost", val=())
    spoil(memory, "resmlp-8", 1, nonfinite=1)
    notes = conclude(p, memory.trials, memory).notes
    assert [n.split(",")[0] for n in notes] == ["resmlp-4: 1 net lost", "resmlp-8: 1 net diverged"]


def test_the_resolvable_difference_shrinks_with_seeds() -> None:
    widths = [
        judged(plan(max_seeds=n, looks=(n,), spending=(1.0,)), FLAT, sd=1.0).resolvable
        for n in (3, 8, 20)
    ]
    assert None not in widths
    assert widths == sorted(widths, reverse=True)  # type: ignore[type-var]


# ---- what would settle it -----------------------------------------------------------------------
def test_noise_of_seeds_asks_for_seeds_which_then_settle_it() -> None:
    need = judged(plan(max_seeds=3), FLAT, sd=1.0, row_sd=0.01).to_settle
    assert need is not None
    assert (need.rows, need.why) == (None, "")
    assert need.seeds is not None
    settled = [
        judged(plan(max_seeds=need.seeds), FLAT, sd=1.0, row_sd=0.01, draw=draw).settled
        for draw in range(20)
    ]
    assert sum(settled) >= 12  # asked for with an 80 % chance, from three seeds' variances


def test_what_is_asked_for_is_more_than_there_is() -> None:
    for draw in range(30):
        p = plan()
        memory = ladder(p, FLAT, sd=1.0, row_sd=1.0, draw=draw, seeds=3)
        v = conclude(p, memory.trials, memory, stopped_by="budget")
        assert v.seeds == 3
        if v.to_settle is not None:
            assert (v.to_settle.seeds or 99) >= 5  # those of the next look
            assert (v.to_settle.rows or 99) > 40


def test_a_row_floor_asks_for_rows() -> None:
    found = [judged(plan(max_seeds=8), FLAT, sd=0.01, row_sd=6.0, draw=d) for d in range(6)]
    open_ = [v.to_settle for v in found if v.to_settle is not None]
    assert open_
    assert all(need.seeds is None for need in open_)
    asked = [need for need in open_ if need.rows is not None]
    assert asked
    assert all(need.rows > 40 and "seeds alone cannot" in need.why for need in asked)


@pytest.mark.parametrize(
    ("variance", "why"), [(0.001, "only both together"), (1e-12, "too close"), (0.0, "too close")]
)
def test_why_neither_would(variance: float, why: str) -> None:
    pairs = mcb.pairwise(np.zeros((2, 20, 400)))
    needs = settle._need(variance, 0.1, 0.5, 0.1, pairs)
    said = settle._said(*(math.ceil(x) if x <= settle.MOST_ROWS else None for x in needs))
    assert (said.seeds, said.rows) == (None, None)
    assert why in said.why


# ---- families -----------------------------------------------------------------------------------
TWO = ("mlp", "resmlp")


def two(mlp: tuple[float, ...], resmlp: tuple[float, ...]) -> dict[str, float]:
    both = {"mlp": mlp, "resmlp": resmlp}
    return {"linear": 40.0} | {
        f"{family}-{b}": mean
        for family, means in both.items()
        for b, mean in zip((1, 2, 4), means, strict=True)
    }


def test_each_family_has_its_own_range_though_the_other_wins() -> None:
    v = judged(plan((0, 1, 2, 4), TWO), two((50, 50, 50), (50, 60, 65)), sd=0.2)
    ranges = {r.family: r for r in v.families}
    assert (v.family, v.blocks) == ("resmlp", 4)
    mlp, resmlp = ranges["mlp"], ranges["resmlp"]
    assert mlp.at_least is not None
    assert mlp.at_least.name == "mlp-1"
    assert resmlp.enough is not None
    assert resmlp.enough.name == "resmlp-4"
    assert mlp.best == pytest.approx(50, abs=0.5)


def test_families_disagree_when_their_ranges_do_not_overlap() -> None:
    apart = judged(plan((0, 1, 2, 4), TWO), two((60, 60, 60), (50, 50, 60)), sd=0.1)
    level = judged(plan((0, 1, 2, 4), TWO), two((60, 60, 60), (60, 60, 60)), sd=0.1)
    assert apart.families_disagree
    assert not level.families_disagree


def test_a_ladder_that_ended_while_it_still_gained_disagrees_with_no_deeper_one() -> None:
    p = plan((0, 1, 2, 4), TWO)
    ladders = tuple(
        dataclasses.replace(own, depths=(0, 1, 2)) if own.family == "mlp" else own
        for own in p.ladders
    )
    cells = tuple(c for c in p.cells if (c.family, c.blocks) != ("mlp", 4))
    p = dataclasses.replace(p, cells=cells, ladders=ladders)
    v = judged(p, two((50, 55, 0), (40, 50, 60)), sd=0.1)
    assert [(r.at_least.blocks, r.enough.blocks) for r in v.families] == [(2, 2), (4, 4)]  # type: ignore[union-attr]
    assert not v.families_disagree


# ---- the reported score -------------------------------------------------------------------------
def test_the_test_score_is_the_mean_of_the_cells_seeds() -> None:
    p = plan()
    memory = ladder(p, RISING)
    for t in memory.trials:
        memory.rows[t.key, "test"] = np.full(40, 70.0 + t.seed) + np.arange(40) / 100
    best = next(i for i, t in enumerate(memory.trials) if t.cell == "resmlp-2" and t.seed == 1)
    memory.trials[best] = dataclasses.replace(memory.trials[best], val=(99.0,))
    v = conclude(p, memory.trials, memory)
    score = v.test_score
    assert score is not None
    assert score.retrained.value == pytest.approx(70 + (v.seeds - 1) / 2 + 0.195)
    assert score.retrained.low is not None
    assert score.fresh is not None
    assert score.fresh.value == score.retrained.value
    assert score.fresh.low is not None
    assert score.fresh.low < score.retrained.low - 1
    assert score.handed_over_seed == 1
    assert score.handed_over_trial == memory.trials[best].key
    assert score.handed_over.value == pytest.approx(71.195)
    assert score.handed_over.low is not None
    assert score.constant == 10


def test_ties_of_validation_hand_over_the_lowest_seed() -> None:
    v = judged(plan(), RISING)
    assert v.test_score is not None
    assert v.test_score.handed_over_seed == 0


def test_a_diverged_net_is_not_handed_over() -> None:
    at = plan().cells[2]
    seeds = [trial(at, 0, val=500.0, nonfinite=1), trial(at, 1, val=49.0), trial(at, 2, val=50.0)]
    assert handed_over(first_seeds(seeds, 3, 0.5)) == 2


def test_right_rows_of_one_net_have_wilsons_interval() -> None:
    p = plan()
    memory = ladder(p, RISING)
    for t in memory.trials:
        memory.rows[t.key, "test"] = np.ones(40)
    score = conclude(p, memory.trials, memory).test_score
    assert score is not None
    assert score.handed_over.low == pytest.approx(40 / (40 + 1.959964**2))
    assert (score.retrained.low, score.retrained.high) == (None, None)


def test_rows_that_are_not_finite_count_as_the_constant_predictor() -> None:
    p = plan(max_seeds=3)
    memory = ladder(p, FLAT)
    broken = next(t for t in memory.trials if t.cell == "resmlp-2")
    memory.rows[broken.key, "select"][5] = -np.inf
    v = conclude(p, memory.trials, memory)
    assert v.cells[2].standing.score == pytest.approx((10 + 50 + 50) / 3, abs=1.5)


@pytest.mark.parametrize("metric", ["mse", "mae"])
def test_regression_prints_errors_of_the_net_handed_over(metric: str) -> None:
    base = plan()
    yards = (("select", 7.0), ("test", 9.0))
    task = dataclasses.replace(base.task, metric=metric, kind="regression", yards=yards)
    p = dataclasses.replace(base, task=task)
    memory = ladder(p, RISING)
    memory.rows["", "test"] = np.full(40, -1.25)
    for t in memory.trials:
        memory.rows[t.key, "test"] = np.linspace(-0.5, 0.0, 40)
    v = conclude(p, memory.trials, memory)
    assert v.test_score is not None
    extra = dict(v.test_score.extra)
    own = 9 * np.linspace(0.5, 0.0, 40)  # squared errors, or absolute ones
    errors = np.sqrt(own) if metric == "mse" else own
    assert extra["RMSE"] == pytest.approx(np.sqrt(np.square(errors).mean()))
    assert extra["MAE"] == pytest.approx(errors.mean())
    assert list(extra) == (["RMSE", "MAE"] if metric == "mse" else ["MAE", "RMSE"])
    weighted = dataclasses.replace(p, task=dataclasses.replace(task, weighted=True))
    score = conclude(weighted, memory.trials, memory).test_score
    assert score is not None
    assert len(score.extra) == 1


# ---- digest -------------------------------------------------------------------------------------
def test_the_digest_covers_the_verdict_and_survives_json() -> None:
    p = plan()
    memory = ladder(p, RISING)
    mixed = memory.trials[:]
    random.Random(0).shuffle(mixed)
    a, b = conclude(p, memory.trials, memory), conclude(p, mixed, memory)
    assert a == b
    assert a.digest == keys.digest(dataclasses.replace(a, digest=""))
    assert keys.loads(Verdict, keys.dumps(a)) == a
    memory.rows[memory.trials[0].key, "select"] = memory.rows[memory.trials[0].key, "select"] + 1e-9
    assert conclude(p, memory.trials, memory).digest != a.digest


def test_a_study_without_trials_concludes_nothing() -> None:
    v = conclude(plan(), [], Memory())
    assert (v.status, v.seeds, v.digest != "") == ("undetermined", 0, True)
    assert keys.loads(Verdict, keys.dumps(v)) == v
