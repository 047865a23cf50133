"""The files of a named set from its cache, or from the network: the only place that uses it."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from pathlib import Path

from howdeep.base.errors import ImageError, LimitError
from howdeep.modalities.image.named._set import NamedSet, Remote, cache_folder

TIMEOUT = 30  # seconds without a byte
CHUNK = 1 << 20


def fetched(wanted: NamedSet) -> Path:
    """The folder of the set's files; those that are missing or damaged there are downloaded.

    Raises:
        ImageError: they are not there and cannot be downloaded, or are not what was published.
        LimitError: a file is larger than the set's largest.
    """
    folder = cache_folder() / wanted.name
    for file in wanted.files:
        if not is_published(folder / file.name, file):
            _download(wanted, file, folder)
    return folder


def is_published(path: Path, file: Remote) -> bool:
    """Whether the file is there and has the sum that was published."""
    out = hashlib.sha256()
    try:
        with gzip.open(path) if file.inside else path.open("rb") as stored:
            while part := stored.read(CHUNK):
                out.update(part)
    except (OSError, EOFError, zlib.error):
        return False
    return out.hexdigest() == file.sha256


def _download(wanted: NamedSet, file: Remote, folder: Path) -> None:
    """Fetch into a temporary file, check, and only then give it its name."""
    from http.client import HTTPException
    from urllib.request import urlopen  # late: nothing else may use the network

    url = wanted.url + file.name
    draft = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            urlopen(url, timeout=TIMEOUT) as answer,
            tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as out,
        ):
            draft, size = Path(out.name), 0
            while part := answer.read(CHUNK):
                size += len(part)
                if size > wanted.most:
                    raise LimitError(f"{url} is longer than {wanted.most:,} bytes", _fix(wanted))
                out.write(part)
        if not is_published(draft, file):
            raise ImageError(f"{url} is not the file that was published (SHA-256)", _fix(wanted))
        os.replace(draft, folder / file.name)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ImageError(
            f"{wanted.name}: {file.name} is not in {folder}, and {url} cannot be fetched: {reason}",
            _fix(wanted),
        ) from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def _fix(wanted: NamedSet) -> str:
    names = ", ".join(file.name for file in wanted.files)
    return f"download {names} elsewhere, and name their folder with --data-dir"
