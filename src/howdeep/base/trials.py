"""What is trained and what comes back: members, groups, rounds, trials, results, outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from howdeep.base.nouns import LATER, Candidate, Recipe, Rung, Stage


@dataclass(frozen=True, slots=True)
class Member:
    """One net of a group: its seed and its learning rate in each fold (exponents of two)."""

    seed: int
    rates: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Fits of one candidate in one job: fused nets of a rung, or seeds of a model.

    Its key names all that shapes them. `cell` is the cell's name, for a control group the name of
    the cell that it controls for, for a model its own. Only nets have a recipe.
    """

    stage: Stage
    cell: str
    rung: Candidate
    members: tuple[Member, ...]
    fingerprint: str  # of the task
    recipe: Recipe | None
    seed: int  # the study's seed; member seeds are numbered within it

    @property
    def net(self) -> Rung:
        """The rung of a group of nets."""
        assert isinstance(self.rung, Rung)
        return self.rung

    @property
    def how(self) -> Recipe:
        """How the nets of a group of nets are trained."""
        assert self.recipe is not None
        return self.recipe


@dataclass(frozen=True)
class Round:
    """What the plan asks for next: groups that may run in any order, then a barrier.

    `title` is for people ("learning rates at 4 blocks", "look 2: 5 seeds").
    """

    stage: Stage
    title: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a model's search came to in one fold, by number and size (trees, iterations), in words,
    and as the call that fits the same.
    """

    setting: int
    size: int
    words: str
    code: str


@dataclass(frozen=True, slots=True)
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
    rung: Candidate
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
    cap: int = field(default=0, metadata=LATER)  # steps at most; 0 = not known
    chosen: tuple[Chosen, ...] = field(default=(), metadata=LATER)  # of a model, in each fold

    @property
    def net(self) -> Rung:
        """The rung of a net."""
        assert isinstance(self.rung, Rung)
        return self.rung


@dataclass(frozen=True)
class Result:
    """A trial with its arrays, as an executor hands it over.

    `arrays`, all float32 numpy: `select` (n_select,) and `test` (n_test,) row scores,
    `curve` (evaluations, 3) step / train / val averaged over folds, train not a number where
    training rows were not looked at, and, for the group's best member by validation, `net/...` the
    weights of its best fold. Rate-search trials have `curve` only.
    """

    trial: Trial
    arrays: dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Outcome:
    """What an executor answers for a group: done with results, or lost/failed with a reason.

    "lost": what trained it is gone, or had no memory for it; "failed": training raised an error.
    `platform`: what may change the bits of a result, of the machine that worked on the group
    (`training.backends.platform`). Empty where that is not known, as of a worker that died: it is
    then taken for that of the process that leads the study.
    """

    group: Group
    state: Literal["done", "lost", "failed"]
    results: tuple[Result, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    platform: dict[str, str] = field(default_factory=dict, hash=False)
