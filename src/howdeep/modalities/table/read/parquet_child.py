"""The process that reads one Parquet file: bytes on its input, columns on its output."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from howdeep.base.errors import ConfigError, InputError, LimitError, TableError
from howdeep.base.limits import MAX_CELL_CHARS, MAX_COLUMNS, MAX_TYPED_CELLS
from howdeep.base.words import show
from howdeep.data.cells import EXACT
from howdeep.modalities.table.dates import duration_text
from howdeep.modalities.table.typed import typed

MEMORY = 8 * 1024**3  # of this process, address space and all
MAX_TEXT_BYTES = 1024**3
Cells = tuple[str, bool, bytes]  # name, is it text, JSON or float64


def main() -> None:
    """Answer with one line of JSON, then the columns' bytes."""
    _bound()
    out = sys.stdout.buffer
    try:
        parts = columns_of(sys.stdin.buffer.read())
    except InputError as error:
        said = {"error": type(error).__name__, "what": error.what, "fix": error.fix}
        out.write(json.dumps(said).encode() + b"\n")
        return
    head = {"columns": [(name, text, len(data)) for name, text, data in parts]}
    out.write(json.dumps(head).encode() + b"\n")
    for _, _, data in parts:
        out.write(data)


def _bound() -> None:
    """A limit on memory, where the system has one: what swells ends this process, not the other."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > MEMORY:  # a narrower one, set from outside, stays
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def columns_of(data: bytes) -> list[Cells]:
    """The columns of a Parquet file; what errors say begins after the file's name.

    Raises:
        TableError, LimitError, ConfigError: as `parquet.read_parquet`.
    """
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError:
        what = " is a Parquet file, and pyarrow, which reads them, is not installed"
        raise ConfigError(what, 'pip install "howdeep[parquet]"') from None
    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data))
        rows, fields = file.metadata.num_rows, list(file.schema_arrow)
        _check_size(rows, len(fields))
        texts = [field.name for field in fields if _check_type(field, pyarrow.types)]
        reader = pyarrow.BufferReader(data)
        table = pyarrow.parquet.ParquetFile(reader, read_dictionary=texts).read()
        table.validate(full=True)
        names, found = table.column_names, table.columns
        return [_part(n, c, pyarrow) for n, c in zip(names, found, strict=True)]
    except InputError:
        raise
    except Exception as error:  # pyarrow raises a dozen kinds for damaged files
        what = f" is damaged, encrypted or no Parquet file: {show(error)}"
        raise TableError(what, "write it again, or save it as CSV") from None


def _check_size(rows: int, columns: int) -> None:
    """By the counts of cells: sizes in bytes are those of packed data and say nothing."""
    if columns > MAX_COLUMNS or rows * columns > MAX_TYPED_CELLS:
        raise LimitError(
            f" has {rows:,} rows of {columns:,} columns; the limit is {MAX_TYPED_CELLS:,} cells",
            "give a sample of the rows, or fewer columns",
        )
    if not rows:
        raise TableError(" has 0 rows", "give a file with rows of data")


def _check_type(field: Any, types: Any) -> bool:
    """Whether a column is of text; refuses what is neither that nor numbers nor times."""
    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if types.is_string(kind) or types.is_large_string(kind):
        return True
    plain = (
        types.is_integer,
        types.is_floating,
        types.is_boolean,
        types.is_decimal,
        types.is_timestamp,
        types.is_date,
        types.is_time,
        types.is_duration,
        types.is_null,
    )
    if not any(is_kind(kind) for is_kind in plain):
        what = f", column {show(field.name)}: {show(field.type)} is neither a number nor text"
        raise TableError(what, "turn it into columns of numbers or text, or leave it out")
    return False


def _part(name: str, column: Any, pyarrow: Any) -> Cells:
    """One column as float64 with NaN, or as a JSON list of texts with null."""
    types, kind = pyarrow.types, column.type
    if types.is_dictionary(kind):
        _check_text(name, column, pyarrow)
        column, kind = column.cast(kind.value_type), kind.value_type
    if types.is_floating(kind):
        return name, False, _floats(column, pyarrow)
    if types.is_integer(kind):
        least, most = pyarrow.compute.min_max(column).as_py().values()
        if least is None or max(abs(least), abs(most)) <= EXACT:
            return name, False, _floats(column, pyarrow)
    found = typed(_cells(column, kind, pyarrow))
    if found.dtype == np.float64:
        return name, False, found.tobytes()
    return name, True, json.dumps(found.tolist()).encode()


def _cells(column: Any, kind: Any, pyarrow: Any) -> list[Any]:
    """What is neither text nor floats, as Python has it: decimals, text of times, durations."""
    types = pyarrow.types
    if types.is_duration(kind):
        each = {"s": 1_000_000, "ms": 1_000, "us": 1}.get(kind.unit)
        counts = column.cast(pyarrow.int64()).to_pylist()
        micro = [None if n is None else n * each if each else n // 1_000 for n in counts]
        return [None if n is None else duration_text(n) for n in micro]
    if types.is_boolean(kind) or types.is_decimal(kind):
        values: list[Any] = column.to_pylist()
        return values
    zone = types.is_timestamp(kind) and kind.tz
    if zone:
        column = column.cast(pyarrow.timestamp(kind.unit))  # the same moment, in UTC
    texts = column.cast(pyarrow.string()).to_pylist()
    return [None if text is None else f"{text}Z" for text in texts] if zone else texts


def _floats(column: Any, pyarrow: Any) -> bytes:
    values = column.cast(pyarrow.float64(), safe=False)
    return np.asarray(values.to_numpy(), np.float64).tobytes()


def _check_text(name: str, column: Any, pyarrow: Any) -> None:
    """Refuse text that swells where it is written out, from the lengths in its dictionaries."""
    total = 0
    for chunk in column.chunks:
        lengths = pyarrow.compute.binary_length(chunk.dictionary)
        if (pyarrow.compute.max(lengths).as_py() or 0) > MAX_CELL_CHARS:
            what = f", column {show(name)} has a cell of more than {MAX_CELL_CHARS:,} characters"
            raise LimitError(what, "shorten it, or leave the column out")
        used = pyarrow.compute.sum(lengths.cast(pyarrow.int64()).take(chunk.indices)).as_py()
        total += used or 0
    if total > MAX_TEXT_BYTES:
        what = f", column {show(name)} holds {total:,} bytes of text"
        raise LimitError(what, "give a sample of the rows, or leave the column out")


if __name__ == "__main__":
    main()
