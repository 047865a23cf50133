"""`howdeep doctor` as it is called, and nets of one's own that it is called with."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

import howdeep
from howdeep import cli

BUILD = """
from torch import nn

def deep(columns, outputs):
    parts, inside = [], columns
    for _ in range(20):
        parts += [nn.Linear(inside, 32), nn.Sigmoid()]
        inside = 32
    return nn.Sequential(*parts, nn.Linear(32, outputs))

def sound(columns, outputs):
    return nn.Sequential(nn.Linear(columns, 32), nn.ReLU(), nn.Linear(32, outputs))

def images(channels, outputs):
    return nn.Sequential(nn.Conv2d(channels, 8, 3, 2), nn.ReLU(), nn.Flatten(),
                         nn.LazyLinear(outputs))

def three(a, b, c):
    return None

def text():
    return "net"

def broken():
    raise KeyError("oh")

def leaves():
    raise SystemExit(3)

def wide():
    return nn.Linear(7, 2)

def one(columns, outputs):
    return nn.Linear(columns, 1)

def by_keyword(columns, outputs, *, depth=3):
    return third(columns, outputs, depth)

def third(columns, outputs, n):
    return nn.Sequential(nn.Linear(columns, 16), *(nn.Linear(16, 16) for _ in range(n)),
                         nn.Linear(16, outputs))

def only(blocks):
    return third(28, 2, blocks)

def strange(columns, *, other):
    return None

NOTHING = 7
"""


def called(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["doctor", *words])
    error = done.exception
    if error is not None and not isinstance(error, SystemExit):
        assert isinstance(error, howdeep.HowdeepError), error
        return error.exit_code, f"{error.what} {error.fix}"
    return done.exit_code, " ".join(done.output.split())


def shown(found: str) -> list[dict[str, object]]:
    """What --json prints, whatever stderr says next to it."""
    return json.loads(found[found.index("{") :])["nets"]  # type: ignore[no-any-return]


def files(study: Path) -> dict[str, bytes]:
    """All that looking at a study afterwards leaves alone."""
    kept = [study / "result.json", *(study / "net").iterdir()]
    return {str(one): one.read_bytes() + str(one.stat().st_mtime_ns).encode() for one in kept}
