"""From what the user named to a task: a built-in set, or a table file read with their options."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from howdeep.base.errors import ConfigError
from howdeep.data import builtin
from howdeep.data.cells import show_path
from howdeep.data.prepare import make_task
from howdeep.data.read import read_table
from howdeep.data.table import Table
from howdeep.data.task import Task
from howdeep.route.options import BY_NAME, Options

# What describes a table, and what a file of one; a built-in set knows these things of itself.
TABLE_ONLY = ("target", "test", "kind", "metric", "types", "allow_leak", "merge_rare")
READING = ("sep", "names", "header", "encoding", "decimal", "inf", "quotes")


def task_of(options: Options) -> Task:
    """The task that `options.data` names: a file if there is one of that name, else a built-in set.

    Raises:
        InputError: whatever is wrong with the file, its columns or the options.
    """
    if not options.data:
        known = ", ".join(builtin.names())
        raise ConfigError("no data were named", f"give a file, or a built-in set: {known}")
    if is_builtin(options.data):
        refuse(options, (*TABLE_ONLY, *READING), f"the built-in set {options.data} brings its own")
        return builtin.task(options.data, options.seed)
    if not os.path.lexists(options.data) and not {".", "/"} & set(options.data):
        known = ", ".join(builtin.names())
        raise ConfigError(
            f"{show_path(options.data)} is neither a file nor a built-in set",
            f"check the path; built in are {known}",
        )
    test = read(options, options.test) if options.test else None
    return table_task(read(options, options.data), options, test)


def default_out(data: str) -> str:
    """Where a study of `data` goes unless told: beside the caller, named after the data.

    >>> default_out("tables/churn.csv")
    'churn.study'
    """
    return f"{Path(data).stem}.study"


def refuse(options: Options, names: Iterable[str], why: str) -> None:
    """Options that would be without effect are refused, not ignored."""
    said = [BY_NAME[name].flag for name in names if name in options.given]
    if said:
        raise ConfigError(f"{', '.join(said)}: {why}", "leave it out")


def is_builtin(data: str) -> bool:
    """Whether `data` names a built-in set; a file of that name comes first."""
    return data in builtin.names() and not os.path.lexists(data)


def table_task(
    table: Table, options: Options, test: Table | None = None, target: str | None = None
) -> Task:
    """The task of a table that was read, or that came from arrays or frames."""
    return make_task(
        table,
        target or options.target,
        kind=options.kind,
        metric=options.metric,
        types=dict(options.types),
        test=test,
        seed=options.seed,
        allow_leak=options.allow_leak,
        merge_rare=options.merge_rare,
    )


def read(options: Options, path: str) -> Table:
    """A table file, read as the options say."""
    return read_table(
        path,
        sep=options.sep,
        header=options.header,
        names=options.names,
        encoding=options.encoding,
        decimal=options.decimal,
        inf=options.inf,
        quotes=options.quotes,
    )
