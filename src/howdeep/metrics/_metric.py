"""`Metric`: everything that howdeep asks of what nets are scored by; and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import TaskKind
from howdeep.metrics._unit import Unit

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float64]
Loss = Literal["cross_entropy", "squared", "absolute"]
LOSSES: tuple[Loss, ...] = ("cross_entropy", "squared", "absolute")


@dataclass(frozen=True, eq=False)
class Scale:
    """What the training rows of one fold say of the target: nets learn it in these units.

    `shift`, `spread`: mean and standard deviation (regression; 0, 1 otherwise); `median`;
    `shares` (C,): class shares.
    """

    shift: float
    spread: float
    median: float
    shares: Floats


@dataclass(frozen=True)
class Yard:
    """What errors of regression are measured by: the spread of the target over scored rows.

    `square`: its variance; `absolute`: its mean absolute deviation from the median. A score of
    minus one is the error of their mean, or of their median. 1 and 1 for classes.
    """

    square: float = 1.0
    absolute: float = 1.0


@dataclass(frozen=True, eq=False)
class Basis:
    """What outputs on the rows of one part are scored with: (n,) each, and the yard of the part.

    `target`: class numbers, or numbers; `weights`: of rows, with mean 1 over the whole part.
    `pieces`: rows of different numbers were scored by different nets; None where one net scored
    them all.
    """

    target: NDArray[np.generic]
    weights: Floats
    yard: Yard
    pieces: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Counts:
    """How often each class occurs: among training rows, and among the rows compared on (C,)."""

    classes: tuple[str, ...]
    trained: tuple[int, ...]
    compared: tuple[int, ...]


@dataclass(frozen=True)
class Suggestion:
    """What a metric says of itself where another would be the default: take me or not, and why."""

    take: bool
    note: str


@dataclass(frozen=True)
class Metric:
    """One metric; larger is better for every number here but those that people read (`unit`).

    `rows`: outputs (..., n, C) logits or (..., n, 1) standardised predictions, the basis and the
    scale of the training rows -> (..., n) float64, of which the weighted mean is the metric.
    `joint`: what a row contributes depends on the others of its part, so that all of them are
    scored together, and the weights are in `rows` already. `tensor_rows`: the same of tensors on a
    GPU; where there is none, outputs are brought over.
    """

    name: str
    kind: TaskKind
    rank: int  # among those of its kind, 0 the default
    unit: Unit
    printed: str  # what a stored test score is called
    rows: Callable[[NDArray[np.floating], Basis, Scale], Floats]
    loss: Loss  # that nets learn by
    tie: str  # the metric that breaks ties between checkpoints
    least: float | None  # that a score can be; None: no end
    most: float  # of a net that makes no mistake
    constant: Callable[[Scale], Floats]  # outputs (C,) of the constant predictor
    tensor_rows: Callable[[Tensor, Tensor, Yard, Scale], Tensor] | None = None
    joint: bool = False
    by_class: bool = False  # every class counts as much, however few rows it has
    hits: bool = False  # rows are right or wrong, so that few of them tell little
    # Which part of its `reach` a row that was not seen may speak by for either of two nets that
    # agree on all rows seen; 0 where rows that are alike in nothing tell that much by themselves.
    unseen: float = 0.0
    # (target of a part, classes, weights, pieces) -> by how much a row (n,) can move the sum of
    # contributions; None: by its weight.
    reach: Callable[..., Floats] | None = None
    # Times sqrt(error left / rows): what rows tell apart of a share (docs/decision.md, "The
    # tolerance"); None: the tolerance is a share of a loss.
    by_error: float | None = None
    # (target of scored rows, target of the whole part, classes) -> weights by class (n,).
    weigh: Callable[[NDArray[np.int64], NDArray[np.int64], int], Floats] | None = None
    yard: Literal["square", "absolute"] | None = None  # which of a `Yard` is its own
    # Errors of one net's rows in the target's units (n,), weighted or not -> (name, value) pairs.
    errors: Callable[[Floats, bool], tuple[tuple[str, float], ...]] | None = None
    suggest: Callable[[Counts], Suggestion | None] | None = None  # where no metric was asked for
    # (counts, what one row counts at most of the metric) -> a sentence where that is much, or "".
    warn: Callable[[Counts, float], str] | None = None
    robust: str = ""  # the metric to take instead where a few rows decide this one
    also: tuple[str, ...] = ()  # other names that people ask for it by
    was: str = ""  # what is said of studies from before its scores were measured by scored rows

    def contributions(
        self, outputs: NDArray[np.floating], basis: Basis, scale: Scale
    ) -> NDArray[np.float64]:
        """Weighted contributions (..., n) of the rows: their plain mean is the metric."""
        return np.asarray(self.weighed(self.rows(outputs, basis, scale), basis.weights))

    def weighed(self, own: Any, weights: Any) -> Any:
        """`rows` with their weights, which joint ones have already; arrays, or tensors."""
        return own if self.joint else own * weights

    @property
    def ends(self) -> tuple[float | None, float]:
        """The least and the most that a score can be."""
        return self.least, self.most


def shares(scale: Scale) -> Floats:
    """The constant predictor of classes as logits (C,): the log of their shares in training.

    The most frequent class is the largest, and their log loss is the least that one can guess.
    """
    return np.asarray(np.log(np.maximum(scale.shares, CLIP)))


def right(out: Any, basis: Basis, _scale: Scale) -> Floats:
    """1 where the largest logit is the true class, else 0."""
    return (np.asarray(out).argmax(-1) == basis.target).astype(np.float64)


def tensor_right(out: Tensor, target: Tensor, _yard: Yard, _scale: Scale) -> Tensor:
    """`right` of tensors."""
    return (out.argmax(-1) == target).double()


CLIP = 1e-7  # of a probability inside a log loss
