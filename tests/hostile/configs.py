"""Hostile config files: each is refused. The cases of `make` are tables."""

from __future__ import annotations

from case import Case

NESTED = 100_000


def config(number: int, name: str, text: str | bytes, *says: str, suffix: str = ".json") -> Case:
    """A config file, which is refused."""
    content = text if isinstance(text, bytes) else text.encode()
    return Case(number, name, content, "ConfigError", says, suffix=suffix)


CONFIGS: tuple[Case, ...] = (
    config(86, "unknown-key", '{"max_seed": 3}', "'max_seed'", "'max_seeds'"),
    config(86, "unknown-key-toml", "max_seed = 3", "'max_seed'", "'max_seeds'", suffix=".toml"),
    config(86, "unknown-table", "[training]\nrate = 1", "'training'", suffix=".toml"),
    config(87, "text-for-a-number", '{"epsilon": "small"}', "epsilon", "'small'"),
    config(87, "number-for-a-text", '{"target": 1.5}', "target", "'1.5'"),
    config(87, "object-for-a-number", '{"max_seeds": {"a": 1}}', "max_seeds"),
    config(87, "true-for-a-number", '{"seed": true}', "seed", "'True'"),
    config(87, "null-in-a-list", '{"depths": [0, null]}', "depths"),
    config(87, "negative", '{"epsilon": -0.1}', "epsilon", "'-0.1'"),
    config(87, "too-large", '{"confidence": 1e999}', "confidence"),
    config(87, "not-a-number-toml", "epsilon = nan", "epsilon", "'nan'", suffix=".toml"),
    config(87, "ten-to-the-twelve-blocks", '{"depths": [0, 1000000000000]}', "depths"),
    config(87, "integer-of-5000-digits", '{"seed": ' + "9" * 5_000 + "}"),
    config(87, "no-blocks-alone", '{"depths": [0]}', "depths", "no ladder"),
    config(87, "a-million-depths", '{"depths": [' + "1," * 400_000 + "2]}", "depths"),
    config(88, "key-twice", '{"seed": 1, "seed": 1}', "'seed'", "twice"),
    config(88, "key-twice-toml", "seed = 1\nseed = 2", suffix=".toml"),
    config(88, "same-key-two-spellings", '{"max-seeds": 3, "max_seeds": 4}', "twice"),
    config(88, "nan-literal", '{"epsilon": NaN}', "NaN"),
    config(88, "infinity-literal", '{"epsilon": -Infinity}', "Infinity"),
    config(89, "deep-lists", '{"a":' + "[" * NESTED + "]" * NESTED + "}", "too deep"),
    config(89, "deep-objects", '{"a":' * NESTED + "1" + "}" * NESTED, "too deep"),
    config(89, "deep-list-alone", "[" * NESTED, "too deep"),
    config(89, "deep-toml", "a = " + "[" * NESTED + "]" * NESTED, "too deep", suffix=".toml"),
    config(89, "deep-toml-keys", "a" + ".a" * NESTED + " = 1", "too deep", suffix=".toml"),
    config(
        89, "deep-quoted-keys", '"a b"' + " . 'a b'" * NESTED + " = 1", "too deep", suffix=".toml"
    ),
    config(89, "deep-toml-table", "[a" + ".a" * NESTED + "]", "too deep", suffix=".toml"),
    config(89, "endless-toml-key", "a" * 900_000 + ".b = 1", suffix=".toml"),
    config(89, "endless-toml-string", 'target = "' + "a.b\\\\" * 150_000, suffix=".toml"),
    config(90, "yaml-tag", "a: !!python/object/apply:os.system [ls]", "YAML", suffix=".yaml"),
    config(90, "yaml-aliases", "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]", suffix=".json"),
    config(91, "module-for-a-family", '{"family": ["os"]}', "family", "'os'"),
    config(91, "path-for-a-family", '{"family": ["../x"]}', "'../x'"),
    config(91, "our-own-module", '{"family": "howdeep.cli"}', "'howdeep.cli'"),
    config(91, "shared-file", '{"family": "_dense"}', "'_dense'"),
    config(91, "family-of-10-KB", '{"family": "' + "x" * 10_000 + '"}', "family", "x…"),
    config(0, "not-utf-8", b'{"target": "\xff"}', "byte"),
    config(0, "empty", "", "empty"),
    config(0, "a-list", "[1]", "list"),
    config(0, "nul", '{"target": "\\u0000"}', "target"),
)
