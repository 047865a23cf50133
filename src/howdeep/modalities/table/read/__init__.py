"""Readers of tables: a file per format."""

from __future__ import annotations

import os
from collections.abc import Sequence

from howdeep.modalities.table.read.clean import Inf
from howdeep.modalities.table.read.csv import read_text_table
from howdeep.modalities.table.read.guess import Quotes
from howdeep.modalities.table.read.parquet import is_parquet, read_parquet
from howdeep.modalities.table.table import Table

__all__ = ["read_table"]


def read_table(
    path: str | os.PathLike[str],
    *,
    sep: str | None = None,
    header: bool | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    inf: Inf | None = None,
    quotes: Quotes | None = None,
) -> Table:
    """A table from a text file or, by its first bytes, a Parquet file.

    Raises:
        InputError: as `csv.read_text_table` and `parquet.read_parquet`.
    """
    reader = read_parquet if is_parquet(path) else read_text_table
    return reader(
        path,
        sep=sep,
        header=header,
        names=names,
        encoding=encoding,
        inf=inf,
        quotes=quotes,
    )
