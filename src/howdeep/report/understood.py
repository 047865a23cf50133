"""What was understood of the data, before anything trains: the target, the columns, the measure."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.nouns import Plan, TaskInfo
from howdeep.report.depths import tolerance_words
from howdeep.report.words import clean, unit

CLASSES, COLUMNS, LEVELS = 12, 8, 3  # that are named
PLURAL = {"category": "categories"}

Pair = tuple[str, str]


def understood(plan: Plan) -> Iterator[Pair]:
    """What is to be predicted, from what, by which measure: (heading, words)."""
    task = plan.task
    yield "Predict", _target(task)
    if task.shape:
        yield "From", f"images of {' x '.join(map(str, task.shape[:2]))} pixels, {_channels(task)}"
    else:
        yield "From", "; ".join(_columns(task))
    if gone := _left_out(task):
        yield "Left out", "; ".join(gone)
    yield "Measured by", unit(task.metric).name
    yield "Same if within", tolerance_words(plan)


def _target(task: TaskInfo) -> str:
    name = clean(task.target)
    if not task.classes:
        return f"{name}, a number"
    pairs = list(zip(task.classes, task.class_rows or (0,) * len(task.classes), strict=True))
    most = sorted(pairs, key=lambda pair: -pair[1])[:CLASSES]
    told = [f"{clean(label)} ({rows:,})" if rows else clean(label) for label, rows in most]
    more = [f"{len(pairs) - len(most)} more"] if len(pairs) > len(most) else []
    return f"{name}, one of {len(pairs):,} classes (with rows): {', '.join([*told, *more])}"


def _columns(task: TaskInfo) -> Iterator[str]:
    """Each kind of column with how many there are, and the first of their names."""
    levels = dict(task.levels)
    kinds = dict.fromkeys(kind for _, kind in task.features)
    for kind in kinds:
        names = [name for name, own in task.features if own == kind]
        told = [
            f"{clean(n)} ({levels[n]:,} levels)" if n in levels else clean(n)
            for n in names[:COLUMNS]
        ]
        more = f" and {len(names) - COLUMNS:,} more" if len(names) > COLUMNS else ""
        plural = PLURAL.get(kind, f"{kind}s")
        yield f"{len(names):,} {kind if len(names) == 1 else plural} ({', '.join(told)}{more})"


def _left_out(task: TaskInfo) -> list[str]:
    """The notes that say which columns are not learnt from, and why."""
    found = (note for note in task.notes if note.startswith("Left out"))
    return [note.removeprefix("Left out").lstrip(", ").rstrip(".") for note in found]


def _channels(task: TaskInfo) -> str:
    return "in colour" if task.shape[2:] == (3,) else "in grey"
