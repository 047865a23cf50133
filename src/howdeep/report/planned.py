"""A plan before it is carried out, as `howdeep run --dry-run` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table as Grid

from howdeep.base.limits import memory_words
from howdeep.base.nouns import Cell, Estimate, Inputs, Plan
from howdeep.base.verdicts import CellRef
from howdeep.report.columns import SIZES
from howdeep.report.printed import drawn
from howdeep.report.table import Column, Table, row
from howdeep.report.understood import understood
from howdeep.report.words import clean, compact, duration, listed, plural, sees

FIRST = Inputs(0, 0, 0)  # the encoding that a plan's cells have until another is taken


def planned_lines(plan: Plan, estimate: Estimate) -> Iterator[str]:
    """What will be trained on what, what it takes, and what was left out."""
    yield from (f"{heading}: {words}." for heading, words in understood(plan))
    rows = dict(plan.task.rows)
    capped = f" of {plan.train_rows_full:,}" if plan.train_rows < plan.train_rows_full else ""
    looks = ", ".join(str(n) for n in plan.looks)
    first = duration(estimate.first_seconds)
    folds = f", in {plan.folds} folds" if plan.folds > 1 else ""
    yield (
        f"{clean(plan.task.name)}: {plan.train_rows:,}{capped} training rows{folds}, compared on "
        f"{plan.task.select_rows:,}, tested once on {plan.task.test_rows:,} (of {rows['all']:,})."
    )
    yield (
        f"{plural(len(plan.cells), 'net')} of different depth or kind, each trained from several "
        f"random starts (seeds) and compared after {looks} of them; what is worse is dropped on "
        "the way."
    )
    if plan.encodings:
        ways = listed(
            (sees(plan.task, own.encoding) for own in (FIRST, *plan.encodings)), word="or"
        )
        yield (f"Every net will see {ways}: what does best on validation rows in first tries.")
    where = f"{plural(estimate.jobs, 'core')} with nothing else to do"
    if estimate.gpu_bytes is not None:
        where = "the GPU, one group of nets at a time"
    whole = duration(estimate.worst_seconds)
    if plan.sure_seeds:
        most = plan.looks[-1]
        yield (
            f"Time on {where}: about {first} to the first comparison, {whole} for "
            f"{plan.sure_seeds} seeds each; more follow, up to {most}, while they help and the "
            f"allowance of {compact(plan.allowance)} operations lasts (`--rows all` lifts it)."
        )
    else:
        yield (
            f"Time on {where}: about {first} to the first comparison, {whole} at worst, if "
            "nothing is dropped."
        )
        yield (
            f"Operations: {compact(estimate.worst_flops)} at worst; the allowance is "
            f"{compact(plan.allowance)} (`--rows all` lifts it)."
        )
    each = memory_words(estimate.worker_bytes)
    yield f"Memory: about {memory_words(estimate.total_bytes)}, {each} a process."
    if any(ladder.recipe.precision == "bf16" for ladder in plan.ladders):
        yield "Trained in bf16, scored in fp32."
    if estimate.gpu_bytes is not None:
        yield f"Memory of the GPU: at least {memory_words(estimate.gpu_bytes)}."
    yield from (f"{says}." for _, says in plan.cuts)


@dataclass(frozen=True)
class Planned:
    """A net that may be trained, and the plan it belongs to: the subject of this table."""

    plan: Plan
    cell: Cell

    @property
    def ref(self) -> CellRef:
        return CellRef.of(self.cell)


def _operations(net: Planned) -> str:
    """To train one net for all the steps it may have, in all folds."""
    recipe = net.plan.ladder(net.cell).recipe
    return compact(3 * net.cell.cost.flops * recipe.batch * recipe.max_steps * net.plan.folds)


def _later(net: Planned) -> str:
    return "" if net.plan.first(net.cell) else "only if the ladder must grow"


COLUMNS = (
    *SIZES,
    Column("operations", "operations\na net", _operations, "right"),
    Column("later", "", _later),
)


def planned_table(plan: Plan) -> Grid:
    """Every net that may be trained, with what it costs."""
    rows = (row(COLUMNS, Planned(plan, cell)) for cell in plan.cells)
    return drawn(Table(COLUMNS, tuple(rows)))
