"""The verdict in words: one sentence to act on, then how sure, how good, what next."""

from __future__ import annotations

import shlex
from pathlib import PurePath

from howdeep.base.limits import MAX_BLOCKS
from howdeep.base.naming import python_call
from howdeep.base.verdicts import CellRef, Dossier
from howdeep.report.depths import (
    either,
    epsilon_words,
    guess_words,
    open_names,
    order,
    ref_words,
    shallower_unreliable,
    tried,
)
from howdeep.report.evidence import capped, labelled
from howdeep.report.rivals import rival_sentence
from howdeep.report.words import clean, plural, unit

TAME = "preln"  # layer normalisation keeps the signal in bounds
NAMED = 2  # depths that a headline names one by one
SEEMS = 5  # tolerances by which a net seems better than guessing where it is not shown to be
MOST_TIMES = 10  # as many seeds as were trained: more would take days, and is not proposed


def headline(dossier: Dossier) -> str:
    """What to do, for every status: a classical model first where it is better than the nets."""
    first, then = rival_sentence(dossier), _nets(dossier)
    if not first:
        return then
    if dossier.verdict.status == "nothing_learnt":
        return first  # it says of the nets what there is to say
    if then.startswith("Use "):
        return f"{first} If it has to be a net, u{then[1:]}"
    return f"{first} Of the nets: {then[0].lower()}{then[1:]}"


def _nets(dossier: Dossier) -> str:
    status = dossier.verdict.status
    if status == "recommended":
        return _recommended(dossier)
    if status == "no_depth_needed":
        deeper = tried(dossier, "deeper net")
        return (
            "No depth is needed: the linear model (0 blocks, 1 weight layer) is enough; no "
            f"{deeper} is better than it by more than {epsilon_words(dossier)}."
        )
    if status == "undetermined":
        return _undetermined(dossier)
    if status == "nothing_learnt":
        return _nothing_learnt(dossier)
    if status == "extend":
        return (
            f"The ladder is too short: its deepest net, {ref_words(dossier, _deepest(dossier))}, "
            "is still better than every other depth tried, so try deeper ones."
        )
    return (
        "No verdict: fewer than two depths trained reliably, so there is nothing to compare; "
        "mend the training before asking about depth."
    )


def details(dossier: Dossier) -> tuple[str, ...]:
    """What stands behind the headline, most important first; one or two sentences each."""
    return tuple(text for _, text in labelled(dossier))


def next_steps(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """(command, what it does), the most useful first; `new.csv` stands for the user's next file."""
    verdict, study = dossier.verdict, shlex.quote(dossier.study)
    seeds = verdict.to_settle.seeds if verdict.to_settle else None
    steps = []
    if verdict.rival is not None:
        what = "the model that is better than the nets, in scikit-learn"
        steps.append((verdict.rival.code, what))
    if verdict.status == "extend":
        steps.append((_deeper(dossier), "a new study with a longer ladder"))
    if verdict.status == "unreliable" and TAME not in dossier.plan.families:
        steps.append((_again(dossier, "--family", TAME), "a new study of nets that rarely diverge"))
    if verdict.stopped_by == "budget":
        steps.append((f"howdeep resume {study}", "go on where the time budget stopped the study"))
    elif verdict.status == "undetermined" and seeds and seeds <= MOST_TIMES * verdict.seeds:
        more = _again(dossier, "--max-seeds", str(seeds), *_uncut(dossier))
        steps.append((more, "a new study with enough seeds to settle it"))
    if capped(dossier.plan):
        what = "a new study on all training rows" if _rows_alone(dossier) else "a new study uncut"
        steps.append((_again(dossier, "--rows", "all"), what))
    if verdict.test_score:
        steps.append((f"howdeep predict {study} new.csv", "predict with the net handed over"))
    steps.append((f"howdeep report {study}", "show this again"))
    return tuple((clean(command, 2000), why) for command, why in steps)


def _nothing_learnt(dossier: Dossier) -> str:
    return _too_few_rows(dossier) or _not_learnt(dossier)


def _too_few_rows(dossier: Dossier) -> str:
    """What is said where a net seems far better than guessing, on rows too few to show it."""
    verdict, metric = dossier.verdict, unit(dossier.verdict.metric)
    rows = verdict.to_settle.rows if verdict.to_settle else None
    gains = [c.over_guess.value for c in verdict.cells if c.over_guess]
    gain = max(gains, default=0.0)
    if not rows or gain < SEEMS * verdict.epsilon:
        return ""
    return (
        f"Too few rows to tell whether anything was learnt: the best net's "
        f"{metric.score(verdict.constant + gain)}, against {guess_words(dossier)}, may be chance. "
        f"Use none of these models yet: about {rows:,} rows to compare on, instead of "
        f"{dossier.plan.task.select_rows:,}, would tell."
    )


def _not_learnt(dossier: Dossier) -> str:
    verdict, which, none, one = dossier.verdict, "nets", "none", "one"
    if any(rival.difference is not None for rival in verdict.rivals):
        which, none, one = "models", "neither a net nor a classical model", "a net"
    could = ""
    if verdict.could is not None and verdict.could > 0:
        could = f"; {one} could by at most {unit(verdict.metric).difference(verdict.could)}"
    return (
        f"Nothing was learnt, so use none of these {which}: {none} is shown to beat "
        f"{guess_words(dossier)}{could}. Look for other columns, more rows or a mistake in the "
        "target."
    )


def _recommended(dossier: Dossier) -> str:
    verdict = dossier.verdict
    if verdict.enough is None:
        raise ValueError("a recommended verdict names a depth that is enough")
    use = f"Use {ref_words(dossier, verdict.enough)}: that is deep enough"
    if verdict.settled:
        which = (
            "reliably trained shallower net"
            if shallower_unreliable(dossier)
            else "shallower net tried"
        )
        return f"{use}, and every {which} is worse by more than {epsilon_words(dossier)}."
    return f"{use}; fewer might do too: {open_names(dossier)} not ruled out."


def _undetermined(dossier: Dossier) -> str:
    verdict = dossier.verdict
    count = len(verdict.candidates)
    if not count:
        gap = epsilon_words(dossier)
        return f"Undetermined: no depth could be shown to be within {gap} of the best."
    refs = sorted(verdict.candidates, key=order)
    which = (
        f"the best may be {either(dossier, refs)}"
        if count <= NAMED
        else f"{count} depths, from {ref_words(dossier, refs[0])} to "
        f"{ref_words(dossier, refs[-1])}, may be the best"
    )
    seeds = verdict.to_settle.seeds if verdict.to_settle else None
    fix = f"; about {seeds} would" if seeds else ""
    return (
        f"Undetermined: {_at_least(dossier)}{which}; {plural(verdict.seeds, 'seed')} a depth "
        f"could not tell them apart to {epsilon_words(dossier)}{fix}."
    )


def _at_least(dossier: Dossier) -> str:
    """What is known in spite of all: nothing where a shallower depth is in the race or failed."""
    least, cells = dossier.verdict.at_least, dossier.verdict.cells
    if least is None or len(dossier.verdict.candidates) > NAMED:
        return ""
    shallower = [c.standing for c in cells if order(c.standing.cell) < order(least)]
    if not shallower or any(standing.state != "dropped" for standing in shallower):
        return ""
    layers = plural(least.weight_layers, "weight layer")  # blocks differ between families
    return f"at least {layers} {'is' if least.weight_layers == 1 else 'are'} needed and "


def _deepest(dossier: Dossier) -> CellRef:
    refs = dossier.verdict.candidates or tuple(c.standing.cell for c in dossier.verdict.cells)
    return max(refs, key=order)


def _rows_alone(dossier: Dossier) -> bool:
    cuts = {what for what, _ in dossier.plan.cuts if not what.startswith("rivals")}
    return cuts <= {"rows", "asked"}


def _deeper(dossier: Dossier) -> str:
    tried = sorted({c.standing.cell.blocks for c in dossier.verdict.cells})
    more = min(2 * tried[-1] or 1, MAX_BLOCKS)
    depths = ",".join(str(blocks) for blocks in [*tried, more])
    return _again(dossier, "--depths", depths, *_uncut(dossier))


def _uncut(dossier: Dossier) -> tuple[str, ...]:
    """What keeps a larger study from being cut again, where this one was in more than rows."""
    return () if _rows_alone(dossier) else ("--rows", "all")


def _again(dossier: Dossier, *options: str) -> str:
    """The study's command with some options set, writing to a new folder next to the old one."""
    pairs = list(zip(options[::2], options[1::2], strict=True))
    fresh = PurePath(dossier.study)
    out = str(fresh.with_name(f"{fresh.stem}-2{fresh.suffix}")) if fresh.name else "new.study"
    if dossier.command.startswith("howdeep.run("):
        given = {name[2:].replace("-", "_"): value for name, value in pairs}
        return python_call(dict(dossier.plan.options) | given, out)
    words = shlex.split(dossier.command)
    for name, new in (*pairs, ("--out", out)):
        if name in words:
            del words[words.index(name) : words.index(name) + 2]
        words += [name, new]
    return shlex.join(words)
