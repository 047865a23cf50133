"""`howdeep doctor`: a study's nets, and a net of anyone's that a function builds."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from torch import nn

import howdeep
from howdeep import cli, faults
from howdeep.faults._page import TITLE
from howdeep.instruments import Rows, Subject
from howdeep.route import doors
from howdeep.route.options import parse_options
from howdeep.store.study import Study
from howdeep.testing.sections import check_parts

BUILD = """
from torch import nn

def deep(columns, outputs):
    parts, inside = [], columns
    for _ in range(20):
        parts += [nn.Linear(inside, 32), nn.Sigmoid()]
        inside = 32
    return nn.Sequential(*parts, nn.Linear(32, outputs))

def sound(columns, outputs):
    return nn.Sequential(nn.Linear(columns, 32), nn.ReLU(), nn.Linear(32, outputs))

def images(channels, outputs):
    return nn.Sequential(nn.Conv2d(channels, 8, 3, 2), nn.ReLU(), nn.Flatten(),
                         nn.LazyLinear(outputs))

def three(a, b, c):
    return None

def text():
    return "net"

def broken():
    raise KeyError("oh")

def leaves():
    raise SystemExit(3)

def wide():
    return nn.Linear(7, 2)

def one(columns, outputs):
    return nn.Linear(columns, 1)

def by_keyword(columns, outputs, *, depth=3):
    return third(columns, outputs, depth)

def third(columns, outputs, n):
    return nn.Sequential(nn.Linear(columns, 16), *(nn.Linear(16, 16) for _ in range(n)),
                         nn.Linear(16, outputs))

def only(blocks):
    return third(28, 2, blocks)

def strange(columns, *, other):
    return None

NOTHING = 7
"""


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nets_of_mine.py").write_text(BUILD)
    (tmp_path / "net.pt").write_bytes(b"\x80\x02}q\x00.")
    rows = ["a,b,y"]
    rows += [f"{i % 37 / 10},{i % 11 / 3},{'up' if i % 37 / 10 > i % 11 / 3 else 'down'}"
             for i in range(400)]  # fmt: skip
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def called(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["doctor", *words])
    error = done.exception
    if error is not None and not isinstance(error, SystemExit):
        assert isinstance(error, howdeep.HowdeepError), error
        return error.exit_code, f"{error.what} {error.fix}"
    return done.exit_code, " ".join(done.output.split())


def shown(found: str) -> list[dict[str, object]]:
    """What --json prints, whatever stderr says next to it."""
    return json.loads(found[found.index("{") :])["nets"]  # type: ignore[no-any-return]


def test_a_builder_with_data_is_looked_at_and_cured(at: Path) -> None:
    code, text = called("nets_of_mine:deep", "--data", "t.csv", "--target", "y", "--cure")
    assert code == 0
    assert "Vanishing gradient, at 0 (layer 1)" in text
    assert "with the cure" in text
    assert "the fault is gone" in text
    code, text = called("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--json")
    (found,) = shown(text)
    assert (code, found["findings"], found["layers"]) == (0, [], ["0", "2"])
    assert set(found) == {*KEYS}


KEYS = ("net", "when", "depth", "layers", "steps", "learns", "findings", "cures", "notes")


@pytest.mark.parametrize("name", ["by_keyword", "third", "only"])
def test_a_builder_may_take_a_depth(at: Path, name: str) -> None:
    words = (f"nets_of_mine:{name}", "--data", "t.csv", "--target", "y", "--json")
    code, text = called(*words, "--depths", "1,4")
    assert code == 0
    assert [(one["net"], one["depth"]) for one in shown(text)] == [
        (f"nets_of_mine:{name}(1)", 1), (f"nets_of_mine:{name}(4)", 4)
    ]  # fmt: skip
    assert [len(one["layers"]) for one in shown(text)] == [3, 6]  # type: ignore[arg-type]
    code, text = called(*words)
    assert code == (0 if name == "by_keyword" else 2)
    assert name == "by_keyword" or "--depths 8" in text


def test_a_loss_that_is_no_number_is_null(at: Path) -> None:
    """Batches of a table with a broken net: JSON has no infinity."""
    (at / "broken_nets.py").write_text(
        "import torch\nfrom torch import nn\n\nclass Logs(nn.Module):\n"
        "    def __init__(self, columns, outputs):\n        super().__init__()\n"
        "        self.last = nn.Linear(columns, outputs)\n"
        "    def forward(self, x):\n        return torch.log(self.last(x))\n"
    )
    words = ("broken_nets:Logs", "--data", "t.csv", "--target", "y")
    code, text = called(*words, "--cure", "--json")
    (found,) = shown(text)
    assert code == 0
    assert found["cures"][0]["end"][0] is None  # type: ignore[index]
    assert "no number" in called(*words, "--cure")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nets_of_mine:broken", "--data", "t.csv", "--target", "y"), "broken() failed: KeyError"),
        (("nets_of_mine:leaves", "--data", "t.csv", "--target", "y"), "failed: SystemExit"),
        (("nets_of_mine:wide", "--data", "t.csv", "--target", "y"), "does not take rows of shape"),
        (("nets_of_mine:one", "--data", "t.csv", "--target", "y"), "1 outputs for 2 classes"),
        (("nets_of_mine:strange", "--data", "t.csv", "--target", "y"), "takes 2 arguments"),
        (("nets_of_mine:NOTHING", "--data", "t.csv", "--target", "y"), "is no function"),
        (("nets_of_mine:", "--data", "t.csv", "--target", "y"), "names no function"),
        (("no_such_module:build", "--data", "t.csv", "--target", "y"), "No module named"),
        (("nets_of_mine.py",), "howdeep doctor nets_of_mine:build"),
        (("net.pt",), "holds weights, no net"),
        (("net.PT", "--data", "t.csv"), "holds weights, no net"),
        (("t.csv", "--target", "y"), "or add --before"),
        (("digits",), "which net is to be looked at"),
        (("nets_of_mine:sound", "--data", "none.csv", "--target", "y"), "none.csv"),
        (("nets_of_mine:sound", "--data", "t.csv"), "--target"),
        (("nets_of_mine:sound", "--data", "net.pt"), "pickle"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--cells", "mlp-2"), "--cells"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--depths", "2"), "no depth"),
        (("none.study", "--rate", "1"), "a study has its own data"),
        (("t.csv", "--target", "y", "--before", "--cure"), "--before trains nothing"),
        (("t.csv", "--target", "y", "--before", "--depths", "0"), "add a depth"),
        (("nets_of_mine:third", "--data", "digits", "--before", "--depths", "0"), "say 1 or more"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--before"), "no depth"),
        (("nets_of_mine:third", "--before"), "what does this net learn from"),
        (("nets_of_mine:sound",), "what does this net learn from"),
        (("nets_of_mine:none", "--data", "t.csv", "--target", "y"), "cannot be imported"),
        (("nets_of_mine:three", "--data", "t.csv", "--target", "y"), "takes 3 arguments"),
        (("nets_of_mine:text", "--data", "t.csv", "--target", "y"), "gives str"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--rate", "-1"), "--rate"),
        (
            ("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--loss", "mist"),
            "has no 'mist'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(at: Path, words: tuple[str, ...], says: str) -> None:
    code, text = called(*words)
    assert code == 2
    assert says in text


@pytest.mark.parametrize("more", [(), ("--cure",), ("--before",), ("--json",)])
def test_no_study_is_told(at: Path, more: tuple[str, ...]) -> None:
    code, text = called("none.study", *more)
    assert code == 3
    assert "none.study" in text


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study; copy it."""
    out = tmp_path_factory.mktemp("doctor") / "s.study"
    howdeep.run("friedman1", depths=(0, 2), max_seeds=2, max_steps=200, rivals="none", jobs=1,
                out=str(out))  # fmt: skip
    return out


def files(study: Path) -> dict[str, bytes]:
    """All that looking at a study afterwards leaves alone."""
    kept = [study / "result.json", *(study / "net").iterdir()]
    return {str(one): one.read_bytes() + str(one.stat().st_mtime_ns).encode() for one in kept}


def test_a_healthy_study_is_told_in_one_line_and_only_its_page_is_written(study: Path) -> None:
    before = files(study)
    code, text = called(str(study))
    assert code == 0
    line = "3 nets were looked at as they start and as they ended: no fault found."
    assert line in text
    assert text.count("faults") == 1, "no line a net"
    page = (study / "report.html").read_text()
    assert TITLE in page
    assert line in page
    for words in (["inspect", str(study), "cost"], ["why", str(study)], ["doctor", str(study)]):
        done = CliRunner().invoke(cli.app, words)
        assert done.exit_code == 0, done.output
        assert files(study) == before, words
    CliRunner().invoke(cli.app, ["report", str(study)])
    assert line in (study / "report.html").read_text()


def sick(one: Subject) -> Subject:
    """A net of its size that starts with sigmoids and torch's own weights, 20 layers of them."""
    columns = one.train.inputs[0].shape[1]

    def fresh(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        parts: list[nn.Module] = []
        for i in range(20):
            parts += [nn.Linear(32 if i else columns, 32), nn.Sigmoid()]
        return nn.Sequential(*parts, nn.Linear(32, 1))

    return replace(one, fresh=fresh) if one.depth else one


def test_what_is_found_is_kept_and_shown_until_it_is_stale(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(study, tmp_path / "s.study"))
    from howdeep.faults import _study

    known = _study.subjects
    monkeypatch.setattr(_study, "subjects", lambda *of: tuple(map(sick, known(*of))))
    code, text = called(str(out), "--cure", "--cells", "mlp-2")
    assert code == 0
    assert "Vanishing gradient, at" in text
    assert "1 net was looked at as it ended: no fault found." in text
    with Study.open(out) as opened:
        found = faults.kept(opened)
    first, last = found
    assert (first.net, first.when, first.depth) == ("mlp-2", "start", 2)
    assert first.diagnosis.cures[0].works
    assert len(first.diagnosis.cures[0].curves[1]) == 60
    assert len(first.diagnosis.layers) == 21
    assert not last.diagnosis.findings
    page = (out / "report.html").read_text()
    assert "vanishing gradient, layer 1 of 21" in page
    assert "doctor-start" in page
    assert "doctor-end" not in page
    assert "doctor-cure-0" in page
    called(str(out), "--cells", "mlp-2")
    with Study.open(out) as opened:
        assert faults.kept(opened)[0].diagnosis.cures == first.diagnosis.cures, "they stay true"
    monkeypatch.setattr(_study, "subjects", known)
    called(str(out), "--cells", "mlp-2")
    CliRunner().invoke(cli.app, ["report", str(out)])
    assert "vanishing" not in (out / "report.html").read_text().lower()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],  # cut off
        lambda text: text.replace('"layers"', '"players"'),  # of another shape
        lambda text: text.replace(f'"{version("howdeep")}"', '"0.0.1"'),  # of another version
        lambda text: re.sub('"verdict": ".{9}', '"verdict": "123456789', text),
        lambda text: "[]",
        lambda text: text.replace('"depth": 0', '"depth": "deep"'),
    ],
)
def test_what_is_stale_or_damaged_is_not_shown(
    spoil: Callable[[str], str], study: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(study, tmp_path / "s.study"))
    diagnosis = faults.Diagnosis("linear as it starts", (), layers=("0",))
    with Study.open(out) as opened:
        file = faults.keep(opened, (faults.Visit("linear", "start", 0, diagnosis),))
        assert faults.kept(opened)[0].net == "linear"
        changed = spoil(file.read_text())
        assert changed != file.read_text()
        file.write_text(changed)
        assert faults.kept(opened) == ()
    assert CliRunner().invoke(cli.app, ["report", str(out)]).exit_code == 0
    assert TITLE not in (out / "report.html").read_text()


def test_the_section_can_be_shown_whatever_it_holds() -> None:
    nan, layers = float("nan"), tuple(map(str, range(100)))
    odd = "lay\x1ber<b>"
    finding = faults.Finding("nan", "NaN", odd, 99, f"a NaN at {odd}", "It has one.", "Mend it.")
    whole = replace(finding, fault="loss_fit", title="Loss that does not fit", layer="", place=-1)
    cured = faults.Cured("nan", 60, (0.0, 0.1), (nan, 1.0), (nan, 2.0), (nan, 1.0), True,
                         ((), (2.0, 1.0)))  # fmt: skip
    well = faults.Diagnosis("n", (), layers=("0",), notes=("it learns little",))
    bad = faults.Diagnosis("n", (finding, whole), (cured,), layers=layers)
    for found in (
        (),
        (faults.Visit("a", "", -1, well),),
        (faults.Visit(odd, "", 3, bad), faults.Visit("a", "", -1, well)),
        tuple(faults.Visit(f"mlp-{i}", w, i, bad) for i in range(9) for w in ("start", "end")),
    ):  # fmt: skip
        section = faults.section(found)
        check_parts(f"{len(found)} nets", section)
        assert bool(section.parts) == bool(found)


# ---- before anything is trained -----------------------------------------------------------------
@pytest.mark.parametrize(("name", "depth"), [("sigmoid", 12), ("relu", 32), ("residual", 32)])
def test_what_is_said_before_is_what_training_does(at: Path, name: str, depth: int) -> None:
    """Against 300 steps of SGD at the best of three rates, on what the rows say plainly."""
    (at / "ladders.py").write_text(LADDERS)
    words = (f"ladders:{name}", "--data", "t.csv", "--target", "y", "--before")
    code, text = called(*words, "--depths", f"2,{depth}", "--json")
    assert code == 0
    (found,) = json.loads(text[text.index("{") :])["before"]
    assert [one["depth"] for one in found["depths"]] == [2, depth]
    says = found["depths"][1]["says"]
    options = parse_options({"data": "t.csv", "target": "y"}, "doctor")
    rows = faults.named(words[0], doors.task_of(options), None, None, "adam", 2).train
    build = faults.builder(words[0])
    best = max(learnt(build, rows, depth, rate) for rate in (0.03, 0.1, 0.3))
    assert says == ("trains" if best > 0.8 else "does not train"), best
    assert name == "residual" or best < 0.7
    code, text = called(*words, "--depths", str(depth))
    assert ("does not train" in text) == (says == "does not train")
    assert "within this budget" in text


LADDERS = """
from torch import nn

class Residual(nn.Module):
    def __init__(self, columns, outputs, depth):
        super().__init__()
        self.stem, self.head = nn.Linear(columns, 32), nn.Linear(32, outputs)
        self.ups = nn.ModuleList(nn.Linear(32, 32) for _ in range(depth))
        self.scale = depth ** -0.5

    def forward(self, x):
        x = self.stem(x)
        for up in self.ups:
            x = x + self.scale * up(x).relu()
        return self.head(x)

def plain(act, columns, outputs, depth):
    sizes = [columns, *[32] * depth]
    parts = [m for a, b in zip(sizes, sizes[1:]) for m in (nn.Linear(a, b), act())]
    return nn.Sequential(*parts, nn.Linear(32, outputs))

def sigmoid(columns, outputs, depth):
    return plain(nn.Sigmoid, columns, outputs, depth)

def relu(columns, outputs, depth):
    return plain(nn.ReLU, columns, outputs, depth)

residual = Residual
"""


def learnt(build: Callable[..., nn.Module], rows: Rows, depth: int, rate: float) -> float:
    """The share of rows that a net gets right after 300 steps, torch's own start."""
    x, y = rows.inputs[0], rows.targets
    torch.manual_seed(0)
    net = build(x.shape[1], 2, depth)
    optimizer = torch.optim.SGD(net.parameters(), rate, momentum=0.9)
    for _ in range(300):
        index = torch.randint(0, len(x), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[index]), y[index]).backward()
        optimizer.step()
    with torch.no_grad():
        return float((net(x).argmax(1) == y).float().mean())


def test_before_says_the_same_from_python(at: Path) -> None:
    words = ("nets_of_mine:third", "--data", "t.csv", "--target", "y", "--before", "--json")
    code, text = called(*words, "--depths", "2,6,20")
    (found,) = json.loads(text[text.index("{") :])["before"]
    assert code == 0
    options = parse_options({"data": "t.csv", "target": "y"}, "doctor")
    one = faults.named("nets_of_mine:third", doors.task_of(options), None, None, "adam", 2)
    build = faults.builder("nets_of_mine:third")
    same = howdeep.trainable(
        lambda depth: build(28, 2, depth), (one.train.inputs[0], one.train.targets),
        depths=(2, 6, 20),
    )  # fmt: skip
    assert json.loads(json.dumps([f.values() for f in same])) == found["depths"]


def test_before_of_data_and_of_a_study_says_its_families(at: Path, study: Path) -> None:
    words = ("t.csv", "--target", "y", "--before", "--json")
    code, text = called(*words, "--depths", "0,2,8", "--family", "resmlp")
    assert code == 0
    every = json.loads(text[text.index("{") :])["before"]
    assert {one["net"] for one in every} == {"resmlp", "mlp"}
    assert [d["depth"] for d in every[0]["depths"]] == [2, 8]
    assert not list(at.glob("*.study"))
    before = files(study)
    code, text = called(str(study), "--before", "--depths", "8")
    assert code == 0
    assert "Which depths will train? resmlp" in text
    assert files(study) == before
