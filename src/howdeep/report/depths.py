"""The depths of a dossier in words, and in the order in which "shallower" is meant."""

from __future__ import annotations

from howdeep.base.nouns import Plan
from howdeep.base.verdicts import CellRef, CellStanding, Dossier, Interval, Price
from howdeep.report.words import blocks_words, clean, depth, network, unit


def open_shallower(dossier: Dossier) -> tuple[CellStanding, ...]:
    """Cells shallower than `enough` that were not dropped."""
    return tuple(s for s in shallower(dossier) if s.state == "alive")


def next_shallower(dossier: Dossier) -> Price | None:
    """The price of the next shallower net; of those that may be enough, where there are any.

    The next one by layers may be of a kind that fails at its depth, and says nothing of less depth.
    """
    prices = dossier.verdict.price
    still = {s.cell.name for s in open_shallower(dossier)}
    return next(
        (p for p in reversed(prices) if p.cell.name in still), prices[-1] if prices else None
    )


def shallower(dossier: Dossier) -> tuple[CellStanding, ...]:
    enough = dossier.verdict.enough
    if enough is None:
        return ()
    ordered = sorted((c.standing for c in dossier.verdict.cells), key=lambda s: order(s.cell))
    return tuple(s for s in ordered if order(s.cell) < order(enough))


def order(ref: CellRef) -> tuple[int, int, str]:
    return (ref.weight_layers, ref.parameters, ref.name)


def ref_words(dossier: Dossier, ref: CellRef) -> str:
    return depth(ref, family=len(dossier.plan.families) > 1)


def for_now(dossier: Dossier) -> tuple[CellRef, float] | None:
    """What to use while no depth is named, and by how much it is below the best at most.

    In studies from before it was in the verdict by the same rule, from the cells.
    """
    verdict, found = dossier.verdict, dossier.verdict.provisional
    if found is not None:
        return found.cell, found.below
    if verdict.status not in ("undetermined", "extend") or not verdict.looks:
        return None
    ordered = sorted((c.standing for c in verdict.cells), key=lambda s: order(s.cell))
    alive = [s for s in ordered if s.state == "alive"]
    if verdict.status == "extend":
        alive = [max(alive, key=lambda s: s.score)] if alive else []
    return (alive[0].cell, max(-alive[0].low, 0.0)) if alive else None


def may_be_best(dossier: Dossier, ref: CellRef) -> bool:
    """Is the upper bound of its distance to the best above 0?"""
    found = (c.standing.high for c in dossier.verdict.cells if c.standing.cell == ref)
    return next(found, 0.0) > 0


def was_dropped(dossier: Dossier, ref: CellRef) -> bool:
    """Was a net shown to be worse than another by more than counts?"""
    found = (c.standing.state for c in dossier.verdict.cells if c.standing.cell == ref)
    return next(found, "") == "dropped"


def named(dossier: Dossier, ref: CellRef) -> str:
    """A net without its layers, as `the residual network with 2 blocks`."""
    many = ref.blocks and len(dossier.plan.families) > 1
    return f"the {network(ref.family)} with {blocks_words(ref)}" if many else blocks_words(ref)


def short(dossier: Dossier, ref: CellRef) -> str:
    """As the tables name nets, for a heading over a column."""
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
