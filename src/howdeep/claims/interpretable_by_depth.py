"""Whether deeper nets are harder to interpret: a tree that stands in, and what inputs are owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, Rows, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._subject import differ, learnt, right, subjects
from howdeep.claims._train import How, tuned
from howdeep.claims.nets.chain import chain
from howdeep.instruments import _attribute as attribute
from howdeep.instruments._subject import Rows as Seen
from howdeep.instruments._subject import Subject
from howdeep.report.parts import Element

DEPTHS = (1, 3, 8)
LEAVES = 32  # of the tree that stands in for a net
ROWS, POINTS, GONE = 200, 16, 10  # attributed rows, points of the integral, columns deleted


def _nets(lab: Lab, data: Data, layers: int, width: int, seeds: int) -> list[Subject]:
    data = shuffled(lab, data) if lab.control else data
    name = f"residual {layers}"
    arm = chain(name, data.columns, data.outputs, layers, width, skip="residual")
    how = How(steps=lab.by(400, 1_500), rates=(-9, -7), grow=1)
    return subjects(arm, tuned(arm, data, how, seeds, lab).params, data)


def _table(lab: Lab) -> Data:
    """Friedman's first function of ten columns as two classes: above its mean, or below."""
    data = built_in(lab, "friedman1", (2_000, 4_000, 2_000))
    train, choose, test = (
        Rows(rows.x, (rows.y > 0).long()) for rows in (data.train, data.choose, data.test)
    )
    return replace(data, train=train, choose=choose, test=test, outputs=2)


def _trees(lab: Lab, layers: int) -> dict[str, Any]:
    nets = _nets(lab, _table(lab), layers, 32, lab.by(8, 20))
    return {
        "table": [right(net, net.parts["test"]) for net in nets],
        "tree": [_tree(net, at) for at, net in enumerate(nets)],
        "most": [_most(net) for net in nets],
    }


def _pictures(lab: Lab, layers: int) -> dict[str, Any]:
    data = built_in(lab, "mnist1d", (4_000, 1_000, 1_500))
    nets = _nets(lab, data, layers, 48, lab.by(12, 20))
    owed = [_owed(net) for net in nets]
    other = [_owed(net, attribute.randomised(net, at)) for at, net in enumerate(nets)]
    words = lab.torch("columns")
    return {
        "score": [right(net, net.parts["test"]) for net in nets],
        "seeds": [_alike(owed[at], owed[at + 1]) for at in range(0, len(owed), 2)],
        "shuffled": [_alike(owed[at], other[at]) for at in range(0, len(owed), 2)],
        "deleted": [_deleted(net, own, words) for net, own in zip(nets, owed, strict=True)],
    }


def _tree(net: Subject, seed: int) -> float:
    """How often a tree that learnt the net's classes from its inputs says the same on new rows.

    Craven and Shavlik 1996 (NeurIPS): fidelity. It learns from rows that the net did not.
    """
    from sklearn.tree import DecisionTreeClassifier

    fit, test = net.parts["choose"], net.parts["test"]
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, random_state=seed)
    tree.fit(fit.inputs[0].numpy(), net.outputs(fit).argmax(1).numpy())
    same = tree.predict(test.inputs[0].numpy()) == net.outputs(test).argmax(1).numpy()
    return round(float(same.mean()), 6)


def _most(net: Subject) -> float:
    """How often the net says what it says most."""
    said = net.outputs(net.parts["test"]).argmax(1)
    return round(float(torch.bincount(said).max()) / len(said), 6)


def _some(net: Subject) -> Seen:
    return net.parts["test"].take(torch.arange(ROWS))


def _owed(net: Subject, other: torch.nn.Module | None = None) -> tuple[Tensor, ...]:
    """What the true class of each row owes to each input, by integrated gradients."""
    rows = _some(net)
    start = attribute.base(net)
    return attribute.integrated(net, rows, start, rows.targets, POINTS, other)


def _alike(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> float:
    return round(float(attribute.alike(a, b).mean()), 6)


def _deleted(net: Subject, owed: tuple[Tensor, ...], generator: torch.Generator) -> float:
    """How much further the output falls without the columns it owes most to than without any ten.

    In standard deviations of that output over the rows.
    """
    rows, start = _some(net), attribute.base(net)
    own = torch.zeros_like(owed[0], dtype=torch.bool).scatter(
        1, owed[0].topk(GONE, 1).indices, True
    )
    drawn = torch.rand(owed[0].shape, generator=generator).topk(GONE, 1).indices
    anyone = torch.zeros_like(own).scatter(1, drawn, True)
    fallen = attribute.occluded(net, rows, start, rows.targets, [(own,), (anyone,)]).mean(0)
    spread = net.outputs(rows).gather(1, rows.targets[:, None]).std()
    return round(float((fallen[0] - fallen[1]) / spread), 6)


def _measure(lab: Lab) -> Measured:
    nets = {
        str(layers): lab.kept("trees", lambda layers: _trees(lab, layers), layers=layers)
        | lab.kept("pictures", lambda layers: _pictures(lab, layers), layers=layers)
        for layers in DEPTHS
    }
    one, eight = nets["1"], nets["8"]
    sane = [differ(net["seeds"], net["shuffled"]) for net in nets.values()]
    return Measured(
        {
            "tree": Effect(differ(one["tree"], eight["tree"])),
            "seeds": Effect(differ(one["seeds"], eight["seeds"])),
            "learns": Effect(learnt(one["score"], 0.1)),
            "stands": Effect(differ(one["tree"], one["most"])),
            "sane": Effect(_least(sane)),
            "deleted": Effect(_least([net["deleted"] for net in nets.values()])),
            "score": Effect(differ(eight["score"], one["score"])),
        },
        {"nets": nets},
    )


def _least(values: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(min(own) for own in zip(*values, strict=True))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {
        "tree": f"a tree of {LEAVES} leaves says the same",
        "seeds": "attributions of two seeds, rank correlation",
        "shuffled": "of a net and its weights shuffled",
    }
    lines = {
        name: [(float(i), shown["nets"][str(n)][key]) for i, n in enumerate(DEPTHS)]
        for key, name in names.items()
    }
    return (
        curves("interpretable", "What explains a net, by depth", lines, "hidden layers",
               "share, or correlation", ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def at(key: str, form: str) -> str:
        one, eight = (mean(shown["nets"][str(n)][key]) for n in (1, 8))
        return f"{one:{form}} with one hidden layer and {eight:{form}} with eight"

    return (
        f"On new rows a tree of {LEAVES} leaves says the same as the net in {at('tree', '.1%')}. "
        f"The attributions of two nets that differ in their seed alone have a rank correlation of "
        f"{at('seeds', '.2f')}; those of a net and of its weights shuffled {at('shuffled', '.2f')}."
    )


CLAIM = Claim(
    title="Deeper nets are harder to interpret",
    rows=(22, 79),
    quotes=(
        Quote(
            "C",
            "Due to the complexity of the hierarchical representations and the non-linear "
            "interactions in large neural networks.",
        ),
        Quote("C", "raises questions about interpretability and model transparency"),
    ),
    statement="What a net of eight hidden layers does is told less well by a small tree than what "
    "a net of one does, and its attributions depend more on the seed.",
    conditions="Residual chains, each depth at its own best learning rate; on Friedman's function "
    f"as two classes, 32 units and trees of {LEAVES} leaves that learn from 4,000 rows; on MNIST-1D"
    f" 48 units and integrated gradients of {ROWS} rows.",
    measure=_measure,
    expects=(
        Expect("tree", "a small tree says what eight layers say over 3 points less often than "
               "what one says", 0.03, "points"),
        Expect("seeds", "attributions of two seeds agree less for eight layers than for one, by "
               "over 0.05 of rank correlation", 0.05),
    ),
    controls=(
        Expect("learns", "one hidden layer gets over 10 points more right than guessing",
               0.1, "points"),
        Expect("stands", "the tree says what one layer says over 10 points more often than a "
               "constant does", 0.1, "points"),
        Expect("sane", "at every depth the attributions of two trained nets are more alike than "
               "those of a net and of its weights shuffled", 0.0),
        Expect("deleted", "at every depth the output falls further without the inputs it owes "
               "most to than without any others", 0.0, "deviations"),
    ),
    also=(Expect("score", "eight layers get more right", 0.0, "points"),),
    swap="shuffled labels: nothing to learn at any depth",
    literature=(
        Reference("Craven and Shavlik", 1996, "Extracting tree-structured representations of "
                  "trained networks (NeurIPS): fidelity of a tree"),
        Reference("Sundararajan, Taly and Yan", 2017, "Axiomatic attribution for deep networks "
                  "(arXiv 1703.01365): integrated gradients"),
        Reference("Adebayo et al.", 2018, "Sanity checks for saliency maps (arXiv 1810.03292): an "
                  "attribution must change where weights are random"),
    ),
    picture=_picture,
    reading=_reading,
    change="Nets whose units are made to be read, or another notion of what an explanation is: "
    "these are two of many.",
    order=650,
)  # fmt: skip
