"""From a task and what the user chose to the plan: everything fixed before the first comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from howdeep.base import limits
from howdeep.base.nouns import Plan, RateSearch, TaskInfo
from howdeep.data import splits
from howdeep.data.task import Task
from howdeep.stats import looks
from howdeep.training import classical, encoded, ladder
from howdeep.training import recipe as recipes
from howdeep.training.ladder import Fit

DEPTHS = (0, 1, 2, 4, 8, 16)
CONTRAST = "mlp"  # plain nets are always run: where they disagree, the recipe matters
DEFAULT_FAMILIES = ("resmlp", CONTRAST)


def begin(
    task: Task,
    *,
    families: Sequence[str] = DEFAULT_FAMILIES,
    depths: Sequence[int] | None = None,
    extend_to: int | None = None,
    epsilon: float | None = None,
    confidence: float = 0.95,
    max_seeds: int = 20,
    seed: int = 0,
    rows: int | None = None,
    allowance: float = limits.ALLOWANCE_FLOPS,
    width: int | None = None,
    max_steps: int | None = None,
    search: RateSearch | None = None,
    rivals: Sequence[str] | None = (),
    version: str = "",
    options: Sequence[tuple[str, str]] = (),
) -> tuple[Plan, Task]:
    """The plan, and the task with its training rows capped where the allowance says so.

    `depths` given without `extend_to` are final; otherwise the ladder may double up to 32 blocks.
    `rows`: at most so many training rows; the allowance may cap them further unless it is
    infinite. `rivals`: classical models to fit beside the nets, None = all there are. Raises
    `ConfigError` where the statistics cannot be planned (fewer than two seeds).
    """
    search = search or RateSearch()
    if extend_to is None:
        extend_to = 0 if depths else limits.EXTEND_TO_BLOCKS
    families = tuple(dict.fromkeys((*families, CONTRAST)))
    at_looks, spending = looks.schedule(max_seeds)
    full = _train_rows(task)
    asked, wanted = sorted({0, *(depths or DEPTHS)}), min(full, rows or full)
    folds = len(task.folds)
    inputs = encoded.inputs(encoded.encoders(task))
    fit = ladder.fit(
        families,
        asked,
        extend_to,
        wanted,
        inputs,
        task.outputs,
        search,
        max_seeds,
        folds,
        allowance,
        width,
        max_steps,
    )
    if fit.rows < full:
        task = splits.cap_train(task, fit.rows, seed)
        inputs = encoded.inputs(encoded.encoders(task))  # its quantiles are those of fewer rows
    every = ladder.extended(fit.depths, fit.extend_to)
    models, left = classical.planned(task, rivals)
    plan = Plan(
        task=task.info,
        seed=seed,
        families=families,
        depths=fit.depths,
        cells=ladder.cells(families, every, fit.width, inputs, task.outputs),
        recipe=fit.recipe,
        search=search,
        epsilon=epsilon if epsilon is not None else default_epsilon(task.info),
        confidence=confidence,
        looks=at_looks,
        spending=spending,
        extend_to=fit.extend_to,
        folds=folds,
        tune_rows=len(task.folds[0].tune_val),
        allowance=min(allowance, 1e300),
        flops_planned=fit.flops,
        train_rows=fit.rows,
        train_rows_full=full,
        cuts=(*_cuts(fit, asked, extend_to, wanted, full, width), *left),
        version=version,
        options=tuple(options),
        rivals=models,
    )
    return plan, task


def _cuts(
    fit: Fit, depths: Sequence[int], extend_to: int, wanted: int, full: int, width: int | None
) -> Iterator[tuple[str, str]]:
    """What is smaller than it would have been, and whose doing that is."""
    lifts = "to stay within the study's allowance of computation; `--rows all` lifts the cap"
    if wanted < full:
        yield "asked", f"At most {wanted:,} of {full:,} training rows were used, as asked"
    if fit.rows < wanted:
        yield "rows", f"Trained on {fit.rows:,} of {wanted:,} training rows {lifts}"
    if left := [str(d) for d in depths if d not in fit.depths]:
        yield "depths", f"Depths left out: {', '.join(left)} blocks, {lifts}"
    elif fit.extend_to < extend_to:
        most = f"{max(fit.depths)} instead of {extend_to} blocks"
        yield "extension", f"The ladder may grow to {most}, {lifts}"
    usual = width or recipes.width(fit.rows)
    if fit.width < usual:
        yield "width", f"Width {fit.width} instead of {usual}, {lifts}"


def _train_rows(task: Task) -> int:
    return min(len(fold.train) for fold in task.folds)


def default_epsilon(info: TaskInfo) -> float:
    """What counts as a difference: half a point of accuracy (a point under 2,000 select rows), a
    hundredth of the target's variance, a hundredth of a nat of log loss."""
    if info.metric in ("accuracy", "balanced_accuracy"):
        return 0.005 if info.select_rows >= 2_000 else 0.01
    return 0.01
