"""The depths of a dossier in words, and in the order in which "shallower" is meant."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.base.nouns import Plan
from howdeep.base.verdicts import CellRef, CellStanding, Dossier, Interval
from howdeep.report.words import blocks_words, clean, depth, listed, unit


def open_shallower(dossier: Dossier) -> tuple[CellStanding, ...]:
    """Cells shallower than `enough` that were not dropped."""
    return tuple(s for s in shallower(dossier) if s.state == "alive")


def shallower(dossier: Dossier) -> tuple[CellStanding, ...]:
    enough = dossier.verdict.enough
    if enough is None:
        return ()
    ordered = sorted((c.standing for c in dossier.verdict.cells), key=lambda s: order(s.cell))
    return tuple(s for s in ordered if order(s.cell) < order(enough))


def order(ref: CellRef) -> tuple[int, int, str]:
    return (ref.weight_layers, ref.parameters, ref.name)


def open_names(dossier: Dossier) -> str:
    still = open_shallower(dossier)
    if not still:
        return "shallower depths are"
    names = listed((ref_words(dossier, s.cell) for s in still), most=2)
    return f"{names} {'is' if len(still) == 1 else 'are'}"


def ref_words(dossier: Dossier, ref: CellRef) -> str:
    return depth(ref, family=len(dossier.plan.families) > 1)


def safest(dossier: Dossier) -> tuple[CellRef, float] | None:
    """Of the depths that may be the best the one that can be least below it, and by how much."""
    low = {c.standing.cell: c.standing.low for c in dossier.verdict.cells}
    if not dossier.verdict.candidates:
        return None
    ref = max(dossier.verdict.candidates, key=lambda ref: (low[ref], *(-x for x in order(ref)[:2])))
    return ref, abs(low[ref])


def either(dossier: Dossier, refs: Sequence[CellRef]) -> str:
    """Depths of which one is meant, a shared family named once.

    As `16 or 32 blocks of resmlp (34 or 66 weight layers)`.
    """
    if len(refs) < 2 or len({ref.family for ref in refs}) > 1:
        return listed((ref_words(dossier, ref) for ref in refs), word="or")
    blocks, layers = (
        listed((str(getattr(ref, name)) for ref in refs), word="or")
        for name in ("blocks", "weight_layers")
    )
    of = f" of {clean(refs[0].family)}" if len(dossier.plan.families) > 1 else ""
    stage = " a stage" if refs[0].receptive_field else ""
    return f"{blocks} blocks{stage}{of} ({layers} weight layers)"


def short(dossier: Dossier, ref: CellRef) -> str:
    of = f" of {clean(ref.family)}" if ref.blocks and len(dossier.plan.families) > 1 else ""
    return blocks_words(ref) + of


def epsilon_words(dossier: Dossier) -> str:
    return unit(dossier.verdict.metric).difference(dossier.verdict.epsilon)


def tolerance_words(plan: Plan) -> str:
    """The rule that says which difference does not matter, before and after it is applied."""
    metric = unit(plan.task.metric)
    if plan.tolerance is None:
        return metric.difference(plan.epsilon)
    share = f"{100 * plan.tolerance.share:.2g} % of the error that remains"
    least = plan.tolerance.least
    if not least:
        return share
    resolved = ", or what so many rows can tell apart if that is more:"
    joint = resolved if plan.tolerance.by_error else ", and"
    return f"{share}{joint} no less than {metric.difference(least)}"


def guess_words(dossier: Dossier) -> str:
    """What the constant predictor does, with its score: what any model has to beat."""
    metric = unit(dossier.verdict.metric)
    return f"{metric.guess} ({metric.score(dossier.verdict.constant)})"


def over_guess(dossier: Dossier, name: str) -> Interval | None:
    """A cell against guessing, where no net is shown to beat it: what is shown of it then."""
    if dossier.verdict.status != "nothing_learnt":
        return None
    found = (c.over_guess for c in dossier.verdict.cells if c.standing.cell.name == name)
    return next(found, None)


def select_rows(dossier: Dossier) -> str:
    return f"{dossier.plan.task.select_rows:,}"


def tried(dossier: Dossier, what: str = "depth") -> str:
    """Those that were compared: an unreliable one has no bound."""
    bad = any(cell.standing.state == "unreliable" for cell in dossier.verdict.cells)
    return f"reliably trained {what}" if bad else f"{what} tried"


def shallower_unreliable(dossier: Dossier) -> bool:
    return any(s.state == "unreliable" for s in shallower(dossier))
