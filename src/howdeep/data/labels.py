"""One class, one label: what is the same number is one, what only looks alike is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from howdeep.base.errors import TargetError
from howdeep.base.nouns import Alike
from howdeep.base.words import count, listed, show
from howdeep.data import cells
from howdeep.data.cells import canonical
from howdeep.data.column import Coded
from howdeep.data.matching import label


def one_label_each(
    name: str, text: Coded, later: Coded, alike: Alike | None, notes: list[str]
) -> tuple[Coded, Coded]:
    """The labels of the rows, and of those of a test file, with one spelling for each class.

    Raises:
        TargetError: some differ in case or blanks only, and nobody said what that means.
    """
    names = _same_numbers({*text.levels, *later.levels}, notes)
    text, later = _renamed(text, names), _renamed(later, names)
    names = _same_words(name, text, later, alike, notes)
    return _renamed(text, names), _renamed(later, names)


def _renamed(text: Coded, names: Mapping[str, str]) -> Coded:
    return text.rewritten(lambda label: names.get(label, label))


def _same_numbers(every: Iterable[str], notes: list[str]) -> dict[str, str]:
    """New names for all labels that are numbers, if two of them are the same number."""
    numbers = {c: float(c) + 0.0 for c in every if _is_number(c)}
    ways = Counter(numbers.values())
    twice = sorted(c for c, value in numbers.items() if ways[value] > 1)
    if not twice:
        return {}
    notes.append(f"Labels that are the same number are one class: {listed(twice)}.")
    return {c: label(value) for c, value in numbers.items()}


def _is_number(text: str) -> bool:
    text = text.strip()
    exact = cells.is_number(text) and not cells.is_inexact(text)
    return exact and not cells.CODE.fullmatch(text)


def _same_words(
    name: str, text: Coded, later: Coded, alike: Alike | None, notes: list[str]
) -> dict[str, str]:
    sizes = Counter(dict(zip(text.levels, text.sizes.tolist(), strict=True)))
    groups: dict[str, list[str]] = {}
    for one in sorted({*sizes, *later.levels} - {""}):
        groups.setdefault(spelling(one), []).append(one)
    twice = [group for group in groups.values() if len(group) > 1]
    if not twice:
        return {}
    every = [one for group in twice for one in group]
    if alike == "keep":
        notes.append(f"Labels that look alike were kept apart, as asked: {listed(every)}.")
        return {}
    if alike is None:
        rows = ", ".join(f"{show(one, 40)} in {count(sizes[one], 'row')}" for one in twice[0])
        raise TargetError(
            f"target {show(name)}: labels differ in case or blanks only: {rows}"
            + (f" (and {count(len(twice) - 1, 'more group')})" if len(twice) > 1 else ""),
            "say --alike-labels merge if they are one class, --alike-labels keep if not",
        )
    notes.append(f"Labels that differ in case or blanks only were merged: {listed(every)}.")
    new: dict[str, str] = {}
    for group in twice:
        most = max(group, key=lambda one: (sizes[one], one))
        new |= dict.fromkeys(group, " ".join(canonical(most).split()))
    return new


def spelling(text: str) -> str:
    """What labels share that differ in case, blanks or invisible characters only.

    >>> spelling(" Yes") == spelling("YES"), spelling("New  York") == spelling("new york")
    (True, True)
    """
    return " ".join(canonical(text).casefold().split())
