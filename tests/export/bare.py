"""A handed-over net in a process that has neither howdeep nor SciPy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BARE = (
    "import sys, json\n"
    "sys.modules['howdeep'] = sys.modules['scipy'] = None\n"
    "sys.path.insert(0, sys.argv[1])\n"
    "from net import load\n"
)


def bare(folder: Path, code: str, *words: str) -> Any:
    """What `code` prints as JSON with `load` of the net in `folder`; `words` are sys.argv[2:]."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "default::UserWarning",
        "-c",
        BARE + code,
        str(folder),
        *words,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
