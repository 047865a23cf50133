"""Readers: a file per format. `read_table` reads tables, `read_images` sets of images."""

from __future__ import annotations

import os
from collections.abc import Sequence

from howdeep.data.read.clean import Decimal, Inf
from howdeep.data.read.csv import read_text_table
from howdeep.data.read.guess import Quotes
from howdeep.data.read.images import read_images, read_unlabelled
from howdeep.data.read.parquet import is_parquet, read_parquet
from howdeep.data.table import Table

__all__ = ["read_images", "read_table", "read_unlabelled"]


def read_table(
    path: str | os.PathLike[str],
    *,
    sep: str | None = None,
    header: bool | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    decimal: Decimal | None = None,
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
        decimal=decimal,
        inf=inf,
        quotes=quotes,
    )
