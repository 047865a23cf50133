"""The nouns: frozen, JSON-able dataclasses that every floor hands to the next.

Arrays live in `data.table.Table`, `data.task.Task` and in the `arrays` of a `Result`; everything
here goes through `keys.dumps` / `keys.loads` unchanged. Learning rates are whole numbers: the
exponent of two (`-7` is 2**-7), so that a rate has one name. Scores: larger is better.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["classification", "regression"]
Metric = Literal["accuracy", "balanced_accuracy", "log_loss", "mse", "mae"]
Stage = Literal["rate", "main", "control_rate", "control"]
Status = Literal["unreliable", "extend", "no_depth_needed", "recommended", "undetermined"]

LINEAR = "linear"  # the family name shown for zero blocks, the one cell all families share


# ---- the ladder ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Inputs:
    """The encoded table as a net sees it.

    `columns` encoded columns come from `features` original ones; those from `zero_from` on
    (the piecewise-linear encoding) start with stem weights of zero.
    """

    columns: int
    features: int
    zero_from: int


@dataclass(frozen=True)
class Rung:
    """One depth of one family: everything that shapes one net. `options` are (name, value) pairs."""

    family: str
    blocks: int
    width: int
    inputs: Inputs
    outputs: int
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cost:
    """What a rung costs: weight layers on the longest path, parameters, forward FLOPs per row."""

    weight_layers: int
    parameters: int
    flops: float


@dataclass(frozen=True)
class Cell:
    """A rung with its cost: what the statistics compare. Cells are ordered by `order`."""

    rung: Rung
    cost: Cost

    @property
    def family(self) -> str:
        return self.rung.family if self.rung.blocks else LINEAR

    @property
    def blocks(self) -> int:
        return self.rung.blocks

    @property
    def name(self) -> str:
        return f"{self.family}-{self.blocks}" if self.blocks else LINEAR

    @property
    def order(self) -> tuple[int, int, str]:
        return (self.cost.weight_layers, self.cost.parameters, self.name)


# ---- the recipe and the plan --------------------------------------------------------------------
@dataclass(frozen=True)
class Recipe:
    """How one net is trained. Steps are optimiser steps; evaluation is on validation rows."""

    batch: int
    max_steps: int
    evaluate_every: int
    warmup: int = 200
    patience: int = 12  # evaluations without gain
    ema: float = 0.99
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.999
    adam_eps: float = 1e-8


@dataclass(frozen=True)
class RateSearch:
    """How learning rates are chosen: a grid of exponents of two, then walking from a transfer."""

    tuning_seeds: int = 2
    grid: tuple[int, ...] = (-10, -9, -8, -7, -6, -5, -4)
    linear_grid: tuple[int, ...] = (-8, -7, -6, -5, -4, -3, -2)
    reference_blocks: int = 4
    lowest: int = -16
    highest: int = 2


@dataclass(frozen=True)
class TaskInfo:
    """What is known of a task without its arrays; it travels into plan, verdict and report."""

    name: str
    fingerprint: str
    kind: Kind
    metric: Metric
    scheme: Literal["holdout", "folds"]
    classes: tuple[str, ...]  # empty for regression
    target: str
    features: tuple[tuple[str, str], ...]  # (column name, "number" | "category")
    rows: tuple[tuple[str, int], ...]  # ("all", n), ("train", n), ("val", n), ("select", n) ...
    select_rows: int  # rows scored for comparison
    test_rows: int
    notes: tuple[str, ...] = ()  # what was guessed, dropped or grouped, one sentence each
    source: str = ""  # path or name the data came from
    source_sha256: str = ""
    builtin: bool = False
    spread: float = 0.0  # standard deviation of the training target (regression); 0 = unknown


@dataclass(frozen=True)
class Plan:
    """Everything fixed before the first comparison; stored with the study, never changed."""

    task: TaskInfo
    seed: int
    families: tuple[str, ...]
    depths: tuple[int, ...]  # trained from the start, 0 included
    cells: tuple[Cell, ...]  # ALL cells that may ever be trained (extension too), in order
    recipe: Recipe
    search: RateSearch
    epsilon: float
    confidence: float
    looks: tuple[int, ...]  # seeds at each look
    spending: tuple[float, ...]  # share of alpha at each look; sums to 1
    extend_to: int  # blocks; 0 = no extension
    folds: int  # 1 for hold-out
    tune_rows: int  # rows the rates are judged on (per fold)
    allowance: float
    flops_planned: float
    train_rows: int
    train_rows_full: int  # larger than train_rows when the allowance capped them
    version: str = ""  # of howdeep
    options: tuple[tuple[str, str], ...] = ()  # what the user chose, for the record

    @property
    def k(self) -> int:
        """Number of cells the multiplicity correction counts; fixed."""
        return len(self.cells)

    def cell(self, name: str) -> Cell:
        return next(cell for cell in self.cells if cell.name == name)


# ---- training -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Member:
    """One net of a group: its seed and its learning rate in each fold (exponents of two)."""

    seed: int
    rates: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Nets of one rung trained together in one fused job; its key names all that shapes them.

    `cell` is the cell's name, for a control group the name of the cell that it controls for.
    """

    stage: Stage
    cell: str
    rung: Rung
    members: tuple[Member, ...]
    fingerprint: str  # of the task
    recipe: Recipe
    seed: int  # the study's seed; member seeds are numbered within it


@dataclass(frozen=True)
class Round:
    """What the plan asks for next: groups that may run in any order, then a barrier.

    `title` is for people ("learning rates at 4 blocks", "look 2: 5 seeds").
    """

    stage: Stage
    title: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Trial:
    """The frozen result of one member of a group.

    `val` and `tie` hold one value per fold: the metric at the kept checkpoint on the rows that
    chose it, and minus the log loss (minus the squared error in regression) there.
    A fold that ended non-finite is counted in `nonfinite` and its row scores are those of the
    constant predictor; whether the trial counts as diverged is the judge's business.
    """

    key: str
    group: str
    stage: Stage
    cell: str
    rung: Rung
    seed: int
    rates: tuple[int, ...]
    val: tuple[float | None, ...]
    tie: tuple[float | None, ...]
    floor: tuple[float, ...]  # the constant predictor's metric on the same rows
    train: tuple[float | None, ...]  # metric on (a sample of) training rows at the checkpoint
    steps: tuple[int, ...]  # taken, per fold
    best_step: tuple[int, ...]
    capped: int  # folds ended by the step cap
    nonfinite: int  # folds with non-finite loss or weights
    flops: float
    failed: str = ""  # the reason, where the group was lost too often
    blob: str = ""  # SHA-256 of the arrays (safetensors) on disk; empty until committed


@dataclass(frozen=True)
class Result:
    """A trial with its arrays, as an executor hands it over.

    `arrays`, all float32 numpy: `select` (n_select,) and `test` (n_test,) row scores,
    `curve` (evaluations, 3) step / train / val averaged over folds, and, for the group's best
    member by validation, `net/...` the weights of its best fold. Rate-search trials have `curve` only.
    """

    trial: Trial
    arrays: dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Outcome:
    """What an executor answers for a group: done with results, or lost/failed with a reason."""

    group: Group
    state: Literal["done", "lost", "failed"]
    results: tuple[Result, ...] = ()
    reason: str = ""
    seconds: float = 0.0


# ---- the decision -------------------------------------------------------------------------------
@dataclass(frozen=True)
class CellRef:
    """A cell as the verdict names it."""

    family: str
    blocks: int
    weight_layers: int
    parameters: int
    width: int

    @classmethod
    def of(cls, cell: Cell) -> CellRef:
        cost = cell.cost
        return cls(cell.family, cell.blocks, cost.weight_layers, cost.parameters, cell.rung.width)

    @property
    def name(self) -> str:
        return f"{self.family}-{self.blocks}" if self.blocks else LINEAR


@dataclass(frozen=True)
class CellStanding:
    """One cell at a look. `low`/`high` bound mu_cell - mu_best simultaneously; `best` has 0."""

    cell: CellRef
    seeds: int
    score: float  # mean over seeds and rows of select
    difference: float  # score minus that of the cell it compares worst with
    low: float
    high: float
    seed_sd: float
    state: Literal["alive", "dropped", "unreliable", "waiting"]
    dropped_at: int = 0  # seeds at the look that dropped it
    dropped_by: str = ""
    qualifies: bool = False
    diverged: int = 0  # seeds scored as the constant predictor


@dataclass(frozen=True)
class Standing:
    """Where the race stands after a look, and what comes next."""

    look: int  # index into plan.looks; -1 before the first
    seeds: int
    cells: tuple[CellStanding, ...]
    enough: str  # cell name or ""
    at_least: str
    settled: bool
    next: Literal["look", "extend", "stop"]
    extend: tuple[str, ...] = ()  # names of the cells to train next when next == "extend"

    @property
    def alive(self) -> tuple[str, ...]:
        return tuple(c.cell.name for c in self.cells if c.state == "alive")


@dataclass(frozen=True)
class Interval:
    """A value with its confidence bounds; `None` bounds where nothing can be estimated."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Price:
    """What going shallower than `enough` costs: score difference with simultaneous bounds."""

    cell: CellRef
    loss: Interval  # mu_enough - mu_cell


@dataclass(frozen=True)
class FamilyRange:
    """One family's own [at_least, enough] in blocks and its best score; None = undetermined."""

    family: str
    at_least: CellRef | None
    enough: CellRef | None
    best: float


@dataclass(frozen=True)
class Control:
    """Depth, or parameters? The shallower rival widened to equal parameters, one paired interval."""

    rival: CellRef
    parameters_ratio: float
    gain: Interval  # mu_recommended - mu_rival
    seeds: int
    says: Literal["depth", "parameters", "unclear"]


@dataclass(frozen=True)
class ToSettle:
    """What would settle an open question: total seeds and select rows, or why neither would."""

    seeds: int | None
    rows: int | None
    why: str


@dataclass(frozen=True)
class TestScore:
    """The reported score, seen once: mean over seeds, and the one net handed over."""

    metric: str  # the metric's printed name
    retrained: Interval  # what a retraining gives
    handed_over: Interval
    handed_over_seed: int
    handed_over_trial: str
    constant: float  # the constant predictor on test
    extra: tuple[tuple[str, float], ...] = ()  # e.g. ("RMSE", ..), ("R2", ..)


@dataclass(frozen=True)
class CellSummary:
    """One row of the final table: a cell's standing with what its training showed."""

    standing: CellStanding
    rates: tuple[int, ...]  # chosen, per fold
    val: float
    train: float
    steps: float
    capped: float  # share of nets ended by the step cap
    flops: float  # per net, mean
    nets: int


@dataclass(frozen=True)
class Verdict:
    """The answer and all its evidence; wall-clock time never enters it."""

    status: Status
    family: str | None
    blocks: int | None
    weight_layers: int | None
    parameters: int | None
    enough: CellRef | None
    at_least: CellRef | None
    settled: bool
    epsilon: float
    confidence: float
    metric: Metric
    seeds: int  # per surviving cell at the last look
    looks: tuple[int, ...]  # completed
    cells: tuple[CellSummary, ...]
    candidates: tuple[CellRef, ...]  # may be the best; what `undetermined` lists
    price: tuple[Price, ...]
    diminishing: CellRef | None
    families: tuple[FamilyRange, ...]
    families_disagree: bool
    control: Control | None
    control_why: str  # why there is none
    budget_limited: bool
    to_settle: ToSettle | None
    resolvable: float | None  # the difference this study could resolve
    constant: float  # the constant predictor on select
    test_score: TestScore | None
    stopped_by: str = ""  # "" | "budget"
    notes: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class CellCurve:
    """Mean learning curve of a cell's nets: steps and the metric on training and val rows."""

    cell: str
    steps: tuple[int, ...]
    train: tuple[float, ...]
    val: tuple[float, ...]


@dataclass(frozen=True)
class RatePoint:
    """One learning rate tried for a cell: exponent of two, mean val metric, chosen or not."""

    cell: str
    rate: int
    score: float | None
    chosen: bool


@dataclass(frozen=True)
class Dossier:
    """All that a report shows: the verdict with plan, curves, rates, seconds and platform."""

    verdict: Verdict
    plan: Plan
    curves: tuple[CellCurve, ...]
    rates: tuple[RatePoint, ...]
    seconds: tuple[tuple[str, float], ...]  # (cell, mean seconds per net); never in the digest
    platform: tuple[tuple[str, str], ...]
    study: str  # the study's path as given
    command: str  # how to reproduce
    schema: int = 1


# ---- what the loop tells its audience -----------------------------------------------------------
@dataclass(frozen=True)
class Started:
    plan: Plan
    study: str
    resumed: bool
    groups_done: int


@dataclass(frozen=True)
class RoundStarted:
    """A round begins, or goes on after an interruption."""

    number: int
    round: Round
    done: int  # of them, already on disk
    flops: float  # worst case of the rest


@dataclass(frozen=True)
class GroupDone:
    group: Group
    trials: tuple[Trial, ...]
    seconds: float
    state: Literal["done", "lost", "failed"] = "done"
    reason: str = ""


@dataclass(frozen=True)
class Looked:
    standing: Standing


@dataclass(frozen=True)
class Finished:
    verdict: Verdict


Event = Started | RoundStarted | GroupDone | Looked | Finished
