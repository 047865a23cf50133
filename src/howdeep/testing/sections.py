"""`check_section`: what every file of sections keeps to; for one's own as for those that ship."""

from __future__ import annotations

import io
import shlex
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from types import ModuleType

from rich.cells import cell_len
from rich.console import Console

from howdeep.base.verdicts import Dossier
from howdeep.report.page import body
from howdeep.report.parts import Code, Place, Section, Steps
from howdeep.report.printed import show
from howdeep.report.table import MEDIA

WIDTHS = (40, 80, 110)  # of terminals
HOSTILE = "\x1b[31m\u202e\"'><script>{{7*7}}</script>&amp;"
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}  # categories of characters that `clean` escapes


def check_section(module: ModuleType, dossiers: Iterable[Dossier]) -> None:
    """Check a file of sections on `dossiers`; an `AssertionError` says what does not hold.

    The file says in a docstring what it is about, and in `PLACES` on which medium its sections are
    shown and after which others. Each gives a `Section`, the same every time; one with parts has a
    title on the page. Its texts are plain `str`, in which nothing hides: what comes from the user's
    data passes `clean`. Page and terminal can show every part, the terminal within its width. With
    names and notes that would be markup the page has the same elements as with harmless ones.

    >>> from howdeep.report.sections import notes
    >>> check_section(notes, [])
    """
    name = module.__name__.rpartition(".")[2]
    assert (module.__doc__ or "").strip(), f"section {name}: no docstring says what it is about"
    _check_places(name, getattr(module, "PLACES", ()))
    for dossier in dossiers:
        for place in module.PLACES:
            at = f"section {name} on the {place.medium}, {dossier.verdict.status}"
            section = place.section(dossier)
            check_parts(at, section, place.medium == "page")
            assert place.section(dossier) == section, f"{at}: another one at the second call"
            other = place.section(_hostile(dossier))
            check_parts(f"{at}, hostile names", other, place.medium == "page")
            assert _elements(at, other) == _elements(at, section), f"{at}: names become elements"


def _check_places(name: str, places: object) -> None:
    assert isinstance(places, tuple), f"section {name}: PLACES is a tuple"
    assert places, f"section {name}: PLACES says where it is shown; there is none"
    for place in places:
        assert isinstance(place, Place), f"section {name}: {place!r} in PLACES is no Place"
        assert place.medium in MEDIA, f"section {name}: no medium {place.medium!r}"
    found = [(place.medium, place.order) for place in places]
    assert len(set(found)) == len(found), f"section {name}: two of one order on one medium"


def check_parts(at: str, section: object, titled: bool = True) -> None:
    """Check one section as page and terminal show it; `at` says whose it is, for the error."""
    assert isinstance(section, Section), f"{at}: gives {type(section).__name__}, not a Section"
    if titled and section.parts:
        assert section.title.strip(), f"{at}: no title"
    for text in _texts(section):
        assert type(text) is str, f"{at}: {text[:40]!r} is {type(text).__name__}, not plain text"
        hidden = [c for c in text if c != "\n" and unicodedata.category(c) in HIDDEN]
        assert not hidden, f"{at}: {hidden[0]!r} in {text[:40]!r}; pass it through `clean`"
    for width in WIDTHS:
        _check_terminal(at, section, width)


def _texts(value: object) -> Iterator[str]:
    """Every text in a section, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.items()))
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def _check_terminal(at: str, section: Section, width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    for part in section.parts:
        if isinstance(part, Code | Steps):
            continue  # programs and commands are not wrapped, so that they can be copied
        show(part, console, width)
    widest = max((cell_len(line.rstrip()) for line in out.getvalue().splitlines()), default=0)
    assert widest <= width, f"{at}: {widest} columns in a terminal of {width}"


# ---- the page -----------------------------------------------------------------------------------
class _Elements(HTMLParser):
    """Elements with the names of their attributes, in order; ids; and what is still open."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        last = self.open.pop() if self.open else None
        assert last == tag, f"</{tag}> where <{last}> is open"


def _elements(at: str, section: Section) -> list[tuple[str, tuple[str, ...]]]:
    page = _Elements()
    page.feed(body([section]))
    page.close()
    assert not page.open, f"{at}: <{page.open[-1]}> is not closed"
    assert len(set(page.ids)) == len(page.ids), f"{at}: an id twice, of {sorted(page.ids)}"
    return page.found


def _hostile(dossier: Dossier) -> Dossier:
    """The dossier with names and notes that would be markup, or steer a terminal."""
    task = dossier.plan.task
    task = replace(
        task,
        name=HOSTILE,
        target=HOSTILE,
        source=HOSTILE,
        classes=tuple(f"{i}{HOSTILE}" for i, _ in enumerate(task.classes)),
        features=tuple((f"{i}{HOSTILE}", kind) for i, (_, kind) in enumerate(task.features)),
        notes=tuple(HOSTILE for _ in task.notes),
    )
    return replace(
        dossier,
        plan=replace(dossier.plan, task=task),
        verdict=replace(dossier.verdict, notes=tuple(HOSTILE for _ in dossier.verdict.notes)),
        platform=tuple((name, HOSTILE) for name, _ in dossier.platform),
        study=HOSTILE,
        command=shlex.join(["howdeep", "run", HOSTILE]),
    )
