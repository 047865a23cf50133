"""Faults of training, a file each: the sign by which one is known, its cause and its cure.

A rule looks at `Signs`, which are measured once: one pass of some rows, and short trainings of
copies. A graded fault (a gradient that vanishes, units that saturate) has to show twice: in the
signs at the start, and by experiment, as the mended copy has to learn clearly more in the same
steps. What a rule found and how often it is wrong is in docs/doctor.md.

    def _find(signs: Signs) -> Seen | None: ...
    def _cure(patient: Patient, finding: Finding) -> Patient: ...
    FAULT = Fault("name", "Title", 100, _find, "Its cause.", "Its cure.", _cure)

Another package brings one by an entry point of the group "howdeep.faults".
`howdeep.testing.check_fault` says what one keeps to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from howdeep.base import registry
from howdeep.base.registry import Registry
from howdeep.faults._diagnosis import Cured, Diagnosis, examine, lines
from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._kept import Visit
from howdeep.faults._kept import get as kept
from howdeep.faults._kept import plain as plain
from howdeep.faults._kept import put as keep
from howdeep.faults._named import builder, named
from howdeep.faults._page import healthy, section
from howdeep.faults._patient import Patient, of_subject, patient
from howdeep.faults._signs import Signs
from howdeep.faults._study import built_visits as _of_builder
from howdeep.faults._study import kind_of, patients
from howdeep.faults._study import study_visits as _of_study
from howdeep.instruments import Tell
from howdeep.route.options import Options
from howdeep.store.study import Study

__all__ = [
    "Cured", "Diagnosis", "Fault", "Finding", "Patient", "Seen", "Signs", "Visit", "broken",
    "builder", "built_visits", "every", "examine", "get", "healthy", "keep", "kept", "kind_of",
    "lines", "named", "names", "of_subject", "patient", "patients", "plain", "section",
    "study_visits",
]  # fmt: skip
REGISTRY: Registry[Fault] = Registry(
    kind="fault",
    folder=__name__,
    attribute="FAULT",
    group="howdeep.faults",
    fits=lambda found: isinstance(found, Fault),
)


def names() -> tuple[str, ...]:
    """The faults there are, in the order in which they are looked for; without those of another
    package that cannot be loaded (`broken`).

    >>> names()[0], "vanishing" in names()
    ('nan', True)
    """
    found, _ = registry.every(REGISTRY)
    return tuple(sorted(found, key=lambda name: (found[name].order, name)))


def broken() -> tuple[str, ...]:
    """What cannot be loaded and is not looked for, a sentence each."""
    _, lost = registry.every(REGISTRY)
    return tuple(f"the fault {name} is not looked for: {why}" for name, why in lost.items())


def get(name: str) -> Fault:
    """The fault of this name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def every() -> tuple[Fault, ...]:
    """All faults, in the order in which they are looked for."""
    return tuple(get(name) for name in names())


def study_visits(study: Study, options: Options, tell: Tell) -> Iterator[Visit]:
    """Each net of a study, looked at as it starts and as it ended; `tell` hears of progress.

    Raises:
        StudyError: the study is damaged.
    """
    return _of_study(study, options, every(), tell)


def built_visits(
    what: str, options: Options, tell: Tell, notes: Callable[[tuple[str, ...]], None]
) -> Iterator[Visit]:
    """The net of "module:build", or one for each of --depths; `notes` hears of the data.

    Raises:
        InputError: there is no such builder, its net does not fit the data, or no data are named.
    """
    return _of_builder(what, options, every(), tell, notes)
