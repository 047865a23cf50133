"""What of the study that was asked for the allowance lets in: depth gives way last.

A study too large for it becomes the first that fits of ever smaller ones (docs/images.md has the
measurements behind the order): fewer training rows, no extension and nothing deeper than the usual
ladder, shorter ladders of what is only there to compare with, fewer folds and seeds, half the
width. The depths up to 4 blocks are the question and are never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from howdeep.base import limits
from howdeep.base.nouns import Inputs, Ladder, Precision, RateSearch
from howdeep.nets.families import NetKind, family
from howdeep.nets.ladder import cells, worst_case

KEPT = 4  # blocks: depths up to here stay, whatever the allowance
FEWER_FOLDS = (4, 3, 2)
FEWER_SEEDS = ((12, 8, 5), (4, 3))  # before, and after folds
# Training rows from which on rates are tried in so many folds, and with so many seeds the best.
TUNED_IN = ((10_000, 1, 3), (0, 5, 2))
REFINED = 4  # seeds of the best rates in one split: of two nets, one that diverges rules the noise
COARSE = 10_000  # training rows from which on every other rate of a grid is tried, before the walk

Design = tuple[int, int]  # seeds and folds


@dataclass(frozen=True)
class Asked:
    """The ladders of one kind of net as asked for: `width`, `max_steps` None: by the recipe.

    `contrast`: they are there to compare with; `named`: the user wants them all the same.
    """

    families: tuple[str, ...]
    depths: tuple[int, ...]
    extend_to: int
    width: int | None = None
    max_steps: int | None = None
    search: RateSearch | None = None
    precision: Precision = "fp32"
    contrast: bool = False
    named: bool = False

    @property
    def kind(self) -> NetKind:
        return family(self.families[0]).kind

    @property
    def least(self) -> int:
        """How many of its depths stay, from the shallowest on: two of a contrast."""
        return 2 if self.contrast else max(2, sum(depth <= KEPT for depth in self.depths))

    def shorter(self) -> Asked:
        """Without its deepest rung, if that may go."""
        return replace(self, depths=self.depths[: max(len(self.depths) - 1, self.least)])


Kinds = tuple[Asked, ...]


@dataclass(frozen=True)
class Fit:
    """What the allowance lets in: training rows, seeds, folds, ladders, and FLOPs.

    At worst; of seeds after which more are only trained while the allowance lasts, as a rule.
    """

    rows: int
    ladders: tuple[Ladder, ...]
    flops: float
    seeds: int
    folds: int


Price = Callable[[Kinds, Design], Fit]


def climbed(asked: Sequence[Asked], rows: int, folds: int) -> tuple[Ladder, ...]:
    """The ladders that were asked for, with the recipe for `rows` training rows in each fold."""
    out = []
    for kind in asked:
        for name in kind.families:
            fam = family(name)
            how = fam.kind.recipe(rows, kind.max_steps)
            search = kind.search or tuned(fam.search, rows, folds)
            ladder = Ladder(
                family=name,
                depths=kind.depths,
                extend_to=kind.extend_to,
                width=_width(kind, rows),
                recipe=replace(how, precision=kind.precision),
                search=replace(search, transfers=fam.search.transfers),
                zero=fam.zero,
                gloss=fam.gloss,
                zero_gloss=fam.zero_gloss,
                longer=1 if kind.max_steps else fam.kind.longer,
            )
            out.append(ladder)
    return tuple(out)


def tuned(search: RateSearch, rows: int, folds: int) -> RateSearch:
    """A search with as many nets as its noise asks for: fewer by many rows (docs/recipe.md).

    >>> [tuned(RateSearch(), rows, 5).folds for rows in (1_000, 20_000)]
    [5, 1]
    >>> tuned(RateSearch(), 1_000, 1).refined
    4
    """
    if search.steps < 1:
        return search
    if folds == 1:
        return replace(search, refined=REFINED)
    few, refined = next((f, n) for least, f, n in TUNED_IN if rows >= least)
    search = replace(search, tuning_seeds=1, folds=few, refined=refined)
    if rows < COARSE:
        return search
    return replace(search, grid=search.grid[::2], zero_grid=search.zero_grid[::2])


def designs(seeds: int, folds: int, fewer_seeds: bool = True) -> tuple[Design, ...]:
    """Seeds and folds as asked for, then ever fewer: seeds to five, folds to two, seeds to three.

    >>> designs(5, 5)
    ((5, 5), (5, 4), (5, 3), (5, 2), (4, 2), (3, 2))
    >>> designs(12, 1), designs(5, 3, fewer_seeds=False)
    (((12, 1), (8, 1), (5, 1), (4, 1), (3, 1)), ((5, 3), (5, 2)))
    """
    out = [(seeds, folds)]
    before, after = FEWER_SEEDS if fewer_seeds else ((), ())
    out += [(n, folds) for n in before if n < seeds]
    out += [(out[-1][0], f) for f in FEWER_FOLDS if f < folds]
    return (*out, *((n, out[-1][1]) for n in after if n < seeds))


def fit(
    asked: Sequence[Asked],
    rows: int,
    inputs: Inputs,
    outputs: int,
    designs: Sequence[Design],
    allowance: float,
    least: int = 0,
    grows: bool = True,
) -> Fit:
    """The first study within the allowance of ever smaller ones; else the smallest, beyond it.

    Training rows are capped first, not below `least`; in folds the folds and seeds go before them.
    `grows`: an extension of the ladder has to fit, too.
    """
    whole = designs[0]

    def price(kinds: Kinds, design: Design, rows: int) -> Fit:
        ladders = climbed(kinds, rows, design[1])
        worst = worst_case(ladders, cells(ladders, inputs, outputs), *design, grows)
        return Fit(rows, ladders, sum(worst.values()) * (1.0 if grows else limits.SPENT), *design)

    least = min(rows, least)
    found = price(tuple(asked), whole, rows)
    if whole[1] > 1 and rows > least:
        for whole in designs:
            found = price(tuple(asked), whole, rows)
            if found.flops <= allowance:
                return found
        designs = (whole,)
    while found.flops > allowance and found.rows > least:
        found = price(tuple(asked), whole, max(least, int(found.rows * 0.98)))
    rows = found.rows
    for kinds, design in _smaller(tuple(asked), designs, rows, lambda k, d: price(k, d, rows)):
        if found.flops <= allowance:
            break
        found = price(kinds, design, rows)
    return found


def _smaller(
    asked: Kinds, designs: Sequence[Design], rows: int, price: Price
) -> Iterator[tuple[Kinds, Design]]:
    """Ever smaller studies."""
    kinds = tuple(replace(kind, extend_to=0) for kind in asked)
    yield kinds, designs[0]
    while any(kind.depths[-1] > kind.kind.depths[-1] for kind in kinds):
        deepest = max(kinds, key=lambda kind: kind.depths[-1] / kind.kind.depths[-1])
        if deepest.shorter() == deepest:
            break
        kinds = tuple(kind.shorter() if kind == deepest else kind for kind in kinds)
        yield kinds, designs[0]
    for smaller in _thinner(kinds, rows):
        for design in designs:
            yield from ((less, design) for less in _contrasted(smaller, design, price))


def _contrasted(kinds: Kinds, design: Design, price: Price) -> Iterator[Kinds]:
    """With ever shorter contrasts: each time the costliest goes without its deepest rung."""
    yield kinds
    while longer := [kind for kind in kinds if kind.contrast and kind.shorter() != kind]:
        costliest = max(longer, key=lambda kind: price((kind,), design).flops)
        kinds = tuple(kind.shorter() if kind == costliest else kind for kind in kinds)
        yield kinds


def _thinner(kinds: Kinds, rows: int) -> Iterator[Kinds]:
    """As they are; without general contrasts; half as wide; no deeper than 4 blocks."""
    yield kinds
    rest = tuple(kind for kind in kinds if kind.kind.needs or kind.named or not kind.contrast)
    if rest != kinds:
        yield rest
    kinds = tuple(replace(kind, width=_width(kind, rows) // 2) for kind in rest)
    yield kinds
    while (shorter := tuple(k if k.contrast else k.shorter() for k in kinds)) != kinds:
        yield (kinds := shorter)


def _width(kind: Asked, rows: int) -> int:
    return kind.width or kind.kind.width(rows)
