"""From a task and what the user chose to the plan: everything fixed before the first comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from howdeep import trainers
from howdeep.base import limits
from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Inputs, Plan, RateSearch
from howdeep.data import cap, encode
from howdeep.data.compact import compact, first_folds
from howdeep.data.identity import stamped
from howdeep.data.scoring import effective_rows
from howdeep.data.task import Task
from howdeep.judge import tolerance
from howdeep.nets import ladder
from howdeep.nets.families import family
from howdeep.route import cuts
from howdeep.route import fit as fits
from howdeep.route.fit import DEPTHS, Asked, Fit
from howdeep.route.options import Planning
from howdeep.stats import looks
from howdeep.trainers.fused import encoded

# By kind of net: how many blocks the ladder may grow to.
EXTEND_TO = {"dense": limits.EXTEND_TO_BLOCKS, "conv": 8}
MAX_SEEDS = {
    "default": {"table": 50, "image": 5},
    "quick": {"table": 12, "image": 3},
}
SURE_SEEDS, SURE_IN_FOLDS = 8, 2  # of tables; more are trained while they help and may be paid for
# Plain nets are always run: where they disagree with the others, the recipe matters.
CONTRAST = {"dense": "mlp", "conv": "cnn"}
CONTRAST_DEPTHS = {"dense": (0, 1, 2, 4), "conv": (0, 1, 2)}  # beside the default for images
CONTRAST_SEARCH = RateSearch(tuning_seeds=1, grid=(-10, -8, -6), zero_grid=(-9, -7, -5), step=2)
TABLE_FAMILIES = ("resmlp", "mlp")
IMAGE_FAMILIES = ("resnet", "cnn", "resmlp", "mlp")


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


def begin(
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
    data = "table" if task.images is None else "image"
    allowance = _allowance(data, asked, fixed)
    full = _train_rows(task)
    wanted = min(full, asked.rows) if isinstance(asked.rows, int) else full
    folds = len(task.folds)
    task = _with_encodings(task, fixed.encodings)
    most = asked.max_seeds or MAX_SEEDS[asked.preset][data]
    sure = 0 if asked.max_seeds or data == "image" else SURE_IN_FOLDS if folds > 1 else SURE_SEEDS
    designs = fits.designs(sure or most, folds, not (asked.max_seeds or sure))
    inputs = encoded.inputs(encoded.encoders(task))
    ladders = _ladders(task, asked, fixed)
    least = limits.MIN_CAPPED_ROWS[data]

    def fitted(asked: Sequence[Asked], inputs: Inputs, allowance: float) -> Fit:
        return fits.fit(asked, wanted, inputs, task.outputs, designs, allowance, least, not sure)

    fit = fitted(ladders, inputs, allowance)
    if fit.flops > allowance:
        raise cuts.refusal(task.info, ladders, inputs, allowance, fit, fitted)
    in_folds = fit.folds if data == "table" else 1  # images: few looks, of which the first may drop
    at_looks, spending = looks.schedule(most if sure else fit.seeds, in_folds)
    task = first_folds(task, fit.folds)
    if fit.rows < full:
        capped = cap.cap_train(task, fit.rows, asked.seed)
        task = compact(cap.compared_on_spared(capped, task, asked.seed))
    if fit.rows < full or fit.folds < folds:
        inputs = encoded.inputs(encoded.encoders(task))  # its quantiles are those of fewer rows
    models, left = trainers.models(task, _rivals(asked), fixed.rivals_work, fit.flops)
    rule = tolerance.usual(task.info.metric, effective_rows(task))
    plan = Plan(
        task=task.info,
        seed=asked.seed,
        ladders=fit.ladders,
        cells=ladder.cells(fit.ladders, inputs, task.outputs),
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
            *left,
        ),
        version=record.version,
        options=record.options,
        rivals=models,
        encodings=tuple(encoded.inputs(encoded.encoders(task, e), e) for e in task.others),
        tolerance=None if asked.epsilon else rule,
        sure_seeds=sure and max(sure, at_looks[0]),
    )
    return plan, task


def _with_encodings(task: Task, asked: Sequence[str] | None) -> Task:
    """The task with the encodings that its study tries beside its own."""
    if asked is None:
        asked = () if task.info.builtin else encode.others(task)
    return stamped(replace(task, others=tuple(asked))) if asked else task


def _allowance(data: str, asked: Planning, fixed: Fixed) -> float:
    if asked.rows == "all":
        return math.inf
    return limits.ALLOWANCE_FLOPS[data] if fixed.allowance is None else fixed.allowance


def _rivals(asked: Planning) -> tuple[str, ...] | None:
    return () if asked.rivals == ("none",) else asked.rivals


def _ladders(task: Task, asked: Planning, fixed: Fixed) -> list[Asked]:
    """The families chosen, with the plain one of each kind, as ladders to be fitted.

    Raises:
        ConfigError: a family that needs images, and a table; or one without this precision.
    """
    images = task.images is not None
    chosen = asked.family or (IMAGE_FAMILIES if images else TABLE_FAMILIES)
    by_kind: dict[str, list[str]] = {}
    for name in chosen:
        by_kind.setdefault(family(name).kind, []).append(name)
    if "conv" in by_kind and not images:
        raise ConfigError(
            f"family {by_kind['conv'][0]}: convolutions need images, and these data are a table",
            f"use {' or '.join(TABLE_FAMILIES)}, or leave --family out",
        )
    for name in chosen:
        if asked.precision not in family(name).precisions:
            raise ConfigError(
                f"--precision {asked.precision}: {name} can only be trained in fp32, as all"
                " convolutions",
                f"say --family {','.join(TABLE_FAMILIES)}, or leave --precision out",
            )
    out = []
    for kind, names in by_kind.items():
        plain = CONTRAST[kind]
        every = tuple(dict.fromkeys((*names, plain)))
        beside = images and "conv" in by_kind  # where all but one family are only to compare with
        apart = beside and kind == "conv" and plain not in (asked.family or ())  # added by us
        others = tuple(name for name in every if name != plain)
        for group in [others, (plain,)] if apart else [every]:
            contrast = beside and (kind == "dense" or (apart and group == (plain,)))
            usual = CONTRAST_DEPTHS[kind] if contrast else DEPTHS[kind]
            final = 0 if asked.depths or contrast else EXTEND_TO[kind]
            quick = CONTRAST_SEARCH if beside and kind == "dense" else None
            out.append(
                Asked(
                    families=group,
                    depths=tuple(sorted({0, *(asked.depths or usual)})),
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


def _train_rows(task: Task) -> int:
    return min(len(fold.train) for fold in task.folds)
