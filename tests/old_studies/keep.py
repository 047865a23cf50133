"""`python tests/old_studies/keep.py`: keep a small study as this version of howdeep writes it.

The study is kept as text: its SQL, and its blobs in base 85. A kept study is never made again once
a later version is under way; that of the version under way is, whenever its nouns change.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import tiny  # noqa: E402

PRAGMAS = ("application_id", "user_version")


def kept(path: Path) -> dict[str, object]:
    """A study at `path` as text."""
    connection = sqlite3.connect(path / "study.sqlite")
    sql = list(connection.iterdump())
    numbers = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}
    verdict = json.loads(connection.execute("SELECT text FROM verdict").fetchone()[0])
    connection.close()
    files = sorted((path / "blobs").rglob("*.safetensors"))
    blobs = {p.stem: base64.b85encode(zlib.compress(p.read_bytes(), 9)).decode() for p in files}
    return {
        "written_by": version("howdeep"),
        "verdict": {name: verdict[name] for name in ("status", "family", "blocks", "digest")},
        "pragmas": numbers,
        "sql": sql,
        "blobs": blobs,
    }


def rebuild(text: str, path: Path) -> dict[str, object]:
    """The study that `text` keeps, as files under `path`; what it says of itself."""
    found = json.loads(text)
    (path / "blobs").mkdir(parents=True)
    connection = sqlite3.connect(path / "study.sqlite")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript("\n".join(found["sql"]))
    for name in PRAGMAS:
        connection.execute(f"PRAGMA {name} = {int(found['pragmas'][name])}")
    connection.close()
    for sha, packed in found["blobs"].items():
        data = zlib.decompress(base64.b85decode(packed))
        assert hashlib.sha256(data).hexdigest() == sha
        (path / "blobs" / sha[:2]).mkdir(exist_ok=True)
        (path / "blobs" / sha[:2] / f"{sha}.safetensors").write_bytes(data)
    return found


def table(path: Path, rows: int) -> Path:
    """The columns of `tiny.table`, of which the first decides: its study hands over a net."""
    cells = [line.split(",") for line in tiny.table(path, rows).read_text().splitlines()]
    for line in cells[1:]:
        line[-1] = "yes" if float(line[0] or 0.3) > 0 else "no"
    path.write_text("\n".join(",".join(line) for line in cells) + "\n")
    return path


def write() -> None:
    """Train the study in the folder that we are in, so that it holds no path of this machine."""
    from howdeep.base.nouns import RateSearch

    path, data = Path("old.study"), table(Path("old.csv"), rows=60)
    search = RateSearch(1, grid=(-5,), zero_grid=(-5,), lowest=-6, highest=-4)
    small = {"family": ("mlp",), "depths": (0, 1), "max_seeds": 2, "max_steps": 30, "width": 4}
    tiny.begin(path, data, search=search, **small)
    command = [sys.executable, "-m", "howdeep", "resume", str(path), "--jobs", "1", "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write()
        text = json.dumps(kept(Path("old.study")), indent=0, sort_keys=True)
    (HERE / f"{version('howdeep')}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
