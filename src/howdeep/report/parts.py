"""What a report is made of, as data: sections of tables, texts and pictures.

How a part looks is said once for the page (`parts.html`) and once for terminals (`printed`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from howdeep.base import nouns
from howdeep.base.verdicts import Dossier
from howdeep.report.chart import Chart
from howdeep.report.heat import Heat, Sheet
from howdeep.report.table import Link, Medium, Name, Table

Layout = Literal["block", "column", "folded"]


@dataclass(frozen=True)
class Prose:
    """A paragraph; a `note` explains what stands above it, in smaller letters."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Quoted:
    """Words of somebody else, and whose they are."""

    words: str
    whose: str


@dataclass(frozen=True)
class Badge:
    """A judgement in a word or two, before what it rests on, and where there is more of it."""

    word: str
    text: str
    state: Literal["good", "bad", "open", "none"] = "none"  # its colour
    more: Link | None = None


@dataclass(frozen=True)
class Bullets:
    """Texts in a list, each from the user's data."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Chips:
    """Many short names, each with a word on it, and how many more there are."""

    names: tuple[tuple[str, str], ...]
    more: int = 0


@dataclass(frozen=True)
class Pairs:
    """Labels and what belongs to them; `mono` for digests and versions."""

    rows: tuple[tuple[str, str | Name | Chips | Link], ...]
    mono: bool = False


@dataclass(frozen=True)
class Step:
    """A command and what it does, or, where it does not run, a file to look at."""

    command: str
    does: str = ""
    label: str = ""
    runs: bool = True


@dataclass(frozen=True)
class Steps:
    """Commands, the most useful first."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Picture:
    """A chart, a heat map or a sheet of images; `narrow` replaces it on small screens, under the
    title of its section.
    """

    chart: Chart | Heat | Sheet
    ident: str  # of the page's elements
    caption: str = ""
    narrow: Chart | None = None


@dataclass(frozen=True)
class Gallery:
    """Small pictures next to one another."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Code:
    """Lines of a program, to be copied."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """A net as boxes, from input to head; `title` and `summary` for those who cannot see it."""

    parts: tuple[nouns.Part, ...]
    ident: str  # of the page's elements
    title: str
    summary: str


Element = (
    Badge | Bullets | Code | Drawing | Gallery | Pairs | Picture | Prose | Quoted | Steps | Table
)


@dataclass(frozen=True)
class Section:
    """A title and the parts under it; shown nowhere where there are no parts.

    On the page a "column" stands next to the columns before and after it; "folded" is opened by
    the reader, under the section before it.
    """

    title: str
    parts: tuple[Element, ...]
    layout: Layout = "block"
    name: str = ""  # a word for the page's styles
    ident: str = ""  # of its element on the page, for links


@dataclass(frozen=True)
class Place:
    """Where a section is shown: on which medium, after which of lower order, and what of it."""

    medium: Medium
    order: int
    section: Callable[[Dossier], Section]
