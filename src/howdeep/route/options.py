"""Every option of every command, as data: one table serves the command line, Python and configs.

Each field of `Options` carries its rule. `parse_options` takes texts (from a command line) and
values (from Python or a config file) alike and answers with one frozen `Options`, or with a
`ConfigError` that names the option and its rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, make_dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from howdeep import metrics, modalities
from howdeep.base import parsers
from howdeep.base.errors import ConfigError
from howdeep.base.limits import MAX_BLOCKS, MIN_ROWS
from howdeep.base.nouns import Alike, Precision, TaskKind
from howdeep.base.rules import GO, LOOK, MEND, READ, RUN, TELL, Command, Rule, choice
from howdeep.base.words import listed, nearest, show, show_path
from howdeep.route import parsers as own
from howdeep.route.config import load_config
from howdeep.route.looking import Looking, Mending

Preset = Literal["default", "quick"]
Device = Literal["cpu", "cuda"]


# The fields' order is that in which a study records what was said. `None` = guessed from the data,
# or howdeep's own choice.
@dataclass(frozen=True)
class Data:
    """What is to be learnt, and from what."""

    section = "Data"
    data: Annotated[
        str | None,
        Rule(parsers.path, "table, images or a named set to learn from", metavar="DATA", on=READ),
    ] = None
    target: Annotated[
        str | None,
        Rule(
            parsers.name,
            "column to predict: name, or number (-1 = last)",
            metavar="COL",
            usual="a table needs one; the labels of images",
        ),
    ] = None
    test: Annotated[
        str | None,
        Rule(
            parsers.path,
            "test rows with the same columns, or test images",
            metavar="FILE",
            usual="some of the data, a fifth at most",
        ),
    ] = None
    metric: Annotated[
        str | None,
        Rule(
            own.metric,
            "what nets are scored by",
            choices=metrics.names(),
            usual="by the target; rmse, r2, auc and f1 are understood",
        ),
    ] = None


@dataclass(frozen=True)
class Planning:
    """What is trained and how it is compared."""

    section = "Nets and their comparison"
    family: Annotated[
        tuple[str, ...] | None,
        Rule(
            own.families,
            "auto, or family names",
            metavar="NAME,...",
            usual="auto",
            on=(*RUN, *MEND),
            also=(("doctor", ("with --before of data: families [default: auto]", "NAME,...")),),
        ),
    ] = None  # auto
    depths: Annotated[
        tuple[int, ...] | None,
        Rule(
            parsers.integers,
            "depths to try in blocks, as 0,1,2,4 or 0-4",
            0,
            MAX_BLOCKS,
            metavar="N,...",
            usual="0,1,2,4,8,16 and on while deeper is better; of images 0,1,2,4",
            on=(*RUN, *MEND),
            also=(("doctor", ("depths of build(..., depth), or with --before", "N,...")),),
        ),
    ] = None
    epsilon: Annotated[
        float | None,
        Rule(
            parsers.share,
            "difference in score that does not matter, as 0.01 or 1%",
            1e-6,
            0.5,
            metavar="E",
            usual="5 % of the error that is left, 10 % of losses",
        ),
    ] = None
    confidence: Annotated[
        float,
        Rule(parsers.number, "confidence of the verdict, as a share", 0.5, 0.9999, metavar="P"),
    ] = 0.95
    max_seeds: Annotated[
        int | None,
        Rule(
            parsers.integer, "most nets per depth", 2, 1_000, metavar="N", usual="50; of images 5"
        ),
    ] = None  # by the preset and the data
    max_steps: Annotated[
        int | None,
        Rule(
            parsers.integer,
            "most training steps of a net",
            100,
            1_000_000,
            metavar="N",
            usual="by the rows, 2,000 to 20,000; of images 300 to 8,000",
        ),
    ] = None  # by the rows
    preset: Annotated[Preset, choice("quick: fewer seeds", Preset)] = "default"
    seed: Annotated[
        int, Rule(parsers.integer, "seed of everything random", 0, 2**63 - 1, metavar="N")
    ] = 0
    rows: Annotated[
        int | Literal["all"] | None,
        Rule(
            parsers.rows,
            "training rows to use: all, or a number",
            MIN_ROWS,
            10**9,
            metavar="N",
            usual="what some minutes allow",
        ),
    ] = None  # what the allowance gives
    rivals: Annotated[
        tuple[str, ...] | None,
        Rule(
            own.rivals,
            "classical models next to the nets: all, none or names",
            metavar="A,B",
            usual="all",
        ),
    ] = None  # all there are
    precision: Annotated[Precision, choice("of products in training", Precision)] = "fp32"


@dataclass(frozen=True)
class Leniency:
    """What odd data are let in."""

    section = "Odd data"
    merge_rare: Annotated[
        bool, Rule(parsers.flag, "merge classes of fewer than five different rows")
    ] = False
    alike_labels: Annotated[
        Alike | None,
        choice(
            "labels that differ in case or blanks only: one class, or not", Alike, usual="refused"
        ),
    ] = None


@dataclass(frozen=True)
class Running:
    """Where and how it runs: none of it moves an answer, so that no study records it."""

    section = "This run"
    out: Annotated[
        str | None,
        Rule(
            parsers.path,
            "folder of the study to write",
            metavar="STUDY",
            usual="named after the data",
            on=READ,
            also=(("predict", ("write the predictions here", "FILE")),),
        ),
    ] = None
    budget: Annotated[
        float | None,  # seconds
        Rule(
            parsers.seconds,
            "stop between comparisons after 90s, 10m, 1h",
            1,
            1e8,
            metavar="TIME",
            on=(*GO, "why"),
            usual="no limit",
            also=(
                ("why", ("share of the study's operations to use again [default: 100%]", "PART")),
            ),
            reads=(("why", own.part),),
        ),
    ] = None
    jobs: Annotated[
        int | None,
        Rule(
            parsers.integer,
            "worker processes",
            1,
            1_024,
            metavar="N",
            on=(*GO, "why"),
            usual="one a core",
        ),
    ] = None
    device: Annotated[
        Device | None,
        choice(
            "what trains the nets",
            Device,
            usual="cpu",
            on=GO,
            also=(("resume", ("its own, unless told", "cpu|cuda")),),
        ),
    ] = None  # the processor; of a study that is there, its own
    quiet: Annotated[bool, Rule(parsers.flag, "print the verdict only", on=GO)] = False
    json: Annotated[
        bool, Rule(parsers.flag, "print the result as JSON", on=(*TELL, *LOOK, *MEND, "why"))
    ] = False
    show_code: Annotated[
        bool, Rule(parsers.flag, "print the net as PyTorch code, too", on=TELL)
    ] = False
    mixed_platforms: Annotated[
        bool, Rule(parsers.flag, "go on with other versions or processors", on=("resume",))
    ] = False


@dataclass(frozen=True)
class Common(Mending, Looking, Running, Leniency, Planning, Data):
    """What may be chosen whatever the data are."""

    given: frozenset[str] = field(default=frozenset(), compare=False)  # said, be it the default


def _parts() -> tuple[type, ...]:
    """What options are made of, in the order in which a study records what was said."""
    own = [part for one in reversed(modalities.every()) for part in one.options]
    return (Data, *own, Planning, Leniency, Running, Looking, Mending)


if TYPE_CHECKING:
    Options = Common  # here; the options of a modality are read by its own files
else:
    # What the user chose: the parts as one, those of every modality among them.
    Options = make_dataclass(
        "Options",
        (),
        bases=(Common, *reversed(_parts()[1:-5])),
        frozen=True,
        namespace={"__module__": __name__, "__doc__": "What the user chose."},
    )


def _usual(default: object) -> str:
    """A field's default as `--help` shows it; nothing where it says nothing, or is a switch."""
    return "" if default is None or default is False or default == () else str(default)


LATER = (Running, Looking, Mending)  # no study records what they say


def _rules() -> tuple[Rule, ...]:
    """The rules that the fields carry, each with its name and heading."""
    found = []
    reading = _parts()[:-5]  # the doctor reads data as a study does
    for part in _parts():
        hints = get_type_hints(part, include_extras=True)
        for one in fields(part):
            (rule,) = hints[one.name].__metadata__
            section = rule.section or getattr(part, "section", "")
            operational = rule.operational or part in LATER or one.name == "data"
            on = (*rule.on, *MEND) if part in reading and one.name != "metric" else rule.on
            told = {"on": on, "section": section, "usual": rule.usual or _usual(one.default)}
            found.append(replace(rule, name=one.name, operational=operational, **told))
    return tuple(found)


RULES = _rules()
BY_NAME = {rule.name: rule for rule in RULES}
# What says where and how to run, not what: it may differ when a study is resumed.
OPERATIONAL = frozenset(rule.name for rule in RULES if rule.operational)


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
        path = parsers.path(BY_NAME["data"], "--config", config)
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
        parsed = dict(rule.reads).get(command, rule.parse)(rule, label, value)
        out[rule.name] = not parsed if name == "no_header" else parsed
    return out


def _check_metric(kind: TaskKind | None, metric: str | None) -> None:
    if kind and metric and metric not in metrics.of_kind(kind):
        raise ConfigError(
            f"--metric {metric} does not score {kind}",
            f"say one of {listed(metrics.of_kind(kind))}",
        )


def chosen(options: Options) -> tuple[tuple[str, str], ...]:
    """What was said, as texts."""
    return tuple(
        (rule.name, parsers.written(getattr(options, rule.name)))
        for rule in RULES
        if rule.name in options.given and getattr(options, rule.name) is not None
    )


def recorded(options: Options) -> tuple[tuple[str, str], ...]:
    """What was said, as texts, for a study's record: whatever may move its answer."""
    return tuple((name, text) for name, text in chosen(options) if name not in OPERATIONAL)
