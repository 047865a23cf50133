"""The sections of a report: a file per topic, and the folder is the list of them.

Each file has `PLACES`: on which medium its sections are shown, and after which others there.

    '''How many seeds were trained.'''

    def _section(dossier: Dossier) -> Section:
        return Section("Seeds", (Prose(f"{dossier.verdict.seeds} a depth."),))

    PLACES = (Place("page", 65, _section), Place("terminal", 35, _section))

Files whose name begins with `_` are none. `howdeep.testing.check_section` says what else a section
keeps to.
"""

from __future__ import annotations

import importlib
import pkgutil

from howdeep.base.errors import HowdeepError
from howdeep.base.verdicts import Dossier
from howdeep.report.parts import Place, Section
from howdeep.report.table import Medium


def names() -> tuple[str, ...]:
    """The topics there are: the files of this folder, sorted.

    >>> "ladder" in names()
    True
    """
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def places(medium: Medium) -> tuple[Place, ...]:
    """Where a medium shows a section, first to last.

    Raises:
        HowdeepError: a file without `PLACES`, or two sections of one order.
    """
    found: dict[int, tuple[str, Place]] = {}
    for name in names():
        module = importlib.import_module(f"{__name__}.{name}")
        if not hasattr(module, "PLACES"):
            what = f"report/sections/{name}.py: no PLACES, so that nobody knows where it is shown"
            raise HowdeepError(what, "list a Place for each medium that shows it")
        for place in module.PLACES:
            if place.medium != medium:
                continue
            if place.order in found:
                other = found[place.order][0]
                what = f"sections {other!r} and {name!r}: order {place.order} on the {medium}"
                raise HowdeepError(what, "give one of them a number of its own")
            found[place.order] = (name, place)
    return tuple(found[order][1] for order in sorted(found))


def sections(dossier: Dossier, medium: Medium) -> tuple[Section, ...]:
    """What a medium shows of a dossier, first to last; of a section without parts nothing."""
    return tuple(place.section(dossier) for place in places(medium))
