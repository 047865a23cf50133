"""Measures claims, several at a time, and keeps each as soon as it is there."""

from __future__ import annotations

import resource
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import torch

from howdeep.base.errors import InputError
from howdeep.claims import _kept, _tables, published
from howdeep.claims import get as claim_of
from howdeep.claims._claim import Claim, criterion
from howdeep.claims._kept import Result
from howdeep.claims._lab import Lab, Preset
from howdeep.claims._several import several
from howdeep.claims.published import Published, _published
from howdeep.modalities.image import named

ENDED = "its process was ended from outside, twice: is memory short? --jobs 1 takes the least"
Tell = Callable[[str, "Result | Trouble", int, int], None]


@dataclass(frozen=True)
class Asked:
    """Which claims, how thoroughly, and where to."""

    names: tuple[str, ...]
    folder: Path
    preset: Preset = "quick"
    seed: int = 0
    data_dir: str | None = None
    jobs: int = 1
    again: bool = False
    book: Literal["claims", "published"] = "claims"

    def get(self, name: str) -> Claim | Published:
        """The experiment of this name."""
        return claim_of(name) if self.book == "claims" else published.get(name)

    def criterion(self, name: str) -> str:
        """The hash of what decides it."""
        one = self.get(name)
        return criterion(one) if isinstance(one, Claim) else _published.criterion(one)

    def kept_as(self, name: str) -> str:
        """What its files are called."""
        return name if self.book == "claims" else f"published-{name}"


@dataclass(frozen=True)
class Trouble:
    """A claim without a result: it `waits` for data, or its experiment failed."""

    claim: str
    why: str
    waits: bool = False


def run(asked: Asked, tell: Tell) -> tuple[list[Result], list[Trouble]]:
    """Results of all claims asked for, those that the folder holds among them.

    A claim is measured again where its criterion is another than the one it was measured under,
    and with `again`. `tell` hears of each as it is there.

    Raises:
        StorageError: the folder cannot be used.
    """
    _kept.begin(asked.folder)
    found: list[Result] = []
    troubles: list[Trouble] = []
    todo: list[str] = []
    for name in asked.names:
        have = None if asked.again else known(asked, name)
        if have is not None:
            found.append(have)
            tell(name, have, len(found), len(asked.names))
        else:
            todo.append(name)
    for name, one in _measured(asked, todo):
        if isinstance(one, Result):
            found.append(one)
        else:
            troubles.append(one)
        tell(name, one, len(found) + len(troubles), len(asked.names))
    order = {name: i for i, name in enumerate(asked.names)}
    return sorted(found, key=lambda one: order[one.claim]), troubles


def known(asked: Asked, name: str) -> Result | None:
    """The folder's result of a claim, under the criterion of today."""
    have = _kept.get(asked.folder, asked.kept_as(name), asked.preset, asked.seed)
    if have is None or have.criterion != asked.criterion(name):
        return None
    return replace(have, claim=name)


def _measured(asked: Asked, todo: Sequence[str]) -> Iterator[tuple[str, Result | Trouble]]:
    """Those that may share the machine first, several at a time; then those that may not."""
    crowd = [name for name in todo if not asked.get(name).alone]
    if asked.jobs > 1 and len(crowd) > 1:
        for name, one in several(partial(measure, asked), crowd, asked.jobs):
            yield name, one if one is not None else Trouble(name, ENDED)
    else:
        for name in crowd:
            yield name, measure(asked, name)
    for name in todo:
        if asked.get(name).alone:
            yield name, measure(asked, name)


def measure(asked: Asked, name: str) -> Result | Trouble:
    """One claim, on one thread; its result is kept in the folder."""
    claim = asked.get(name)
    missing = [one for one in claim.needs if not there(one, asked)]
    if missing:
        return Trouble(name, _lacks(claim), True)
    keep = _kept.keeper(asked.folder, asked.kept_as(name), asked.preset)
    lab = Lab(name, asked.preset, False, asked.seed, asked.data_dir, keep)
    before, threads = _seconds(), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        measured = claim.measure(lab)
    except Exception as error:  # one experiment that fails leaves the others
        if isinstance(error, InputError) and claim.needs:  # its folder holds something else
            return Trouble(name, f"{_lacks(claim)} ({error.what})", True)
        place = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(place.filename).name}, line {place.lineno}"
        return Trouble(name, f"{type(error).__name__}: {error} ({at})")
    finally:
        torch.set_num_threads(threads)
    result = Result(
        name,
        asked.preset,
        asked.seed,
        asked.criterion(name),
        version("howdeep"),
        round(_seconds() - before, 2),
        measured,
    )
    _kept.put(asked.folder, replace(result, claim=asked.kept_as(name)))
    _kept.forget(asked.folder, asked.kept_as(name), asked.preset)
    return result


def _lacks(one: Claim | Published) -> str:
    return f"needs {', '.join(one.needs)}: name the folder of its files with --data-dir"


def there(name: str, asked: Asked) -> bool:
    """Can a named set be read without the network?"""
    own = Lab("", data_dir=asked.data_dir).folder_of(name)
    if name in _tables.FILES:
        return _tables.there(name, own)
    folder = own or named.cache_folder() / name
    return folder.is_file() or (folder.is_dir() and any(folder.iterdir()))


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
