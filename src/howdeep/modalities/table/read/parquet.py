"""Parquet tables, by pyarrow, in a process of its own: a crash of its C++ code is an error here.

The child (`parquet_child`) gets the file's bytes on its input and answers on its output with names,
numbers as float64 and texts as JSON; nothing is pickled.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from howdeep.base import errors
from howdeep.base.errors import ConfigError, InputError, TableError
from howdeep.base.words import show_path
from howdeep.data.read.files import read_bytes
from howdeep.modalities.table.read.clean import Inf
from howdeep.modalities.table.read.names import check_names
from howdeep.modalities.table.table import Table

MAGIC = (b"PAR1", b"PARE")  # plain, and with an encrypted footer
SECONDS = 120
CHILD = "howdeep.modalities.table.read.parquet_child"


def is_parquet(path: str | os.PathLike[str]) -> bool:
    """Whether a regular file begins as Parquet files do."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(4) in MAGIC
    except OSError:
        return False


def read_parquet(path: str | os.PathLike[str], *, inf: Inf | None = None, **text: object) -> Table:
    """A Parquet file as a table; types are kept; dates, times and durations are text.

    `text`: options of text tables, which must be None.

    Raises:
        TableError: damaged, encrypted, with columns of lists or other nested or binary values.
        LimitError: too many cells, from the file's own counts, before anything is decoded.
        ConfigError: pyarrow is not installed, or options of text tables.
    """
    shown = show_path(os.fspath(path))
    given = [f"--{name}" for name, value in text.items() if value is not None]
    if given:
        raise ConfigError(f"{', '.join(given)}: {shown} is a Parquet file", "leave it out")
    data, sha256 = read_bytes(path, formats=False)
    from howdeep.modalities.table.frames import to_table  # late: it needs the names of this package

    names, columns = _answer(data, shown)
    check_names(names, shown)
    table = to_table(columns, inf=inf, name="/".join(Path(path).parts[-2:]))
    return dataclasses.replace(table, path=os.fspath(path), sha256=sha256, typed=True)


def _answer(data: bytes, shown: str) -> tuple[list[str], Mapping[str, Any]]:
    command = [sys.executable, "-P", "-m", CHILD]  # -P: no modules of the current folder
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        what = f"{shown} was not read within {SECONDS} seconds"
        raise TableError(what, "save it as CSV") from None
    head, _, body = done.stdout.partition(b"\n")
    try:
        answer = json.loads(head)
    except ValueError:
        what = f"{shown} is damaged: reading it ended with code {done.returncode}"
        raise TableError(what, "write it again") from None
    if "error" in answer:
        kind: type[InputError] = getattr(errors, answer["error"])
        raise kind(f"{shown}{answer['what']}", answer["fix"])
    columns: dict[str, Any] = {}
    for name, is_text, size in answer["columns"]:
        part, body = body[:size], body[size:]
        columns[name] = json.loads(part) if is_text else np.frombuffer(part, np.float64)
    return [name for name, _, _ in answer["columns"]], columns
