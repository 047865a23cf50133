"""From what the user named or handed over to a task, by the modality whose data they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from howdeep import modalities
from howdeep.base.errors import ConfigError
from howdeep.base.words import show_path
from howdeep.data.read.files import beside
from howdeep.data.task import Task
from howdeep.modalities import Modality, refuse_foreign
from howdeep.route.options import Options


@dataclass(frozen=True, eq=False)
class Handed:
    """Data without a name: rows or images, `y` (N,) where it stands apart, and test rows alike."""

    data: Any
    y: Any = None
    test: Any = None


def task_of(options: Options) -> Task:
    """The task that `options.data` names: what there is of that name on disk, else a known set.

    Raises:
        InputError: whatever is wrong with the files, their content or the options.
    """
    name = options.data
    if not name:
        raise ConfigError("no data were named", f"give a file or a folder, or say one of {known()}")
    if own := brings(name):
        refuse_foreign(options, own, f"{name} is a known set ({own.what})")
        return own.source.set_task(name, options)
    if name == "-" and not os.path.lexists(name):
        raise ConfigError("-: a study reads its file again later, and so no pipe", "give a file")
    if not os.path.lexists(name) and not {".", "/"} & set(name):
        raise ConfigError(
            f"{show_path(name)} is neither a file nor a folder nor a known set",
            f"check the path{beside(name)}; the sets are {known()}",
        )
    own, how = _recognised(name)
    refuse_foreign(options, own, f"{show_path(name)} is {how}")
    return own.source.task(options)


def handed_task(handed: Handed, options: Options) -> Task:
    """The task of what Python handed over, read as the options say.

    Raises:
        InputError: whatever is wrong with it, or with the options.
    """
    own = next(one for one in modalities.every() if one.source.takes(handed.data))
    refuse_foreign(options, own, f"the data are {own.what}")
    return own.source.task_of(handed.data, handed.y, handed.test, options)


def known() -> str:
    """The sets that need no file."""
    return ", ".join(name for own in reversed(modalities.every()) for name in own.source.sets())


def brings(name: str) -> Modality | None:
    """The modality that knows a set of this name; what is on disk under it comes first."""
    if os.path.lexists(name):
        return None
    return next((own for own in modalities.every() if name in own.source.sets()), None)


def _recognised(path: str) -> tuple[Modality, str]:
    """Whose data a file or folder holds, and how it is read."""
    for own in modalities.every():
        if how := own.source.recognise(path):
            return own, how
    raise ConfigError(f"{show_path(path)} holds no data that are known", "give another file")


def default_out(data: str) -> str:
    """Where a study of `data` goes unless told: next to the caller, named after the data.

    >>> default_out("tables/churn.csv"), default_out("flowers.tar.gz"), default_out("photos/")
    ('churn.study', 'flowers.study', 'photos.study')
    """
    name = Path(os.path.abspath(data)).name
    return f"{Path(name.removesuffix('.gz')).stem}.study"
