"""`howdeep doctor STUDY`: what is kept, shown on the page, and no more shown when stale."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from doctor_calls import called, files
from torch import nn

from howdeep import cli, faults
from howdeep.faults import _study
from howdeep.faults._page import TITLE
from howdeep.instruments import Subject
from howdeep.store.study import Study
from howdeep.testing.sections import check_parts


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
    (out / "doctor.json").unlink(missing_ok=True)
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
