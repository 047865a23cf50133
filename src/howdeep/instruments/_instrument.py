"""`Instrument`: what looks at a trained net, and what it finds: a `Measurement`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from howdeep.instruments._subject import Subject
from howdeep.report.parts import Section

ALL = "all"  # in place of a net's name: what was found about several together
Tell = Callable[[str, int, int], None]  # what is done, how many steps of it, of how many


def _silent(what: str, done: int, of: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Effort:
    """How much a measurement may take, in rows and steps, so that it is the same everywhere.

    `rows`: of a part that are looked at. `draws`: of what is random (directions, untrained copies,
    bootstrap samples count in tens of it). `steps`: of the optimiser, where something is trained.
    `groups`: columns of a study's table whose values are groups that should be treated alike.
    `tell` hears how far a long measurement is.
    """

    rows: int = 512
    draws: int = 10
    steps: int = 200
    groups: tuple[str, ...] = ()
    tell: Tell = field(default=_silent, compare=False)


@dataclass(frozen=True)
class Measurement:
    """What one instrument found about one net; `values` are JSON: numbers, texts, lists, objects.

    `depth`: blocks of the net in a study's ladder, -1 where it has none. `net` is `ALL` in what was
    found about several nets together.
    """

    instrument: str
    net: str
    depth: int
    values: dict[str, Any]


class Measure(Protocol):
    """Looks at one net."""

    def __call__(self, subject: Subject, effort: Effort, /) -> dict[str, Any]:
        """The values of a `Measurement`: the same numbers for the same subject and effort.

        The net, its buffers and the generators of random numbers are left as they were.

        Raises:
            InstrumentError: the net cannot be looked at in this way.
        """


class Together(Protocol):
    """Looks at several nets at once."""

    def __call__(self, subjects: Sequence[Subject], effort: Effort, /) -> dict[str, Any]:
        """The values of a `Measurement` of `ALL`, by the rules of `Measure`.

        Raises:
            InstrumentError: these nets cannot be compared.
        """


@dataclass(frozen=True)
class Instrument:
    """One way of looking at nets.

    `title`: of its section. `order`: of the section on the page among those of instruments.
    `suits(subject)`: "", or why there is nothing to measure, in words that follow "not measured:".
    `section(measurements)`: pictures first, one sentence of meaning each; without parts where
    nothing is to be said. The measurements are those of one study, shallow nets first.
    `missing()`: what is to be installed first, as a fix; "" where nothing is. `clocked`: names of
    values that a clock or another meter of the machine gave: they differ from time to time, and no
    verdict may rest on them. `together`: what is measured of all nets at once, where there are
    two or more.
    """

    name: str
    title: str
    order: int
    measure: Measure
    section: Callable[[tuple[Measurement, ...]], Section]
    suits: Callable[[Subject], str] = lambda subject: ""
    missing: Callable[[], str] = lambda: ""
    clocked: tuple[str, ...] = ()
    together: Together | None = None
