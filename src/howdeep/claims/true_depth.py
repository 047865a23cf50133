"""State tracking on the permutations of five: longer words take more levels.

To compose L permutations, log2 L levels of pairs are enough, exactly. Whether fewer levels are is
open in theory: nets of constant depth and polynomial size could only do it if TC0 = NC1 (Barrington
1989). Here nets learn it, next to the rotations, where the order does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, Rows, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.chain import chain
from howdeep.claims.nets.tree import tree
from howdeep.report.parts import Element

POINTS, HIDDEN, ROWS = 5, 192, 20_000
HELD = 0.2  # of all words, to compare on
LONGEST = 256  # letters of the words that are composed exactly


def symmetric() -> np.ndarray:
    """All 120 permutations of five points, (120, 5): point i goes to row[i]."""
    return np.array(list(permutations(range(POINTS))))


def even() -> np.ndarray:
    """The 60 even ones, A5: the smallest group that no steps of commuting groups build up."""
    upper = np.triu_indices(POINTS, 1)
    return np.array([p for p in symmetric() if (p[upper[0]] > p[upper[1]]).sum() % 2 == 0])


def cyclic() -> np.ndarray:
    """The 5 rotations, which commute: only how often each letter occurs matters."""
    return np.array([np.roll(np.arange(POINTS), -k) for k in range(POINTS)])


# ---- exactly ------------------------------------------------------------------------------------
def matrices(group: np.ndarray) -> Tensor:
    """Permutation matrices (n, 5, 5): 1 at (i, row[i])."""
    return torch.eye(POINTS)[torch.from_numpy(group)]


def level(p: Tensor, q: Tensor) -> Tensor:
    """First p, then q, (..., 5, 5) each, by 125 ReLU units: sum over j of relu(p_ij + q_jk - 1)."""
    return torch.relu(p.unsqueeze(-1) + q.unsqueeze(-3) - 1).sum(-2)


def composed(words: Tensor) -> Tensor:
    """The products (N, 5, 5) of words (N, L, 5, 5), L a power of two, in log2 L levels of pairs."""
    while words.shape[1] > 1:
        words = level(words[:, 0::2], words[:, 1::2])
    return words[:, 0]


def _exact(lab: Lab) -> bool:
    """Are all products right? Of all 14,400 pairs, and of random words of 256 letters.

    A level that is right for all pairs is right for the next level's inputs: for words of any
    length by induction.
    """
    group = symmetric()
    n = len(group)
    a, b = np.divmod(np.arange(n * n), n)
    every = matrices(group)
    pairs = level(every[a], every[b]).eq(matrices(group[b[:, None], group[a]]))
    letters = lab.numpy("long").integers(n, size=(50, LONGEST))
    ends = np.tile(np.arange(POINTS), (len(letters), 1))
    for place in letters.T:
        ends = np.take_along_axis(group[place], ends, 1)
    long = composed(every[letters]).eq(matrices(ends))
    return bool(pairs.all() and long.all())


# ---- learnt -------------------------------------------------------------------------------------
def _words(lab: Lab, name: str, group: np.ndarray, places: int) -> Data:
    """Words of `places` letters as matrices about their mean, and where the first point ends up.

    To learn from, letters are left out (the identity in their place) with a chance drawn for each
    word, so that there are short ones. To compare on are words of a share that is held back: none
    of them is among those learnt from, however few words there are; each occurs once.
    """
    g = lab.numpy("words", name, places)
    n = len(group)
    none = int(np.flatnonzero((group == np.arange(POINTS)).all(1))[0])
    held = g.uniform(size=n**places) < HELD

    def coded(letters: np.ndarray) -> np.ndarray:
        return np.asarray(letters @ (n ** np.arange(places)))

    def learnt(count: int) -> np.ndarray:
        letters = g.integers(n, size=(3 * count, places))
        out = g.uniform(size=letters.shape) < g.uniform(size=(len(letters), 1))
        letters = np.where(out, none, letters)
        return letters[~held[coded(letters)]][:count]

    def rows(letters: np.ndarray) -> Rows:
        at = np.zeros(len(letters), dtype=int)
        for place in letters.T:
            at = group[place, at]
        inputs = matrices(group) - 1 / POINTS
        return Rows(inputs[letters].flatten(1), torch.from_numpy(at))

    new = g.permutation(np.flatnonzero(held))[:2_000]
    apart = rows(np.stack([new // n**k % n for k in range(places)], 1))
    data = Data(name, rows(learnt(ROWS)), rows(learnt(1_000)), apart, POINTS)
    return shuffled(lab, data) if lab.control else data


def _measure(lab: Lab) -> Measured:
    size = POINTS * POINTS
    levels = {
        "one level": tree("one level", 4, size, POINTS, (4,), HIDDEN),
        "two levels": tree("two levels", 4, size, POINTS, (2, 2), HIDDEN, tied=True),
        "plain": chain("plain", 4 * size, POINTS, 2, HIDDEN // 2),
    }
    alone = {"commuting": levels["one level"]}
    pairs = {"pairs": tree("pairs", 2, size, POINTS, (2,), HIDDEN)}
    how = How(steps=lab.by(1_200, 3_000), batch=128, rates=(-8, -7), grow=lab.by(0, 2))
    short = How(steps=lab.by(600, 1_500), batch=128, rates=(-8, -7), grow=lab.by(0, 2))
    seeds = lab.by(3, 6)
    arms = {
        **trained(lab, _words(lab, "even", even(), 4), levels, how, seeds),
        **trained(lab, _words(lab, "cyclic", cyclic(), 4), alone, how, seeds),
        **trained(lab, _words(lab, "even", even(), 2), pairs, short, seeds),
    }
    sizes = {name: arm.parameters for name, arm in levels.items()}
    return Measured(
        {
            "order": more(arms["two levels"], arms["one level"]),
            "commuting": _apart(arms["commuting"], arms["one level"]),
            "plain": more(arms["two levels"], arms["plain"]),
            "exact": Effect((float(_exact(lab)),), exact=True),
            "pairs": Effect(tuple(v - 1 / POINTS for v in arms["pairs"]["test"])),
            "room": Effect((float(sizes["one level"] - sizes["two levels"]),), exact=True),
        },
        {"arms": brief(arms)},
    )


def _apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> Effect:
    """The difference of two arms on words of their own, with the noise of either's rows."""
    values = tuple(x - y for x, y in zip(a["test"], b["test"], strict=True))
    error = [float(np.var(arm["rows"])) / len(arm["rows"]) for arm in (a, b)]
    return Effect(values, row_error=sum(error) ** 0.5)


# ---- told ---------------------------------------------------------------------------------------
def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    test = {name: arm["test"] for name, arm in shown["arms"].items()}
    lines = {
        "one level": [(2.0, test["pairs"]), (4.0, test["one level"])],
        "two levels": [(4.0, test["two levels"])],
        "plain, as deep as two levels": [(4.0, test["plain"])],
        "one level, rotations": [(4.0, test["commuting"])],
    }
    return (
        curves("true-depth", "Where does the first point end up?", lines, "letters in a word",
               "right, %", ticks=[(2.0, "2"), (4.0, "4")], levels={"guessing": 1 / POINTS},
               times=100),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    test = {name: mean(arm["test"]) for name, arm in shown["arms"].items()}
    return (
        "By construction, log2 L levels of 125 ReLU units a pair compose words of L permutations "
        f"exactly: all pairs, so words of any length; tried with {LONGEST} letters in 8 levels. "
        f"Learnt from {ROWS:,} words of up to four even permutations, two levels of pairs get "
        f"{test['two levels']:.1%} of whole words right, one level {test['one level']:.1%} and a "
        f"plain net with as many hidden layers {test['plain']:.1%}; of words of two, one level "
        f"gets {test['pairs']:.1%}. On rotations, which commute and of which there are 625 words "
        f"of four, one level gets {test['commuting']:.1%} of those not seen. More than that is "
        "not shown: a wide enough level holds any table, and that no shallow net of moderate "
        "width exists at all rests on a conjecture (TC0 is not NC1)."
    )


CLAIM = Claim(
    title="Longer words of permutations take more levels",
    rows=(13, 19),
    quotes=(
        Quote(
            "A", "Having multiple layers allows the network to represent a composition of functions"
        ),
        Quote("C", "exponential efficiency compared to shallow networks"),
    ),
    statement="Levels of pairs compose L permutations of five in log2 L levels; of what is learnt, "
    "one level is enough for words of two and not for words of four.",
    conditions="Words of even permutations of five points (A5), or of rotations, as 5 x 5 "
    "matrices; 20,000 words with letters left out at random to learn from; a fifth of all words "
    "is held back, and compared on; blocks of 192 ReLU units, each net at its own best learning "
    "rate.",
    measure=_measure,
    expects=(
        Expect("exact", "log2 L levels of pairs compose every word exactly", 0.5, ""),
        Expect("order", "two levels get over 20 points more words of four right than one",
               0.2, "points"),
    ),
    controls=(
        Expect("pairs", "one level gets over 50 points more words of two right than guessing",
               0.5, "points"),
        Expect("room", "one level has no fewer parameters than two", 0.0, "parameters"),
    ),
    also=(
        Expect("plain", "levels of pairs are better than a plain net with as many hidden layers",
               0.0, "points"),
        Expect("commuting", "one level gets over 20 points more words of four right where the "
               "permutations commute", 0.2, "points"),
    ),
    swap="the answers dealt anew to the words: nothing to learn",
    literature=(
        Reference("Barrington", 1989, "Bounded-width polynomial-size branching programs recognize "
                  "exactly those languages in NC1 (J. Comput. Syst. Sci. 38)"),
        Reference("Liu and others", 2023, "Transformers learn shortcuts to automata "
                  "(arXiv 2210.10749)"),
        Reference("Merrill, Petty and Sabharwal", 2024, "The illusion of state in state-space "
                  "models (arXiv 2404.08819)"),
        Reference("Merrill and Sabharwal", 2025, "A little depth goes a long way: the expressive "
                  "power of log-depth transformers (arXiv 2503.03961)",
                  "they train to long words; here words of two and four are learnt, and longer "
                  "ones composed by weights that are given"),
    ),
    picture=_picture,
    reading=_reading,
    change="One level that learns words of four from as many words.",
    order=215,
)  # fmt: skip
