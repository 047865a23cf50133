"""Options: one table of rules for the command line, Python and config files alike."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import toys

from howdeep.base import parsers
from howdeep.base.errors import ConfigError
from howdeep.base.rules import Command, Rule
from howdeep.nets import families
from howdeep.route import session
from howdeep.route.options import RULES, Options, chosen, parse_options, rules_of

GOOD: dict[str, tuple[Any, Any, Any]] = {  # name: (as text, as value, parsed)
    "data": ("t.csv", Path("t.csv"), "t.csv"),
    "target": ("-1", -1, "-1"),
    "out": ("s", Path("s"), "s"),
    "test": ("u.csv", Path("u.csv"), "u.csv"),
    "kind": ("regression", "regression", "regression"),
    "metric": ("mae", "mae", "mae"),
    "sep": ("tab", "\t", "\t"),
    "names": ("a, b", ["a", "b"], ("a", "b")),
    "header": (False, False, False),
    "encoding": ("cp1252", "cp1252", "cp1252"),
    "decimal": (",", ",", ","),
    "thousands": ("comma", "comma", "comma"),
    "inf": ("missing", "missing", "missing"),
    "quotes": ("none", "none", "none"),
    "types": (
        "a=b=number,c=drop",
        {"a=b": "number", "c": "drop"},
        (("a=b", "number"), ("c", "drop")),
    ),
    "family": ("resmlp,mlp", ["resmlp", "mlp"], ("resmlp", "mlp")),
    "rivals": ("plain,boosting", ["plain", "boosting"], ("plain", "boosting")),
    "depths": ("4,0,1,1", [0, 1, 4], (0, 1, 4)),
    "epsilon": ("0.01", 0.01, 0.01),
    "confidence": ("0.9", 0.9, 0.9),
    "max_seeds": ("8", 8, 8),
    "max_steps": ("2000", 2000, 2000),
    "precision": ("bf16", "bf16", "bf16"),
    "preset": ("quick", "quick", "quick"),
    "budget": ("1.5h", 5400, 5400.0),
    "jobs": ("2", 2, 2),
    "device": ("cuda", "cuda", "cuda"),
    "seed": ("7", 7, 7),
    "rows": ("all", "all", "all"),
    "weights": ("w", "w", "w"),
    "groups": ("-2", -2, "-2"),
    "time": ("when", "when", "when"),
    "allow_leak": (True, True, True),
    "merge_rare": (True, True, True),
    "alike_labels": ("merge", "merge", "merge"),
    "image_size": ("32", 32, 32),
    "skip_unreadable": (True, True, True),
    "allow_conflict": (True, True, True),
    "data_dir": ("d", Path("d"), "d"),
    "quiet": (True, True, True),
    "show_code": (True, True, True),
    "json": (True, True, True),
    "mixed_platforms": (True, True, True),
    "cells": ("resmlp-2, mlp-1", ["resmlp-2", "mlp-1"], ("resmlp-2", "mlp-1")),
    "look_rows": ("64", 64, 64),
    "look_steps": ("50", 50, 50),
    "groups_by": ("sex, race", ["sex", "race"], ("sex", "race")),
    "cure": (True, True, True),
    "before": (True, True, True),
    "loss": ("mse_loss", "mse_loss", "mse_loss"),
    "rate": ("1e-3", 1e-3, 1e-3),
    "optimizer": ("sgd", "sgd", "sgd"),
}
BAD: dict[str, list[Any]] = {  # by the parser's name
    "metric": ["", "lift", 3, True, [], "os"],
    "share": ["", "x", "nan", "inf", "1_0", float("nan"), True, [], 10**5000, "60%", "%"],
    "path": ["", " ", "a\0b", 3, [], True],
    "name": ["", None, 1.5, True, []],
    "side": ["", " ", None, 1.5, True, [], {"a": 1}, b"w", [[1.0], [2.0, 3.0]], np.ones((2, 2))],
    "choice": ["", "Regression", 3, True, [], "os"],
    "flag": ["yes", 1, 0, []],
    "integer": ["", "x", "1.0", "1_0", "1e1", 1.0, True, float("nan"), [], "9" * 30, 10**5000],
    "number": ["", "x", "nan", "inf", "1_0", float("nan"), float("inf"), True, [], 10**5000],
    "seconds": ["", "10 years", "-1m", "m", "nan", float("nan"), True, 0, -1, "0s", []],
    "rows": ["", "most", "1.0", 1.5, True, 0, -1, 49],
    "integers": ["", [], "a", "0", [0], "1,,2", "-1", [True], [1.0], "1000000000000", 10**12, {}],
    "words": ["", [], [1], "a,,b", 3, [None], [" "]],
    "names": ["", [], "a,a", [1], "a,,b", 3],
    "types": ["", "a", "a=", "a=text", "=number", "a=number,a=drop", 3, {"a": 3}, {"a": "x"}],
    "rivals": ["", "os", "../x", "boosting,none", "all,plain", 3, True, [], ["none", "plain"]],
    "families": [
        "",
        "os",
        "../x",
        "howdeep.cli",
        "x" * 10_000,
        "_dense",
        "Mlp",
        "auto,mlp",
        3,
        [3],
    ],
    "separator": ["", "ab", "a", "1", '"', "\n", "\0", ".", 3],
    "encoding": ["", "utf-99", "base64", "../x", "x" * 10_000, "a\0b", 3],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_texts_and_values_mean_the_same(rule: Rule) -> None:
    as_text, as_value, parsed = GOOD[rule.name]
    for value in (as_text, as_value):
        options = parse_options({rule.name: value}, rule.on[0])
        assert getattr(options, rule.name) == parsed
        text = dict(chosen(options))[rule.name]  # as a study records it, and as it is printed
        again = {"True": True, "False": False}.get(text, text)
        assert getattr(parse_options({rule.name: again}, rule.on[0]), rule.name) == parsed


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        pytest.param(rule, value, id=f"{rule.name}-{i}")
        for rule in RULES
        for i, value in enumerate(BAD[rule.parse.__name__])
        if value is not None
    ],
)
def test_values_outside_the_rule_are_refused_by_name(rule: Rule, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_options({rule.name: value}, rule.on[0])
    assert rule.flag in str(caught.value)
    assert caught.value.fix
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("rule", [r for r in RULES if r.low is not None], ids=lambda r: r.name)
def test_bounds_are_inclusive(rule: Rule) -> None:
    low, high = rule.low, rule.high
    assert low is not None
    assert high is not None
    inside = {"depths": [1, high]}.get(rule.name, high)
    parse_options({rule.name: inside}, rule.on[0])
    for outside in (low - 1, high + 1, high * 1000):
        with pytest.raises(ConfigError):
            parse_options({rule.name: outside}, rule.on[0])


def test_every_option_has_a_rule_and_a_parser() -> None:
    assert (
        {rule.name for rule in RULES}
        == {field.name for field in fields(Options)} - {"given"}
        == set(GOOD)
    )
    for rule in RULES:
        assert callable(rule.parse)
        assert rule.help


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from([r.name for r in RULES]), st.text() | st.integers() | st.floats()
    )
)
def test_anything_is_parsed_or_refused(found: dict[str, Any]) -> None:
    try:
        options = parse_options(found)
    except ConfigError:
        return
    assert isinstance(options, Options)


@pytest.mark.parametrize(
    ("name", "written", "parsed"),
    [
        ("epsilon", "1%", 0.01),
        ("epsilon", " 5 % ", 0.05),
        ("epsilon", "0.5%", 0.005),
        ("depths", "1-4", (1, 2, 3, 4)),
        ("depths", "0..2,8", (0, 1, 2, 8)),
        ("depths", "2 to 3, 5", (2, 3, 5)),
        ("metric", "rmse", "mse"),
        ("metric", "R2", "mse"),
        ("metric", "auc", "roc_auc"),
        ("metric", "F1", "f1_macro"),
        ("metric", "cross_entropy", "log_loss"),
    ],
)
def test_what_users_write_is_understood(name: str, written: str, parsed: Any) -> None:
    assert getattr(parse_options({name: written}), name) == parsed


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("epsilon", "60%"),
        ("epsilon", "%"),
        ("epsilon", "5%%"),
        ("epsilon", "1_0%"),
        ("epsilon", "nan%"),
        ("depths", "4-1"),
        ("depths", "1-"),
        ("depths", "-1-4"),
        ("depths", "0-0"),
        ("depths", "1-9999999"),
        ("metric", "lift"),
        ("metric", "r 2"),
    ],
)
def test_what_nobody_understands_is_refused_by_name(name: str, written: str) -> None:
    with pytest.raises(ConfigError, match=f"--{name}"):
        parse_options({name: written})


def test_help_says_what_holds_unless_something_is_said() -> None:
    assert "[default: 0.95]" in next(r for r in RULES if r.name == "confidence").words("run")[0]
    for rule in RULES:
        default = {one.name: one.default for one in fields(Options)}[rule.name]
        told = default not in (None, False, ())
        assert not told or f"[default: {default}]" in rule.words("run")[0]


@pytest.mark.parametrize("command", ["run", "resume", "predict"])
def test_every_option_but_a_switch_says_what_holds_without_it(command: Command) -> None:
    for rule in rules_of(command):
        switch = rule.parse is parsers.flag and rule.name != "header"
        if switch or rule.name in ("data", "out", "device"):
            continue
        assert "[default: " in rule.words(command)[0], rule.flag
    units = {
        "budget": "90s, 10m, 1h",
        "epsilon": "1%",
        "confidence": "a share",
        "image_size": "pixels",
    }
    for name, words in units.items():
        rule = next(rule for rule in RULES if rule.name == name)
        assert words in rule.help


def test_in_predict_an_option_says_what_training_fixed() -> None:
    rules = {rule.name: rule.words("predict")[0] for rule in rules_of("predict")}
    for name in ("decimal", "thousands", "inf", "quotes"):
        assert rules[name].endswith("[default: as in training]")


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'max_seeds'"):
        parse_options({"max-seed": 3})


def test_dashes_and_the_negated_header() -> None:
    assert parse_options({"max-seeds": 5, "no-header": True}) == Options(max_seeds=5, header=False)
    with pytest.raises(ConfigError, match="twice"):
        parse_options({"header": True, "no_header": True})


@pytest.mark.parametrize(
    ("words", "seeds"),
    [
        ({}, 50),
        ({"preset": "quick"}, 12),
        ({"preset": "quick", "max_seeds": 5}, 5),
        ({"max_seeds": 7}, 7),
    ],
)
def test_presets_give_seeds_unless_said_otherwise(words: dict[str, object], seeds: int) -> None:
    plan, _ = session.plan_of(toys.task(), parse_options(words))
    assert plan.looks[-1] == seeds


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h", 3600), ("600", 600), ("1.5 min", 90)]
)
def test_times(text: str, seconds: float) -> None:
    assert parse_options({"budget": text}).budget == seconds


def test_kind_and_metric_must_fit() -> None:
    with pytest.raises(ConfigError, match="does not score"):
        parse_options({"kind": "classification", "metric": "mse"})


def test_families_come_from_the_files() -> None:
    assert parse_options({"family": ",".join(families.names())}).family == families.names()
    assert parse_options({"family": "auto"}).family is None
    assert parse_options({"rivals": "all"}).rivals is None
    assert parse_options({"rivals": "none"}).rivals == ("none",)


def test_names_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("age\nheight, weight\n\n")
    assert parse_options({"names": str(path)}).names == ("age", "height", "weight")
    assert parse_options({"names": "age"}).names == ("age",)


# ---- config files --------------------------------------------------------------------------------
def config(folder: Path, text: str | bytes, name: str = "c.json") -> dict[str, str]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {"config": str(path)}


def test_json_and_toml_say_the_same(tmp_path: Path) -> None:
    same = {"target": "y", "depths": [0, 1], "types": {"a": "drop"}, "max-seeds": 5, "quiet": True}
    toml = 'target = "y"\ndepths = [0, 1]\nmax-seeds = 5\nquiet = true\n[types]\na = "drop"\n'
    from_json = parse_options(config(tmp_path, json.dumps(same)))
    assert parse_options(config(tmp_path, toml, "c.toml")) == from_json
    assert from_json.depths == (0, 1)


def test_what_is_given_directly_goes_before_the_file(tmp_path: Path) -> None:
    found = parse_options(config(tmp_path, '{"seed": 1, "jobs": 2}') | {"seed": 3, "jobs": None})
    assert (found.seed, found.jobs) == (3, 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"depth": [1]}', "'depths'"),
        ('{"seed": 1, "seed": 2}', "given twice"),
        ('{"epsilon": NaN}', "NaN"),
        ('{"epsilon": Infinity}', "Infinity"),
        ('{"epsilon": -1}', "epsilon: '-1'"),
        ('{"seed": "x"}', "seed: 'x'"),
        ('{"seed": ' + "9" * 5000 + "}", "c.json"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[1]", "a list"),
        ("{", "c.json"),
        ('{"config": "c.json"}', "'config'"),
        ("seed = 1\nseed = 2\n", "c.json"),
        ("epsilon = nan\n", "epsilon"),
        ("a = " + "[" * 100_000, "nested too deep"),
        ("seed: 1\n", "c.json"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "empty"),
        (b" " * 2_000_000 + b"{}", "characters"),
    ],
)
def test_damaged_config_files_are_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_options(config(tmp_path, text))
    assert says in str(caught.value)
    assert len(str(caught.value)) < 600


def test_yaml_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="YAML"):
        parse_options(config(tmp_path, "!!python/object/apply:os.system [ls]", "c.yaml"))


def test_a_config_that_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml", "/dev/zero"):
        with pytest.raises(ConfigError):
            parse_options({"config": path})
