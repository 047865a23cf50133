"""Intervals of AUC and F1 hold the truth, in whole parts and in pieces (docs/notes/ranking.md).

Rows of two cells are drawn with a truth that is known: a column of scores a class, a normal one
that lies higher for rows of the class; what all nets see of a row, what those of its cell see, and
what one net sees. The tables: `pytest -m campaign -s` with this file, `-k NAME` for one of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import awkward
import ladders
import numpy as np
import pytest
import tally
from scipy import special
from scipy.optimize import brentq

from howdeep.base import keys
from howdeep.stats import mcb
from howdeep.stats.dunnett import dunnett_quantile
from howdeep.stats.intervals import unpaired
from howdeep.stats.layout import Layout, row_part
from howdeep.stats.ranking import auc_contributions, auc_reach, f1_contributions
from howdeep.stats.streams import summary

FEW, MANY = 200, 2_000
CHUNK = 300_000  # numbers drawn at a time
LEAST_OF_A_CLASS = 30  # rows, from which on coverage is promised
UNIT = 0.5  # of a row's reach: it may be placed last where it was placed in the middle
DATA = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@dataclass(frozen=True)
class Case:
    """Two cells on `rows` rows, `share` of them in the rarest class (the rest evenly)."""

    name: str
    rows: int
    share: float
    classes: int = 2
    auc: tuple[float, float] = (0.87, 0.85)  # of one class against the rest, over seeds
    sd: float = 1.0  # of scores of a class's own rows; of the others 1
    grid: float = 0.0  # scores are rounded to multiples of it
    prior: float = 0.0  # how much of the classes' shares the predicted class follows
    tau: float = 0.05  # between seeds, of how far a class lies above the rest
    common: float = 0.5  # share of a row's noise that all nets see
    own: float = 0.2  # and that the nets of a cell do; the rest is each net's
    seeds: int = 5

    @property
    def target(self) -> np.ndarray:
        few = max(round(self.share * self.rows), 1)
        rest = np.arange(self.rows - few) % (self.classes - 1)
        return np.concatenate([np.full(few, self.classes - 1), rest])

    @property
    def above(self) -> np.ndarray:
        """How far a class lies above the rest (2,), so that `auc` is the mean over seeds."""
        return special.ndtri(np.asarray(self.auc)) * np.sqrt(self.sd**2 + 1 + self.tau**2)

    @property
    def leaning(self) -> np.ndarray:
        """What a net adds to each class's column before it takes the largest (2, C)."""
        shares = np.bincount(self.target, minlength=self.classes) / self.rows
        return self.prior * np.log(shares) / self.above[:, None]

    def draw(self, draws: int, columns: tuple[int, ...] = ()) -> Iterator[np.ndarray]:
        """Scores (d, 2, seeds, rows, C), some draws at a time; of these columns only, if any."""
        rng = np.random.default_rng(keys.seed_of(self.name, self.rows, str(self.share)))
        mine = self.target[:, None] == np.asarray(columns or range(self.classes))
        at_once = max(CHUNK // (2 * self.seeds * mine.size), 1)
        parts = np.sqrt([self.common, self.own, 1 - self.common - self.own])
        while draws > 0:
            d, draws = min(draws, at_once), draws - at_once
            x = parts[2] * rng.normal(size=(d, 2, self.seeds, *mine.shape))
            x += parts[1] * rng.normal(size=(d, 2, 1, *mine.shape))
            x += parts[0] * rng.normal(size=(d, 1, 1, *mine.shape))
            shift = self.tau * rng.normal(size=(d, 2, self.seeds, 1, mine.shape[1]))
            if self.sd != 1:
                x *= np.where(mine, self.sd, 1.0)
            x += mine * (self.above[:, None, None, None] + shift)
            yield np.round(x / self.grid) * self.grid if self.grid else x

    def ranked(self, draws: int) -> Iterator[np.ndarray]:
        """As `auc_contributions` takes them: of two classes one column matters."""
        if self.classes > 2:
            yield from self.draw(draws)
        else:
            yield from (np.concatenate([0 * x, x], -1) for x in self.draw(draws, (1,)))


def true_auc(case: Case) -> np.ndarray:
    """(2,): `auc`, or that of scores that are rounded, over 20 nodes of the shift of a seed."""
    if not case.grid:
        return np.asarray(case.auc)
    edges = (np.arange(-2_000, 2_001) - 0.5) * case.grid
    edges = edges[np.abs(edges) < 30]
    below = np.diff(special.ndtr(edges))
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    moved = case.above[:, None, None] + case.tau * nodes[:, None]
    own = np.diff(special.ndtr((edges - moved) / case.sd))  # (2, nodes, values)
    return (own @ (np.cumsum(below) - below / 2)) @ (weights / weights.sum())


def true_f1(case: Case, draws: int = 400) -> np.ndarray:
    """(2,): F1 of endless rows in these shares, its mean over so many seeds; by quadrature."""
    shares = np.bincount(case.target, minlength=case.classes) / case.rows
    shift = case.tau * np.random.default_rng(0).normal(size=(draws, case.classes))
    x, out = np.linspace(-9, 14, 400), []
    for above, lean in zip(case.above, case.leaning, strict=True):
        at = np.broadcast_to(lean, (draws, case.classes, case.classes)).copy()  # true, column
        at[:, range(case.classes), range(case.classes)] += above + shift
        chance = special.ndtr(x - at[..., None])
        density = np.exp(-np.square(x - at[..., None]) / 2) / np.sqrt(2 * np.pi)
        others = [np.delete(chance, j, 2).prod(2) for j in range(case.classes)]
        said = (density * np.stack(others, 2)).sum(-1) * (x[1] - x[0]) * shares[:, None]
        hit = np.diagonal(said, axis1=1, axis2=2)
        out.append((2 * hit / (said.sum(1) + shares)).mean())
    return np.asarray(out)


@dataclass(frozen=True)
class Found:
    """How intervals for the difference of two cells did: the shares that held it, and why."""

    unpaired: float  # `stats.intervals.unpaired`
    race: float  # `stats.mcb`, two cells, both sides
    bias: float  # of the mean difference
    ratio: float  # standard error told, over that of the draws
    width: float  # mean half-width of `unpaired`

    def __str__(self) -> str:
        return (f"{self.unpaired:.4f} | {self.race:.4f} | {100 * self.bias:+.2f} | "
                f"{self.ratio:.3f} | {100 * self.width:.2f}")  # fmt: skip


COLUMNS = "unpaired | race | bias, points | told / true sd | half-width, points"


def judged(zs: Iterator[np.ndarray], truth: float, layout: Layout | None = None) -> Found:
    """Intervals of contributions (2, seeds, rows), a draw after another."""
    held, raced, means, told, widths = [], [], [], [], []
    for z in zs:
        bounds = unpaired(summary(z[0], layout), summary(z[1], layout), 0.95)
        low, high = (-9.0 if bounds.low is None else bounds.low), (bounds.high or 0.0)
        pairs = mcb.pairwise(list(z), layout)
        width = mcb.half_widths(pairs, 2, 0.05)
        means.append(bounds.value)
        held.append(bounds.low is not None and low <= truth <= high)
        raced.append(abs(bounds.value - truth) <= width.both[0, 1])
        told.append(width.variance[0, 1])
        widths.append((high - low) / 2)
    ratio = float(np.sqrt(np.mean(told)) / np.std(means))
    return Found(*map(float, (np.mean(held), np.mean(raced), np.mean(means) - truth)), ratio,
                 float(np.median(widths)))  # fmt: skip


def auc_found(case: Case, draws: int) -> Found:
    zs = (z for x in case.ranked(draws) for z in auc_contributions(x, case.target))
    return judged(zs, float(-np.diff(true_auc(case))[0]))


def f1_found(case: Case, draws: int) -> Found:
    said = ((x + case.leaning[:, None, None]).argmax(-1) for x in case.draw(draws))
    zs = (z for p in said for z in f1_contributions(p, case.target, case.classes))
    return judged(zs, float(-np.diff(true_f1(case))[0]))


SIZES = [(n, share) for n in (150, 600, 3_000) for share in (0.02, 0.1, 0.5)]
FEWER = [size for size in SIZES if size[0] < 3_000 or size[1] == 0.1]
MORE = [size for size in FEWER if size[1] < 0.5]


def two(name: str, sizes: list[tuple[int, float]] = FEWER, **changes: object) -> list[Case]:
    return [replace(Case(name, n, share), **changes) for n, share in sizes]


AUC = {
    "equal": two("normal", SIZES),
    "unequal": two("sd 2 of the rarer", sd=2.0),
    "ties": two("rounded to 1 sd", grid=1.0),
    "high": two("AUC .98, .97", auc=(0.98, 0.97)),
    "three": [Case("3 classes", n, s, 3) for n, s in MORE],
    "five": [Case("5 classes", n, s, 5) for n, s in MORE],
}
F1 = {
    "even": two("F1"),
    "leaning": two("F1, most rows right", prior=1.0),
    "sure": two("F1, AUC .98, .97", auc=(0.98, 0.97), prior=1.0),
    "three": [Case("F1, 3 classes", n, s, 3, prior=1.0) for n, s in MORE],
    "five": [Case("F1, 5 classes", n, s, 5, prior=1.0) for n, s in MORE],
}


def enough_rows(case: Case) -> bool:
    return np.bincount(case.target).min() >= LEAST_OF_A_CLASS


def slack(draws: int) -> float:
    """Three standard errors of a share of 95 %."""
    return 3 * float(np.sqrt(0.95 * 0.05 / draws))


QUICK = [c for kind in ("equal", "unequal", "ties") for c in AUC[kind][4:6]] + AUC["three"][3:4]


@pytest.mark.parametrize("case", QUICK, ids=lambda c: f"{c.name} {c.share}")
def test_a_few_intervals_of_auc_hold_the_truth(case: Case) -> None:
    found = auc_found(case, FEW)
    assert abs(found.unpaired - 0.95) <= 0.01 + slack(FEW)
    assert found.race >= 0.94 - slack(FEW)
    assert found.ratio == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("case", [F1["even"][4], F1["sure"][5], F1["three"][3]],
                         ids=lambda c: f"{c.name} {c.share}")  # fmt: skip
def test_a_few_intervals_of_f1_hold_the_truth(case: Case) -> None:
    found = f1_found(case, FEW)
    assert abs(found.unpaired - 0.95) <= 0.01 + slack(FEW)
    assert found.race >= 0.94 - slack(FEW)


def test_intervals_that_take_placements_for_row_scores_are_found_out() -> None:
    """The bounds above have teeth: a mean of placements over all rows is no AUC of two sides."""
    case = AUC["equal"][4]
    reach = auc_reach(case.target, 2)

    def naive() -> Iterator[np.ndarray]:
        for x in case.ranked(FEW):
            z = auc_contributions(x, case.target)
            auc = z.mean(-1, keepdims=True)
            yield from auc + (z - auc) / reach

    found = judged(naive(), float(-np.diff(true_auc(case))[0]))
    assert found.unpaired < 0.95 - 0.01 - slack(FEW)


def missed(case: Case, found: Found, draws: int) -> bool:
    """Whether a case of enough rows does not keep 94 to 96 %, a standard error apart."""
    return enough_rows(case) and abs(found.unpaired - 0.95) > 0.01 + slack(draws) / 3


METRICS = {"auc": (AUC, auc_found), "f1": (F1, f1_found)}
KINDS = [(metric, kind) for metric, (cases, _) in METRICS.items() for kind in cases]


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize(("metric", "kind"), KINDS)
def test_two_thousand_intervals(metric: str, kind: str) -> None:
    print(f"\n| scores | rows | of the rarest class | {COLUMNS} |\n|{'---|' * 8}")
    cases, find = METRICS[metric]
    wrong = []
    for case in cases[kind]:
        found = find(case, MANY)
        print(f"| {case.name} | {case.rows:,} | {np.bincount(case.target).min()} | {found} |")
        sys.stdout.flush()
        wrong += [case] if missed(case, found, MANY) else []
    assert not wrong


# Rows that were scored in pieces: five folds, each in halves by two checkpoints.

PIECES, FOLDS = 10, 5
SPLIT = [Case("two classes", 600, s, tau=0.0) for s in (0.008, 0.02, 0.1)]
SPLIT += [Case("3 classes", 600, 0.1, 3, tau=0.0)]
SCALES = ((0.0, 0.0), (0.5, 0.5), (1.0, 0.0))  # sd of what a piece's scores are moved by, by cell


def dealt(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Rows in the order of their pieces, classes dealt evenly, and the piece of each."""
    piece, start = np.zeros(case.rows, dtype=int), 0
    for c in range(case.classes):
        rows = np.flatnonzero(case.target == c)
        piece[rows], start = (start + np.arange(len(rows))) % PIECES, start + len(rows)
    order = np.argsort(piece, kind="stable")
    return order, piece[order]


def by_piece(x: np.ndarray, y: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Each piece's contributions by itself, as if it were the whole part."""
    each = [auc_contributions(x[..., piece == p, :], y[piece == p]) for p in range(PIECES)]
    return np.concatenate(each, axis=-1)


WAYS = {
    "pairs within pieces": lambda x, y, piece: auc_contributions(x, y, pieces=piece),
    "each piece by itself": by_piece,
    "pooled": lambda x, y, piece: auc_contributions(x, y),
}


def pieces_found(
    case: Case, way: str, scales: tuple[float, float], draws: int
) -> tuple[float, Found]:
    """By how many points the score of the second cell is off, and how intervals did."""
    order, piece = dealt(case)
    y, rng, level = case.target[order], np.random.default_rng(5), []
    mine = y[:, None] == np.arange(case.classes)

    def contributions() -> Iterator[np.ndarray]:
        for x in case.ranked(draws):
            nets = (len(x), 2, case.seeds)
            moved = rng.normal(size=(*nets, PIECES, case.classes))
            moved *= np.asarray(scales)[:, None, None, None]
            moved[..., 0] = 0.0  # else the columns' difference moved more
            better = 0.05 * rng.normal(size=(*nets, FOLDS, case.classes))
            own = x[..., order, :] + moved[..., piece, :] + mine * better[..., piece // 2, :]
            z = WAYS[way](own, y, piece)
            level.append(z[:, 0].mean((1, 2)))
            yield from z

    sizes = np.bincount(piece // 2, minlength=FOLDS).tolist()
    found = judged(contributions(), case.auc[0] - case.auc[1], Layout(tuple(sizes)))
    return 100 * (float(np.concatenate(level).mean()) - case.auc[0]), found


def test_pairs_within_pieces_are_unbiased_and_pooled_rows_are_not() -> None:
    level, found = pieces_found(SPLIT[2], "pairs within pieces", SCALES[0], FEW)
    assert abs(level) < 1.0
    assert abs(found.unpaired - 0.95) <= 0.01 + slack(FEW)
    moved = pieces_found(SPLIT[2], "pairs within pieces", SCALES[2], FEW)
    assert moved == (pytest.approx(level), found)  # ranks within pieces know nothing of it
    level, found = pieces_found(SPLIT[2], "pooled", SCALES[2], FEW)
    assert level < -5.0
    assert found.unpaired < 0.5


def test_a_constant_predictor_is_worse_than_guessing_only_where_rows_are_pooled() -> None:
    """It gives each fold its training rows' share, which is low where the fold has many."""
    case = Case("pieces", 600, 0.104)  # 62 rows: 12 or 13 a fold
    order, piece = dealt(case)
    y, fold = case.target[order], piece // 2
    share = np.asarray([y[fold != f].mean() for f in range(FOLDS)])[fold]
    x = np.stack([1 - share, share], -1)
    assert auc_contributions(x, y).mean() < 0.49
    assert auc_contributions(x, y, pieces=piece) == pytest.approx(np.full(600, 0.5))


def f1_in_pieces(case: Case, draws: int) -> tuple[float, float, float]:
    """By how many points a cell's F1 is off: of the whole, the mean of the pieces', and the mean of
    pseudo-values that are not moved, from F1 itself."""
    order, piece = dealt(case)
    y, truth, found = case.target[order], float(true_f1(case)[0]), []
    for x in case.draw(draws):
        p = (x + case.leaning[:, None, None]).argmax(-1)[:, 0][..., order]
        z = f1_contributions(p, y, case.classes)
        whole, n = z.mean(-1), case.rows
        each = [f1_contributions(p[..., piece == i], y[piece == i], case.classes)
                for i in range(PIECES)]  # fmt: skip
        last = f1_contributions(p[..., :-1], y[:-1], case.classes).mean(-1)  # without the last row
        without = last + (z[..., -1] - whole) / (n - 1)  # the mean over all rows left out
        off = (n - 1) * (whole - without)
        found.append([whole.mean() - truth, np.concatenate(each, -1).mean() - truth, off.mean()])
    whole_off, each_off, pseudo_off = map(float, 100 * np.mean(found, 0))
    return whole_off, each_off, pseudo_off


def test_f1_is_counted_over_all_pieces_together() -> None:
    whole, each, pseudo = f1_in_pieces(SPLIT[2], FEW)
    assert abs(whole) < 1.0
    assert abs(each) > 2 * abs(whole)
    assert abs(pseudo) < 0.5


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
def test_rows_scored_in_pieces() -> None:
    print("\n| scores | rows | of the rarest class | F1 of the whole off, points | mean of pieces "
          f"| mean of pseudo-values, from F1 |\n|{'---|' * 6}")  # fmt: skip
    for case in SPLIT:
        off = " | ".join(f"{points:+.2f}" for points in f1_in_pieces(case, MANY // 4))
        print(f"| {case.name} | {case.rows:,} | {np.bincount(case.target).min()} | {off} |")
    print(f"\n| scores | rows | of the rarest class | way | moved by, sd | score off, points "
          f"| {COLUMNS} |\n|{'---|' * 11}")  # fmt: skip
    wrong = []
    for case in SPLIT:
        few = np.bincount(case.target).min()
        for way in WAYS:
            for scales in SCALES if way == "pooled" else SCALES[:1]:
                ours = way == "pairs within pieces"
                level, found = pieces_found(case, way, scales, MANY if ours else MANY // 4)
                by = f"{scales[0]}, {scales[1]}" if way == "pooled" else "any"
                print(f"| {case.name} | {case.rows:,} | {few} | {way} | {by} | {level:+.2f} "
                      f"| {found} |")  # fmt: skip
                sys.stdout.flush()
                wrong += [case] if ours and missed(case, found, MANY) else []
    assert not wrong


# Nets that rank all rows seen alike, though one is worse on rows that were not seen.

LOST = {  # how the worse net places the rows of the rarer class that it loses
    "as the others are": lambda rng, shape: rng.normal(size=shape),
    "last": lambda rng, shape: -20.0 - rng.random(shape),
}
RARE = ((600, 12), (2_000, 20), (600, 30), (600, 60), (40, 20), (100, 50), (300, 150))
GAPS = ((0.025, 0.01), (0.02, 0.02), (0.05, 0.05), (0.1, 0.1))  # of AUC, and the tolerance
LAST_LOOK = 0.05 * 0.74  # the share of alpha that the last of five looks has


def lost(
    rng: np.random.Generator, draws: int, rows: int, few: int, gap: float, how: str, auc: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contributions (draws, rows) of a net and of one that is worse by `gap`, and the reach."""
    y = (np.arange(rows) < few).astype(int)
    x = rng.normal(size=(draws, rows)) + y * special.ndtri(auc) * np.sqrt(2)
    share = gap / (auc if how == "last" else auc - 0.5)
    worse = np.where((rng.random(x.shape) < share) & (y == 1), LOST[how](rng, x.shape), x)
    good, bad = (auc_contributions(np.stack([0 * own, own], -1), y) for own in (x, worse))
    return good, bad, auc_reach(y, 2)


def called(
    k: np.ndarray, counts: float, tolerance: float, units: Sequence[float]
) -> list[tuple[float, float]]:
    """How often the last look of six depths calls the worse net enough, and its half-width.

    From row differences k (draws, rows), where one row may differ by these shares of `counts`.
    """
    rows, out = k.shape[-1], []
    for unit in units:
        added, df = row_part(k, Layout(unit=unit * counts))
        q = np.asarray([dunnett_quantile(6, own, LAST_LOOK) for own in df])
        width = q * np.sqrt((k.var(-1, ddof=1) + added / rows) / rows)
        wrong = float((k.mean(-1) - width > -tolerance).mean())
        out.append((wrong, float(np.median(width))))
    return out


def called_enough(
    rows: int, few: int, gap: float, tolerance: float, how: str, units: Sequence[float], draws: int
) -> list[tuple[float, float]]:
    """`called` of AUC, in shares of a row's reach."""
    rng = np.random.default_rng([rows, few, int(1_000 * gap)])
    good, bad, reach = lost(rng, draws, rows, few, gap, how, 0.99)
    return called(bad - good, float(reach.max()), tolerance, units)


def called_enough_by_f1(
    rows: int, few: int, gap: float, recall: float, units: Sequence[float], draws: int
) -> list[tuple[float, float]]:
    """`called` of F1, in balanced accuracy's unit: a net loses rows that it found, by `gap`.

    Of the rarer class the others find the share `recall`, and a tenth as many rows that are not.
    """
    rng = np.random.default_rng([rows, few, int(1_000 * gap)])
    y, rest = (np.arange(rows) < few).astype(int), rows - few
    false = recall * few / 10

    def f1(found: float) -> float:
        hits = found * few
        return hits / (few + hits + false) + (rest - false) / (2 * rest - false + few - hits)

    good = rng.random((draws, rows)) < np.where(y == 1, recall, false / rest)
    share = brentq(lambda s: f1(recall) - f1(recall * (1 - s)) - gap, 0.0, 1.0)
    bad = good & ~((rng.random(good.shape) < share) & (y == 1))
    k = f1_contributions(bad, y, 2) - f1_contributions(good, y, 2)
    return called(k, rows / (2 * few), gap, units)


def losing(rows: int, few: int, gap: float, how: str, unit: float) -> awkward.Make:
    """A ladder of which the linear cell is worse by `gap`, and all other nets rank alike."""

    def make(data: np.random.Generator, nets: np.random.Generator, seeds: int) -> ladders.Drawn:
        good, bad, reach = lost(data, 1, rows, few, gap, how, 0.99)
        z = np.broadcast_to(good, (6, seeds, rows)).copy()
        z[0] = bad
        layout = Layout(unit=unit * float(reach.max()))
        return awkward.drawn(z, layout, np.full(rows, 0.5))

    return make


def judged_enough(rows: int, few: int, gap: float, unit: float, count: int) -> float:
    """The same through a study and the judge."""
    make = losing(rows, few, gap, "as the others are", unit)
    kind = awkward.Awkward(f"lost {rows}, {few}, {gap}", (-gap, *(0.0,) * 5), make, gap,
                           most=5, rows=rows)  # fmt: skip
    return float(tally.tally(kind, ladders.run(kind, range(count))).wrong.value)


def test_nets_that_agree_on_few_rows_are_not_called_equal() -> None:
    assert judged_enough(600, 12, 0.02, UNIT, 20) == 0.0
    assert judged_enough(600, 12, 0.02, 0.0, 20) > 0.25  # without the rows that are added
    for rows, few in RARE:
        for gap, tolerance in GAPS:
            ((wrong, _),) = called_enough(rows, few, gap, tolerance, "last", [UNIT], FEW)
            assert wrong <= 0.06 + 3 * float(np.sqrt(0.06 * 0.94 / FEW))
    assert called_enough_by_f1(600, 12, 0.02, 0.97, [0.0], FEW)[0][0] > 0.25
    assert called_enough_by_f1(600, 12, 0.02, 0.97, [1.0], FEW)[0][0] == 0.0


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
def test_what_one_row_may_differ_by() -> None:
    units = (0.0, 0.1, 0.25, UNIT, 1.0)
    heads = " | ".join(f"wrong at {unit}" for unit in units)
    print(f"\n| rows | of the rarer class | gap | tolerance | lost rows are placed | {heads} "
          f"| half-width at {UNIT}, points |\n|{'---|' * (6 + len(units))}")  # fmt: skip
    worst = 0.0
    for rows, few in RARE:
        for gap, tolerance in GAPS:
            for how in LOST:
                found = called_enough(rows, few, gap, tolerance, how, units, MANY // 2)
                shares = " | ".join(f"{wrong:.3f}" for wrong, _ in found)
                print(f"| {rows:,} | {few} | {gap} | {tolerance} | {how} | {shares} "
                      f"| {100 * found[3][1]:.1f} |")  # fmt: skip
                sys.stdout.flush()
                worst = max(worst, found[3][0])
    for unit in (0.0, UNIT):
        shares = [judged_enough(rows, few, 0.02, unit, 60) for rows, few in ((600, 12), (40, 20))]
        print(f"through the judge at {unit}: {shares}")
    assert worst <= 0.06 + 3 * float(np.sqrt(0.06 * 0.94 / (MANY // 2)))


# Real tables: how far apart two nets have to be for so many rows to tell.

TABLES = {
    "phoneme": ("phoneme/phoneme.csv", 0),
    "pima": ("pima/pima.csv", 0),
    "shoppers": ("online_shoppers/online_shoppers_intention.csv", 1),
}
DEPTHS = ((), (32,), (32, 32, 32))  # no hidden layer: linear
OF_STUDIES = dunnett_quantile(12, np.inf, LAST_LOOK)  # times a standard error: a half-width


def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Columns (n, d), words as one column a word, and classes (n,) from the last column."""
    path, skip = TABLES[name]
    if not (DATA / path).exists():
        pytest.skip(f"{DATA / path} is not there; HOWDEEP_TEST_DATA names the folder of real sets")
    rows = np.genfromtxt(DATA / path, delimiter=",", dtype=str, skip_header=skip)
    columns = []
    for column in rows[:, :-1].T:
        try:
            columns.append(column.astype(float)[:, None])
        except ValueError:
            columns.append((column[:, None] == np.unique(column)) * 1.0)
    return np.concatenate(columns, axis=1), np.unique(rows[:, -1], return_inverse=True)[1]


def scored(name: str, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (depths, seeds, n, 2) on two fifths of the rows, and their classes (n,)."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = table(name)
    x, held, y, target = train_test_split(x, y, test_size=0.4, stratify=y, random_state=0)
    out = []
    for hidden in DEPTHS:
        for seed in range(seeds):
            net = (
                MLPClassifier(hidden, early_stopping=True, random_state=seed)
                if hidden
                else LogisticRegression(max_iter=1_000)
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                out.append(make_pipeline(StandardScaler(), net).fit(x, y).predict_proba(held))
    return np.reshape(out, (len(DEPTHS), seeds, len(target), 2)), target


def of_metrics(p: np.ndarray, y: np.ndarray) -> dict[str, tuple[np.ndarray, float]]:
    """Row scores (..., n) by metric, and for how many rows these count."""
    right = (p.argmax(-1) == y) * 1.0
    balanced = len(y) / (2 * np.bincount(y))[y]
    reach = auc_reach(y, 2)
    kish = {"balanced": balanced.sum() ** 2 / np.square(balanced).sum(),
            "auc": reach.sum() ** 2 / np.square(reach).sum()}  # fmt: skip
    return {
        "accuracy": (right, len(y)),
        "balanced accuracy": (right * balanced, kish["balanced"]),
        "AUC": (auc_contributions(p, y), kish["auc"]),
        "F1": (f1_contributions(p.argmax(-1), y, 2), kish["balanced"]),
    }


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
def test_what_one_row_may_differ_by_in_f1() -> None:
    units = (0.0, 0.5, 1.0)
    print("\n| rows | of the rarer class | recall | gap | wrong at 0 | at .5 | at 1 "
          f"| half-width at 1, points |\n|{'---|' * 8}")  # fmt: skip
    worst = 0.0
    for rows, few in ((600, 12), (600, 30), (600, 60), (40, 20), (300, 150)):
        for recall in (0.3, 0.6, 0.97):
            for gap in (0.02, 0.05):
                found = called_enough_by_f1(rows, few, gap, recall, units, MANY // 2)
                shares = " | ".join(f"{wrong:.3f}" for wrong, _ in found)
                print(f"| {rows:,} | {few} | {recall} | {gap} | {shares} "
                      f"| {100 * found[2][1]:.1f} |")  # fmt: skip
                sys.stdout.flush()
                worst = max(worst, found[2][0])
    assert worst <= 0.06 + 3 * float(np.sqrt(0.06 * 0.94 / (MANY // 2)))


@pytest.mark.campaign("P25")
@pytest.mark.timeout(7_200)
def test_what_rows_tell_apart_on_real_tables() -> None:
    print("\n| table | metric | score | effective rows | half-width, points: linear and one layer, "
          f"one and three | over sqrt(error / rows) |\n|{'---|' * 6}")  # fmt: skip
    most: dict[str, float] = {}
    for name in TABLES:
        p, y = scored(name, 3)
        for metric, (z, rows) in of_metrics(p, y).items():
            score = float(z.mean((1, 2)).max())
            pairs = mcb.pairwise(list(z))
            width = OF_STUDIES * np.sqrt(np.diagonal(pairs.row_variance, 1) / len(y))
            ratio = width / np.sqrt((1 - score) / rows)
            most[metric] = max(most.get(metric, 0.0), *map(float, ratio))
            print(f"| {name} | {metric} | {score:.3f} | {rows:,.0f} "
                  f"| {100 * width[0]:.2f}, {100 * width[1]:.2f} "
                  f"| {ratio[0]:.2f}, {ratio[1]:.2f} |")  # fmt: skip
            sys.stdout.flush()
    assert most["AUC"] < 2.0  # what balanced accuracy has
