"""Every option of every command, as data: one table serves the command line, Python and configs.

Each field of `Options` carries its rule. `parse_options` takes texts (from a command line) and
values (from Python or a config file) alike and answers with one frozen `Options`, or with a
`ConfigError` that names the option and its rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Literal, get_args, get_type_hints

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.base.limits import MAX_BLOCKS, MAX_IMAGE_SIZE, MIN_IMAGE_SIZE, MIN_ROWS
from howdeep.base.nouns import Kind, Precision
from howdeep.data.cells import listed, nearest, show, show_path
from howdeep.route import values
from howdeep.route.config import load_config

Preset = Literal["default", "quick"]
Device = Literal["cpu", "cuda"]
Command = Literal["run", "resume", "report", "predict"]
Words = tuple[str, str]  # help and metavar
IMAGE_SIZES = (MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
RUN: tuple[Command, ...] = ("run",)
READ: tuple[Command, ...] = ("run", "predict")
GO: tuple[Command, ...] = ("run", "resume")
TELL: tuple[Command, ...] = ("run", "resume", "report")


@dataclass(frozen=True)
class Rule:
    """One option: its kind of value (a parser's name in `values`), bounds, choices and help.

    `on`: the commands that have it, and `also` what it is called in one that calls it otherwise.
    `section`: under which heading `howdeep run --help` shows it; `name`: its field.
    """

    type: str
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    metavar: str = ""
    on: tuple[Command, ...] = RUN
    also: tuple[tuple[Command, Words], ...] = ()
    section: str = ""
    name: str = ""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def words(self, command: Command) -> Words:
        """Help and metavar in a command."""
        usual = self.help, self.metavar or "|".join(self.choices)
        return dict(self.also).get(command, usual)


def _choice(help: str, kind: Any, **more: Any) -> Rule:
    return Rule("choice", help, choices=get_args(kind), **more)


# The fields' order is that in which a study records what was said. `None` = guessed from the data,
# or howdeep's own choice.
@dataclass(frozen=True)
class Data:
    """What is to be learnt, and from what."""

    section = "Data"
    data: Annotated[
        str | None,
        Rule("path", "table, images or a named set to learn from", metavar="DATA", on=READ),
    ] = None
    target: Annotated[
        str | None, Rule("name", "column to predict: name, or number (-1 = last)", metavar="COL")
    ] = None
    test: Annotated[
        str | None, Rule("path", "test rows with the same columns, or test images", metavar="FILE")
    ] = None
    kind: Annotated[Kind | None, _choice("classes or numbers to predict", Kind)] = None
    metric: Annotated[
        str | None, Rule("choice", "what nets are scored by", choices=metrics.names())
    ] = None


@dataclass(frozen=True)
class Reading:
    """How a table's file is read."""

    section = "Reading a table"
    sep: Annotated[
        str | None,
        Rule(
            "separator",
            "separator: comma, semicolon, tab, pipe or a character",
            metavar="S",
            on=READ,
        ),
    ] = None
    names: Annotated[
        tuple[str, ...] | None,
        Rule("names", "column names: a,b,c or a file of names", metavar="A,B|FILE", on=READ),
    ] = None
    header: Annotated[
        bool | None, Rule("flag", "whether the first line holds the column names", on=READ)
    ] = None
    encoding: Annotated[
        str | None,
        Rule("encoding", "text encoding of the file, as cp1252", metavar="NAME", on=READ),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None, _choice("decimal sign", Literal[".", ","], on=READ)
    ] = None
    inf: Annotated[
        Literal["missing"] | None,
        _choice("what to take infinite numbers as", Literal["missing"], on=READ),
    ] = None
    quotes: Annotated[
        Literal["double", "none"] | None,
        _choice("what quotation marks mean", Literal["double", "none"], on=READ),
    ] = None


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are."""

    section = "Data"
    types: Annotated[
        tuple[tuple[str, str], ...],
        Rule("types", "COL=number|category|drop, ...", metavar="COL=KIND"),
    ] = ()
    weights: Annotated[
        values.Side, Rule("side", "column of how much each row counts", metavar="COL")
    ] = None
    groups: Annotated[
        values.Side,
        Rule("side", "column of what rows belong to: kept in one part", metavar="COL"),
    ] = None
    time: Annotated[
        values.Side,
        Rule("side", "column of times: later rows are compared and tested", metavar="COL"),
    ] = None


@dataclass(frozen=True)
class Planning:
    """What is trained and how it is compared."""

    section = "Nets and their comparison"
    family: Annotated[
        tuple[str, ...] | None, Rule("families", "auto, or family names", metavar="NAME,...")
    ] = None  # auto
    depths: Annotated[
        tuple[int, ...] | None,
        Rule("integers", "blocks to try, as 0,1,2,4", 0, MAX_BLOCKS, metavar="N,..."),
    ] = None
    epsilon: Annotated[
        float | None, Rule("number", "difference that does not matter", 1e-6, 0.5, metavar="E")
    ] = None
    confidence: Annotated[
        float, Rule("number", "confidence of the verdict", 0.5, 0.9999, metavar="P")
    ] = 0.95
    max_seeds: Annotated[
        int | None, Rule("integer", "most nets per depth", 2, 1_000, metavar="N")
    ] = None  # by the preset and the data
    max_steps: Annotated[
        int | None, Rule("integer", "most training steps of a net", 100, 1_000_000, metavar="N")
    ] = None  # by the rows
    preset: Annotated[Preset, _choice("quick: fewer seeds", Preset)] = "default"
    seed: Annotated[
        int, Rule("integer", "seed of everything random", 0, 2**63 - 1, metavar="N")
    ] = 0
    rows: Annotated[
        int | Literal["all"] | None,
        Rule("rows", "training rows to use: all, or a number", MIN_ROWS, 10**9, metavar="N"),
    ] = None  # what the allowance gives
    rivals: Annotated[
        tuple[str, ...] | None,
        Rule("rivals", "classical models beside the nets: all, none or names", metavar="A,B"),
    ] = None  # all there are
    precision: Annotated[Precision, _choice("of products in training", Precision)] = "fp32"


@dataclass(frozen=True)
class Leniency:
    """What odd data are let in, and what is done with images."""

    section = "Odd data, and images"
    allow_leak: Annotated[bool, Rule("flag", "keep columns that give the target away")] = False
    merge_rare: Annotated[bool, Rule("flag", "merge classes of fewer than five different rows")] = (
        False
    )
    image_size: Annotated[
        int | None, Rule("integer", "scale images to N x N pixels", *IMAGE_SIZES, metavar="N")
    ] = None  # as they are, or guessed where they differ
    skip_unreadable: Annotated[
        bool, Rule("flag", "leave out image files that cannot be read", on=READ)
    ] = False
    allow_conflict: Annotated[bool, Rule("flag", "keep equal images with different labels")] = False
    data_dir: Annotated[
        str | None, Rule("path", "folder with the files of a named set", metavar="FOLDER")
    ] = None


@dataclass(frozen=True)
class Running:
    """Where and how it runs: none of it moves an answer, so that no study records it."""

    section = "This run"
    out: Annotated[
        str | None,
        Rule(
            "path",
            "folder of the study to write",
            metavar="STUDY",
            on=READ,
            also=(("predict", ("write the predictions here", "FILE")),),
        ),
    ] = None
    budget: Annotated[
        float | None,  # seconds
        Rule("seconds", "stop between looks after 90s, 10m, 1h", 1, 1e8, metavar="TIME", on=GO),
    ] = None
    jobs: Annotated[
        int | None, Rule("integer", "worker processes", 1, 1_024, metavar="N", on=GO)
    ] = None
    device: Annotated[
        Device | None,
        _choice(
            "what trains the nets",
            Device,
            on=GO,
            also=(("resume", ("its own, unless told", "cpu|cuda")),),
        ),
    ] = None  # the processor; of a study that is there, its own
    quiet: Annotated[bool, Rule("flag", "print the verdict only", on=GO)] = False
    json: Annotated[bool, Rule("flag", "print the result as JSON", on=TELL)] = False
    mixed_platforms: Annotated[
        bool, Rule("flag", "go on with other versions or processors", on=("resume",))
    ] = False


@dataclass(frozen=True)
class Options(Running, Leniency, Planning, Columns, Reading, Data):
    """What the user chose: the parts above as one, in the order from the last to the first."""

    given: frozenset[str] = field(default=frozenset(), compare=False)  # said, be it the default


def _rules() -> tuple[Rule, ...]:
    """The rules that the fields carry, each with its name and heading."""
    parts = [part for part in reversed(Options.__mro__) if part not in (object, Options)]
    found = []
    for part in parts:
        hints = get_type_hints(part, include_extras=True)
        for one in fields(part):  # type: ignore[arg-type]
            (rule,) = hints[one.name].__metadata__
            found.append(replace(rule, name=one.name, section=part.section))  # type: ignore[attr-defined]
    return tuple(found)


RULES = _rules()
BY_NAME = {rule.name: rule for rule in RULES}
# What says where and how to run, not what: it may differ when a study is resumed.
OPERATIONAL = frozenset({"data", "data_dir", *(one.name for one in fields(Running))})


def rules_of(command: Command) -> tuple[Rule, ...]:
    """The rules of one command's options."""
    return tuple(rule for rule in RULES if command in rule.on)


def parse_options(given: Mapping[str, Any], command: Command = "run") -> Options:
    """Check everything given; `None` is the same as absent. "config" names a file of options.

    What is given directly overrides the config file. `no_header` is `header` the other way round.

    >>> parse_options({"depths": "0,1,2", "budget": "10m"}).budget
    600.0

    Raises:
        ConfigError: an option that the command does not have (naming the nearest), or a value
            outside its rule.
    """
    direct = {str(key): value for key, value in given.items() if value is not None}
    config = direct.pop("config", None) if command == "run" else None
    found: dict[str, Any] = {}
    if config is not None:
        path = values.path(BY_NAME["data"], "--config", config)
        found |= _parsed(load_config(path), command, show_path(path) + ": ")
    found |= _parsed(direct, command, "")
    said = frozenset(found)
    _check_metric(found.get("kind"), found.get("metric"))
    return Options(**found, given=said)


def _parsed(given: Mapping[str, Any], command: Command, where: str) -> dict[str, Any]:
    rules = {rule.name: rule for rule in rules_of(command)}
    out: dict[str, Any] = {}
    for key, value in given.items():
        name = key.removeprefix("--").replace("-", "_")
        rule = rules.get(name.removeprefix("no_") if name == "no_header" else name)
        if rule is None:
            known = [*rules, *(["no_header"] if "header" in rules else [])]
            known += [] if where or command != "run" else ["config"]
            raise ConfigError(
                f"{where}there is no option {show(key)}",
                f"the nearest are {listed(nearest(name, known))}",
            )
        if rule.name in out:
            raise ConfigError(f"{where}{rule.flag} is given twice", "give it once")
        label = where + (rule.name if where else rule.flag)
        parsed = getattr(values, rule.type)(rule, label, value)
        out[rule.name] = not parsed if name == "no_header" else parsed
    return out


def _check_metric(kind: Kind | None, metric: str | None) -> None:
    if kind and metric and metric not in metrics.of_kind(kind):
        raise ConfigError(
            f"--metric {metric} does not score {kind}",
            f"say one of {listed(metrics.of_kind(kind))}",
        )


def chosen(options: Options) -> tuple[tuple[str, str], ...]:
    """What was said, as texts."""
    return tuple(
        (rule.name, values.written(getattr(options, rule.name)))
        for rule in RULES
        if rule.name in options.given and getattr(options, rule.name) is not None
    )


def recorded(options: Options) -> tuple[tuple[str, str], ...]:
    """What was said, as texts, for a study's record: whatever may move its answer."""
    return tuple((name, text) for name, text in chosen(options) if name not in OPERATIONAL)
