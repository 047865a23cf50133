"""What was found, in plain words: one paragraph in which nothing contradicts the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from howdeep.base.verdicts import CellRef, Dossier
from howdeep.report.control import says
from howdeep.report.depths import (
    epsilon_words,
    for_now,
    may_be_best,
    named,
    next_shallower,
    open_shallower,
    order,
    ref_words,
    shallower,
    was_dropped,
)
from howdeep.report.settling import least_to_lose, standing_of, top
from howdeep.report.words import BLOCKS, listed, network, plural, unit

MUCH_LESS = 0.75  # of what the net for now may be below the best


def plain_words(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The paragraph with its label; nothing where no net is to be used."""
    status = dossier.verdict.status
    parts: tuple[Callable[[Dossier], Iterator[str]], ...]
    if status in ("recommended", "no_depth_needed"):
        parts = (_block, _model, _highest, _shallower, _size, _not_shown, _kinds)
    elif for_now(dossier) is not None:
        parts = (_block, _model, _open, _safest, _kinds_alone, _beyond)
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
    enough, best = standing_of(dossier, dossier.verdict.enough), top(dossier)
    if enough is None or best is None or best.cell == enough.cell:
        return
    metric, epsilon = unit(dossier.verdict.metric), dossier.verdict.epsilon
    higher = metric.difference(best.score - enough.score, near=epsilon)
    name = _capital(ref_words(dossier, best.cell))
    if order(best.cell) < order(enough.cell):
        yield (
            f"{name} has a mean score {higher} above that of the net named, but varies too much to "
            "be shown to be enough."
        )
        return
    text = f"{name} has the highest mean score, {higher} above that of the net named"
    if best.low == 0 < best.high:
        most = metric.difference(-enough.low, near=epsilon)
        text += f", and is better for certain, by {most} at most"
    yield f"{text}: less than {epsilon_words(dossier)}, which counts as equal."


def _shallower(dossier: Dossier) -> Iterator[str]:
    """What is known of less depth."""
    verdict = dossier.verdict
    if verdict.status != "recommended" or not shallower(dossier):
        return
    if open_shallower(dossier):
        yield (
            "Less depth may be enough too: it is not shown to be worse than the best by more than "
            f"{epsilon_words(dossier)}."
        )
    elif verdict.settled:
        yield f"Every shallower net is worse than the best by more than {epsilon_words(dossier)}."
        yield from _less_than_that(dossier)


def _less_than_that(dossier: Dossier) -> Iterator[str]:
    """Why a shallower net that is worse than the best by so much may lose less than that."""
    verdict = dossier.verdict
    price = next_shallower(dossier)
    loss = price.loss if price else None
    if loss is None or (loss.low is not None and loss.low > verdict.epsilon):
        return
    best, metric = top(dossier), unit(verdict.metric)
    if best is None or best.cell == verdict.enough:
        return  # it is the best itself, as far as means go: both are the same difference
    if loss.value < verdict.epsilon:
        less = f"{metric.difference(loss.value, near=verdict.epsilon)} only"
        yield (
            "Against the net named the next shallower one loses "
            f"{less if loss.value > 0 else 'nothing'}, for the net named may itself lie a little "
            "below the best."
        )


def _size(dossier: Dossier) -> Iterator[str]:
    """Whether it is depth that helps, or size: what the widened nets say, together."""
    verdict = dossier.verdict
    if verdict.status != "recommended":
        return
    twin = says(verdict.twin) if verdict.twin else ""
    control = says(verdict.control) if verdict.control and verdict.control != verdict.twin else ""
    text = SIZES.get((control, twin)) or ALONE.get(control or twin, "")
    if not text:
        return
    if "parameters" in (control, twin) and "depth" not in (control, twin) and _loses(dossier):
        text = f"Shallower nets lose because they are smaller: {text[:1].lower()}{text[1:]}"
    yield text


# What the next shallower net as large (the control) and one block as large (the twin) say together.
SIZES = {
    ("parameters", "depth"): (
        "Of nets of the same size the next shallower one does as well and one block does not: "
        "depth helps, and a little less of it would do in a wider net."
    ),
    ("depth", "parameters"): (
        "One block as large does as well, although the next shallower net as large does not: "
        "size would do instead of depth, and the two are compared one by one."
    ),
    ("depth", "unclear"): (
        "Size does not replace depth: the next shallower net as large scores less; of one block as "
        "large it is not shown."
    ),
    ("unclear", "depth"): (
        "Size does not replace all depth: one block as large scores less; of the next shallower "
        "net as large it is not shown."
    ),
    ("parameters", "unclear"): (
        "The next shallower net as large does as well, so that size would do instead of some "
        "depth; whether one block as large would is not shown either way."
    ),
    ("unclear", "parameters"): (
        "One block as large does as well, so that size would do instead of depth; of the next "
        "shallower net as large it is not shown."
    ),
}
ALONE = {  # where they agree, or there is one
    "parameters": (
        "A shallower net of the same size does as well, so that size would do instead of depth."
    ),
    "depth": "Size does not replace depth: a shallower net as large scores less.",
    "unclear": "Whether size would do instead of depth is not shown either way.",
}


def _loses(dossier: Dossier) -> bool:
    """Is the next shallower net shown to lose anything?"""
    price = next_shallower(dossier)
    return price is not None and price.loss.low is not None and price.loss.low > 0


def _not_shown(dossier: Dossier) -> Iterator[str]:
    """That nothing deeper is shown to be better is not yet that nothing is."""
    verdict = dossier.verdict
    ref, enough = verdict.diminishing, verdict.enough
    if verdict.status != "recommended" or ref is None or enough is None or ref == enough:
        return
    if order(ref) < order(enough) and not was_dropped(dossier, ref):
        yield (
            f"Nets deeper than {named(dossier, ref)} are not shown to gain more than "
            f"{epsilon_words(dossier)} on it, but they may; that none gains so much on "
            f"{named(dossier, enough)} is shown, which is why that one is named."
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
    known = [f for f in verdict.families if f.family == enough.family]
    own = known[0].enough if known else None
    if known and own is None:
        yield (
            "Among its own kind alone no depth could be named; the answer is held against all "
            "kinds."
        )
    elif own is not None and own.blocks != enough.blocks:
        yield (
            f"Among its own kind alone {named(dossier, own)} is enough; the answer is held against "
            "all kinds."
        )


# ---- where none is -------------------------------------------------------------------------------
def _open(dossier: Dossier) -> Iterator[str]:
    verdict, found, best = dossier.verdict, for_now(dossier), top(dossier)
    if verdict.status != "undetermined" or found is None:
        return
    ref = found[0]
    yield (
        f"The study could not tell {plural(len(verdict.candidates), 'depth')} apart to within "
        f"{epsilon_words(dossier)}: the net to use for now is the shallowest that is not shown to "
        "be worse than another by more than that."
    )
    mine = standing_of(dossier, ref)
    if best is None or mine is None:
        return
    if best.cell == ref:
        yield "It has the highest mean score, too."
        return
    higher = unit(verdict.metric).difference(best.score - mine.score, near=verdict.epsilon)
    chance = "which may be chance"
    if not may_be_best(dossier, ref):
        chance = (
            "so that there is a better net for certain, if perhaps by no more than "
            f"{epsilon_words(dossier)}"
        )
    yield (
        f"{_capital(ref_words(dossier, best.cell))} has the highest mean score, {higher} above "
        f"its own, {chance}."
    )


def _safest(dossier: Dossier) -> Iterator[str]:
    """The net that is least far below the best, where that is much less than the one for now."""
    found, safe = for_now(dossier), least_to_lose(dossier)
    if dossier.verdict.status != "undetermined" or found is None or safe is None:
        return
    (ref, below), (other, less) = found, safe
    if other != ref and less < MUCH_LESS * below:
        most = unit(dossier.verdict.metric).difference(less, near=dossier.verdict.epsilon)
        yield (
            f"Where more depth costs nothing, {ref_words(dossier, other)} risks less: it is at "
            f"most {most} below the best."
        )


def _kinds_alone(dossier: Dossier) -> Iterator[str]:
    """Where a kind of net by itself has a depth that is enough, and all of them together none."""
    verdict = dossier.verdict
    if verdict.status != "undetermined" or len(verdict.families) < 2:
        return
    own = [network(f.family) for f in verdict.families if f.enough is not None]
    if own:
        yield (
            f"Held against its own kind alone a depth is enough of the {listed(own)}; which kind "
            "is the better one is what is open."
        )


def _beyond(dossier: Dossier) -> Iterator[str]:
    if dossier.verdict.status == "extend":
        yield (
            "The deepest net tried was the best, so that the best depth may lie beyond it: what is "
            "handed over is the best so far, and no answer yet."
        )
        yield from _hardly_better(dossier)


def _hardly_better(dossier: Dossier) -> Iterator[str]:
    """Of which shallower nets the deepest is better by little, for all that is shown."""
    found = for_now(dossier)
    alive = [c.standing.cell for c in dossier.verdict.cells if c.standing.state == "alive"]
    near = [named(dossier, ref) for ref in alive if found is not None and ref != found[0]]
    if near:
        yield (
            f"It is better than {listed(near)}, too, but perhaps by less than "
            f"{epsilon_words(dossier)}, which counts as equal: they may be enough."
        )


# ---- what the sentences ask ----------------------------------------------------------------------
def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
