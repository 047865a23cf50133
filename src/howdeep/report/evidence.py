"""The evidence in words: how sure, what shallower costs, how good, what limits the answer."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep import metrics
from howdeep.base.limits import CAPPED_SHARE
from howdeep.base.nouns import Plan
from howdeep.base.verdicts import Dossier, Interval, Price, TestScore
from howdeep.metrics import Unit
from howdeep.report.by_family import families
from howdeep.report.control import control_words
from howdeep.report.depths import (
    epsilon_words,
    named,
    next_shallower,
    open_shallower,
    order,
    ref_words,
    select_rows,
    tried,
    was_dropped,
)
from howdeep.report.plain import plain_words
from howdeep.report.rivals import plain_name, rival_evidence
from howdeep.report.seen import of_groups, test_label
from howdeep.report.settling import settle
from howdeep.report.words import (
    clean,
    gloss,
    listed,
    network,
    plural,
    possible,
    sees,
    significant,
    unit,
)

PROOF = "The study proves a depth enough; it does not prove it the shallowest possible."
Items = Iterator[tuple[str, str]]


def labelled(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """The details with a label of one to three words each."""
    parts = (
        plain_words,
        _sure,
        rival_evidence,
        _shallower,
        settle,
        _test,
        _zero,
        _sees,
        _control,
        families,
        _diminishing,
        _collapse,
        _ended,
        _limits,
        _encoding,
        _fits,
        _proved,
        _nets,
    )
    return tuple(item for part in parts for item in part(dossier))


def capped(plan: Plan) -> bool:
    """Did the allowance leave anything out?"""
    return any(what != "asked" and not what.startswith("rivals") for what, _ in plan.cuts)


def _sure(dossier: Dossier) -> Items:
    verdict = dossier.verdict
    sure = f"{100 * verdict.confidence:g} % confident"
    nets = plural(len(dossier.plan.cells), "net")
    if verdict.status in ("recommended", "no_depth_needed"):
        yield (
            "How sure",
            f"{sure} that no {tried(dossier)} is better by more than {epsilon_words(dossier)}: "
            f"that holds for all {nets} that may be tried, and every comparison on the way, "
            "together.",
        )
    elif verdict.status == "nothing_learnt":
        yield "How sure", _unlearnt(dossier, f"{sure}, for all {nets} that may be tried together,")
    elif verdict.status == "extend":
        yield (
            "How sure",
            f"{sure} that the deepest net is better than every other one tried. The ladder "
            "must reach past the best depth before a depth can be called enough.",
        )
    bad = [c.standing.cell for c in verdict.cells if c.standing.state == "unreliable"]
    if bad:
        names = listed(named(dossier, ref) for ref in bad)
        fix = "look for extreme values in the columns, or try another family"
        if verdict.status == "nothing_learnt":
            fix = "where there is nothing to be learnt that is chance"
        yield (
            "Unreliable",
            f"More than 20 % of the nets of {names} failed: the loss ran off, they ended no better "
            "than the constant predictor, or they could not be trained. They are left out of the "
            f"comparison; {fix}.",
        )


def _unlearnt(dossier: Dossier, sure: str) -> str:
    """What is known where no net is shown to beat guessing: how good one could still be."""
    verdict = dossier.verdict
    most = unit(verdict.metric).difference(max(verdict.could or 0.0, 0.0))
    return (
        f"{sure} that no {tried(dossier, 'net')} is better than guessing by more than {most}. That "
        "there is nothing to be learnt is not proved: only that these nets, on these rows and "
        "columns, do not show it."
    )


def _proved(dossier: Dossier) -> Items:
    verdict = dossier.verdict
    if verdict.status not in ("recommended", "no_depth_needed"):
        return
    less = ""
    if verdict.settled and verdict.status == "recommended":
        less = (
            " Judged separately, with the same confidence: no "
            f"{tried(dossier, 'shallower net')} is within {epsilon_words(dossier)} of the best."
        )
    yield "What is proved", f"{PROOF}{less}"


def _shallower(dossier: Dossier) -> Items:
    verdict = dossier.verdict
    if verdict.enough is None or verdict.status != "recommended":
        return
    if price := next_shallower(dossier):
        named_ = ref_words(dossier, verdict.enough)
        which = "The next shallower net"
        if price.cell != verdict.price[-1].cell:
            which = "The next shallower net that may be enough too"
        yield (
            "Going shallower",
            f"{which}, {ref_words(dossier, price.cell)}, {_would(dossier, price)} "
            f"against {named_}{_may_be_none(price.loss)}.",
        )
    still = open_shallower(dossier)
    if still:
        names = listed(ref_words(dossier, s.cell) for s in still)
        they = "it is" if len(still) == 1 else "they are"
        yield (
            "Still open",
            f"{names[:1].upper()}{names[1:]} may be enough too: whether {they} worse than the best "
            f"by more than {epsilon_words(dossier)} is open.",
        )


def _would(dossier: Dossier, price: Price) -> str:
    """What taking it instead would cost, or gain where the bounds lie on that side of 0."""
    metric, near, loss = unit(dossier.verdict.metric), dossier.verdict.epsilon, price.loss
    if loss.low is None or loss.high is None or loss.high >= 0:
        return f"would cost {metric.gap_interval(loss, near=near)}"
    gain = metric.gap_interval(Interval(-loss.value, -loss.high, -loss.low), near=near)
    return (
        f"would even gain {gain}, but varies too much to be shown to be within "
        f"{epsilon_words(dossier)} of the best,"
    )


def _may_be_none(loss: Interval) -> str:
    """What bounds around 0 mean."""
    if loss.low is None or loss.high is None or not loss.low <= 0 <= loss.high:
        return ""
    return ", that is, perhaps nothing: the bounds reach from a gain to a loss"


def _test(dossier: Dossier) -> Items:
    verdict, test = dossier.verdict, dossier.verdict.handed_over
    if test is None:
        return
    metric = unit(verdict.metric)
    extra = "".join(f"; {clean(name)} {significant(value)}" for name, value in test.extra)
    now = f" for now, {ref_words(dossier, later.cell)}" if (later := verdict.provisional) else ""
    of_training = "" if dossier.plan.task.yards else metrics.metric(verdict.metric).was
    yield (
        test_label(dossier),
        f"The net handed over{now}: {metric.name} {metric.interval(test.handed_over)} on "
        f"{plural(dossier.plan.task.test_rows, 'test row')}, looked at once{extra}.{of_training} "
        f"{_chosen(dossier, test)} of this depth average {metric.interval(test.retrained)}"
        f"{_one_training(metric, test)}. "
        f"For comparison, {metric.guess}: {metric.score(test.constant)}.{of_groups(dossier)}",
    )


def _chosen(dossier: Dossier, test: TestScore) -> str:
    """Why the net handed over may differ from the trainings of its depth: it was chosen."""
    seeds = dossier.verdict.seeds
    if test.retrained.low is None or test.retrained.high is None or seeds < 2:
        return "Trainings"
    if test.retrained.low <= test.handed_over.value <= test.retrained.high:
        return "Trainings"
    return "It did best on validation rows of all that were trained alike; trainings"


def _one_training(metric: Unit, test: TestScore) -> str:
    """Where a net trained again would lie; nothing in studies from before it was asked."""
    words = metric.span(test.fresh) if test.fresh else ""
    return f"; one fresh training lies between {words}" if words else ""


def _zero(dossier: Dossier) -> Items:
    """What zero blocks is: with bins a curve for every column, which "linear" does not say."""
    plan, verdict = dossier.plan, dossier.verdict
    inputs = plan.cells[0].rung.inputs if plan.cells else None
    if inputs is None or inputs.columns == inputs.zero_from:
        return
    text = (
        "An additive model: linear in bins of each column, so that it can bend a curve for every "
        "column but cannot combine columns"
    )
    if verdict.plain is not None:
        metric = unit(verdict.metric)
        text += f". Plain {plain_name(plan.task)}, for comparison: {metric.score(verdict.plain)}"
    yield "What 0 blocks is", f"{text}."


def _sees(dossier: Dossier) -> Items:
    """Where depth also widens what a net sees, a gain need not come from depth."""
    cells = [c.standing.cell for c in dossier.verdict.cells if c.standing.cell.receptive_field]
    if not cells or not dossier.plan.task.shape:
        return
    side = min(dossier.plan.task.shape[:2])
    fields = {c.blocks: c.receptive_field for c in cells}
    whole = [blocks for blocks in sorted(fields) if fields[blocks] >= side]
    text = f"The images are {side} pixels high or wide at least. " + (
        f"From {plural(whole[0], 'block')} a stage on a unit before the pooling sees all of one"
        if whole
        else f"No unit before the pooling sees more than {max(fields.values())} of them"
    )
    short = [c for c in cells if c.receptive_field < side]
    if whole and short:
        more = next(c for c in cells if c.blocks == whole[0])
        less = max(short, key=lambda c: c.receptive_field)
        grown = more.parameters / less.parameters
        text += (
            f"; up to there a gain may be sight or size rather than depth ({less.blocks} to "
            f"{more.blocks}: {less.receptive_field} to {more.receptive_field} pixels, {grown:.0f} "
            "times the parameters)"
        )
    yield "What a net sees", f"{text}."


def _control(dossier: Dossier) -> Items:
    said = control_words(dossier)
    if said and dossier.verdict.status in ("recommended", "no_depth_needed"):
        yield "Depth, or parameters?", " ".join(said)


def _diminishing(dossier: Dossier) -> Items:
    verdict = dossier.verdict
    ref, enough = verdict.diminishing, verdict.enough
    if ref is None or enough is None or verdict.status != "recommended":
        return
    if was_dropped(dossier, ref):
        return  # a shallower one is better: that nothing deeper is says nothing of returns
    text = (
        f"No net deeper than {ref_words(dossier, ref)} is shown to be better than it by more than "
        f"{epsilon_words(dossier)}"
    )
    if order(ref) < order(enough):
        text += (
            f", but one may be. That none is so much better than {ref_words(dossier, enough)} is "
            "shown, which is why that one is named"
        )
    yield "Diminishing returns", f"{text}."


ENDED = {
    "rows": "more would hardly narrow the intervals: what is left is which rows were compared on, "
    "and which learning rates were found",
    "allowance": "more would have exceeded the allowance of computation (`--rows all` lifts it)",
}


def _ended(dossier: Dossier) -> Items:
    """Why looks that were planned were not made, where that left something open."""
    verdict = dossier.verdict
    if verdict.ended in ENDED and not verdict.settled:
        seeds = plural(verdict.seeds, "seed")
        yield "Why no more", f"After {seeds} a depth {ENDED[verdict.ended]}."


def _collapse(dossier: Dossier) -> Items:
    """How often nets of the depth that is named may fail altogether."""
    found = dossier.verdict.collapse
    if found is None:
        return
    seen = f"{found.seen:,}" if found.seen else "Not one"
    yield (
        "Failing nets",
        f"{seen} of the {plural(found.nets, 'net')} trained at the depth named collapsed, that is, "
        f"fell far below the others: 95 % confident that no more than {100 * found.high:.2g} % do.",
    )


def _limits(dossier: Dossier) -> Items:
    plan = dossier.plan
    if text := _too_short(dossier):
        yield "Training too short", text
    for what, says in plan.cuts:
        yield _cut_label(what), f"{says}."


def _too_short(dossier: Dossier) -> str:
    """Which nets ran out of training steps, by name; empty where fewer than a fifth did."""
    bad = [c for c in dossier.verdict.cells if c.capped > CAPPED_SHARE and c.nets]
    if not bad:
        return ""
    names = listed((f"{named(dossier, c.standing.cell)} ({100 * c.capped:.0f} %)" for c in bad), 6)
    most = max(c.cap for c in bad)
    more = f", as with --max-steps {2 * most}" if most else ""
    return (
        f"Nets that were still improving when their steps ran out: {names}. With more steps{more} "
        "they may score higher; the answer holds for the steps they had."
    )


def _encoding(dossier: Dossier) -> Items:
    """What the columns became, where there was a choice."""
    found = dossier.verdict.encoding
    if found is None:
        return
    metric, task = unit(dossier.verdict.metric), dossier.plan.task
    scores = {name: metric.score(possible(task.metric, score)) for name, score in found.tried}
    others = listed(
        f"{scores[name]} with {sees(task, name)}" for name in scores if name != found.name
    )
    tried_ = dict(found.tried)
    kept = ""
    if max(tried_.values()) > tried_[found.name]:
        kept = " A difference that small decides nothing: what was tried first is kept."
    yield (
        "Encoding",
        f"Every net sees {sees(task, found.name)}: {scores[found.name]} in first tries on "
        f"validation rows, against {others}.{kept}",
    )


def _cut_label(what: str) -> str:
    if what.startswith("rivals"):
        return "Left out"
    return "Rows left out" if what in ("rows", "asked") else "Made smaller"


def _fits(dossier: Dossier) -> Items:
    verdict = dossier.verdict
    if verdict.resolvable is not None:
        metric = unit(verdict.metric)
        yield (
            "Resolution",
            f"With {plural(verdict.seeds, 'seed')} a depth and {select_rows(dossier)} rows this "
            "study can tell nets apart that differ by about "
            f"{metric.difference(verdict.resolvable)}.",
        )


def _nets(dossier: Dossier) -> Items:
    known = [f for f in dossier.plan.families if gloss(dossier.plan, f)]
    if known:
        told = "; ".join(f"{network(f)} ({clean(f)}): {gloss(dossier.plan, f)}" for f in known)
        yield "The nets", f"{told[:1].upper()}{told[1:]}."
