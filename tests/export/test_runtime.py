"""The files that a handed-over net carries: they answer as `predict` does, without howdeep."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import polars as pl
import pytest
from bare import bare
from scipy import sparse
from tests import toys
from torch import nn

import howdeep
from howdeep import api
from howdeep.base.errors import TableError
from howdeep.data import matching, number
from howdeep.export import door
from howdeep.export.code import source
from howdeep.export.predict import predict
from howdeep.modalities import New, Serve, modality
from howdeep.modalities.image import runtime as image
from howdeep.modalities.image.samples import images_of
from howdeep.modalities.table import runtime as table
from howdeep.nets.families import _conv_net, _dense_net
from howdeep.route import session
from howdeep.store.study import Study

N = 600
WARDS = [f"w{i}" for i in range(23)]  # with "07" as many as are encoded; "7" is too rare
NETS = {"table": _dense_net, "image": _conv_net}
TABLES = modality("table").serve


def rows(seed: int, n: int = N) -> pd.DataFrame:
    """Numbers and categories with gaps, dates, and a number to predict."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n), rng.integers(0, 1000, n)
    ward = rng.permutation(np.resize([*WARDS, "07"], n)).astype(object)
    ward[:2] = "7"
    colour = rng.choice(["red", "green", "blue"], n).astype(object)
    y = 2 * a + b / 500 + (colour == "red") + (ward == "07") + rng.normal(0, 0.2, n)
    colour[::9] = None
    days = pd.to_timedelta(rng.integers(0, 5, n), unit="D") + pd.Timestamp("2024-01-01")
    columns = {
        "a": np.where(rng.random(n) < 0.1, np.nan, a),
        "b": b,
        "ward": ward,
        "colour": colour,
        "flag": rng.random(n) < 0.5,
        "day": days.astype("datetime64[us]"),
        "y": y,
    }
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    small: dict[str, Any] = {"depths": "1", "max_seeds": 2, "epsilon": 0.5, "jobs": 1}
    out = str(tmp_path_factory.mktemp("table") / "s.study")
    found = howdeep.run(rows(0), "y", out=out, rivals="none", **small)
    kinds = [kind for _, kind in found.dossier.plan.task.features]
    assert (kinds.count("category"), kinds.count("date")) == (3, 1)
    return found


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("image") / "s.study"
    settings = {"depths": (1,), "max_seeds": 2, "max_steps": 100, "width": 8, "epsilon": 0.9}
    plan, task = toys.begin(toys.image_task(600), family=("resnet",), **settings)
    with Study.create(out, plan, task) as opened:
        list(session.events(opened, jobs=1))
        api.write(opened, opened.verdict())  # type: ignore[arg-type]
    return out


# Ways to read a file, each run here and, by its source, in the process without howdeep.
def by_pandas(path: str) -> Any:
    import pandas

    return pandas.read_csv(path)


def by_polars(path: str) -> Any:
    import polars

    return polars.read_csv(path)


def by_csv(path: str) -> Any:
    import csv

    with open(path, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def typed_by_pandas(path: str) -> Any:
    import pandas

    return pandas.read_parquet(path)


def typed_by_polars(path: str) -> Any:
    import polars

    return polars.read_parquet(path)


def predicted(answer: howdeep.Answer, read: Callable[[str], Any], path: Path) -> list[Any]:
    """What `predict` says of a file's rows, and the net alone says as well."""
    code = f"from typing import Any\n{inspect.getsource(read)}\n"
    code += f"data = {read.__name__}(sys.argv[2])\n"
    code += "print(json.dumps(load().predict(data)))\n"
    ours = answer.predict(read(str(path)))
    assert bare(answer.path / "net", code, str(path)) == ours
    return ours


@pytest.mark.filterwarnings("ignore:column .* not seen in training")
@pytest.mark.parametrize("read", [by_pandas, by_polars, by_csv])
def test_rows_of_a_table_are_predicted_to_the_last_bit(
    answer: howdeep.Answer, read: Callable[[str], Any], tmp_path: Path
) -> None:
    """Frames of either library and plain text, with gaps and categories never seen."""
    new = rows(1, 200).drop(columns="y")
    new.loc[3:6, "colour"] = ["purple", " red", "RED", ""]
    new.loc[7:11, "ward"] = ["7.0", "7", "07", " 07", "w99"]
    path = tmp_path / "new.csv"
    new.to_csv(path, index=False)
    assert len(set(predicted(answer, read, path))) > 190


@pytest.mark.filterwarnings("ignore:column .* missing, and none was in training")
@pytest.mark.parametrize("read", [typed_by_pandas, typed_by_polars])
def test_a_typed_frame_is_predicted_to_the_last_bit(
    answer: howdeep.Answer, read: Callable[[str], Any], tmp_path: Path
) -> None:
    """Types that a file of text loses: dates, flags, categories, integers with gaps."""
    new = rows(2, 200).drop(columns="y")
    new["b"] = new["b"].astype("Int64").mask(new.index % 7 == 0)
    new["colour"] = new["colour"].astype("category")
    new["day"] = new["day"].mask(new.index % 11 == 0)
    path = tmp_path / "new.parquet"
    new.to_parquet(path)
    assert len(set(predicted(answer, read, path))) > 190


@pytest.mark.filterwarnings("ignore:column .* not seen in training")
def test_a_category_too_rare_to_be_encoded_is_not_taken_for_another(
    answer: howdeep.Answer,
) -> None:
    """ "7" and "07" are two levels; what may mean either is neither."""
    net = door.load(answer.path / "net", {**vars(_dense_net), "encode": table.encode})
    row = rows(3, 1).drop(columns="y")
    x = {ward: net.encode(row.assign(ward=ward)) for ward in ("07", "7", "7.0", "w99", "w1")}
    assert (x["7"] == x["w99"]).all()
    assert (x["7.0"] == x["w99"]).all()
    assert (x["07"] != x["w99"]).any()
    assert (x["w1"] != x["w99"]).any()


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 8)])
def test_images_are_predicted_alike(images: Path, shape: tuple[int, ...], tmp_path: Path) -> None:
    with Study.open(images) as opened:
        task = opened.task()
        wanted = predict(opened, New(images_of(task))).values
        assert set(wanted) == set(task.info.classes)
    np.save(tmp_path / "x.npy", images_of(task).reshape(-1, *shape))
    code = "import numpy\nprint(json.dumps(load().predict(numpy.load(sys.argv[2]))))\n"
    assert bare(images / "net", code, str(tmp_path / "x.npy")) == wanted
    net = door.load(images / "net", {**vars(_conv_net), "encode": image.encode})
    assert net.predict(images_of(task).reshape(-1, *shape)) == wanted


@pytest.mark.filterwarnings("ignore:column .* not seen in training")
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"colour": None}, r"columns are missing: \['colour'\]"),
        ({"a": [[1.0], [2.0]]}, "column 'a' holds lists"),
        ({"a": [1.0]}, "columns differ in length"),
        ({"b": ["12", "2024-01-01"]}, "column 'b', row 2: '2024-01-01' is no number"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(
    answer: howdeep.Answer, change: dict[str, Any], error: str
) -> None:
    net = door.load(answer.path / "net", {**vars(_dense_net), "encode": table.encode})
    good = rows(4, 2).drop(columns="y").to_dict("list")
    assert len(net.predict(good)) == 2
    bad = {name: cells for name, cells in (good | change).items() if cells is not None}
    with pytest.raises(ValueError, match=error):
        net.predict(bad)


def later(answer: howdeep.Answer, name: str) -> Any:
    """Two good rows in a form that is refused, or read."""
    good = rows(4, 2).drop(columns="y")
    made: dict[str, Any] = {
        "a failing plan": pl.from_pandas(good).lazy().select("none"),
        "sparse": sparse.csr_array(np.eye(4)),
        "nothing": None,
        "a number": 3,
        "another order": {k: good[k][::-1] if k == good.columns[-1] else good[k] for k in good},
        "named tuples": list(good.itertuples(index=False)),
    }
    return made[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a failing plan", "cannot be collected"),
        ("sparse", "sparse matrix"),
        ("nothing", "NoneType"),
        ("a number", "int"),
        ("another order", "in another order"),
    ],
)
def test_the_net_and_predict_refuse_the_same_forms(
    answer: howdeep.Answer, name: str, said: str
) -> None:
    net = door.load(answer.path / "net", {**vars(_dense_net), "encode": table.encode})
    with pytest.raises(ValueError, match=said):
        net.predict(later(answer, name))
    with pytest.raises(TableError, match=said):
        answer.predict(later(answer, name))


def test_named_tuples_are_rows_for_both(answer: howdeep.Answer) -> None:
    net = door.load(answer.path / "net", {**vars(_dense_net), "encode": table.encode})
    given = later(answer, "named tuples")
    assert net.predict(given) == answer.predict(given)
    assert len(net.predict(given)) == 2


# ---- the text of net.py --------------------------------------------------------------------------
@pytest.mark.parametrize("kind", NETS)
def test_the_file_is_whole_files_and_needs_three_packages(kind: str) -> None:
    serve = modality(kind).serve
    text = source("a title", NETS[kind].Net.__new__(NETS[kind].Net), serve)  # type: ignore[attr-defined]
    for module in (*serve.FILES, NETS[kind], door):
        for _, thing in inspect.getmembers(module, inspect.isfunction):
            if thing.__module__ == module.__name__:
                assert inspect.getsource(thing) in text
    tree = ast.parse(text)
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    outside = {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert outside == {"numpy", "torch", "safetensors"}
    assert [name for name in imported if name == "__future__"] == ["__future__"]


@pytest.mark.parametrize(
    "name",
    ['"""\nraise SystemExit("run")\n"""', "\\", 'a"', "\\N{x}", "\0", "\u2028é\ud800", "{x}"],
)
def test_names_out_of_a_table_are_no_code(name: str) -> None:
    text = source(f"The net of {name}", nn_of(_dense_net), TABLES)
    text.encode()
    tree = ast.parse(text)
    assert (ast.get_docstring(tree, clean=False) or "").startswith(f"The net of {name}\n\n")
    assert isinstance(tree.body[1], ast.ImportFrom)


def nn_of(module: ModuleType) -> nn.Module:
    net: nn.Module = module.Net([("head", 2, 2)], [], 0, True, "relu", 1.0)
    return net


def serving(*files: ModuleType) -> Serve:
    """What another kind of data would add to `net.py`."""
    return cast(Serve, SimpleNamespace(FILES=files, USAGE=""))


def test_files_that_do_not_fit_together_are_refused() -> None:
    net = nn_of(_dense_net)
    with pytest.raises(ValueError, match=r"matching: \['EXACT', 'number'\] of howdeep.data.number"):
        source("t", net, serving(matching))
    with pytest.raises(ValueError, match=r"number: defined again: .*'is_missing'"):
        source("t", net, serving(number, number))
    with pytest.raises(ValueError, match="Other is to be called Net"):
        source("t", Other(), TABLES)


@pytest.mark.parametrize(
    "line",
    ["import howdeep.data.number", "from howdeep import data", "from . import x", "import own.y"],
)
def test_a_file_that_imports_from_its_own_package_is_refused(line: str, tmp_path: Path) -> None:
    """Wherever it does, as it would fail where that package is not."""
    module = ModuleType("own.part")
    module.__file__ = str(tmp_path / "part.py")
    Path(module.__file__).write_text(f"def late():\n    {line}\n    import os\n")
    with pytest.raises(ValueError, match=r"own\.part: .* stand in no file before it"):
        source("t", nn_of(_dense_net), serving(module))


class Other(nn.Module):
    """A family's net by another name."""


def test_what_net_json_says_has_kept_its_names(answer: howdeep.Answer, images: Path) -> None:
    known = {"schema", "verdict", "rung", "net", "encoder", "inputs", "target", "classes"}
    known |= {"labels", "provisional"}
    for path in (answer.path, images):
        about = json.loads((path / "net" / "net.json").read_text(encoding="utf-8"))
        assert about["schema"] == 1
        assert set(about) == known | {"reading"}
