"""`Table` to `Task`: columns judged, target found, rows split; each decision one plain sentence."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from howdeep import metrics
from howdeep.base.errors import ConfigError, TableError, TargetError
from howdeep.base.limits import MIN_ROWS
from howdeep.base.nouns import Alike, TaskInfo, TaskKind
from howdeep.base.words import count, listed, show
from howdeep.data.cells import canonical
from howdeep.data.choose_metric import choose_metric
from howdeep.data.column import Column, Numerals
from howdeep.data.headers import NoColumns, invented_names, match_names, renamed_words
from howdeep.data.identity import stamped
from howdeep.data.notation import PLAIN
from howdeep.data.parts import parted
from howdeep.data.ruling import ruling_notes
from howdeep.data.target import Target, make_target
from howdeep.data.task import Task
from howdeep.data.units import alike
from howdeep.modalities.table import MODALITY, PARTING
from howdeep.modalities.table.dated import check_dates, dated, leading, made_of, source_kinds
from howdeep.modalities.table.features import Feature, Remarks, check_types, make_feature
from howdeep.modalities.table.find import find_target
from howdeep.modalities.table.hints import hints
from howdeep.modalities.table.indexes import without_index
from howdeep.modalities.table.leaks import check_leaks
from howdeep.modalities.table.looks import alike_note, look_notes, look_of, several_note
from howdeep.modalities.table.origin import duplicate_notes, origin_of
from howdeep.modalities.table.samples import CODES, NUMBERS, OWN, Names, Written
from howdeep.modalities.table.sides import Given, Sides, joined, sides
from howdeep.modalities.table.strong import strong_notes
from howdeep.modalities.table.table import Table

AT_ONCE = 4_096  # rows


def make_task(
    table: Table,
    target: str | int | None,
    *,
    kind: TaskKind | None = None,
    metric: str | None = None,
    types: Mapping[str, str] | None = None,
    test: Table | None = None,
    seed: int = 0,
    encoding: str = OWN,
    weights: Given = None,
    groups: Given = None,
    time: Given = None,
    allow_leak: bool = False,
    merge_rare: bool = False,
    alike_labels: Alike | None = None,
    builtin: bool = False,
) -> Task:
    """Everything a study needs to know of its data, from a table and the name of its target.

    `types`: {column: "number" | "category" | "date" | "drop"}. `test`: a table with the same
    columns whose rows are the test rows. `weights`, `groups`, `time`: a column's name, or one value
    per row of `table` (N,); they are no features.

    Raises:
        TargetError: no such target, or one that cannot be learned or scored.
        TableError: too few rows, no usable column, a test file with other columns, or a cell of
            weights, groups or time that is none.
        ConfigError: options that do not fit the table.
        LimitError: too many classes.
    """
    renamed = ""
    main, types, typed = table.rows, dict(types or {}), table.typed or table.path == ""
    place = find_target(table, target)
    column = table.columns[place]
    _check_main(table, column, types, kind, metric)
    if kind is None:
        check_dates(column)
    if test is not None:
        test, renamed = _aligned(table, test)
    extra = sides(table, test, column.name, {"weights": weights, "groups": groups, "time": time})
    _check_choices(types, extra)
    test_column = test.columns[place] if test is not None else None
    text = column.declared or (typed and column.name not in table.notations)
    merging = np.arange(main) if merge_rare else None
    y = make_target(column, test_column, kind, text, merging, alike_labels)
    remarks = Remarks()
    features = _features(table, test, {column.name, *extra.used}, types, typed, remarks)
    samples = _samples(features)
    same = alike(samples)
    origin = origin_of(same, extra, main, test is not None, merge_rare)
    if merge_rare:  # now that it is known which rows differ
        y = make_target(column, test_column, kind, text, origin.units, alike_labels)
    leaks = check_leaks(features, y, main, allow_leak)
    hinted = () if builtin else hints(table, column.name, y, extra, leading(features))
    if not builtin:
        hinted += strong_notes(leading(features), y, main)
        learnt = [c for c in table.columns if c.name not in {column.name, *extra.used}]
        hinted += look_notes(learnt, leading(features), main)
        hinted += tuple(filter(None, [several_note(column.name, y.classes)]))
    task = _assemble(table, features, samples, y, extra, encoding)
    del features  # the task has copies
    repeated = duplicate_notes(table, origin)
    task, split_notes = parted(task, origin, seed, PARTING)
    chosen, metric_notes = choose_metric(task, y, metric)
    robust = metrics.metric(chosen).robust
    ruling = _ruling_notes(table, test, y, robust) if robust else ()
    tested = _test_notes(test) + ((renamed,) if renamed else ())
    read = (*table.notes, *tested, *y.notes, *ruling)
    notes = (*read, *extra.notes, *remarks.sentences, *leaks, *hinted)
    info = dataclasses.replace(
        task.info,
        metric=chosen,
        notes=(*notes, *repeated, *split_notes, *metric_notes),
        source_sha256=_source(table, test),
        builtin=builtin,
    )
    return stamped(dataclasses.replace(task, info=info))


def _check_main(
    table: Table,
    column: Column,
    types: Mapping[str, str],
    kind: TaskKind | None,
    metric: str | None,
) -> None:
    if table.rows < MIN_ROWS:
        raise TargetError(
            f"{table.name} has {count(table.rows, 'row')}; at least {MIN_ROWS} are needed",
            "give more rows",
        )
    check_types(types, table.names)
    if column.name in types:
        raise ConfigError(f"--types names the target {show(column.name)}", "say --kind instead")
    if kind is not None and kind not in get_args(TaskKind):
        raise ConfigError(f"--kind is {show(kind)}", "say classification or regression")
    if metric is not None and metric not in metrics.names():
        raise ConfigError(f"--metric is {show(metric)}", f"say one of {listed(metrics.names())}")


def _aligned(table: Table, test: Table) -> tuple[Table, str]:
    """The test table with its columns named and in order as the main table's, and what to say."""
    try:
        names = match_names(table.names, test.names)
    except NoColumns as error:
        raise TableError(f"the test file {test.name}: {error.what}", error.fix) from None
    back = {given: name for name, given in names.items()}
    columns = [dataclasses.replace(c, name=back.get(c.name, c.name)) for c in test.columns]
    found = {canonical(column.name): column for column in columns}
    wanted = [canonical(name) for name in table.names]
    missing = [name for name in table.names if canonical(name) not in found]
    surplus = [c.name for key, c in found.items() if key not in wanted]
    if missing or surplus:
        parts = [f"lacks {listed(missing)}"] if missing else []
        parts += [f"adds {listed(surplus)}"] if surplus else []
        raise TableError(
            f"the test file {test.name} has other columns than {table.name}: it"
            f" {' and '.join(parts)}",
            "give both files the same columns",
        )
    if not test.rows:
        raise TableError(f"the test file {test.name} has 0 rows", "give one with rows")
    columns = [
        dataclasses.replace(found[key], name=n) for key, n in zip(wanted, table.names, strict=True)
    ]
    return dataclasses.replace(test, columns=tuple(columns)), renamed_words(names)


def _features(
    table: Table,
    test: Table | None,
    skip: set[str],
    types: Mapping[str, str],
    typed: bool,
    remarks: Remarks,
) -> list[Feature]:
    features: list[Feature] = []
    taken = set(table.names)
    nameless = invented_names(table.names)
    headless = set(table.names) - skip <= nameless  # as `_nameless`
    for j, column in enumerate(table.columns):
        if column.name in skip:
            continue
        both = joined(column, test.columns[j] if test is not None else None)
        known = both.numeric or isinstance(both.kept, Numerals)
        values = both.kept if known else both.coded
        choice = types.get(column.name)
        made = dated(column.name, values, table.rows, choice, taken, remarks)
        if made is None:
            text = typed and column.name not in table.notations
            feature = make_feature(
                column.name, values, table.rows, choice, text, remarks, column.declared
            )
            if feature and feature.kind == "category" and (look := look_of(feature.levels)):
                remarks.of(look, feature.name)
            if feature and (said := alike_note(feature.name, feature.levels)):
                remarks.say(said)
            if feature and choice is None:
                feature = without_index(feature, table.rows, nameless, headless, remarks)
            made = [feature] if feature else []
        features += made
        taken |= {feature.name for feature in made}
    if not features:
        why = " ".join(remarks.sentences)
        raise TableError(
            f"{table.name} has no column to learn from. {why}".strip(),
            "give columns of numbers or categories, or keep one with --types NAME=category",
        )
    return features


def _check_choices(types: Mapping[str, str], extra: Sides) -> None:
    odd = [name for name in extra.used if types.get(name, "drop") != "drop"]
    if odd:
        raise ConfigError(
            f"--types takes {show(odd[0])} as a {types[odd[0]]}, and another option takes it from"
            " the features",
            "leave it out of --types, or leave the other option out",
        )


def _samples(features: Sequence[Feature]) -> dict[str, NDArray[Any]]:
    """`numbers` (N, p) and category `codes` (N, q): `samples`."""
    n = len(features[0].values)
    numbers = [f.numbers for f in features if f.numbers is not None]
    codes = [f.codes for f in features if f.codes is not None]
    return {
        NUMBERS: _stacked(numbers, np.empty((n, len(numbers)))),
        CODES: _stacked(codes, np.empty((n, len(codes)), np.int64)),
    }


def _stacked(columns: Sequence[NDArray[Any]], out: NDArray[Any]) -> NDArray[Any]:
    """Columns (N,) next to each other, some rows at a time, which stay in the cache."""
    for at in range(0, len(out), AT_ONCE):
        for j, column in enumerate(columns):
            out[at : at + AT_ONCE, j] = column[at : at + AT_ONCE]
    return out


def _assemble(
    table: Table,
    features: Sequence[Feature],
    samples: dict[str, NDArray[Any]],
    y: Target,
    extra: Sides,
    encoding: str,
) -> Task:
    """The task without splits, metric and notes."""
    categories = [f for f in features if f.kind == "category"]
    names = Names(
        tuple(f.name for f in features if f.kind == "number"),
        tuple(f.name for f in categories),
        tuple(f.levels for f in categories),
        tuple(dataclasses.astuple(column) for column in made_of(features)),
    )
    info = TaskInfo(
        name=table.name,
        fingerprint="",
        kind=y.kind,
        metric=metrics.default(y.kind).name,
        scheme="holdout",
        classes=y.classes,
        target=y.name,
        features=source_kinds(features),
        rows=(),
        select_rows=0,
        test_rows=0,
        source=table.path,
        modality=MODALITY.name,
        levels=tuple((f.name, len(f.levels)) for f in categories),
        nameless=_nameless(table, y.name, extra),
    )
    return Task(
        info=info,
        samples=samples,
        names=names if names.dates else names[:3],
        reading=Written.of(table.notation or PLAIN, table.notations),
        target=y.values,
        weights=extra.weights,
        folds=(),
        test=np.empty(0, np.int64),
        encoding=encoding,
    )


def _nameless(table: Table, target: str, extra: Sides) -> int:
    """How many columns have invented names, if all have; a target that came apart has its own."""
    found = invented_names(table.names)
    return len(found) if set(table.names) - {target, *extra.used} <= found else 0


def _ruling_notes(table: Table, test: Table | None, y: Target, robust: str) -> tuple[str, ...]:
    values = y.values.astype(np.float64)
    notes = ruling_notes(y.name, values[: table.rows], table.name, robust)
    return notes + (ruling_notes(y.name, values[table.rows :], test.name, robust) if test else ())


def _test_notes(test: Table | None) -> tuple[str, ...]:
    if test is None:
        return ()
    return (f"The {count(test.rows, 'row')} of {test.name} are the test rows.",)


def _source(table: Table, test: Table | None) -> str:
    if test is None:
        return table.sha256
    return hashlib.sha256((table.sha256 + test.sha256).encode()).hexdigest()
