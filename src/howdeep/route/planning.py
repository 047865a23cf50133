"""From a task and what the user chose to the plan: everything fixed before the first comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from howdeep import modalities, trainers
from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Inputs, Plan, RateSearch
from howdeep.data import cap
from howdeep.data.compact import compact, first_folds
from howdeep.data.identity import stamped
from howdeep.data.scoring import effective_rows
from howdeep.data.task import Task
from howdeep.judge import tolerance
from howdeep.modalities import Modality
from howdeep.nets import ladder
from howdeep.nets.families import family
from howdeep.route import cuts
from howdeep.route import fit as fits
from howdeep.route.fit import Asked, Fit
from howdeep.route.options import Planning
from howdeep.stats import looks
from howdeep.trainers.fused import encoded


@dataclass(frozen=True)
class Fixed:
    """What no door asks: a built-in set, a benchmark or a test says it; `None` = the usual.

    `depths` given without `extend_to` are final; otherwise the ladder may double up to 32 blocks.
    `allowance`: FLOPs. It may leave out some of the default seeds, never of those given.
    `encodings`: what else the columns may become; else what may suit them. `rivals_work`: as
    `limits.RIVALS_WORK`.
    """

    extend_to: int | None = None
    width: int | None = None
    search: RateSearch | None = None
    allowance: float | None = None
    encodings: tuple[str, ...] | None = None
    rivals_work: float | None = None


@dataclass(frozen=True)
class Record:
    """What a study says of itself: howdeep's version, and what was chosen, as texts."""

    version: str = ""
    options: tuple[tuple[str, str], ...] = ()


USUAL, NOTHING, UNSAID = Planning(), Fixed(), Record()


def plan_study(
    task: Task, asked: Planning = USUAL, fixed: Fixed = NOTHING, record: Record = UNSAID
) -> tuple[Plan, Task]:
    """The plan, and the task with its training rows and folds cut where the allowance says so.

    `asked`: an `Options` is one. Where it names no epsilon it is a share of the error that is left
    (`judge.tolerance`); of rows at most so many train, and the allowance may cap them further
    unless they are "all". A built-in set knows its own encodings.

    Raises:
        ConfigError: the statistics cannot be planned (fewer than two seeds), a family needs images
            that are not there, or cannot be trained in this precision.
        LimitError: no study that answers stays within the allowance.
    """
    data = modalities.of(task.info)
    usual = data.defaults
    allowance = _allowance(usual.allowance, asked, fixed)
    full = _train_rows(task)
    wanted = min(full, asked.rows) if isinstance(asked.rows, int) else full
    folds = len(task.folds)
    begun, task = task, _with_encodings(task, fixed.encodings)
    most = asked.max_seeds or usual.seeds[asked.preset]
    sure = 0 if asked.max_seeds else usual.sure_in_folds if folds > 1 else usual.sure
    designs = fits.designs(sure or most, folds, not (asked.max_seeds or sure))
    rough = encoded.sketched(task)  # what is fitted on all rows would be fitted on fewer again
    if rough is None:
        rough = task = encoded.fitted(task, [task.encoding])
    ladders = _ladders(data, encoded.inputs(rough, encoded.encoders(rough)), asked, fixed)
    blocks = any(family(name).blocks for own in ladders for name in own.families)
    inputs = _inputs(rough, "", blocks)
    del rough

    def fitted(asked: Sequence[Asked], inputs: Inputs, allowance: float) -> Fit:
        return fits.fit(
            asked, wanted, inputs, task.outputs, designs, allowance, usual.least_rows, not sure
        )

    fit = fitted(ladders, inputs, allowance)
    if fit.flops > allowance:
        raise cuts.refusal(task.info, ladders, inputs, allowance, fit, fitted)
    in_folds = fit.folds if usual.looks_in_folds else 1
    at_looks, spending = looks.schedule(most if sure else fit.seeds, in_folds)
    task = first_folds(task, fit.folds)
    if fit.rows < full:
        capped = cap.fewer_rows(task, fit.rows, asked.seed, fewer_val=usual.fewer_val)
        task = compact(cap.more_compared(capped, task, asked.seed) if usual.spared else capped)
    if task.folds is not begun.folds or task.others:  # once: it reads all that is there
        task = stamped(task)
    task = encoded.fitted(task)
    every = [_inputs(task, encoding, blocks) for encoding in ("", *task.others)]
    models, left = trainers.models(task, _rivals(asked), fixed.rivals_work, fit.flops)
    rule = tolerance.usual(task.info.metric, effective_rows(task))
    plan = Plan(
        task=task.info,
        seed=asked.seed,
        ladders=fit.ladders,
        cells=ladder.cells(fit.ladders, every[0], task.outputs),
        epsilon=asked.epsilon or rule.least or rule.share,
        confidence=asked.confidence,
        looks=at_looks,
        spending=spending,
        folds=fit.folds,
        tune_rows=len(task.folds[0].tune_val),
        allowance=min(allowance, 1e300),
        flops_planned=fit.flops,
        train_rows=fit.rows,
        train_rows_full=full,
        cuts=(
            *cuts.said(fit, fits.climbed(ladders, fit.rows, fit.folds), designs[0], wanted, full),
            *data.encode.left_out(task, encoded.encoders(task)),
            *left,
        ),
        version=record.version,
        options=record.options,
        rivals=models,
        encodings=tuple(every[1:]),
        tolerance=None if asked.epsilon else rule,
        sure_seeds=sure and max(sure, at_looks[0]),
    )
    return plan, task


def _inputs(task: Task, encoding: str, blocks: bool) -> Inputs:
    """What nets see of one encoding; where a family asks with whose columns are whose."""
    inputs = encoded.inputs(task, encoded.encoders(task, encoding), encoding)
    return encoded.with_blocks(task, inputs) if blocks else inputs


def _with_encodings(task: Task, asked: Sequence[str] | None) -> Task:
    """The task with the encodings that its study tries next to its own, to be stamped."""
    if asked is None:
        asked = () if task.info.builtin else modalities.of(task.info).encode.others(task)
    return replace(task, others=tuple(asked)) if asked else task


def _allowance(usual: float, asked: Planning, fixed: Fixed) -> float:
    if asked.rows == "all":
        return math.inf
    return usual if fixed.allowance is None else fixed.allowance


def _rivals(asked: Planning) -> tuple[str, ...] | None:
    return () if asked.rivals == ("none",) else asked.rivals


def _ladders(data: Modality, inputs: Inputs, asked: Planning, fixed: Fixed) -> list[Asked]:
    """The families chosen, with the plain one of each kind, as ladders to be fitted.

    Plain nets are always run: where they disagree with the others, the recipe matters.

    Raises:
        ConfigError: a family that needs other data, or one without this precision.
    """
    chosen = asked.family or data.defaults.families
    by_kind: dict[str, list[str]] = {}
    for name in chosen:
        by_kind.setdefault(family(name).kind.name, []).append(name)
    kinds = {kind: family(names[0]).kind for kind, names in by_kind.items()}
    _check(data, inputs, asked, chosen)
    own = any(kind.needs for kind in kinds.values())  # nets that are made for such data
    out = []
    for kind, names in by_kind.items():
        usual = kinds[kind]
        every = tuple(dict.fromkeys((*names, usual.plain)))
        added = own and bool(usual.needs) and usual.plain not in (asked.family or ())  # by us
        others = tuple(name for name in every if name != usual.plain)
        for group in [others, (usual.plain,)] if added else [every]:
            contrast = own and (not usual.needs or (added and group == (usual.plain,)))
            final = 0 if asked.depths or contrast else usual.extend_to
            depths = asked.depths or (usual.beside_depths if contrast else usual.depths)
            quick = usual.beside_search if contrast else None
            out.append(
                Asked(
                    families=group,
                    depths=tuple(sorted({0, *depths})),
                    extend_to=final if fixed.extend_to is None else fixed.extend_to,
                    width=fixed.width,
                    max_steps=asked.max_steps,
                    search=fixed.search or quick,
                    precision=asked.precision,
                    contrast=contrast,
                    named=bool(asked.family),
                )
            )
    return out


def _check(data: Modality, inputs: Inputs, asked: Planning, chosen: Sequence[str]) -> None:
    """Refuse families that these data, or this precision, cannot have."""
    for name in chosen:
        own = family(name)
        if not own.kind.takes(inputs):
            raise ConfigError(
                f"family {name}: its nets need {own.kind.needs}, and these data are {data.what}",
                f"use {' or '.join(data.defaults.families)}, or leave --family out",
            )
        if asked.precision not in own.precisions:
            able = [
                one for one in data.defaults.families if asked.precision in family(one).precisions
            ]
            raise ConfigError(
                f"--precision {asked.precision}: {name} can only be trained in"
                f" {' or '.join(own.precisions)}",
                f"say --family {','.join(able)}, or leave --precision out",
            )


def _train_rows(task: Task) -> int:
    return min(len(fold.train) for fold in task.folds)
