"""gzip, read as far as asked and no further; what swells too much is refused while it does."""

from __future__ import annotations

import gzip
import zlib
from typing import BinaryIO

from howdeep.base.errors import ArchiveError, LimitError
from howdeep.base.limits import MAX_RATIO, RATIO_SLACK

MAGIC = b"\x1f\x8b"


class Inflated:
    """The bytes inside a gzip file, forwards only, with a count of what came out.

    `allow(n)`: at most n bytes more may be read before the next call; None lifts that.
    """

    def __init__(self, raw: BinaryIO, shown: str) -> None:
        self._raw, self._shown = raw, shown
        self._inside = gzip.GzipFile(fileobj=raw)
        self._out = 0
        self._allowed: int | None = None

    def allow(self, size: int | None) -> None:
        self._allowed = size

    def read(self, size: int) -> bytes:
        """At most `size` bytes.

        Raises:
            ArchiveError: no gzip, damaged, or cut off.
            LimitError: more than a hundred bytes for each that is stored, or more than allowed.
        """
        try:
            data = self._inside.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveError(
                f"{self._shown} is no whole gzip file: {error}", "download or pack it again"
            ) from None
        self._out += len(data)
        if self._out > RATIO_SLACK + MAX_RATIO * self._raw.tell():
            raise LimitError(
                f"{self._shown} swells to more than {MAX_RATIO} times its size",
                "unpack it yourself if it is what you think",
            )
        if self._allowed is not None:
            self._allowed -= len(data)
            if self._allowed < 0:
                raise LimitError(f"{self._shown} holds a header of no sane size", "pack it again")
        return data
