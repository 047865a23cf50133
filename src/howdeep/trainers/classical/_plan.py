"""Which classical models a study fits, on how many rows, and what is left out: from sizes alone.

Work is estimated in nanoseconds of one core of 2025, by each model's own formula; it is never
measured, so that every machine plans alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from types import ModuleType

from howdeep import modalities
from howdeep.base import limits
from howdeep.base.nouns import Model
from howdeep.data.task import Task
from howdeep.trainers.classical._files import model

Pair = tuple[str, str]  # a model and its features
Plans = tuple[tuple[Model, ...], tuple[tuple[str, str], ...]]


def planned(
    task: Task, wanted: Sequence[str], work: float | None = None, nets_flops: float = math.inf
) -> Plans:
    """The models for this task among those `wanted`, and notes: (what, says).

    In all they take at most `work`, and no more than the nets, which take `nets_flops`; `work`
    None is `limits.RIVALS_WORK`. The models that need least come first; each may take an equal
    share of what is left then. One that would need more is searched less thoroughly, then fitted
    on fewer rows, then left out.
    """
    features = modalities.of(task.info).classical
    pairs = list(_pairs(task, sorted(set(wanted))))
    why = {kind: features.missing(task, kind) for kind in sorted({kind for _, kind in pairs})}
    kept = [pair for pair in pairs if not why[pair[1]]]
    most, nets = work or limits.RIVALS_WORK, nets_flops / limits.RIVAL_FLOPS
    found = _shared(task, kept, min(most, nets))
    models = tuple(found[pair] for pair in kept if pair in found)
    whose = "the nets" if nets < most else f"{most / 1e9:,.0f} s of a core"
    return models, (*_unfit(task, wanted), *_notes(task, pairs, models, why, whose))


def _shared(task: Task, pairs: Sequence[Pair], work: float) -> dict[Pair, Model]:
    """What each model is given of `work`, those that need least first."""
    features = modalities.of(task.info).classical
    columns = {pair: features.columns(task, pair[1]) for pair in pairs}
    rows = min(len(fold.train) for fold in task.folds)
    whole = {
        pair: _work(task, model(pair[0]), columns[pair], rows, *model(pair[0]).LEVELS[0])
        for pair in pairs
    }
    left, found = work, {}
    for i, pair in enumerate(sorted(pairs, key=lambda pair: whole[pair])):
        one = _fitted(task, *pair, columns[pair], left / (len(pairs) - i))
        if one is not None:
            found[pair] = one
            left -= one.work
    return found


def kind_of(name: str, task: Task) -> str:
    """The features that a planned model learns from: of its file the kind that its name carries."""
    kinds = _kinds(model(name), task)
    found = (kind for kind in kinds if title(name.split("-")[0], kind, task) == name)
    return next(found, kinds[0])


def title(base: str, kind: str, task: Task) -> str:
    """A model's name in a study: where it learns from other features than usual it says so."""
    suffix = modalities.of(task.info).classical.suffix(kind)
    return f"{base}-{suffix}" if suffix else base


def label(task: Task, file: ModuleType, kind: str) -> str:
    """What people call a model, with what it learns from where that has to be said."""
    own: str = file.LABEL if isinstance(file.LABEL, str) else file.LABEL[task.info.kind]
    words = modalities.of(task.info).classical.words(kind)
    return f"{own} on {words}" if words else own


def _kinds(file: ModuleType, task: Task) -> tuple[str, ...]:
    """What a model can learn from of what the data offer."""
    offered = modalities.of(task.info).classical.KINDS
    return tuple(kind for kind in file.FEATURES if kind in offered)


def _pairs(task: Task, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Models with their features; no linear model where zero blocks of a net is that already."""
    zero = modalities.of(task.info).classical.zero(task)
    for base in wanted:
        for kind in _kinds(model(base), task):
            if not (getattr(model(base), "LINEAR", False) and kind == zero):
                yield base, kind


def _fitted(task: Task, base: str, kind: str, columns: int, most: float) -> Model | None:
    """The most thorough search of a model that takes at most `most` nanoseconds, or None."""
    file = model(base)
    full = min(len(fold.train) for fold in task.folds)
    rows = full
    while rows == full or rows >= limits.MIN_RIVAL_ROWS:
        levels = file.LEVELS if rows == full else file.LEVELS[len(file.LEVELS) // 2 :]
        for settings, size in levels:
            work = _work(task, file, columns, rows, settings, size)
            if work <= most:
                name = title(base, kind, task)
                much = (rows, columns, settings, size, work)
                return Model(name, file.SEEDS, *much, label=label(task, file, kind))
        rows //= 2
    return None


def _work(task: Task, file: ModuleType, columns: int, rows: int, settings: int, size: int) -> float:
    held = sum(len(view.choose) + len(view.score) for view in task.folds[0].views)
    queries = held + len(task.test) * len(task.folds[0].views)
    one = file.work(rows, columns, task.outputs, queries, settings, size)
    return float(one) * len(task.folds)


def _unfit(task: Task, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A note on models that can learn from nothing that these data offer."""
    if unfit := [base for base in sorted(set(wanted)) if not _kinds(model(base), task)]:
        what = modalities.of(task.info).what
        says = f"Classical models left out, as there is nothing in {what} that they learn from"
        yield "rivals_unfit", f"{says}: {_join(unfit)}"


def _notes(
    task: Task, pairs: Sequence[Pair], models: Sequence[Model], why: dict[str, str], whose: str
) -> Iterator[tuple[str, str]]:
    """What was left out or made smaller, a sentence each without its full stop."""
    features = modalities.of(task.info).classical
    for words, reason in {features.words(kind): clause for kind, clause in why.items()}.items():
        if reason:
            yield "rivals_features", f"Classical models on {words} were left out: {reason}"
    known = {one.name for one in models}
    gone = [title(*pair, task) for pair in pairs if not why[pair[1]]]
    if gone := [name for name in gone if name not in known]:
        yield "rivals_left", f"Classical models left out, as fitting takes too long: {_join(gone)}"
    full = min(len(fold.train) for fold in task.folds)
    less = [f"{one.name} on {one.rows:,}" for one in models if one.rows < full]
    if less:
        says = f"Classical models fitted on fewer of the {full:,} training rows: {_join(less)}"
        yield "rivals_rows", says
    if short := [_searched(one) for one in models if _searched(one)]:
        yield (
            "rivals_settings",
            f"Classical models searched less thoroughly, to take no more than {whose}: "
            f"{_join(short)}",
        )


def _searched(one: Model) -> str:
    """What was left out of the search of a model, in words; empty where nothing was.

    >>> _searched(Model("boosting", 1, 900, 5, 8, 2_000, 1e9))
    'boosting 8 of 16 settings and 2,000 of 4,000 iterations'
    """
    file = model(one.name)
    settings, size = file.LEVELS[0]
    parts = []
    if one.settings < settings:
        parts.append(f"{one.settings} of {settings} settings")
    if one.size < size:
        parts.append(f"{one.size:,} of {size:,} {file.UNIT}")
    return f"{one.name} {' and '.join(parts)}" if parts else ""


def _join(items: Sequence[str]) -> str:
    return ", ".join(items)
