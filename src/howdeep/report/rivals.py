"""Classical models in words: their names, the sentence when one wins, the evidence else."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.nouns import Plan, TaskInfo
from howdeep.base.verdicts import Dossier, Interval, Rival
from howdeep.report.depths import epsilon_words, guess_words, named, ref_words
from howdeep.report.words import clean, listed, unit

# What models are called in studies of howdeep 0.3 and before, whose plans do not say it.
EARLIER = {
    "boosting": "gradient boosting",
    "forest": "random forest",
    "neighbours": "nearest neighbours",
}


def rival_name(plan: Plan, name: str) -> str:
    """What people call a model, with what it learns from where that is an image."""
    label = next((one.label for one in plan.rivals if one.name == name), "")
    return clean(label, 80) if label else _earlier(plan.task, name)


def _earlier(task: TaskInfo, name: str) -> str:
    base, _, hog = name.partition("-")
    words = plain_name(task) if base == "plain" else EARLIER[base]
    return f"{words} on {'HOG features' if hog else 'pixels'}" if task.shape else words


def plain_name(task: TaskInfo) -> str:
    """What people call the plain linear model."""
    classes = task.kind == "classification"
    return "logistic regression" if classes else "ridge regression"


def signed(dossier: Dossier, difference: Interval) -> str:
    """`+0.8 (+0.2 to +1.4)`: in the metric's unit of differences, without naming it."""
    metric = unit(dossier.verdict.metric)
    text = metric.number(difference.value, sign=True, fixed=True)
    if difference.low is None or difference.high is None:
        return text
    ends = (metric.number(x, sign=True, fixed=True) for x in (difference.low, difference.high))
    return f"{text} ({' to '.join(ends)})"


def against_words(dossier: Dossier) -> str:
    """What the models are compared with: a net, or guessing; empty where there is nothing."""
    ref, verdict = dossier.verdict.rivals_against, dossier.verdict
    if ref is not None:
        return ref_words(dossier, ref)
    guessing = verdict.status == "nothing_learnt" and any(r.difference for r in verdict.rivals)
    return unit(verdict.metric).guess if guessing else ""


def rival_sentence(dossier: Dossier) -> str:
    """The first sentence where a classical model is better than the nets; empty where none is.

    It names the best net that the model beats, by how much.
    """
    verdict, rival = dossier.verdict, dossier.verdict.rival
    if rival is None or rival.difference is None:
        return ""
    name = rival_name(dossier.plan, rival.name)
    gain = unit(verdict.metric).gap_interval(rival.over_best or rival.difference)
    if verdict.status == "nothing_learnt":
        return f"Use {name}: it beats {guess_words(dossier)} by {gain}; no net is shown to."
    ref = verdict.best_net or verdict.rivals_against
    if ref is None:
        return ""
    is_open = verdict.status in ("undetermined", "extend")
    best = ref_words(dossier, ref)
    if is_open or verdict.best_net is not None:
        best = f"the best net{' so far' if is_open else ''} ({named(dossier, ref)})"
    which = "these nets" if verdict.status == "unreliable" else "a net"
    return f"Use {name} rather than {which}: it beats {best} by {gain}."


def rival_evidence(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What the comparison with classical models says, whoever wins it."""
    verdict = dossier.verdict
    fitted = [rival for rival in verdict.rivals if rival.score is not None]
    failed = [rival for rival in verdict.rivals if rival.score is None]
    if fitted:
        yield "Classical models", _compared(dossier, fitted)
    for rival in failed:
        name = rival_name(dossier.plan, rival.name)
        text = f"{name}: {clean(rival.settings, 200).rstrip('.')}."
        yield "Not fitted", text[:1].upper() + text[1:]


def _compared(dossier: Dossier, fitted: list[Rival]) -> str:
    verdict, metric = dossier.verdict, unit(dossier.verdict.metric)
    best = max(fitted, key=lambda rival: rival.score or 0.0)
    if best.difference is None:
        score = metric.score(best.score or 0.0)
        return f"The best, {_described(dossier, best)}, scores {score}; no net stands next to it."
    sure = f"{100 * verdict.confidence:g} % confident for all of them together"
    if verdict.rival is not None:
        return _winning(dossier, verdict.rival, sure)
    gap = metric.gap.removeprefix("of ")
    against = f"{signed(dossier, best.difference)} {gap} against {against_words(dossier)}"
    return f"{_said(dossier, best, fitted)} {_described(dossier, best)}: {against}, {sure}."


def _said(dossier: Dossier, best: Rival, fitted: list[Rival]) -> str:
    """What the best one's interval shows: one without 0 in it that it is better, or worse."""
    found, within = best.difference, epsilon_words(dossier)
    if best.says == "as good":
        return f"The best is as good, that is, within {within} of the net:"
    if all(rival.says == "worse" for rival in fitted):
        return "All are worse; the best,"
    if found is not None and found.low is not None and found.low > 0:
        return f"The best is better than the net, if perhaps by less than {within}:"
    if found is not None and found.high is not None and found.high < 0:
        return f"None is as good; the best is worse than the net, if perhaps by less than {within}:"
    return "No model is shown to be better; the best,"


def _winning(dossier: Dossier, rival: Rival, sure: str) -> str:
    described, verdict = _described(dossier, rival), dossier.verdict
    beaten = against_words(dossier)
    if verdict.best_net is not None:
        beaten = f"{beaten} and the best net, {ref_words(dossier, verdict.best_net)},"
    if verdict.status != "nothing_learnt":  # where any gain over guessing counts
        beaten = f"{beaten} by more than {epsilon_words(dossier)}"
    text = f"{described[:1].upper()}{described[1:]} is better than {beaten}, {sure}."
    if rival.test is not None:
        text += f" On test rows it scores {unit(dossier.verdict.metric).interval(rival.test)}."
    better = [r for r in verdict.rivals if r.says == "better" and r != rival]
    if better:
        names = listed(rival_name(dossier.plan, r.name) for r in better)
        text += f" Better too: {names}."
    return text


def _described(dossier: Dossier, rival: Rival) -> str:
    return f"{rival_name(dossier.plan, rival.name)} ({clean(rival.settings, 200)})"
