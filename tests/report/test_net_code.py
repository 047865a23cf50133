"""The code and the drawing of what a study hands over, from fabricated dossiers."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import dossiers
import pytest

from howdeep import instruments
from howdeep.base.nouns import Inputs, Part, Rung
from howdeep.nets import families
from howdeep.report.boxes import boxes
from howdeep.report.net_code import code, rival_code, summary
from howdeep.report.net_readme import readme
from howdeep.report.page import page
from howdeep.report.parts import Drawing


@pytest.mark.parametrize("name", dossiers.ALL)
def test_there_is_code_wherever_a_net_or_a_model_is_handed_over(name: str) -> None:
    dossier = dossiers.ALL[name]()
    text = code(dossier)
    ast.parse(text)  # it is Python, whatever it says
    assert bool(text) == (dossier.build is not None or dossier.verdict.rival is not None)
    assert ("net = " in text) == (dossier.build is not None)
    assert all(len(line) <= 100 for line in text.splitlines())


def test_learning_rate_batch_and_steps_stand_in_it() -> None:
    dossier = dossiers.settled()
    found = dossier.build
    assert found is not None
    text = code(dossier)
    assert f"lr=2**{found.rate}" in text
    assert f"batch, steps = {found.recipe.batch}, {found.recipe.max_steps:_}" in text
    assert "cross-entropy" in " ".join(text.split())
    assert "squared error" in " ".join(code(dossiers.regression()).split())


def test_a_better_classical_model_comes_first_with_its_import() -> None:
    dossier = dossiers.boosted()
    rival = dossier.verdict.rival
    assert rival is not None
    text = code(dossier)
    assert f"from sklearn.ensemble import {rival.code.split('(')[0]}\n" in text
    assert text.index(f"model = {rival.code}") < text.index("net = ")
    assert rival_code(dossiers.settled()) == ""
    alone = replace(dossier, build=None)
    assert code(alone) == rival_code(alone)
    assert "The model and the net, as code" in page(dossier)


@pytest.mark.parametrize("times", [1, 2, 3, 4, 30])
def test_a_drawing_has_a_box_for_every_part_and_an_arc_for_every_shortcut(times: int) -> None:
    parts = (Part("input", "9"), Part("block", "64 wide", 2, times, skip=True), Part("out", "2", 1))
    drawn = boxes(Drawing(parts, "net", "A net", "in words"))
    seen = min(times, 3) if times <= 3 else 2
    assert len(re.findall("<rect", drawn)) == 2 + seen
    assert drawn.count('class="arc"') == seen
    assert (f"{times - 2} more like it" in drawn) == (times > 3)


def test_texts_of_a_drawing_are_escaped_and_inside_it() -> None:
    part = Part('<b>"x"</b>', "& more")
    drawn = boxes(Drawing((part, part), "net", "<t>", "<s>"))
    assert "<b>" not in drawn
    assert "<t>" not in drawn
    assert "&lt;b&gt;" in drawn
    assert "&amp; more" in drawn
    width, height = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', drawn)[0])
    for x, y in re.findall(r'<text[^>]* x="(\S+)" y="(\S+)"', drawn):
        assert 0 < float(x) < width
        assert 0 < float(y) < height


def test_a_net_of_many_blocks_is_said_in_one_line() -> None:
    text = summary(dossiers.settled())
    assert text.startswith("input (105 numbers a row, encoded) → first layer (128 wide) → ")
    assert "2 x block: two layers (128 wide), each with a shortcut around it" in text


@pytest.mark.parametrize(("columns", "words"), [(1, "1 number a row"), (1_200, "1,200 numbers a")])
def test_a_net_of_one_number_has_no_plural(columns: int, words: str) -> None:
    inputs = Inputs(columns, 1, columns)
    found = families.family("mlp").parts(Rung("mlp", 1, 8, inputs, 2))
    assert words in found[0].size


@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_card_of_a_net_says_what_was_not_looked_at(name: str) -> None:
    """What a model card asks and data cannot answer is left to people, in words."""
    dossier = dossiers.ALL[name]()
    text = readme(dossier).split("## What it is for")[1].split("## ")[0]
    assert "Whether a use is acceptable is no measurement." in text
    assert ("--groups-by COLUMN" in text) == (not dossier.plan.task.shape)
    for instrument in ("fairness", "robustness", "calibration"):
        assert f"`howdeep inspect STUDY {instrument}" in text
        assert instrument in instruments.names()
