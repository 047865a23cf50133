"""Which depths will train, said before anything is: of a builder's nets, or of howdeep's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from howdeep.base.nouns import Plan, Rung
from howdeep.data.task import Task
from howdeep.faults._named import builder, called, named, rows_of
from howdeep.faults._study import with_data
from howdeep.instruments import Effort, Forecast, Rows, Tell, before, forecast_words
from howdeep.instruments._forecast import Outlook
from howdeep.instruments._study import fresh, loss_of
from howdeep.instruments._trainable_page import RULE, TITLE
from howdeep.nets.ladder import extended
from howdeep.report.parts import Prose, Section
from howdeep.report.table import Column, Table, row
from howdeep.report.words import clean
from howdeep.route import doors, session
from howdeep.route.options import Options
from howdeep.store.study import Study
from howdeep.trainers.fused.encoded import encoders, inputs

USUAL = (2, 4, 8, 16, 32, 64)  # depths of a builder


@dataclass(frozen=True)
class Starts:
    """What the starts of one architecture say, shallow first."""

    net: str
    forecasts: tuple[Forecast, ...]

    def values(self) -> dict[str, Any]:
        """As JSON (docs/doctor.md has its shape)."""
        return {"net": self.net, "depths": [one.values() for one in self.forecasts]}


def of_builder(
    what: str, options: Options, tell: Tell, notes: Callable[[tuple[str, ...]], None]
) -> tuple[Starts, ...]:
    """Of the nets that "module:build" gives for each of --depths.

    Raises:
        InputError: there is no such builder, it takes no depth, its nets do not fit the data, or no
            data are named.
    """
    task = doors.task_of(with_data(what, options))
    notes(task.info.notes)
    depths = _from_one(options.depths or USUAL)
    one = named(what, task, options.loss, options.rate, options.optimizer, depths[0])
    common = inputs(task, encoders(task))
    columns, own = common.image[2] if common.image else common.columns, builder(what)

    def build(depth: int) -> nn.Module:
        return called(own, task, columns, what, depth)

    return (Starts(what, before(build, one.train, one.loss, depths, Effort(tell=tell))),)


def of_data(
    what: str, options: Options, tell: Tell, notes: Callable[[tuple[str, ...]], None]
) -> tuple[Starts, ...]:
    """Of the families that a study of these data would train, at its depths or at --depths.

    Raises:
        InputError: whatever is wrong with the data or the options.
    """
    asked = replace(options, data=what)
    task = doors.task_of(asked)
    notes(task.info.notes)
    plan, task = session.plan_of(task, asked)
    return _of_plan(plan, task, options.depths, tell)


def of_study(study: Study, options: Options, tell: Tell) -> tuple[Starts, ...]:
    """Of the families of a study, at its depths or at --depths."""
    return _of_plan(study.plan, study.task(), options.depths, tell)


def _of_plan(
    plan: Plan, task: Task, depths: Sequence[int] | None, tell: Tell
) -> tuple[Starts, ...]:
    common = plan.cells[0].rung.inputs
    x, y = rows_of(task, encoders(task, common.encoding), common, task.folds[0].train)
    rows = Rows((x,), y)
    loss = loss_of("classes" if task.info.classes else "numbers")
    found = []
    for ladder in plan.ladders:
        own = _from_one(depths or extended(ladder.depths, ladder.extend_to))

        def build(depth: int, name: str = ladder.family, width: int = ladder.width) -> nn.Module:
            rung = Rung(name, depth, width, common, task.outputs)
            return fresh(rung)(torch.initial_seed()).train()

        found.append(Starts(ladder.family, before(build, rows, loss, own, Effort(tell=tell))))
    return tuple(found)


def _from_one(depths: Sequence[int]) -> tuple[int, ...]:
    """Depths without that of no blocks, whose gradient has no layer to be lost in."""
    return tuple(depth for depth in depths if depth > 0)


# ---- words --------------------------------------------------------------------------------------
def sections(found: Sequence[Starts]) -> tuple[Section, ...]:
    """A sentence and a table for each architecture, and the rule at the end."""
    columns = (
        Column("depth", "Depth", lambda f: str(f.depth), align="right"),
        Column("layers", "Layers", lambda f: str(f.outlook.layers + 1), align="right"),
        Column("limit", "Layers that train", lambda f: _limit(f.outlook), align="right"),
        Column("says", "Within this budget", lambda f: f.says),
    )
    told = []
    for i, one in enumerate(found):
        table = Table(columns, tuple(row(columns, f) for f in one.forecasts))
        parts = (Prose(forecast_words(one.forecasts)), table)
        rule = (Prose(RULE, note=True),) if i == len(found) - 1 else ()
        told.append(Section(f"{TITLE} {clean(one.net)}", (*parts, *rule)))
    return tuple(told)


def _limit(found: Outlook) -> str:
    """Up to how many layers train, as far as the start tells."""
    if found.reach is None:
        return "-"
    low, high = found.bounds
    return "no limit seen" if low >= 1_000 else f"{low:.0f} to {high:.0f}" if high < 1_000 \
        else f"{low:.0f} or more"  # fmt: skip
