"""The hostile corpus of Parquet files: `python parquets.py FOLDER` makes it."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from case import Case, write_all
from make import HONEST
from plain_table import ROWS, columns


def packed(table: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), out, **options)
    return out.getvalue()


def honest(**changed: Any) -> Any:
    """The honest table with its types; columns added or replaced, y the last."""
    cols = columns()
    kept: dict[str, Any] = {name: [float(v) for v in cols[name]] for name in "ab"}
    return pa.table(kept | {"c": cols["c"]} | changed | {"y": changed.get("y", cols["y"])})


def repeated(*values: object) -> list[object]:
    return [values[i % len(values)] for i in range(ROWS)]


PLAIN = packed(honest(), compression="none")
HALF = len(PLAIN) // 2
LETTERS = pa.schema([pa.field("c", pa.string(), nullable=False), pa.field("y", pa.string())])
CODED = packed(
    pa.table({"c": ["a", "b", "c"] * 400, "y": ["up", "down"] * 600}, schema=LETTERS),
    compression="none",
    use_dictionary=["c"],
)
INDICES = b"\x24\x49\x92"  # 0, 1, 2, 0, ... of two bits each
WORDS = pa.DictionaryArray.from_arrays(
    pa.array(np.zeros(20_000, np.int8)), pa.array(["x" * 100_000])
)
MAD = {"pandas": b"\x80\x04." * 50, "ARROW:extension:name": b"os.system"}
NESTED = {
    "list": pa.array(repeated([1], [2])),
    "struct": pa.array(repeated({"k": 1}, {"k": 2})),
    "map": pa.array(repeated([("k", 1)], []), pa.map_(pa.string(), pa.int64())),
    "binary": pa.array(repeated(b"x", b"y")),
    "duration": pa.array(repeated(datetime.timedelta(1), None)),
}
ZONE = datetime.timezone(datetime.timedelta(hours=2))
NAMED = {
    "money": pa.array(repeated(Decimal("1.10"), None, Decimal("2.00"))),
    "when": pa.array(repeated(*(datetime.datetime(2020, 1, d, 3, tzinfo=ZONE) for d in (2, 3)))),
}


def parquet(number: int, name: str, content: bytes, *outcome: str, **more: Any) -> Case:
    """`outcome`: the error's name, then what it says."""
    first = outcome[0] if outcome else ""
    return Case(number, name, content, first, outcome[1:], suffix=".parquet", **more)


CASES: tuple[Case, ...] = (
    parquet(0, "parquet", PLAIN, holds=HONEST),
    parquet(0, "parquet-no-rows", packed(honest().slice(0, 0)), "TableError"),
    parquet(44, "parquet-magic-alone", b"PAR1", "TableError"),
    parquet(44, "parquet-no-footer", b"PAR1....PAR1", "TableError"),
    parquet(44, "parquet-cut", PLAIN[:-9], "TableError"),
    parquet(44, "parquet-cut-early", PLAIN[:200], "TableError"),
    parquet(44, "parquet-long-footer", PLAIN[:-8] + b"\xff\xff\xff\x7fPAR1", "TableError"),
    parquet(44, "parquet-hole", PLAIN[:HALF] + bytes(50) + PLAIN[HALF + 50 :], "TableError"),
    parquet(
        45,
        "parquet-bomb",
        packed({"a": np.zeros(50_000_000, np.int8)}, compression="zstd"),
        "LimitError",
        "50,000,000 rows",
    ),
    parquet(45, "parquet-long-words", packed({"s": WORDS}), "LimitError", "bytes of text"),
    parquet(
        45,
        "parquet-long-cell",
        packed({"s": ["x" * 1_000_001]}),
        "LimitError",
        "1,000,000 characters",
    ),
    *(
        parquet(46, f"parquet-{name}", packed(honest(odd=odd)), "TableError", "column 'odd'")
        for name, odd in NESTED.items()
    ),
    parquet(
        46,
        "parquet-decimals-and-times",
        packed(honest(**NAMED)),
        holds=HONEST
        | {
            "numbers": ("a", "b", "money"),
            "categories": ("c", "when"),
        },
    ),
    parquet(
        47, "parquet-mad-metadata", packed(honest().replace_schema_metadata(MAD)), holds=HONEST
    ),
    parquet(48, "parquet-encrypted", b"PARE" + PLAIN[4:-4] + b"PARE", "TableError"),
    parquet(49, "parquet-indices", CODED.replace(INDICES, b"\xff\xff\xff"), "TableError"),
    parquet(
        5,
        "parquet-names-twice",
        packed(pa.table([[1.0] * ROWS, [2.0] * ROWS, columns()["y"]], names=["a", "a", "y"])),
        "TableError",
        "'a'",
    ),
)
assert CODED.count(INDICES) > 50


if __name__ == "__main__":
    write_all(CASES)
