"""The bytes of a text table, also where gzip packs them (`.csv.gz`)."""

from __future__ import annotations

import io
import os

from howdeep.base.errors import LimitError, TableError
from howdeep.base.limits import MAX_FILE_BYTES
from howdeep.base.words import show_path
from howdeep.data.read.files import check_signature, read_bytes
from howdeep.data.read.inflate import MAGIC, Inflated

AT_ONCE = 1 << 20
TAR = slice(257, 262)  # where a tar file says that it is one


def unpacked(path: str | os.PathLike[str]) -> tuple[bytes, str, tuple[str, ...]]:
    """The table's bytes, the SHA-256 of the file, and a note where it was unpacked.

    Raises:
        TableError, UnsafeFile: as `read_bytes`, also of what is inside.
        ArchiveError: a damaged gzip file.
        LimitError: it swells to more than archives may.
    """
    data, sha256 = read_bytes(path, formats=False)
    shown = show_path(os.fspath(path))
    if not data.startswith(MAGIC):
        check_signature(data, shown)
        return data, sha256, ()
    data = _inflated(data, shown)
    inside = f"what {shown} packs"
    if data[TAR] == b"ustar":
        raise TableError(f"{inside} is a tar archive, not a text table", "unpack it: tar -xzf FILE")
    if data.startswith((MAGIC, b"PAR1")):
        raise TableError(f"{inside} is packed again, or Parquet", "unpack it: gunzip FILE")
    if not data or data.isspace():
        raise TableError(f"{inside} is empty", "give a file with a header line and rows")
    check_signature(data, inside)
    return data, sha256, ("The file is packed by gzip; what is inside was read.",)


def _inflated(data: bytes, shown: str) -> bytes:
    stream, size = Inflated(io.BytesIO(data), shown), 0
    parts: list[bytes] = []
    while part := stream.read(AT_ONCE):
        parts.append(part)
        size += len(part)
        if size > MAX_FILE_BYTES:
            raise LimitError(
                f"{shown} holds more than {MAX_FILE_BYTES:,} bytes", "give a sample of the data"
            )
    return b"".join(parts)
