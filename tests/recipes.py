"""What the recipes of CONTRIBUTING.md are followed with: a thing of each kind, put into a copy."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
from pathlib import Path

import numpy as np

from image_files import idx

ROOT = Path(__file__).parents[1]
FAMILY, SET, NAMED, MODEL, FORMAT, OPTION, INSTRUMENT, FAULT = (
    "tanhmlp", "stairs", "dots", "extratrees", "jsonl", "loud", "span", "offset",
)  # fmt: skip

STAIRS = '''
"""Four steps of one column, every other one of the same class; a second column is noise."""

import numpy as np

from howdeep.modalities.table.builtin._set import BuiltIn, generator, rows_of, table_of

SPLIT = (240, 60, 200, 100)


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    count = rows_of("stairs", rows, sum(SPLIT))
    x = generator("stairs", seed).random((count, 2))
    label = (4 * x[:, 0]).astype(np.int64) % 2
    return BuiltIn(
        name="stairs",
        table=table_of("stairs", {"x0": x[:, 0], "x1": x[:, 1]}, ("label", label)),
        target="label",
        kind="classification",
        encoding="table",
        description="Four steps.",
        citation="howdeep's own",
        split=SPLIT if rows is None else None,
    )
'''

DOTS = '''
"""Noise in the format of MNIST."""

from howdeep.modalities.image.named._set import NamedSet, Remote

SET = NamedSet(
    name="dots",
    url="https://example.org/dots/",
    files=tuple(Remote(name, sha, inside=True) for name, sha in {sums}),
    most=1_000_000,
    shape=(28, 28, 1),
    classes=tuple("abcdefghij"),
    citation="nobody",
)
'''

EXTRATREES = '''
"""Extremely randomised trees (Geurts, Ernst, Wehenkel 2006; scikit-learn's)."""

from functools import partial

from howdeep.trainers.classical._data import Choice, log_shares

LABEL = "extra trees"
MODULE = "sklearn.ensemble"
SEEDS = 1
FEATURES = ("encoded", "raw")
UNIT = "trees"
SETTINGS = (5, 20)  # rows of a leaf at least
LEVELS = ((2, 50), (1, 50), (1, 20))


def work(rows, columns, outputs, queries, settings, size):
    return 100.0 * settings * size * (rows * columns + queries)


def describe(setting, size):
    return f"{size} trees, leaves of {SETTINGS[setting]} rows or more"


def code(setting, size, rows, classes):
    kind = "Classifier" if classes else "Regressor"
    more = f"n_estimators={size}, min_samples_leaf={SETTINGS[setting]}, max_features=1.0"
    return f"ExtraTrees{kind}({more})"


def choices(data, seed, settings, size):
    from sklearn import ensemble

    kind = ensemble.ExtraTreesClassifier if data.classes else ensemble.ExtraTreesRegressor
    for setting in settings:
        how = {"min_samples_leaf": SETTINGS[setting], "max_features": 1.0}
        made = kind(size, **how, random_state=seed % 2**32).fit(data.x, data.y, data.weights)
        predict = partial(outputs, made, data.classes, size)
        yield Choice(setting, size, data.judge(predict(data.held)), predict)


def outputs(made, classes, size, x):
    return log_shares(made.predict_proba(x), size) if classes else made.predict(x)[:, None]
'''

JSONL = '''
"""Tables of JSON lines: an object a line, the same names in each."""

import dataclasses
import json
import os
from pathlib import Path

from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import show_path
from howdeep.data.read.files import read_bytes
from howdeep.modalities.table.read.names import check_names


def is_jsonl(path):
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(2) == b\'{"\'


def read_jsonl(path, *, inf=None, **text):
    shown = show_path(os.fspath(path))
    if given := [f"--{name}" for name, value in text.items() if value is not None]:
        raise ConfigError(f"{', '.join(given)}: {shown} is a file of JSON lines", "leave it out")
    data, sha256 = read_bytes(path, formats=False)
    from howdeep.modalities.table.frames import to_table

    try:
        rows = [json.loads(line) for line in data.splitlines()]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
    except (ValueError, LookupError, TypeError) as error:
        raise TableError(f"{shown} is damaged: {error}", "write it again") from None
    check_names(list(columns), shown)
    table = to_table(columns, inf=inf, name=Path(path).name)
    return dataclasses.replace(table, path=os.fspath(path), sha256=sha256, typed=True)
'''


SPAN = '''
"""How far apart the outputs of a net lie."""

import torch

from howdeep.instruments._instrument import Instrument
from howdeep.instruments._subject import main, untouched
from howdeep.report.parts import Prose, Section
from howdeep.report.words import clean


def _measure(subject, effort):
    rows = subject.unseen.some(effort.rows)
    with untouched(subject.net), torch.no_grad():
        out = main(subject.net.eval()(*rows.inputs))
    return {"span": float(out.max() - out.min())}


def _section(found):
    texts = [f"{clean(one.net)} spans {one.values['span']:.3g}." for one in found]
    return Section("How far do the outputs reach?", tuple(map(Prose, texts)))


INSTRUMENT = Instrument("span", "How far do the outputs reach?", 200, _measure, _section)
'''

OFFSET = '''
"""A last layer whose bias drowns what the rows say."""

import torch

from howdeep.faults._fault import Fault, Seen
from howdeep.faults._patient import copied

MOST = 100.0


def _find(signs):
    last = signs.layers[-1]
    bias = getattr(last.module, "bias", None)
    if bias is None or not float(bias.detach().abs().max()) > MOST:
        return None
    return Seen(last.name, last.place, f"a bias of {float(bias.detach().abs().max()):.3g}")


def _cure(patient, finding):
    net = copied(patient.net)
    with torch.no_grad():
        for name, value in net.named_parameters():
            if name.endswith("bias") and bool((value.abs() > MOST).any()):
                value.zero_()
    return patient.but(net=net)


FAULT = Fault("offset", "Outputs far off", 15, _find, "A bias was set.", "Begin at 0.", _cure)
'''

PLANT = """
def offset(seed: int, r: random.Random, report: bool) -> Case:
    net, data, name = base(seed, r, report, ("relu",), (2,))
    torch.nn.init.constant_(list(make.weighted(net))[-1].bias[:1], 1_000.0)
    return healthy(name, net, data, sure=True)


"""


def insert(file: Path, before: str, text: str) -> None:
    """The line or part that a recipe asks for, before what is there once."""
    old = file.read_text(encoding="utf-8")
    assert old.count(before) == 1, f"{file.name}: {before!r} is there {old.count(before)} times"
    file.write_text(old.replace(before, text + before), encoding="utf-8")


def into_example(file: Path, name: str, of: str = "names") -> None:
    """A name into the example of a list of names."""
    old = file.read_text(encoding="utf-8")
    found = re.findall(rf">>> {of}\(\)\n    (\(.*\))\n", old)
    assert len(found) == 1, f"{file}: no example of {of}()"
    new = repr(tuple(sorted((*ast.literal_eval(found[0]), name))))
    file.write_text(old.replace(found[0], new), encoding="utf-8")


def images() -> dict[str, bytes]:
    """Files of a set like MNIST, not yet packed."""
    rng = np.random.default_rng(0)
    out = {}
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 256, (100, 28, 28), dtype=np.uint8)
        out[f"{part}-images-idx3-ubyte.gz"] = idx(pixels)
        out[f"{part}-labels-idx1-ubyte.gz"] = idx((np.arange(100) % 10).astype(np.uint8))
    return out


def copied(copy: Path) -> tuple[Path, Path]:
    """Copy the package, and its tests, as recipes add names to some; where both then lie."""
    junk = shutil.ignore_patterns("__pycache__", "browser", "campaign", "simulation", "hostile")
    for folder in ("src/howdeep", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=junk)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy / "src" / "howdeep", copy / "tests"


def follow(copy: Path, family: str) -> Path:
    """Do in a copy of the project what every recipe says; `family`: the listing of the page."""
    package, tests = copied(copy)

    (package / f"nets/families/{FAMILY}.py").write_text(family)

    sets = package / "modalities/table/builtin"
    (sets / f"{SET}.py").write_text(STAIRS)
    into_example(sets / "__init__.py", SET)
    insert(tests / "data/test_builtin.py", '"friedman1", "linear", "mnist1d"', f'"{SET}", ')

    sums = {name: hashlib.sha256(data).hexdigest() for name, data in images().items()}
    public = package / "modalities/image/named"
    (public / f"{NAMED}.py").write_text(DOTS.replace("{sums}", repr([*sums.items()])))
    into_example(public / "__init__.py", NAMED)

    (package / f"trainers/classical/{MODEL}.py").write_text(EXTRATREES)
    into_example(package / "trainers/classical/_files.py", MODEL)
    into_example(package / "trainers/classical/__init__.py", MODEL, "usual")
    insert(tests / "trainers/test_classical.py", '"forest": 20', f'"{MODEL}": 20, ')

    readers = package / "modalities/table/read"
    (readers / f"{FORMAT}.py").write_text(JSONL)
    asked = readers / "__init__.py"
    place = f"howdeep.modalities.table.read.{FORMAT}"
    names = f"from {place} import is_{FORMAT}, read_{FORMAT}\n"
    insert(asked, "from howdeep.modalities.table.read.parquet import", names)
    insert(asked, "read_parquet if is_parquet", f"read_{FORMAT} if is_{FORMAT}(path) else ")

    (package / f"instruments/{INSTRUMENT}.py").write_text(SPAN)
    (package / f"faults/{FAULT}.py").write_text(OFFSET)
    plants = tests / "faults/faulty_nets.py"
    insert(plants, "        labels_shuffled, duplicates,\n", f"        {FAULT},\n")
    insert(plants, "FAULTS: dict[str, Maker] = {", PLANT)
    insert(
        tests / "faults/test_known_faults.py", '"duplicates": "dead",', f'"{FAULT}": "loss_fit", '
    )

    rule = (
        f'    {OPTION}: Annotated[bool, Rule(parsers.flag, "say it in capitals", on=GO)] = False\n'
    )
    insert(package / "route/options.py", "    quiet: Annotated[bool, Rule(", rule)
    good = f'    "{OPTION}": (True, True, True),\n'
    insert(tests / "route/test_options.py", '    "quiet": (', good)
    return copy
