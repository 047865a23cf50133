"""Options of what is looked at in trained nets, and of what is mended: none moves an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from howdeep.base import parsers
from howdeep.base.rules import LOOK, MEND, Rule, choice
from howdeep.route import parsers as own

Optimizer = Literal["adam", "adamw", "sgd", "momentum"]


@dataclass(frozen=True)
class Looking:
    """What is looked at in the nets that a study has: nothing of it moves an answer."""

    section = "What is looked at"
    cells: Annotated[
        tuple[str, ...] | None,
        Rule(
            own.words,
            "nets to look at, by their names in the report",
            metavar="NAME,...",
            usual="one of every depth",
            on=(*LOOK, *MEND, "why"),
            also=(
                ("why", ("nets to explain [default: all that are deeper and worse]", "NAME,...")),
            ),
        ),
    ] = None
    look_rows: Annotated[
        int,
        Rule(parsers.integer, "rows of each part to look at", 32, 100_000, metavar="N", on=LOOK),
    ] = 512
    look_steps: Annotated[
        int,
        Rule(
            parsers.integer,
            "most training steps of what has to be trained",
            0,
            100_000,
            metavar="N",
            on=LOOK,
        ),
    ] = 200
    groups_by: Annotated[
        tuple[str, ...] | None,
        Rule(
            own.words,
            "columns whose values are groups to be treated alike",
            metavar="COL,...",
            usual="columns of 2 to 8 categories",
            on=LOOK,
        ),
    ] = None


@dataclass(frozen=True)
class Mending:
    """How a net is trained that the doctor looks at; a study knows it itself."""

    section = "The net and its training"
    cure: Annotated[
        bool, Rule(parsers.flag, "try each cure on a copy: before and after", on=MEND)
    ] = False
    before: Annotated[
        bool,
        Rule(parsers.flag, "say which depths will train, before anything is trained", on=MEND),
    ] = False
    loss: Annotated[
        str | None,
        Rule(
            parsers.name,
            "what it learns by, of torch.nn.functional",
            metavar="NAME",
            usual="by the target",
            on=MEND,
        ),
    ] = None
    rate: Annotated[
        float | None,
        Rule(
            parsers.number,
            "its learning rate, to be judged as well",
            1e-12,
            1e6,
            metavar="RATE",
            on=MEND,
        ),
    ] = None
    optimizer: Annotated[Optimizer, choice("what trains it", Optimizer, on=MEND)] = "adam"
