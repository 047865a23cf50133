"""The verdict in words: one sentence to act on, then how sure, how good, what next."""

from __future__ import annotations

import shlex
from pathlib import PurePath

from howdeep.base.limits import MAX_BLOCKS
from howdeep.base.naming import python_call
from howdeep.base.verdicts import CellRef, Dossier
from howdeep.report.depths import (
    epsilon_words,
    for_now,
    guess_words,
    may_be_best,
    named,
    open_shallower,
    select_rows,
    shallower_unreliable,
    tried,
)
from howdeep.report.evidence import capped, labelled
from howdeep.report.rivals import rival_sentence
from howdeep.report.settling import how_far
from howdeep.report.words import clean, plural, rounded_up, to_build, unit

TAME = "preln"  # layer normalisation keeps the signal in bounds
SEEMS = 5  # tolerances by which a net seems better than guessing where it is not shown to be
MOST_TIMES = 10  # as many seeds as were trained: more would take days, and is not proposed


def headline(dossier: Dossier) -> str:
    """What to do, for every status: a classical model first where it is better than the nets."""
    first, then = rival_sentence(dossier), _nets(dossier)
    if not first:
        return then
    if dossier.verdict.status == "nothing_learnt":
        return first  # it says of the nets what there is to say
    if then.startswith("Use none"):
        return f"{first} Of the nets: {then[0].lower()}{then[1:]}"
    return f"{first} If it has to be a net, u{then.split(': ')[0][1:]}."  # how sure: in the details


def _nets(dossier: Dossier) -> str:
    verdict = dossier.verdict
    if verdict.status in ("recommended", "no_depth_needed"):
        return _enough(dossier)
    if verdict.status == "nothing_learnt":
        return _nothing_learnt(dossier)
    if verdict.status == "unreliable":
        return (
            "Use none of these nets: fewer than two depths trained reliably, so there is nothing "
            "to compare; mend the training before asking about depth."
        )
    found = for_now(dossier)
    if found is None:
        return "Use none of these nets yet: no depth could be compared with another."
    return _for_now(dossier, *found)


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
    if verdict.handed_over:
        which = "the net handed over" + (" for now" if verdict.provisional else "")
        steps.append((f"howdeep predict {study} new.csv", f"predict with {which}"))
    steps += _wider(dossier)
    steps.append((f"howdeep report {study}", "show this again"))
    return tuple((clean(command, 2000), why) for command, why in steps)


def _wider(dossier: Dossier) -> list[tuple[str, str]]:
    """The smallest tolerance that would have named a depth: no longer one that was fixed before."""
    found = dossier.verdict.provisional
    if found is None or found.would is None or found.would_name is None:
        return []
    name = named(dossier, found.would_name)
    what = f"the smallest tolerance that would have named a depth, {name}: chosen after the fact"
    return [(_again(dossier, "--epsilon", f"{rounded_up(found.would):g}"), what)]


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
        "Use none of these models yet: there are too few rows to tell whether anything was learnt. "
        f"The best net's {metric.score(verdict.constant + gain)}, against {guess_words(dossier)}, "
        f"may be chance: about {rows:,} rows to compare on, instead of "
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
        f"Use none of these {which}, for nothing was learnt: {none} is shown to beat "
        f"{guess_words(dossier)}{could}. Look for other columns, more rows or a mistake in the "
        "target."
    )


def _enough(dossier: Dossier) -> str:
    """A net to use, how sure that is, and what is known of shallower ones."""
    verdict, enough = dossier.verdict, dossier.verdict.enough
    if enough is None:
        raise ValueError(f"a verdict of {verdict.status!r} names a depth that is enough")
    what = tried(dossier, "deeper net" if verdict.status == "no_depth_needed" else "depth")
    sure = f"{100 * verdict.confidence:g} % sure"
    use = (
        f"Use {to_build(enough)}: no {what} is better by more than {epsilon_words(dossier)} ({sure}"
    )
    if verdict.status == "no_depth_needed":
        return f"{use}), so that no depth is needed."
    if not verdict.settled:
        still = [named(dossier, s.cell) for s in open_shallower(dossier)]
        less = "shallower nets" if len(still) > 1 else "a shallower net"
        which = f" ({'from ' + still[0] + ' on' if len(still) > 1 else still[0]})" if still else ""
        return f"{use}); {less} may be enough too{which}."
    which = "shallower one"
    if shallower_unreliable(dossier):
        which = "reliably trained shallower one"
    return f"{use}), and every {which} is worse than the best by more than that."


def _for_now(dossier: Dossier, ref: CellRef, below: float) -> str:
    """What to use while no depth is named."""
    verdict, sure = dossier.verdict, f"{100 * dossier.verdict.confidence:g} % sure"
    use = f"Use {to_build(ref)} for now"
    if verdict.status == "extend":
        return (
            f"{use}, and try deeper ones: it is the deepest net tried and still better than every "
            f"other depth ({sure})."
        )
    return (
        f"{use}: no {tried(dossier)} is shown to be better{_by_more(dossier, ref)}. "
        f"{how_far(dossier, ref, below)} ({sure}){_would_tell(dossier)}."
    )


def _would_tell(dossier: Dossier) -> str:
    """What would name a depth, where a larger study of a sensible size does."""
    verdict, need = dossier.verdict, dossier.verdict.to_settle
    if need is None or verdict.stopped_by:
        return ""
    if need.seeds and need.seeds <= MOST_TIMES * verdict.seeds:
        return f"; about {plural(need.seeds, 'seed')} a depth (now {verdict.seeds}) would tell"
    if need.rows:
        return f"; about {need.rows:,} rows to compare on (now {select_rows(dossier)}) would tell"
    return ""


def _by_more(dossier: Dossier, ref: CellRef) -> str:
    """Where a net is known not to be the best: that it may be so by less than counts."""
    return "" if may_be_best(dossier, ref) else f" by more than {epsilon_words(dossier)}"


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
    try:
        words = shlex.split(dossier.command)
    except ValueError:  # quotes that nobody closed: no command of howdeep
        words = dossier.command.split()
    for name, new in (*pairs, ("--out", out)):
        if name in words:
            del words[words.index(name) : words.index(name) + 2]
        words += [name, new]
    return shlex.join(words)
