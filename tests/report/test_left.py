"""How long a study will still take, from what is left to do and what was measured."""

from __future__ import annotations

from dataclasses import replace

import dossiers
import events
import pytest
from fabricate import make_plan

from howdeep.base import limits
from howdeep.base.nouns import Model, Plan
from howdeep.base.trials import Group, Round
from howdeep.base.verdicts import Standing
from howdeep.report import left
from howdeep.report.left import Pace
from howdeep.report.live import left_words
from howdeep.report.progress import View, advance, study_left


def net(plan: Plan, seeds: int = 2, name: str = "resmlp-4", stage: str = "rate") -> Group:
    return events._group(plan, name, stage, range(seeds))


def model(plan: Plan, seconds: float) -> Group:
    one = Model("boosting", 1, 1_000, 9, 16, 4_000, 1e9 * seconds)
    return replace(net(plan), stage="rival", cell="boosting", rung=one, recipe=None)


def after(plan: Plan, *groups: tuple[Group, float], workers: int = 1) -> Pace:
    pace = Pace(workers)
    for group, seconds in groups:
        pace = pace.after(plan, group, seconds)
    return pace


def standing(plan: Plan, seeds: int, enough: str = "", after: str = "look") -> Standing:
    cells = tuple(c.standing for c in dossiers.settled().verdict.cells)
    cells = tuple(replace(cell, state="alive") for cell in cells)
    return Standing(plan.looks.index(seeds), seeds, cells, enough, "linear", False, after)  # type: ignore[arg-type]


def test_nothing_is_said_before_anything_is_measured() -> None:
    assert Pace().takes({"net": 1e12, "model": 1e12}) is None
    assert left_words(View(), 0.0) == "time left not known yet"


@pytest.mark.parametrize("seconds", [0.5, 7.0, 300.0])
def test_what_was_measured_rules_once_there_is_enough_of_it(seconds: float) -> None:
    plan = make_plan()
    group = net(plan)
    amount = left.worst_flops(plan, group)
    pace = after(plan, *[(group, seconds)] * 20)
    assert pace.takes({"net": 20 * amount}) == pytest.approx(20 * seconds, rel=0.1)


def test_one_kind_of_work_tells_of_the_other_how_fast_the_machine_is() -> None:
    plan = make_plan()
    usual, slow = (after(plan, (model(plan, 20.0), 20.0 * times)) for times in (1, 4))
    work = {"net": 1e12}
    quick, long = usual.takes(work), slow.takes(work)
    assert quick is not None
    assert long is not None
    assert 2 < long / quick < 4
    assert quick == pytest.approx(1e12 * limits.SPENT / limits.RIVAL_FLOPS / 1e9, rel=0.2)


def test_a_tiny_first_group_that_took_long_does_not_frighten() -> None:
    """The linear model's few operations take a hundred times as long as those of deep nets."""
    plan = make_plan()
    tiny = net(plan, 1, "linear")
    amount = left.worst_flops(plan, tiny)
    work = {"net": 3_000 * amount}
    said = after(plan, (tiny, 0.2)).takes(work)
    assert said is not None
    assert said < 0.1 * 0.2 * 3_000


def test_twice_the_workers_halve_it_and_idle_ones_do_not() -> None:
    plan = make_plan()
    group = net(plan)
    work = {"net": 10 * left.worst_flops(plan, group)}
    one, two = (after(plan, (group, 5.0), workers=n).takes(work) for n in (1, 2))
    assert one is not None
    assert two == pytest.approx(one / 2)
    idle = after(plan, (group, 5.0), workers=2).ended(5.0).takes(work)  # one of two did nothing
    assert idle == pytest.approx(one)


def test_what_is_left_shrinks_with_every_look_and_ends_with_the_last() -> None:
    plan = replace(make_plan(), looks=(2, 3, 5, 8, 12, 20), sure_seeds=2, folds=5)
    main = Round("main", "look", (net(plan, 2, stage="main"),))
    found = [left.later(plan, None, Round("rate", "rates", ()), {})]
    found.append(left.later(plan, None, main, {}))
    found += [left.later(plan, standing(plan, n, "linear"), main, {}) for n in (2, 3, 5)]
    assert found == sorted(found, reverse=True)
    assert found[-2] > 0 == found[-1]  # the round under way leads to eight seeds, the usual ones


def test_an_open_race_may_go_on_for_a_look_more() -> None:
    plan = replace(make_plan(), looks=(2, 3, 5, 8, 12, 20), sure_seeds=2, folds=5)
    assert left.ends_at(plan, None) == 10
    assert left.ends_at(plan, standing(plan, 5, "linear")) == 8
    assert left.ends_at(plan, standing(plan, 5)) == 10
    assert left.ends_at(plan, standing(plan, 8)) == 12
    assert left.ends_at(replace(plan, sure_seeds=0), None) == 20


def test_widened_nets_are_expected_of_deep_answers_alone() -> None:
    plan = replace(make_plan(), looks=(2, 3, 5, 8), sure_seeds=2)
    main = Round("main", "look", ())
    none = left.later(plan, standing(plan, 5, "linear"), main, {})
    deep = left.later(plan, standing(plan, 5, "resmlp-4"), main, {})
    assert deep > none


def test_a_resumed_sitting_says_nothing_while_rates_are_tried() -> None:
    told = list(events.story(dossiers.settled(), finish=False, resumed=True))
    view = View()
    for now, event in enumerate(told[:8]):
        view = advance(view, event, float(now))
    assert study_left(view, 8.0) is None
    for now, event in enumerate(told[8:]):
        view = advance(view, event, 8.0 + now)
    assert study_left(view, float(len(told))) is not None


def test_what_takes_longer_than_expected_is_not_called_done() -> None:
    told = list(events.story(dossiers.settled(), finish=False))
    view = View()
    for now, event in enumerate(told[:8]):
        view = advance(view, event, float(now))
    said = study_left(view, 7.0)
    assert said is not None
    assert study_left(view, 1e6) == pytest.approx(said / 10)
