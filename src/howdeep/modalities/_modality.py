"""`Modality`: what data of one kind are, and the files that deal with them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Alike, Inputs, TaskInfo
from howdeep.base.rules import flag
from howdeep.base.words import show
from howdeep.data.parts import Parting
from howdeep.data.task import RowIndex, Task

Floats = NDArray[np.float32]
Samples = Mapping[str, NDArray[Any]]
Read = Callable[[RowIndex], NDArray[np.floating]]


@dataclass(frozen=True)
class Settings:
    """A known set's own size of study, where the user does not say otherwise; `None`: as usual."""

    depths: tuple[int, ...] | None = None
    width: int | None = None
    max_steps: int | None = None
    epsilon: float | None = None
    max_seeds: int | None = None
    rivals_work: float | None = None  # as `limits.RIVALS_WORK`


@dataclass(frozen=True)
class Defaults:
    """What a study of such data is unless the user says otherwise.

    `families` in the order in which they are shown. `seeds`: most nets of a depth by preset;
    `sure` of them are trained in any case, `sure_in_folds` where there are folds, and more while
    they help and may be paid for (0: all seeds, whatever they show). `looks_in_folds`: the looks
    are those of all folds together. `allowance`: FLOPs, which take about `minutes` on two cores of
    2025; training rows are not capped below `least_rows`. `fewer_val`: where training rows are
    capped, so are those that choose checkpoints; `spared`: what a cap leaves is compared on.
    """

    families: tuple[str, ...]
    seeds: Mapping[str, int]
    sure: int
    sure_in_folds: int
    looks_in_folds: bool
    allowance: float
    minutes: float
    least_rows: int
    fewer_val: bool
    spared: bool


@dataclass(frozen=True, eq=False)
class New:
    """New rows to predict: what was read, in the modality's own type; `names` of them, if any."""

    rows: Any
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What every study may be asked for, as far as a modality needs to know.

    `given`: the names of what was said, be it the default.
    """

    data: str | None = None
    target: str | None = None
    test: str | None = None
    metric: str | None = None
    seed: int = 0
    merge_rare: bool = False
    alike_labels: Alike | None = None
    given: frozenset[str] = frozenset()


class Source(Protocol):
    """`source.py`: from what the user named or handed over to a task.

    `options` has the fields of `Asked` and of the modality's own `options`.
    """

    def recognise(self, path: str) -> str:
        """How the file or folder is read, as "a directory, read as images"; empty if it is not.

        Raises:
            ConfigError: it would be read so, and cannot be.
        """

    def takes(self, data: Any) -> bool:
        """Whether data from Python are of this modality."""

    def task(self, options: Any) -> Task:
        """The task of `options.data`, a path. Raises InputError."""

    def task_of(self, data: Any, y: Any, test: Any, options: Any) -> Task:
        """The task of data from Python, with labels `y` (N,) where they stand apart."""

    def sets(self) -> tuple[str, ...]:
        """The sets of this modality that need no file."""

    def set_task(self, name: str, options: Any) -> Task:
        """The task of one of these sets."""

    def settings(self, name: str) -> Settings:
        """The size of study that such a set brings."""

    def said(self, info: TaskInfo) -> Sequence[str]:
        """What names the data on a command line."""

    def is_there(self, path: str) -> bool:
        """Whether the data that a study was begun with are still where they were."""

    def digest(self, path: str) -> str:
        """SHA-256 of what is read there."""


class Encode(Protocol):
    """`encode.py`: from samples to the inputs of nets, fitted on training rows.

    It may have `sketch`, called as `fit`: an `Encoder` of which only the shape need be right.
    """

    Encoder: type[Any]  # a frozen dataclass of plain values

    def others(self, task: Task) -> tuple[str, ...]:
        """Encodings worth trying next to the task's own."""

    def fit(self, task: Task, train: RowIndex, encoding: str = "", /) -> Any:
        """An `Encoder` fitted on the rows `train` alone; `encoding` empty: the task's own."""

    def fit_earlier(self, task: Task, train: RowIndex, encoding: str = "", /) -> Any:
        """As `fit` did before studies stored their encoders."""

    def left_out(self, task: Task, encoders: Sequence[Any], /) -> tuple[tuple[str, str], ...]:
        """What of the samples is not learnt from: (what, a sentence without its full stop)."""

    def align(self, encoders: Sequence[Any], /) -> tuple[Any, ...]:
        """The encoders of all folds made to agree on what each column of the inputs means."""

    def common(self, encoders: Sequence[Any], encoding: str = "", /) -> Inputs:
        """The inputs that nets of all folds share."""

    def blocks(self, encoders: Sequence[Any], /) -> tuple[tuple[int, ...], ...]:
        """Of each feature the numbers of its columns of these inputs, for nets of tokens."""

    def transform(self, encoder: Any, samples: Samples, inputs: Inputs, /) -> Floats:
        """Samples of n rows as inputs (n, inputs.columns), float32, always finite."""

    def lying(self, samples: Samples, /) -> NDArray[np.uint8] | None:
        """Bytes (N, D) that nets take as they lie in the task, each less a shift and divided by a
        spread; None where rows are transformed once and kept."""

    def scaling(self, encoder: Any, /) -> tuple[Floats, Floats]:
        """Shift and spread (D,) of such bytes."""


class Classical(Protocol):
    """`classical.py`: what classical models learn from; a kind of features by its name."""

    KINDS: tuple[str, ...]  # of features

    def reader(self, task: Task, train: RowIndex, kind: str, /) -> tuple[Read, tuple[bool, ...]]:
        """From rows to features (n, D), and which of the columns are categories."""

    def columns(self, task: Task, kind: str, /) -> int:
        """How many columns these features have, for the estimate of work."""

    def missing(self, task: Task, kind: str, /) -> str:
        """Why these features cannot be had, as a clause; empty where they can."""

    def words(self, kind: str, /) -> str:
        """What a model is said to learn from, as "HOG features"; empty: nothing need be said."""

    def suffix(self, kind: str, /) -> str:
        """What a model on these features has behind its name, as "hog"; empty as a rule."""

    def zero(self, task: Task, /) -> str:
        """The kind on which a linear model is what nets of zero blocks are; empty: none."""


class Serve(Protocol):
    """`serve.py`: new rows for a trained net, and the code that is handed over with it."""

    FILES: tuple[ModuleType, ...]  # joined into `net.py` in this order; the last has `encode`
    USAGE: str  # one line: how `net.predict` is called

    def reading(self, task: Task, known: Mapping[str, str], /) -> Any:
        """How new rows are read, as a frozen dataclass; `known`: the study's options."""

    def new(self, path: str, options: Any, task: Task, known: Mapping[str, str], /) -> New:
        """Rows of a file. Raises InputError."""

    def new_of(self, data: Any, task: Task, known: Mapping[str, str], /) -> New:
        """Rows from Python. Raises InputError."""

    def samples(self, rows: Any, task: Task, reading: Any, /) -> tuple[Samples, tuple[str, ...]]:
        """`New.rows` as samples, and what is to be said of them. Raises InputError."""


def _no_smaller(info: TaskInfo) -> Iterable[tuple[Inputs, str]]:
    return ()


@dataclass(frozen=True)
class Modality:
    """Data of one kind.

    `what`: what the data are, as "a table"; `parting`: what a row is called and how rows are put
    into parts; `package`: where its files are, imported when they are needed; `options`:
    dataclasses whose fields carry the rules (`base.rules.Rule`) of options that such data alone
    have. `rank`: those of higher rank are asked first whether data are theirs. `hints`: what stands
    in a note that points to what nobody has said. `smaller`: inputs of data made smaller, the
    largest first, with the option that makes them so. `encodings`: what nets see with each of the
    encodings that `encode.others` may name, in words, the task's own under the empty name.
    """

    name: str
    what: str
    parting: Parting
    defaults: Defaults
    package: str
    options: tuple[type, ...] = ()
    rank: int = 1
    hints: tuple[str, ...] = ()
    smaller: Callable[[TaskInfo], Iterable[tuple[Inputs, str]]] = field(default=_no_smaller)
    encodings: Mapping[str, str] = field(default_factory=dict)

    def sees(self, encoding: str) -> str:
        """What nets see with an encoding, in words; its name where the modality has none for it.

        >>> from howdeep import modalities
        >>> modalities.modality("table").sees("linear")
        'each column by its own mean and deviation'
        >>> modalities.modality("image").sees(""), modalities.modality("image").sees("grey")
        ('the usual encoding', "the encoding 'grey'")
        """
        usual = f"the encoding {show(encoding, 40)}" if encoding else "the usual encoding"
        return self.encodings.get(encoding) or usual

    @property
    def source(self) -> Source:
        return cast(Source, self._file("source"))

    @property
    def encode(self) -> Encode:
        return cast(Encode, self._file("encode"))

    @property
    def classical(self) -> Classical:
        return cast(Classical, self._file("classical"))

    @property
    def serve(self) -> Serve:
        return cast(Serve, self._file("serve"))

    def _file(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.package}.{name}")


def refuse(options: Any, names: Iterable[str], why: str) -> None:
    """Options that would be without effect are refused, not ignored.

    Raises:
        ConfigError: some of them were given.
    """
    said = [flag(name) for name in names if name in options.given]
    if said:
        raise ConfigError(f"{', '.join(said)}: {why}", "leave it out")
