"""The verdict in words: one sentence to act on, then how sure, how good, what next."""

from __future__ import annotations

import re
import shlex

from howdeep.base.limits import MAX_BLOCKS
from howdeep.base.nouns import CellRef, Dossier
from howdeep.report.depths import (
    epsilon_words,
    open_names,
    order,
    ref_words,
    shallower_unreliable,
    short,
)
from howdeep.report.evidence import capped_rows, labelled
from howdeep.report.words import clean, listed, plural


def headline(dossier: Dossier) -> str:
    """The first sentence: what to do, for every status."""
    status = dossier.verdict.status
    if status == "recommended":
        return _recommended(dossier)
    if status == "no_depth_needed":
        return (
            "No depth is needed: the linear model (0 blocks, 1 weight layer) is enough; no deeper "
            f"net tried is better than it by more than {epsilon_words(dossier)}."
        )
    if status == "undetermined":
        return _undetermined(dossier)
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
    steps = []
    if verdict.status == "extend":
        steps.append((_deeper(dossier), "a new study with a longer ladder"))
    if verdict.stopped_by == "budget":
        steps.append((f"howdeep resume {study}", "go on where the time budget stopped the study"))
    elif verdict.status == "undetermined" and verdict.to_settle and verdict.to_settle.seeds:
        seeds = _with(dossier.command, "--max-seeds", str(verdict.to_settle.seeds))
        steps.append((seeds, "a new study with enough seeds to settle it"))
    if capped_rows(dossier):
        steps.append((_with(dossier.command, "--rows", "all"), "a new study on all training rows"))
    if verdict.test_score:
        steps.append((f"howdeep predict {study} new.csv", "predict with the net handed over"))
    steps.append((f"howdeep report {study}", "write the report again"))
    return tuple((clean(command, 2000), why) for command, why in steps)


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
    names = listed((short(dossier, ref) for ref in verdict.candidates), word="or")
    seeds = verdict.to_settle.seeds if verdict.to_settle else None
    fix = f"; about {seeds} would" if seeds else ""
    return (
        f"Undetermined: the best depth may be {names}; {plural(verdict.seeds, 'seed')} a depth "
        f"could not tell them apart to {epsilon_words(dossier)}{fix}."
    )


def _deepest(dossier: Dossier) -> CellRef:
    refs = dossier.verdict.candidates or tuple(c.standing.cell for c in dossier.verdict.cells)
    return max(refs, key=order)


def _deeper(dossier: Dossier) -> str:
    tried = sorted({c.standing.cell.blocks for c in dossier.verdict.cells})
    more = min(2 * tried[-1] or 1, MAX_BLOCKS)
    return _with(dossier.command, "--depths", ",".join(str(b) for b in [*tried, more]))


def _with(command: str, option: str, value: str) -> str:
    """The command with this option set, replacing the value it had."""
    return re.sub(rf" {option}[ =]\S+", "", command) + f" {option} {value}"
