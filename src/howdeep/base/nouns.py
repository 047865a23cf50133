"""The nouns: frozen, JSON-able dataclasses that every floor hands to the next.

Here stand the ladder, the recipe and the plan; `trials`, `verdicts` and `events` hold the rest.
Arrays live in `data.table.Table`, `data.task.Task` and in the `arrays` of a `Result`; everything
goes through `keys.dumps` / `keys.loads` unchanged. Learning rates are whole numbers: the exponent
of two (`-7` is 2**-7), so that a rate has one name. Scores: larger is better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

TaskKind = Literal["classification", "regression"]
Alike = Literal["merge", "keep"]  # labels that differ in case or blanks only
Precision = Literal["fp32", "bf16"]
LabelType = Literal["", "int", "float", "bool", "str"]  # "": not known, text
Stage = Literal["rate", "main", "control_rate", "control", "rival"]
Status = Literal[
    "unreliable", "nothing_learnt", "extend", "no_depth_needed", "recommended", "undetermined"
]

# A field that came when there were trials without it: what it defaults to is not in their keys.
LATER = {"later": True}
LINEAR = "linear"  # what zero blocks of the fully connected families is: one cell for all of them


# ---- the ladder ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Inputs:
    """The encoded table, or the flattened image, as a net sees it.

    `columns` encoded columns come from `features` original ones; those from `zero_from` on
    (the piecewise-linear encoding) start with stem weights of zero. `image` is (height, width,
    channels) of what was flattened; empty for a table. `encoding`: which of the task's encodings
    made them; empty where it is the first. `padding`: how many of the last columns are there only
    because folds differ in the columns of a feature; nets are drawn as they would be without them.
    `blocks`: of each feature the numbers of its columns, for families that ask for them.
    """

    columns: int
    features: int
    zero_from: int
    image: tuple[int, ...] = ()
    encoding: str = field(default="", metadata=LATER)
    padding: int = field(default=0, metadata=LATER)
    blocks: tuple[tuple[int, ...], ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True)
class Rung:
    """One depth of one family: all that shapes one net. `options` are (name, value) pairs."""

    family: str
    blocks: int
    width: int
    inputs: Inputs
    outputs: int
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cost:
    """What a rung costs: weight layers on the longest path, parameters, forward FLOPs per row.

    `receptive_field`: pixels along a side that one unit before the pooling sees; 0 where there is
    no such thing.
    """

    weight_layers: int
    parameters: int
    flops: float
    receptive_field: int = 0


@dataclass(frozen=True)
class Part:
    """What rows go through in a net, in their order: what a drawing of it shows.

    `label` says what it is and `size` how wide; `layers` with weights are in it. It stands there
    `times`, one after another; `skip`: with a shortcut around each.
    """

    label: str
    size: str = ""
    layers: int = 0
    times: int = 1
    skip: bool = False


@dataclass(frozen=True)
class Cell:
    """A rung with its cost: what the statistics compare. Cells are ordered by `order`.

    `zero`: what zero blocks of its family is called, the one cell that all families of its kind
    share.
    """

    rung: Rung
    cost: Cost
    zero: str = LINEAR

    @property
    def family(self) -> str:
        return self.rung.family if self.rung.blocks else self.zero

    @property
    def blocks(self) -> int:
        return self.rung.blocks

    @property
    def name(self) -> str:
        return f"{self.family}-{self.blocks}" if self.blocks else self.zero

    @property
    def order(self) -> tuple[int, int, str]:
        return (self.cost.weight_layers, self.cost.parameters, self.name)


# ---- the recipe and the plan --------------------------------------------------------------------
@dataclass(frozen=True)
class Recipe:
    """How one net is trained. Steps are optimiser steps; evaluation is on validation rows.

    `precision`: "bf16" rounds what the products of training take to bfloat16; all else is fp32.
    """

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
    precision: Precision = field(default="fp32", metadata=LATER)

    def shorter(self, share: float) -> Recipe:
        """The same recipe with a share of the steps, and of the warm-up.

        >>> Recipe(64, 1_200, 75).shorter(0.5).max_steps
        600
        """
        if share == 1.0:
            return self
        steps, warmup = round(self.max_steps * share), round(self.warmup * share)
        return replace(self, max_steps=steps, warmup=warmup)

    def longer(self, times: int) -> Recipe:
        """The same recipe, trained on: more steps, and all else as it was.

        >>> Recipe(64, 1_200, 75).longer(2).max_steps
        2400
        """
        return replace(self, max_steps=self.max_steps * times)


@dataclass(frozen=True)
class RateSearch:
    """How learning rates are chosen: a grid of exponents of two, then walking from a transfer.

    `zero_grid` is the grid of zero blocks, `step` the distance of neighbours in octaves;
    `transfers`: whether the best rate at `reference_blocks` is where deeper nets begin. Nets that
    try rates train for the share `steps` of the recipe's steps, in the first `folds` folds, or in
    all (0). The best rate and its neighbours are tried with `refined` seeds, if that is more.
    """

    tuning_seeds: int = 2
    grid: tuple[int, ...] = (-10, -9, -8, -7, -6, -5, -4)
    zero_grid: tuple[int, ...] = (-8, -7, -6, -5, -4, -3, -2)
    step: int = 1
    transfers: bool = True
    steps: float = 1.0
    folds: int = field(default=0, metadata=LATER)
    refined: int = field(default=0, metadata=LATER)
    reference_blocks: int = 4
    lowest: int = -16
    highest: int = 2

    def reference(self, depths: Iterable[int]) -> int:
        """The depth whose rate is transferred to deeper ones: of `depths` the nearest to it.

        >>> RateSearch().reference((0, 1, 2)), RateSearch().reference((0, 2, 6))
        (2, 2)
        """
        return min((b for b in depths if b), key=lambda b: (abs(b - self.reference_blocks), b))


@dataclass(frozen=True)
class Ladder:
    """How one family is climbed: its depths, and how its nets are trained.

    `depths` are trained from the start (0 included); the ladder may double up to `extend_to`
    blocks (0: it is final). `zero` names its net of zero blocks. A depth whose nets run out of
    steps is given up to `longer` times the recipe's.
    """

    family: str
    depths: tuple[int, ...]
    extend_to: int
    width: int
    recipe: Recipe
    search: RateSearch
    zero: str = LINEAR
    longer: int = field(default=1, metadata=LATER)
    gloss: str = field(default="", metadata=LATER)  # what kind of net it is, for readers
    zero_gloss: str = field(default="", metadata=LATER)  # and its net of zero blocks


@dataclass(frozen=True)
class Model:
    """A model that is fitted next to the nets: by which trainer, on how much, how thoroughly."""

    name: str  # as "boosting", or "boosting-hog" on HOG features of images
    seeds: int  # fits compared; 1 where nothing in it is random
    rows: int  # training rows, per fold
    columns: int  # features
    settings: int  # tried on validation rows
    size: int  # most trees, iterations or neighbours
    work: float  # estimated, in nanoseconds of one core
    trainer: str = field(default="classical", metadata=LATER)
    label: str = field(default="", metadata=LATER)  # what people call it


Candidate = Rung | Model  # what a group trains


@dataclass(frozen=True)
class PixelScale:
    """What the numbers of a study's images mean: `low` is black (0) and `high` white (255).

    "bytes": 8 bits, as they are; "whole": whole numbers of more bits, of which "wide" are those of
    colour files, whose high bytes alone are read; "floats". `least` and `most` are the training
    images' own.
    """

    kind: Literal["bytes", "whole", "wide", "floats"] = "bytes"
    low: float = 0.0
    high: float = 255.0
    least: float = 0.0
    most: float = 255.0


@dataclass(frozen=True)
class TaskInfo:
    """What is known of a task without its arrays; it travels into plan, verdict and report."""

    name: str
    fingerprint: str
    kind: TaskKind
    metric: str
    scheme: Literal["holdout", "folds"]
    classes: tuple[str, ...]  # empty for regression
    target: str
    features: tuple[tuple[str, str], ...]  # (column name, "number" | "category" | "date")
    rows: tuple[tuple[str, int], ...]  # ("all", n), ("train", n), ("val", n), ("select", n) ...
    select_rows: int  # rows scored for comparison
    test_rows: int
    notes: tuple[str, ...] = ()  # what was guessed, dropped or grouped, one sentence each
    source: str = ""  # path the data came from; empty for arrays and frames
    source_sha256: str = ""
    builtin: bool = False
    spread: float = 0.0  # standard deviation of the training target (regression); 0 = unknown
    shape: tuple[int, ...] = ()  # height, width, channels of an image; empty for a table
    # Regression: what a score of minus one is, by part: squared or absolute error of the target.
    yards: tuple[tuple[str, float], ...] = field(default=(), metadata=LATER)
    weighted: bool = field(default=False, metadata=LATER)  # by sample weights
    # Different rows among `rows`, by the same names; empty where they were not counted.
    distinct: tuple[tuple[str, int], ...] = field(default=(), metadata=LATER)
    modality: str = field(default="", metadata=LATER)  # what kind of data; of old studies: `older`
    class_rows: tuple[int, ...] = field(default=(), metadata=LATER)  # of each class, of all rows
    # How many levels each column of categories has; only of such columns.
    levels: tuple[tuple[str, int], ...] = field(default=(), metadata=LATER)
    # What the numbers of images mean; None for tables, and in studies that did not record it.
    scale: PixelScale | None = field(default=None, metadata=LATER)
    labels: LabelType = field(default="", metadata=LATER)  # what Python gets classes back as
    # Columns of a table that names none of them, the target among them if it is one of these.
    nameless: int = field(default=0, metadata=LATER)


@dataclass(frozen=True)
class Tolerance:
    """How the difference that does not matter follows from the error that is left.

    `share` of it, and at least what the rows compared on can tell apart: `by_error` times its root,
    and never below `least`.
    """

    share: float
    least: float
    by_error: float = field(default=0.0, metadata=LATER)


@dataclass(frozen=True)
class Plan:
    """Everything fixed before the first comparison; stored with the study, never changed."""

    task: TaskInfo
    seed: int
    ladders: tuple[Ladder, ...]
    cells: tuple[Cell, ...]  # ALL cells that may ever be trained (extension too), in order
    epsilon: float
    confidence: float
    looks: tuple[int, ...]  # seeds at each look
    spending: tuple[float, ...]  # share of alpha at each look; sums to 1
    folds: int  # 1 for hold-out
    tune_rows: int  # rows the rates are judged on (per fold)
    allowance: float
    flops_planned: float
    train_rows: int
    train_rows_full: int  # larger than train_rows when the allowance capped them
    cuts: tuple[
        tuple[str, str], ...
    ] = ()  # what the allowance, or the user, left out: (what, says)
    version: str = ""  # of howdeep
    options: tuple[tuple[str, str], ...] = ()  # what the user chose, for the record
    rivals: tuple[Model, ...] = ()  # fitted next to the first nets, compared with the answer
    # What else the columns may become: tried before the learning rates, and one taken for all nets.
    encodings: tuple[Inputs, ...] = field(default=(), metadata=LATER)
    # How epsilon follows from the nets that try learning rates; None: it is as it stands.
    tolerance: Tolerance | None = field(default=None, metadata=LATER)
    # Seeds that are trained in any case; looks beyond are taken while the allowance lasts. 0: all.
    sure_seeds: int = field(default=0, metadata=LATER)

    @property
    def k(self) -> int:
        """What the multiplicity correction counts: all cells and the constant predictor; fixed."""
        return len(self.cells) + 1

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(ladder.family for ladder in self.ladders)

    @property
    def depths(self) -> tuple[int, ...]:
        """All depths that some family is trained at from the start."""
        return tuple(sorted({blocks for ladder in self.ladders for blocks in ladder.depths}))

    def ladder(self, cell: Cell) -> Ladder:
        """The ladder that a cell stands on; zero blocks stands on the first of its kind."""
        return next(ladder for ladder in self.ladders if ladder.family == cell.rung.family)

    def first(self, cell: Cell) -> bool:
        """Whether a cell is trained from the start; the others extend a ladder."""
        return cell.blocks in self.ladder(cell).depths

    def cell(self, name: str) -> Cell:
        return next(cell for cell in self.cells if cell.name == name)


@dataclass(frozen=True)
class Estimate:
    """What a plan will take: until the first comparison, and if no depth is ever dropped.

    `seconds` are those of `jobs` processes on this machine, or of its GPU, whose memory takes
    `gpu_bytes`; bytes are of one worker process, and of all processes together.
    """

    jobs: int
    first_flops: float
    worst_flops: float
    first_seconds: float
    worst_seconds: float
    worker_bytes: float
    total_bytes: float
    gpu_bytes: float | None = None  # None: the nets train on the processor
