"""What was found, in plain words: one paragraph in which nothing contradicts the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from howdeep.base.verdicts import CellRef, CellStanding, Dossier
from howdeep.report.control import says
from howdeep.report.depths import (
    epsilon_words,
    for_now,
    may_be_best,
    named,
    open_shallower,
    order,
    ref_words,
    shallower,
)
from howdeep.report.words import BLOCKS, network, plural, unit


def plain_words(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The paragraph with its label; nothing where no net is to be used."""
    status = dossier.verdict.status
    parts: tuple[Callable[[Dossier], Iterator[str]], ...]
    if status in ("recommended", "no_depth_needed"):
        parts = (_block, _model, _highest, _shallower, _size, _not_shown, _kinds)
    elif for_now(dossier) is not None:
        parts = (_block, _model, _open, _beyond)
    else:
        return
    yield "In plain words", " ".join(text for part in parts for text in part(dossier))


def _used(dossier: Dossier) -> CellRef | None:
    found = for_now(dossier)
    return found[0] if found else dossier.verdict.enough


def _block(dossier: Dossier) -> Iterator[str]:
    ref = _used(dossier)
    if ref is None:
        return
    if not ref.blocks:
        yield "Depth is counted in blocks of hidden layers; the net to use has none."
    elif ref.family in BLOCKS:
        yield f"A block of a {network(ref.family)} is {BLOCKS[ref.family]}."


def _model(dossier: Dossier) -> Iterator[str]:
    if dossier.verdict.rival is not None:
        yield "A classical model is better than the nets: what follows is for a net all the same."


# ---- where a depth is named ----------------------------------------------------------------------
def _highest(dossier: Dossier) -> Iterator[str]:
    """The best mean, where it is not that of the net named."""
    enough, top = _standing(dossier, dossier.verdict.enough), _top(dossier)
    if enough is None or top is None or top.cell == enough.cell:
        return
    metric, epsilon = unit(dossier.verdict.metric), dossier.verdict.epsilon
    higher = metric.difference(top.score - enough.score, near=epsilon)
    name = _capital(ref_words(dossier, top.cell))
    if order(top.cell) < order(enough.cell):
        yield (
            f"{name} has a mean score {higher} above that of the net named, but varies too much to "
            "be shown to be enough."
        )
        return
    text = f"{name} has the highest mean score, {higher} above that of the net named"
    if top.low == 0 < top.high:
        most = metric.difference(-enough.low, near=epsilon)
        text += f", and is better for certain, by {most} at most"
    yield f"{text}: less than the {epsilon_words(dossier)} that count as equal."


def _shallower(dossier: Dossier) -> Iterator[str]:
    """What is known of less depth."""
    verdict = dossier.verdict
    if verdict.status != "recommended" or not shallower(dossier):
        return
    if open_shallower(dossier):
        yield (
            "Less depth may be enough too: that it is worse than the best by more than "
            f"{epsilon_words(dossier)} is not shown."
        )
    elif verdict.settled:
        yield (f"Every shallower net is worse than the best by more than {epsilon_words(dossier)}.")


def _size(dossier: Dossier) -> Iterator[str]:
    """Whether it is depth that helps, or size: what the widened nets say, together."""
    verdict = dossier.verdict
    if verdict.status != "recommended":
        return
    twin = says(verdict.twin) if verdict.twin else ""
    control = says(verdict.control) if verdict.control and verdict.control != verdict.twin else ""
    if (control, twin) == ("parameters", "depth"):
        yield (
            "Of nets of the same size the next shallower one does as well and one block does not: "
            "depth helps, and a little less of it would do in a wider net."
        )
    elif (control, twin) == ("depth", "parameters"):
        yield (
            "One block as large does as well, although the next shallower net as large does not: "
            "size would do instead of depth, and the two are compared one by one."
        )
    elif (twin or control) == "parameters":
        why = "Shallower nets lose because they are smaller: a" if _loses(dossier) else "A"
        yield (
            f"{why} shallower net of the same size does as well, so that size would do instead of "
            "depth."
        )
    elif (twin or control) == "depth":
        yield "Size does not replace depth: a shallower net as large scores less."
    elif twin or control:
        yield "Whether size would do instead of depth is not shown either way."


def _loses(dossier: Dossier) -> bool:
    """Is the next shallower net shown to lose anything?"""
    price = dossier.verdict.price
    return bool(price) and price[-1].loss.low is not None and price[-1].loss.low > 0


def _not_shown(dossier: Dossier) -> Iterator[str]:
    """That nothing deeper is shown to be better is not yet that nothing is."""
    verdict = dossier.verdict
    ref, enough = verdict.diminishing, verdict.enough
    if verdict.status != "recommended" or ref is None or enough is None or ref == enough:
        return
    if order(ref) < order(enough):
        yield (
            f"Beyond {named(dossier, ref)} no gain that counts is shown; that there is none is "
            f"shown beyond {named(dossier, enough)} only."
        )


def _kinds(dossier: Dossier) -> Iterator[str]:
    """Where a kind of net by itself asks for another depth than the answer."""
    verdict, enough = dossier.verdict, dossier.verdict.enough
    if enough is None or len(verdict.families) < 2:
        return
    if verdict.families_disagree:
        yield (
            "Kinds of net need different depths here: the answer holds for the "
            f"{network(enough.family) if enough.blocks else 'linear model'} alone."
        )
        return
    own = next((f.enough for f in verdict.families if f.family == enough.family), None)
    if own is not None and own.blocks != enough.blocks:
        yield (
            f"Among its own kind alone {named(dossier, own)} is enough; the answer is held against "
            "all kinds."
        )


# ---- where none is -------------------------------------------------------------------------------
def _open(dossier: Dossier) -> Iterator[str]:
    verdict, found, top = dossier.verdict, for_now(dossier), _top(dossier)
    if verdict.status != "undetermined" or found is None:
        return
    ref = found[0]
    yield (
        f"The study could not tell {plural(len(verdict.candidates), 'depth')} apart to within "
        f"{epsilon_words(dossier)}: the net to use for now is the shallowest that is not shown to "
        "be worse than another by more than that."
    )
    mine = _standing(dossier, ref)
    if top is None or mine is None:
        return
    if top.cell == ref:
        yield "It has the highest mean score, too."
        return
    higher = unit(verdict.metric).difference(top.score - mine.score, near=verdict.epsilon)
    chance = "which may be chance"
    if not may_be_best(dossier, ref):
        chance = f"and there is a better net, but none is shown to be so by {_counts(dossier)}"
    yield (
        f"{_capital(ref_words(dossier, top.cell))} has the highest mean score, {higher} above "
        f"its own, {chance}."
    )


def _counts(dossier: Dossier) -> str:
    return f"more than {epsilon_words(dossier)}"


def _beyond(dossier: Dossier) -> Iterator[str]:
    if dossier.verdict.status == "extend":
        yield (
            "The deepest net tried was the best, so that the best depth may lie beyond it: what is "
            "handed over is the best so far, and no answer yet."
        )


# ---- what the sentences ask ----------------------------------------------------------------------
def _standing(dossier: Dossier, ref: CellRef | None) -> CellStanding | None:
    return next((c.standing for c in dossier.verdict.cells if c.standing.cell == ref), None)


def _top(dossier: Dossier) -> CellStanding | None:
    """The highest mean of the nets that are still in the race."""
    alive = [c.standing for c in dossier.verdict.cells if c.standing.state == "alive"]
    return max(alive, key=lambda s: s.score, default=None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
