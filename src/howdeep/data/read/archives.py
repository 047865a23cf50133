"""Members of zip and tar archives, read in memory one by one; nothing is ever unpacked to disk.

Names that lead out of the archive, links, devices, encrypted or overlapping members and bombs are
refused: an honest archive of images holds folders and files.
"""

from __future__ import annotations

import re
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from howdeep.base.errors import ArchiveError, HowdeepError, LimitError
from howdeep.base.limits import (
    MAX_IMAGE_FILE_BYTES,
    MAX_MEMBERS,
    MAX_NAME_CHARS,
    MAX_RATIO,
    RATIO_SLACK,
)
from howdeep.base.words import show
from howdeep.data.read.inflate import Inflated

Member = tuple[str, bytes | None]  # path inside, with "/"; None: a folder
ENTRY = b"PK\x01\x02"  # begins each entry of a zip file's directory
BLOCK = 512
HEADERS = 64 * BLOCK  # bytes of tar headers that may stand before one member
AGAIN = "pack the folder again, with plain files and folders only"


def zip_members(file: BinaryIO, shown: str, limit: int = MAX_IMAGE_FILE_BYTES) -> Iterator[Member]:
    """Members of a zip file, each at most `limit` bytes long.

    Raises:
        ArchiveError: damaged, encrypted, packed in an unknown way, or with members that are links,
            overlap, have the same name or lead out of the archive.
        LimitError: too many or too large members, or a bomb.
    """
    _count_entries(file, shown)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, shown)
            for entry in entries:
                _check_entry(entry, shown, limit)
                yield entry.filename.rstrip("/"), _zip_data(archive, entry, shown)
    except HowdeepError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds for damaged files
        raise ArchiveError(f"{shown} is no whole zip file: {show(error)}", AGAIN) from None


def zip_names(file: BinaryIO, shown: str) -> list[str]:
    """Names of the members of a zip file, as they stand.

    Raises:
        ArchiveError, LimitError: damaged, or with too many members.
    """
    _count_entries(file, shown)
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except Exception as error:
        raise ArchiveError(f"{shown} is no whole zip file: {show(error)}", AGAIN) from None


def _count_entries(file: BinaryIO, shown: str) -> None:
    """Refuse too many members before zipfile makes an object of each."""
    count, tail = 0, b""
    file.seek(0)
    while chunk := file.read(1 << 20):
        count += (tail + chunk).count(ENTRY)
        tail = chunk[-len(ENTRY) + 1 :]
        if count > MAX_MEMBERS:
            raise LimitError(_too_many(shown), "unpack it, and give the folder")
    file.seek(0)


def _too_many(shown: str) -> str:
    return f"{shown} has more than {MAX_MEMBERS:,} members"


def _check_entries(entries: list[zipfile.ZipInfo], shown: str) -> None:
    seen: set[str] = set()
    for entry in entries:
        _check_name(entry.orig_filename, seen, shown)
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    for one, other in pairwise(placed):
        if one.header_offset + 30 + one.compress_size > other.header_offset:
            both = f"{show(one.filename, 40)} and {show(other.filename, 40)}"
            raise ArchiveError(f"{shown}: members {both} overlap", AGAIN)
    if sum(e.file_size for e in entries) > RATIO_SLACK + MAX_RATIO * max(
        sum(e.compress_size for e in entries), 1
    ):
        raise LimitError(f"{shown} swells to more than {MAX_RATIO} times its size", AGAIN)


def _check_entry(entry: zipfile.ZipInfo, shown: str, limit: int) -> None:
    where = f"{shown}, member {show(entry.filename)}"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{where} is a link or device", AGAIN)
    if entry.flag_bits & 0x1:
        raise ArchiveError(f"{where} is encrypted", "unpack it, and give the folder")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{where} is packed in an unknown way", "pack it again as a plain zip")
    if entry.file_size > limit:
        raise LimitError(f"{where} has {entry.file_size:,} bytes; the limit is {limit:,}", AGAIN)


def _zip_data(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str) -> bytes | None:
    if entry.is_dir():
        return None
    with archive.open(entry) as inside:
        data = inside.read(entry.file_size + 1)  # never more, whatever is packed
    if len(data) != entry.file_size:
        raise ArchiveError(f"{shown}, member {show(entry.filename)} lies about its size", AGAIN)
    return data


def tar_members(file: BinaryIO, shown: str, limit: int = MAX_IMAGE_FILE_BYTES) -> Iterator[Member]:
    """Members of a gzipped tar file, each at most `limit` bytes long.

    Raises:
        ArchiveError: damaged, or with members that are links or devices, have the same name or
            lead out of the archive.
        LimitError: too many or too large members, or a bomb.
    """
    stream = Inflated(file, shown)
    seen: set[str] = set()
    try:
        stream.allow(HEADERS)
        with tarfile.open(fileobj=stream, mode="r|", bufsize=20 * BLOCK) as archive:  # type: ignore[call-overload]
            while (entry := archive.next()) is not None:
                archive.members = []  # it keeps them all
                name = entry.name.rstrip("/") if entry.isdir() else entry.name
                if name in (".", "") and entry.isdir():
                    continue
                _check_name(entry.name, seen, shown)
                yield name.removeprefix("./"), _tar_data(archive, entry, stream, shown, limit)
                stream.allow(HEADERS)
        stream.allow(None)
        while stream.read(1 << 20):  # to its end, where gzip keeps the sum
            pass
    except HowdeepError:
        raise
    except Exception as error:  # tarfile raises half a dozen kinds for damaged files
        raise ArchiveError(f"{shown} is no whole tar file: {show(error)}", AGAIN) from None


def _tar_data(
    archive: tarfile.TarFile, entry: tarfile.TarInfo, stream: Inflated, shown: str, limit: int
) -> bytes | None:
    where = f"{shown}, member {show(entry.name)}"
    if entry.isdir():
        return None
    if not entry.isreg() or entry.issparse():
        raise ArchiveError(f"{where} is a link or device, not a file", AGAIN)
    if not 0 <= entry.size <= limit:
        raise LimitError(f"{where} has {entry.size:,} bytes; the limit is {limit:,}", AGAIN)
    stream.allow(entry.size + HEADERS)
    inside = archive.extractfile(entry)
    data = inside.read() if inside else b""
    if len(data) != entry.size:
        raise ArchiveError(f"{shown} is cut off at {show(entry.name)}", "download it again")
    return data


def _check_name(name: str, seen: set[str], shown: str) -> None:
    """A plain relative path, told apart from all others also where case does not count."""
    where = f"{shown}, member {show(name)}"
    parts = name.rstrip("/").removeprefix("./").split("/")
    if len(name) > MAX_NAME_CHARS:
        raise LimitError(f"{where}: a name of {len(name):,} characters", AGAIN)
    if "\0" in name or "\\" in name or re.match("[A-Za-z]:", name) or name.startswith("/"):
        raise ArchiveError(f"{where} is no plain relative path", AGAIN)
    if any(part in ("", ".", "..") for part in parts):
        raise ArchiveError(f"{where} leads out of the archive, or has an empty part", AGAIN)
    key = unicodedata.normalize("NFC", "/".join(parts)).casefold()
    if key in seen:
        raise ArchiveError(f"{where} is there twice, or differs from another in case only", AGAIN)
    seen.add(key)
    if len(seen) > MAX_MEMBERS:
        raise LimitError(_too_many(shown), "unpack it, and give the folder")
