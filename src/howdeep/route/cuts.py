"""What the allowance leaves out of a study, in words; and the refusal where nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from howdeep import modalities
from howdeep.base import limits
from howdeep.base.errors import LimitError
from howdeep.base.nouns import Inputs, Ladder, TaskInfo
from howdeep.route.fit import Asked, Design, Fit

LIFTS = "to stay within the study's allowance of computation; `--rows all` lifts the cap"
AGAIN = "to stay within the allowance"
SHORTEST = (0, 1)

Fitted = Callable[[Sequence[Asked], Inputs, float], Fit]


def said(
    fit: Fit, usual: Sequence[Ladder], whole: Design, wanted: int, full: int
) -> Iterator[tuple[str, str]]:
    """What is smaller than it would have been, and whose doing that is: (what, sentence)."""
    if wanted < full:
        yield "asked", f"At most {wanted:,} of {full:,} training rows were used, as asked"
    why = LIFTS
    for what, sentence in _smaller(fit, usual, whole, wanted):
        yield what, f"{sentence}{',' if what != 'rows' else ''} {why}"
        why = AGAIN


def _smaller(
    fit: Fit, usual: Sequence[Ladder], whole: Design, wanted: int
) -> Iterator[tuple[str, str]]:
    seeds, folds = whole
    if fit.rows < wanted:
        yield "rows", f"Trained on {fit.rows:,} of {wanted:,} training rows"
    if fit.folds < folds:
        yield "folds", f"Compared on the rows of {fit.folds} of {folds} folds"
    if fit.seeds < seeds:
        yield "seeds", f"At most {fit.seeds} instead of {seeds} seeds a depth"
    now = {ladder.family: ladder for ladder in fit.ladders}
    if gone := [was.family for was in usual if was.family not in now]:
        yield "families", f"Without {' and '.join(gone)}, which are there to compare with"
    changed: dict[str, dict[str, list[str]]] = {}
    for was in usual:
        for what, cut in _cut(was, now.get(was.family, was)):
            changed.setdefault(what, {}).setdefault(cut, []).append(was.family)
    for what, begins in _BEGINS.items():
        if what in changed:
            every = len(changed[what]) == 1 and len(*changed[what].values()) == len(now)
            parts = [
                cut if every else f"{cut} of {' and '.join(families)}"
                for cut, families in changed[what].items()
            ]
            yield what, f"{begins} {', '.join(parts)}"


_BEGINS = {"depths": "Depths left out:", "extension": "The ladder may grow to", "width": "Width"}


def _cut(was: Ladder, now: Ladder) -> Iterator[tuple[str, str]]:
    if left := [str(d) for d in was.depths if d not in now.depths]:
        yield "depths", f"{', '.join(left)} blocks"
    elif now.extend_to < was.extend_to:
        yield "extension", f"{max(now.depths)} instead of {was.extend_to} blocks"
    if now.width < was.width:
        yield "width", f"{now.width} instead of {was.width}"


def refusal(
    info: TaskInfo,
    asked: Sequence[Asked],
    inputs: Inputs,
    allowance: float,
    least: Fit,
    fitted: Fitted,
) -> LimitError:
    """That no study which answers stays within the allowance, what the `least` takes, and ways out.

    A way out is only named after it was tried.
    """
    own = modalities.of(info)

    def takes(flops: float) -> str:
        minutes = own.defaults.minutes * flops / own.defaults.allowance
        return f"about {limits.time_words(minutes)}"

    *others, last = (str(depth) for depth in least.ladders[0].depths)
    blocks = f"{', '.join(others)} and {last} blocks"
    what = (
        f"{info.name}: the smallest study that compares {blocks} takes up to "
        f"{least.flops / 1e12:,.0f} T operations, {takes(least.flops)} on "
        f"two cores; the allowance is {allowance / 1e12:,.0f} T"
    )
    ways = []
    sizes = (
        way for less, way in own.smaller(info) if fitted(asked, less, allowance).flops <= allowance
    )
    ways += [way] if (way := next(sizes, "")) else []
    short = [replace(kind, depths=SHORTEST, extend_to=0) for kind in asked]
    if fitted(short, inputs, allowance).flops <= allowance:
        ways.append(f"--depths {','.join(map(str, SHORTEST))}")
    uncut = takes(fitted(asked, inputs, float("inf")).flops)
    ways.append(f"--rows all, which lifts the allowance ({uncut})")
    return LimitError(what, f"say {' or '.join(ways)}")
