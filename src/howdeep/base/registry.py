"""Things of one kind, found by name: the files of a folder, and what other packages bring.

A folder is a registry: each of its files whose name does not begin with `_` holds one thing, under
the same attribute in all of them. Another package adds a thing without touching the folder, by an
entry point (https://packaging.python.org/specifications/entry-points/) of the registry's group:

    [project.entry-points."howdeep.executors"]
    cluster = "cluster_for_howdeep:make"

Nothing is imported to list the names, and only the file or package that is asked for is imported to
get a thing: one that is broken is told of when its name is asked for, and the others go on.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from howdeep.base.errors import ConfigError
from howdeep.base.words import nearest

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """Where the things of one kind are found.

    `kind`: what one is, in a word, for errors. `folder`: the dotted name of the package whose files
    are the built-in ones; `folders`: its sub-folders are, too. `attribute`: what such a file holds
    the thing as. `group`: of the entry points of other packages, which name their object
    themselves. `fits`: whether an object is such a thing at all.
    """

    kind: str
    folder: str
    attribute: str
    group: str
    fits: Callable[[object], bool]
    folders: bool = False


@dataclass(frozen=True)
class Brought:
    """A thing that another package registers, not loaded yet."""

    package: str
    point: EntryPoint


def names(registry: Registry[T]) -> tuple[str, ...]:
    """All names there are, sorted: built in, and brought by other packages."""
    found, _ = _brought(registry)
    return tuple(sorted({*_built_in(registry), *found}))


def every(registry: Registry[T]) -> tuple[dict[str, T], dict[str, str]]:
    """All things that can be loaded by name, and of the others what is wrong with them.

    For what has to know the things to list them (their order, their kind): one broken package is
    told of, and the others go on.
    """
    found: dict[str, T] = {}
    lost: dict[str, str] = {}
    for name in names(registry):
        try:
            found[name] = get(registry, name)
        except ConfigError as error:
            lost[name] = error.what
    return found, lost


def get(registry: Registry[T], name: str) -> T:
    """The thing of this name. A name of a built-in thing can be taken by no package.

    Raises:
        ConfigError: there is no such name (the nearest are named first); two packages bring it; or
            the package that brings it cannot be loaded, which is then named.
    """
    if name in _built_in(registry):
        place = f"{registry.folder}.{name}"
        file = importlib.import_module(place)
        return _checked(registry, getattr(file, registry.attribute, None), place)
    found, unreadable = _brought(registry)
    if name not in found:
        raise ConfigError(
            f"{registry.kind} {name[:80]!r}: there is none"
            + "".join(f"; what {package} registers cannot be read" for package in unreadable),
            f"one of {', '.join(_nearest_first(name, {*_built_in(registry), *found}))}",
        )
    if len(found[name]) > 1:
        packages = " and ".join(one.package for one in found[name])
        raise ConfigError(
            f"{registry.kind} {name!r}: {packages} both bring one of this name",
            "uninstall one of them",
        )
    return _loaded(registry, name, found[name][0])


def _built_in(registry: Registry[T]) -> list[str]:
    path = importlib.import_module(registry.folder).__path__
    return [
        module.name
        for module in pkgutil.iter_modules(path)
        if not module.name.startswith("_") and (registry.folders or not module.ispkg)
    ]


def _nearest_first(name: str, known: set[str]) -> list[str]:
    return nearest(name, known, len(known))


def _brought(registry: Registry[T]) -> tuple[dict[str, list[Brought]], list[str]]:
    """What other packages register by name, and the packages where that cannot be told."""
    every, unreadable = _registered(tuple((place, _changed(place)) for place in sys.path))
    found: dict[str, list[Brought]] = {}
    for one in every.get(registry.group, ()):
        found.setdefault(one.point.name, []).append(one)
    return found, unreadable


def _changed(place: str) -> int:
    """When a folder on the path last got or lost a package; 0 where it is no folder."""
    try:
        return os.stat(place or ".").st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)  # every command asks for several groups, and reading all packages takes time
def _registered(_where: tuple[tuple[str, int], ...]) -> tuple[dict[str, list[Brought]], list[str]]:
    """All entry points by group, and the packages whose file of them cannot be read.

    `importlib.metadata.entry_points` does the same, but one package's damaged file ends it.
    """
    found: dict[str, list[Brought]] = {}
    unreadable = []
    for package, distribution in _packages():
        try:
            points = list(distribution.entry_points)
        except Exception:  # whatever the file holds instead
            unreadable.append(package)
            continue
        for point in points:
            found.setdefault(point.group, []).append(Brought(package, point))
    return found, unreadable


def _packages() -> Iterator[tuple[str, Distribution]]:
    """Installed packages as "name version"; of two of one name the first on the path."""
    from importlib.metadata import distributions  # late: it loads much, and few names need it

    seen = set()
    for distribution in distributions():
        try:
            name, version = distribution.metadata["Name"], distribution.version
        except Exception:  # no package, but what is left of one
            continue
        if name and name.lower() not in seen:
            seen.add(name.lower())
            yield f"{name} {version}", distribution


def _loaded(registry: Registry[T], name: str, brought: Brought) -> T:
    place = f"{brought.point.value} of {brought.package}"
    try:
        found = brought.point.load()
    except (Exception, SystemExit) as error:  # it is the package's own code that runs
        raise ConfigError(
            f"{registry.kind} {name!r}: {place} cannot be loaded: {type(error).__name__}: {error}",
            f"update or uninstall {brought.package.split()[0]}; the others are not concerned",
        ) from error
    return _checked(registry, found, place)


def _checked(registry: Registry[T], found: object, place: str) -> T:
    if not registry.fits(found):
        raise ConfigError(
            f"{place} is no {registry.kind}: {found!r}"[:300],
            f"see {registry.folder} for what one is",
        )
    return cast(T, found)
