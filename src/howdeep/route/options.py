"""Every option of `howdeep run`, as data: one table serves the command line, Python and configs.

`parse_options` takes texts (from a command line) and values (from Python or a config file) alike
and answers with one frozen `Options`, or with a `ConfigError` that names the option and its rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.base.limits import MAX_BLOCKS, MAX_IMAGE_SIZE, MIN_IMAGE_SIZE, MIN_ROWS
from howdeep.base.nouns import Kind, Precision
from howdeep.data.cells import listed, nearest, show, show_path
from howdeep.route import values
from howdeep.route.config import load_config

Preset = Literal["default", "quick"]
Device = Literal["cpu", "cuda"]
IMAGE_SIZES = (MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)


@dataclass(frozen=True)
class Options:
    """What the user chose; `None` = guessed from the data, or howdeep's own choice."""

    data: str | None = None
    target: str | None = None
    out: str | None = None
    test: str | None = None
    kind: Kind | None = None
    metric: str | None = None
    sep: str | None = None
    names: tuple[str, ...] | None = None
    header: bool | None = None
    encoding: str | None = None
    decimal: Literal[".", ","] | None = None
    inf: Literal["missing"] | None = None
    quotes: Literal["double", "none"] | None = None
    types: tuple[tuple[str, str], ...] = ()
    family: tuple[str, ...] | None = None  # None = auto
    depths: tuple[int, ...] | None = None
    epsilon: float | None = None
    confidence: float = 0.95
    max_seeds: int | None = None  # None = by the preset and the data
    max_steps: int | None = None  # None = by the rows
    preset: Preset = "default"
    budget: float | None = None  # seconds
    jobs: int | None = None
    device: Device | None = None  # None = the processor; of a study that is there, its own
    seed: int = 0
    rows: int | Literal["all"] | None = None  # None = what the allowance gives
    rivals: tuple[str, ...] | None = None  # None = all there are
    precision: Precision = "fp32"  # of the products in training
    allow_leak: bool = False
    merge_rare: bool = False
    image_size: int | None = None  # None = as they are, or guessed where they differ
    skip_unreadable: bool = False
    allow_conflict: bool = False
    data_dir: str | None = None
    quiet: bool = False
    json: bool = False
    given: frozenset[str] = field(default=frozenset(), compare=False)  # said, be it the default


@dataclass(frozen=True)
class Rule:
    """One option: its kind of value (a parser's name in `values`), bounds, choices and help."""

    name: str
    type: str
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    metavar: str = ""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


RULES: tuple[Rule, ...] = (
    Rule("data", "path", "table, images or a named set to learn from", metavar="DATA"),
    Rule("target", "name", "column to predict: name, or number (-1 = last)", metavar="COL"),
    Rule("out", "path", "folder of the study to write", metavar="STUDY"),
    Rule("test", "path", "test rows with the same columns, or test images", metavar="FILE"),
    Rule("kind", "choice", "classes or numbers to predict", choices=get_args(Kind)),
    Rule("metric", "choice", "what nets are scored by", choices=metrics.names()),
    Rule("sep", "separator", "separator: comma, semicolon, tab, pipe or a character", metavar="S"),
    Rule("names", "names", "column names: a,b,c or a file of names", metavar="A,B|FILE"),
    Rule("header", "flag", "whether the first line holds the column names"),
    Rule("encoding", "encoding", "text encoding of the file, as cp1252", metavar="NAME"),
    Rule("decimal", "choice", "decimal sign", choices=(".", ",")),
    Rule("inf", "choice", "what to take infinite numbers as", choices=("missing",)),
    Rule("quotes", "choice", "what quotation marks mean", choices=("double", "none")),
    Rule("types", "types", "COL=number|category|drop, ...", metavar="COL=KIND"),
    Rule("family", "families", "auto, or family names", metavar="NAME,..."),
    Rule("depths", "integers", "blocks to try, as 0,1,2,4", 0, MAX_BLOCKS, metavar="N,..."),
    Rule("epsilon", "number", "difference that does not matter", 1e-6, 0.5, metavar="E"),
    Rule("confidence", "number", "confidence of the verdict", 0.5, 0.9999, metavar="P"),
    Rule("max_seeds", "integer", "most nets per depth", 2, 1_000, metavar="N"),
    Rule("max_steps", "integer", "most training steps of a net", 100, 1_000_000, metavar="N"),
    Rule("preset", "choice", "quick: fewer seeds", choices=get_args(Preset)),
    Rule("budget", "seconds", "stop between looks after 90s, 10m, 1h", 1, 1e8, metavar="TIME"),
    Rule("jobs", "integer", "worker processes", 1, 1_024, metavar="N"),
    Rule("device", "choice", "what trains the nets", choices=get_args(Device)),
    Rule("seed", "integer", "seed of everything random", 0, 2**63 - 1, metavar="N"),
    Rule("rows", "rows", "training rows to use: all, or a number", MIN_ROWS, 10**9, metavar="N"),
    Rule("rivals", "rivals", "classical models beside the nets: all, none or names", metavar="A,B"),
    Rule("precision", "choice", "of products in training", choices=get_args(Precision)),
    Rule("allow_leak", "flag", "keep columns that give the target away"),
    Rule("merge_rare", "flag", "merge classes of fewer than five different rows"),
    Rule("image_size", "integer", "scale images to N x N pixels", *IMAGE_SIZES, metavar="N"),
    Rule("skip_unreadable", "flag", "leave out image files that cannot be read"),
    Rule("allow_conflict", "flag", "keep equal images with different labels"),
    Rule("data_dir", "path", "folder with the files of a named set", metavar="FOLDER"),
    Rule("quiet", "flag", "print the verdict only"),
    Rule("json", "flag", "print the result as JSON"),
)
BY_NAME = {rule.name: rule for rule in RULES}


def parse_options(given: Mapping[str, Any]) -> Options:
    """Check everything given; `None` is the same as absent. "config" names a file of options.

    What is given directly overrides the config file. `no_header` is `header` the other way round.

    >>> parse_options({"depths": "0,1,2", "budget": "10m"}).budget
    600.0

    Raises:
        ConfigError: an unknown option (naming the nearest), or a value outside its rule.
    """
    direct = {str(key): value for key, value in given.items() if value is not None}
    config = direct.pop("config", None)
    found: dict[str, Any] = {}
    if config is not None:
        path = values.path(BY_NAME["data"], "--config", config)
        found |= _parsed(load_config(path), show_path(path) + ": ")
    found |= _parsed(direct, "")
    said = frozenset(found)
    _check_metric(found.get("kind"), found.get("metric"))
    return Options(**found, given=said)


def _parsed(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in given.items():
        name = key.removeprefix("--").replace("-", "_")
        rule = BY_NAME.get(name.removeprefix("no_") if name == "no_header" else name)
        if rule is None:
            known = [*BY_NAME, "no_header", *([] if where else ["config"])]
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
    """What was said, as texts, for a study's record."""
    return tuple(
        (rule.name, values.written(getattr(options, rule.name)))
        for rule in RULES
        if rule.name in options.given and getattr(options, rule.name) is not None
    )
