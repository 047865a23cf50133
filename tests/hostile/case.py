"""One hostile file: what it is, how it is read, and what must happen.

A case says the error it ends in and what that error names, or what a task made of it must hold.
Numbers are those of the list of hostile inputs in docs/reliability.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ACCEPTED = ""


@dataclass(frozen=True)
class Case:
    """One file, the options it is read with, and the outcome it must have."""

    number: int  # in the list of hostile inputs; 0 = not listed
    name: str
    content: bytes | Callable[[Path], None]
    outcome: str = ACCEPTED  # name of an error class, or accepted
    says: tuple[str, ...] = ()  # in the error, or in the notes of an accepted task
    options: Mapping[str, object] = field(default_factory=dict)
    holds: Mapping[str, object] = field(default_factory=dict)  # of an accepted task; see `measured`
    suffix: str = ".csv"
    at_door: str = ""  # the outcome of the command line, where it takes the file for another kind

    def __str__(self) -> str:
        return f"{self.number}-{self.name}"

    def write(self, folder: Path) -> Path:
        """Write the file and return its path."""
        path = folder / f"{self}{self.suffix}"
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


def write_all(cases: Iterable[Case]) -> None:
    """Write the corpus into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        print(case.write(folder))
