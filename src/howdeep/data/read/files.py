"""Bytes of a regular file, or a clear refusal: no pipes, devices, pickles or archives."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import BinaryIO

from howdeep.base.errors import LimitError, TableError, UnsafeFile
from howdeep.base.limits import MAX_FILE_BYTES
from howdeep.base.words import show, show_path

LOOKED_AT, ALIKE = 2_000, 0.7  # names beside a path that is none; how much like one meant
PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".dill"}
NO_PICKLES = "howdeep never loads pickles: export the data as CSV"

# First bytes of files that are no text tables, what they are, and the way out.
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"\x1f\x8b", "gzip-compressed", "unpack it first: gunzip FILE"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it, and give the file or folder"),
    (b"Rar!", "a RAR archive", "unpack it, and give the file or folder"),
    (b"BZh", "bzip2-compressed", "unpack it first: bunzip2 FILE"),
    (b"\xfd7zXZ", "xz-compressed", "unpack it first: unxz FILE"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it first: unzstd FILE"),
    (b"\x04\x22\x4d\x18", "lz4-compressed", "unpack it first: unlz4 FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first: 7z x FILE"),
    (b"Rar!\x1a", "a RAR archive", "unpack it first: unrar x FILE"),
    (
        b"ARROW1\0\0",
        "an Arrow or Feather file",
        "pass the frame to the Python API, or save it as CSV",
    ),
    (b"Obj\x01", "an Avro file", "save the table as Parquet or CSV"),
    (b"RDX3\n", "a file of R", "write it with write.csv, or with arrow::write_parquet"),
    (b"$FL2@", "an SPSS file", "save the table as CSV"),
    (b"$FL3@", "an SPSS file", "save the table as CSV"),
    (b"<stata_dta>", "a Stata file", "save the table as CSV: export delimited"),
    (b"MATLAB 5.0", "a MATLAB file", "pass its arrays to the Python API, or save them as CSV"),
    (bytes(12) + b"\xc2\xea\x81\x60", "a SAS file", "save the table as CSV"),
    (b"{\\rtf", "a text document (RTF)", "save the table as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\x93NUMPY", "a numpy array file", "pass the array to the Python API, or save it as CSV"),
    (b"\x89HDF", "an HDF5 file", "save the table as CSV"),
    (b"\x89PNG", "an image", "give a table in text form (CSV, TSV)"),
    (b"\xff\xd8\xff", "an image", "give a table in text form (CSV, TSV)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"%PDF", "a PDF", "give a table in text form (CSV, TSV)"),
    (b"<!doctype html", "a web page", "download the raw file instead of the page that shows it"),
    (b"<html", "a web page", "download the raw file instead of the page that shows it"),
    (b"<?xml", "XML", "save the table as CSV"),
    (b"@relation", "an ARFF file", "save the table as CSV"),
    (b"version https://git-lfs", "a Git LFS pointer", "fetch the file itself: git lfs pull"),
)
JSON = re.compile(rb'\{\s*(?:\}|"(?:[^"\\]|\\.)*"\s*:)|\[\s*(?:\{|\[|"[^"]*"\s*,)')


def read_bytes(
    path: str | os.PathLike[str], formats: bool = True, limit: int = MAX_FILE_BYTES
) -> tuple[bytes, str]:
    """The file's bytes and their SHA-256; `formats`: refuse what is plainly no text table.

    Raises:
        TableError: missing, not a regular file, empty, unreadable, changed while being read, or
            plainly another format.
        LimitError: larger than `limit`, from its size, before anything is read.
        UnsafeFile: a pickle, by name or by content.
    """
    shown = show_path(os.fspath(path))
    with opened(path, limit) as (file, size):
        # One byte more than announced: a file that grows is noticed, never followed.
        data = file.read(size + 1)
        if len(data) != size:
            raise _changed(shown)
    if not data or data.isspace():
        raise TableError(f"{shown} is empty", "give a file with a header line and rows")
    if formats:
        check_signature(data, shown)
    return data, hashlib.sha256(data).hexdigest()


def _regular(path: str | os.PathLike[str], shown: str) -> os.stat_result:
    try:
        found = os.stat(path)
    except ValueError as error:
        raise TableError(f"{shown} is no file name: {error}", "check the path") from None
    except OSError as error:
        raise _unreadable(error, path, shown) from None
    _check_regular(found.st_mode, shown)
    return found


def _check_regular(mode: int, shown: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    raise TableError(f"{shown} is {kind}, not a regular file", "give the path of a file")


def _unreadable(error: OSError, path: str | os.PathLike[str], shown: str) -> TableError:
    if error.errno == errno.ENOENT and os.path.islink(path):
        return TableError(f"{shown} is a link to a file that does not exist", "check the link")
    if error.errno == errno.ENOENT:
        return _missing(os.fsdecode(path), shown)
    if error.errno == errno.ELOOP:
        return TableError(f"{shown} is a link that leads back to itself", "check the link")
    return TableError(f"{shown} cannot be read: {error.strerror}", "check the path and its rights")


def _missing(path: str, shown: str) -> TableError:
    """What was meant by a path that is none."""
    if re.match("[A-Za-z][A-Za-z0-9+.-]+://", path):
        what = f"{shown} is an address, and files are read from this machine only"
        return TableError(what, "download it, and give the path of the file")
    if re.search(r"[*?]|\[.+\]", path):
        what = f"{shown} does not exist: it looks like a pattern, and one file is read"
        return TableError(what, "give the path of one file")
    return TableError(f"{shown} does not exist", f"check the path{beside(path)}")


def beside(path: str) -> str:
    """What lies where a path that is none points, under a name much like its own, as a question."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as found:
            names = sorted(entry.name for entry in itertools.islice(found, LOOKED_AT))
    except OSError:
        return f": there is no folder {show(folder)}" if folder else ""
    close = get_close_matches(name.casefold()[:80], [n.casefold()[:80] for n in names], 1, ALIKE)
    same = next((n for n in names if close and n.casefold()[:80] == close[0]), "")
    return f": is {show(os.path.join(folder, same))} meant?" if same else ""


@contextmanager
def opened(
    path: str | os.PathLike[str], limit: int = MAX_FILE_BYTES
) -> Iterator[tuple[BinaryIO, int]]:
    """The file, open for reading, and its size; that it stayed the same is checked at the end.

    Raises:
        TableError, LimitError, UnsafeFile: as `read_bytes`.
    """
    shown = show_path(os.fspath(path))
    before = _regular(path, shown)
    if os.path.splitext(path)[1].lower() in PICKLE_SUFFIXES:
        raise UnsafeFile(f"{shown} is a pickle by its name", NO_PICKLES)
    if before.st_size > limit:
        raise LimitError(
            f"{shown} has {before.st_size:,} bytes; the limit is {limit:,}",
            "give a sample of the data",
        )
    # O_NONBLOCK so that a file swapped for a pipe meanwhile cannot hang us.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            _check_regular(os.fstat(file.fileno()).st_mode, shown)
            yield file, before.st_size
            after = os.fstat(file.fileno())
    except OSError as error:
        raise _unreadable(error, path, shown) from None
    if _identity(after) != _identity(before):
        raise _changed(shown)


def _changed(shown: str) -> TableError:
    return TableError(f"{shown} changed while it was being read", "wait until it is complete")


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def check_signature(data: bytes, shown: str) -> None:
    """Is what these bytes begin with plainly no text table?

    Raises:
        TableError: another format.
        UnsafeFile: a pickle.
    """
    head = data[:4096]
    pickled = head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    if pickled or (head[:4] == b"PK\x03\x04" and (b"data.pkl" in head or b".npy" in head)):
        raise UnsafeFile(f"{shown} holds a pickle or packed arrays, by its first bytes", NO_PICKLES)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:32].lower()
    for signature, kind, fix in SIGNATURES:
        if start.startswith(signature.lower()):
            raise TableError(f"{shown} is {kind}, not a text table", fix)
    if data[257:262] == b"ustar":
        raise TableError(f"{shown} is a tar archive, not a text table", "gzip it, or unpack it")
    if JSON.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        fix = "give its frame to the Python API (pandas.read_json), or save the table as CSV"
        raise TableError(f"{shown} is JSON, not a text table", fix)
