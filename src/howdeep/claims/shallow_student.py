"""A shallow student of a deep teacher: does it get further than with labels alone?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Rows, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import bars
from howdeep.claims._train import How, more, summary, tuned
from howdeep.report.parts import Element

LABELLED, INPUTS = 4_000, 16_000
BLOCKS, WIDTH, STUDENT = 8, 32, 358  # the student's width, for as many parameters


def _steps(lab: Lab) -> int:
    return lab.by(1_200, 2_500)


def _nets(lab: Lab) -> Any:
    data = built_in(lab, "mnist1d", (INPUTS, 1_000, 10_000))
    if lab.control:
        data = shuffled(lab, data)
    deep = of_family("resmlp", data.columns, data.outputs, BLOCKS, WIDTH)
    shallow = of_family("mlp", data.columns, data.outputs, 1, STUDENT)
    how = How(steps=_steps(lab), rates=(-7, -6, -5), grow=1)
    seeds = lab.by(4, 20)
    teacher = tuned(deep, data.fewer(LABELLED), how, seeds, lab)
    first = {name: value[:1] for name, value in teacher.params.items()}
    with torch.no_grad():
        told = deep.apply(first, data.train.x.unsqueeze(0))[0].argmax(-1)
    taught = replace(data, train=Rows(data.train.x, told))
    out = {
        "teacher": summary(teacher),
        "labels": summary(tuned(shallow, data.fewer(LABELLED), how, seeds, lab)),
        "taught": summary(tuned(shallow, taught, how, seeds, lab)),
    }
    return out | {"parameters": [deep.parameters, shallow.parameters]}


def _measure(lab: Lab) -> Measured:
    found = lab.kept("nets", lambda: _nets(lab))
    deep, shallow = found["parameters"]
    return Measured(
        {
            "labels": more(found["teacher"], found["labels"]),
            "taught": more(found["teacher"], found["taught"]),
            "gain": more(found["taught"], found["labels"]),
            "learns": Effect(tuple(v - 0.1 for v in found["labels"]["test"])),
            "equal": Effect((-abs(deep / shallow - 1),), exact=True),
        },
        {
            "test": {name: found[name]["test"] for name in ("teacher", "labels", "taught")},
            "parameters": found["parameters"],
            "steps": _steps(lab),
        },
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"teacher": "deep", "labels": "shallow", "taught": "taught"}
    values = {label: shown["test"][name] for name, label in names.items()}
    return (bars("student", "A shallow student of a deep teacher", values, "right, %",
                 times=100),)  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    mean = {name: sum(own) / len(own) for name, own in shown["test"].items()}
    deep, shallow = shown["parameters"]
    return (
        f"After {shown['steps']:,} steps the deep net ({deep:,} parameters) gets "
        f"{mean['teacher']:.1%} right, a shallow one ({shallow:,}) {mean['labels']:.1%} from the "
        f"same labels and {mean['taught']:.1%} from what a deep net answers to four times as many "
        "inputs."
    )


CLAIM = Claim(
    title="Can a shallow net do what a deep one learned?",
    rows=(17,),
    quotes=(
        Quote("A", "This hierarchical feature learning often isn't achievable with shallow "
                   "networks"),
    ),
    statement="A net of one hidden layer stays behind a deep one with as many parameters, be it "
    "trained on labels or on the deep net's answers.",
    conditions="MNIST-1D; eight residual blocks of width 32 on 4,000 labelled rows; a shallow net "
    "of 358 units on these, or on 16,000 inputs, these among them, with the answers of one deep "
    "net; each at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("labels", "from labels the shallow net stays over 2 points behind the deep one",
               0.02, "points"),
        Expect("taught", "taught by the deep net the shallow one stays over 2 points behind",
               0.02, "points"),
    ),
    controls=(
        Expect("learns", "the shallow net beats guessing", 0.1, "points"),
        Expect("equal", "both have the same number of parameters within 3 %", -0.03, ""),
    ),
    also=(Expect("gain", "the deep net's answers are a better school for the shallow one than "
                 "labels", 0.0, "points"),),
    swap="the classes dealt anew to the rows: nothing to learn",
    literature=(
        Reference("Ba and Caruana", 2014, "Do deep nets really need to be deep? (arXiv 1312.6184)",
                  "they teach by the outputs before the softmax; here by the class alone"),
    ),
    picture=_picture,
    reading=_reading,
    change="A shallow student that closes the gap: with more steps (it learns slower: after 2,000 "
    "it was 2 to 3 points behind), more inputs, more units, or outputs instead of classes to "
    "learn from.",
    order=250,
)  # fmt: skip
