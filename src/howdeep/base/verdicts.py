"""What is decided: the standing after a look, the verdict with its parts, and the dossier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from howdeep.base.nouns import LATER, Cell, Part, Plan, Recipe, Status


@dataclass(frozen=True)
class CellRef:
    """A cell as the verdict names it.

    `blocks` are those of each stage where there are stages: where `receptive_field`, in pixels
    along a side, is not 0.
    """

    family: str
    blocks: int
    weight_layers: int
    parameters: int
    width: int
    receptive_field: int = 0

    @classmethod
    def of(cls, cell: Cell) -> CellRef:
        cost, width = cell.cost, cell.rung.width
        sizes = (cost.weight_layers, cost.parameters, width, cost.receptive_field)
        return cls(cell.family, cell.blocks, *sizes)

    @property
    def name(self) -> str:
        return f"{self.family}-{self.blocks}" if self.blocks else self.family


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
    too_short: bool = False  # the deepest cell allowed is still the best: no depth will be named
    control: int = 0  # seeds to train the parameter-matched control with when next == "stop"
    twin: int = 0  # and the shallow twin, which may be the same net
    nothing_learnt: bool = False  # no cell is shown to beat the constant predictor: none is named
    epsilon: float = 0.0  # what the plan's tolerance has come to by the first look

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
    """Depth, or parameters? A shallower rival widened to equal parameters, compared in pairs."""

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
    """The reported score, seen once: of the net handed over, and of trainings like its own."""

    metric: str  # the metric's printed name
    retrained: Interval  # the mean over trainings
    handed_over: Interval
    handed_over_seed: int
    handed_over_trial: str
    constant: float  # the constant predictor on test
    extra: tuple[tuple[str, float], ...] = ()  # e.g. ("RMSE", ..)
    fresh: Interval | None = field(default=None, metadata=LATER)  # one more training; value: mean


@dataclass(frozen=True)
class Provisional:
    """The net that is handed over while no depth is named.

    `below`: at most so far below the best, with the verdict's confidence. `would`: the smallest
    tolerance by which a depth, `would_name`, would have been named: known only afterwards.
    """

    cell: CellRef
    below: float
    would: float | None
    would_name: CellRef | None
    test_score: TestScore | None  # None where the verdict has that of this net


@dataclass(frozen=True)
class Rival:
    """A classical model next to the answer; bounds hold for all of them at once."""

    name: str
    seeds: int
    rows: int  # training rows, per fold
    settings: str  # chosen on validation rows, in words; where it failed, why
    code: str  # the call of scikit-learn that makes it
    score: float | None  # on select; None where it could not be fitted
    test: Interval | None  # on test
    difference: Interval | None  # its score minus that of `rivals_against`, or of guessing
    says: Literal["better", "as good", "worse", "unclear", "failed"]
    over_best: Interval | None = field(default=None, metadata=LATER)  # minus that of `best_net`


@dataclass(frozen=True)
class Encoding:
    """What the columns became for all nets, chosen on validation rows among those tried.

    Scores are those of the better reference depth. The empty name is the task's own encoding.
    """

    name: str
    tried: tuple[tuple[str, float], ...]  # (name, score)


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
    cap: int = field(default=0, metadata=LATER)  # steps at most; 0 = not known
    over_guess: Interval | None = field(default=None, metadata=LATER)  # score minus guessing's


@dataclass(frozen=True)
class Collapse:
    """Nets of a depth that fell far below its others, and how often that happens at most.

    `high`: an upper bound of the rate, with 95 % confidence.
    """

    seen: int
    nets: int
    high: float


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
    metric: str
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
    plain: float | None  # the plain linear model on select; None where zero blocks is that model
    test_score: TestScore | None
    rivals: tuple[Rival, ...] = ()
    rival: Rival | None = None  # the best of those better by more than epsilon, with confidence
    rivals_against: CellRef | None = None  # the net that they are compared with
    stopped_by: str = ""  # "" | "budget"
    notes: tuple[str, ...] = ()
    digest: str = ""
    encoding: Encoding | None = field(default=None, metadata=LATER)  # None: there was one only
    could: float | None = field(default=None, metadata=LATER)  # nothing learnt: most a net may gain
    best_net: CellRef | None = field(default=None, metadata=LATER)  # best mean of the candidates
    twin: Control | None = field(default=None, metadata=LATER)  # against one block as large
    twin_why: str = field(default="", metadata=LATER)  # why there is none; empty if not known
    # Why looks that were planned were not made: "enough", "rows", "allowance" (judge.affordable).
    ended: str = field(default="", metadata=LATER)
    collapse: Collapse | None = field(default=None, metadata=LATER)  # of the depth that is named
    # What to use for now where no depth is named; it follows from the rest, and no digest has it.
    provisional: Provisional | None = field(default=None, metadata=LATER)

    @property
    def handed_over(self) -> TestScore | None:
        """The test score of the net that is handed over, be it for good or for now."""
        if self.test_score is not None or self.provisional is None:
            return self.test_score
        return self.provisional.test_score


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
class Build:
    """The net that the verdict hands over, as somebody would build it.

    `code`: PyTorch that defines `net`; `parts`: what rows go through. `rate`: the exponent of its
    learning rate, by `branch` times of which its residual blocks learn; `recipe` as it was trained.
    """

    cell: CellRef
    code: str
    parts: tuple[Part, ...]
    rate: int
    branch: float
    recipe: Recipe


@dataclass(frozen=True)
class ClassScore:
    """One class on test rows: `right` of its `rows` were found, of those `called` so.

    `recall` is right / rows, `precision` right / called; None where there is nothing to divide by.
    """

    rows: int
    called: int
    right: int
    recall: Interval | None
    precision: Interval | None


@dataclass(frozen=True)
class Errors:
    """Numbers predicted on test rows, in units of the target; a residual is truth minus prediction.

    `half`, `ninety`: half and nine of ten predictions are no further off; `bias`: mean residual.
    """

    half: Interval
    ninety: Interval
    bias: Interval
    points: tuple[tuple[float, float], ...]  # (prediction, residual), of some of the rows


@dataclass(frozen=True)
class Tested:
    """What the net that is handed over gets wrong on its test rows; intervals each by itself."""

    rows: int
    classes: tuple[ClassScore, ...] = ()  # in the order of the task's; empty for numbers
    mistakes: tuple[tuple[int, int, int], ...] = ()  # (true class, called, rows), most rows first
    errors: Errors | None = None  # None for classes


@dataclass(frozen=True)
class Spent:
    """What a whole study cost: nets and fits trained, their operations, and seconds of a core."""

    nets: int
    fits: int  # of classical models
    operations: float
    seconds: float


@dataclass(frozen=True)
class Dossier:
    """All that a report shows: the verdict with plan, curves, rates, seconds and platform.

    `build`: what the verdict hands over; `rival_from`: the module with the class that fits the
    classical model which is better than the nets.
    """

    verdict: Verdict
    plan: Plan
    curves: tuple[CellCurve, ...]
    rates: tuple[RatePoint, ...]
    seconds: tuple[tuple[str, float], ...]  # (cell, mean seconds per net), (rival, all its seconds)
    platform: tuple[tuple[str, str], ...]
    study: str  # the study's path as given
    command: str  # how to reproduce
    schema: int = 1
    build: Build | None = None
    rival_from: str = ""
    tested: Tested | None = None  # None: no net is handed over, or its answers cannot be had
    spent: Spent | None = None
