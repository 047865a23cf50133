"""The data in numbers: rows of each part, columns used, classes."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.parts import Chips, Pairs, Place, Section
from howdeep.report.understood import understood
from howdeep.report.words import clean

SPLITS = {
    "all": "in all",
    "train": "to train on",
    "val": "to choose checkpoints on",
    "select": "to compare depths on",
    "test": "to report the score on, once",
}
MANY = 200  # names listed of columns and classes


def _section(dossier: Dossier) -> Section:
    task = dossier.plan.task
    rows: list[tuple[str, str | Chips]] = [*understood(dossier.plan)]
    rows += [(f"Rows {SPLITS.get(name, clean(name))}", f"{count:,}") for name, count in task.rows]
    rows.append(("Columns used", _chips(task.features)))
    if task.classes:
        counts = task.class_rows or (0,) * len(task.classes)
        pairs = zip(task.classes, (f"{n:,}" if n else "" for n in counts), strict=True)
        rows.append(("Classes", _chips(tuple(pairs))))
    return Section("Rows, columns and classes", (Pairs(tuple(rows)),), layout="folded")


def _chips(names: tuple[tuple[str, str], ...]) -> Chips:
    listed = tuple((clean(name), kind) for name, kind in names[:MANY])
    return Chips(listed, max(len(names) - MANY, 0))


PLACES = (Place("page", 110, _section),)
