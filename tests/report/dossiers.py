"""Made-up dossiers, one for every outcome."""

from __future__ import annotations

from dataclasses import replace

from fabricate import BINARY, around, make, make_plan, make_task, rivals

from howdeep.base.nouns import PixelScale
from howdeep.base.verdicts import (
    CellRef,
    Control,
    Dossier,
    Encoding,
    FamilyRange,
    Rival,
    TestScore,
    ToSettle,
)


def settled() -> Dossier:
    return make(boosting=0.8582)


def boosted() -> Dossier:
    return make(boosting=0.8702)


def boosted_open() -> Dossier:
    return make(
        half=0.0085,
        boosting=0.8802,
        status="undetermined",
        settled=False,
        test_score=None,
        control=None,
        twin=None,
        control_why="no depth is recommended",
        diminishing=None,
    )


def unsettled() -> Dossier:
    """The allowance did not reach for one block as large."""
    why = "what is left of the allowance of operations does not reach for it"
    return make(half=0.0040, diminishing=None, twin=None, twin_why=why)


def disagree() -> Dossier:
    base = settled()
    refs = {c.standing.cell.name: c.standing.cell for c in base.verdict.cells}
    ranges = (
        FamilyRange("resmlp", refs["resmlp-4"], refs["resmlp-8"], 0.8579),
        FamilyRange("mlp", refs["mlp-1"], refs["mlp-2"], 0.8552),
    )
    return replace(
        base,
        verdict=replace(
            base.verdict,
            families=ranges,
            families_disagree=True,
            control=None,
            twin=None,
            control_why="the recommended depth has one block: no shallower rival",
        ),
    )


def no_depth() -> Dossier:
    scores = {name: 0.842 + 0.0004 * (i % 3) for i, name in enumerate(BINARY)}
    return make(
        scores,
        status="no_depth_needed",
        control=None,
        twin=None,
        control_why="the linear model has no shallower rival",
    )


def undetermined() -> Dossier:
    return make(
        half=0.0085,
        status="undetermined",
        settled=False,
        test_score=None,
        control=None,
        twin=None,
        control_why="no depth is recommended",
        diminishing=None,
        to_settle=ToSettle(seeds=34, rows=31_000, why=""),
        resolvable=0.0092,
    )


def extend() -> Dossier:
    scores = {
        "linear": 0.71,
        "resmlp-1": 0.80,
        "resmlp-2": 0.83,
        "resmlp-4": 0.86,
        "resmlp-8": 0.885,
        "resmlp-16": 0.899,
        "resmlp-32": 0.911,
    }
    return make(
        scores,
        status="extend",
        settled=False,
        plan=make_plan(families=("resmlp",)),
        control=None,
        twin=None,
        control_why="the ladder is too short",
        diminishing=None,
    )


def unreliable() -> Dossier:
    base = make(
        status="unreliable",
        settled=False,
        test_score=None,
        control=None,
        twin=None,
        control_why="no depth is recommended",
        diminishing=None,
        candidates=(),
        families=(),
        resolvable=None,
    )
    cells = tuple(
        replace(c, standing=replace(c.standing, state="unreliable", diverged=3, qualifies=False))
        if c.standing.cell.blocks
        else c
        for c in base.verdict.cells
    )
    return replace(base, verdict=replace(base.verdict, cells=cells))


def nothing_learnt() -> Dossier:
    """No net scores much better than guessing does. Classical models do no better."""
    return beside_guessing(nothing_to_learn(), boosting=0.757)


def guessing_nets() -> Dossier:
    """A classical model finds what no net does."""
    return beside_guessing(nothing_to_learn(), boosting=0.785)


def no_models() -> Dossier:
    return nothing_to_learn()


def nothing_to_learn() -> Dossier:
    constant, half = 0.7607, 0.009
    scores = {name: constant + 0.006 - 0.004 * (i % 4) for i, name in enumerate(BINARY)}
    base = make(
        scores,
        half=0.02,
        status="nothing_learnt",
        settled=False,
        test_score=None,
        control=None,
        twin=None,
        control_why="no cell is recommended",
        price=(),
        diminishing=None,
        families=(),
        to_settle=ToSettle(None, 51_000, ""),
        **dict.fromkeys(("family", "blocks", "weight_layers", "parameters", "enough", "at_least")),
    )
    cells = tuple(
        replace(c, over_guess=around(c.standing.score - constant, half)) for c in base.verdict.cells
    )
    could = max(c.over_guess.high or 0.0 for c in cells if c.over_guess)
    return replace(base, verdict=replace(base.verdict, cells=cells, could=could))


def beside_guessing(base: Dossier, boosting: float) -> Dossier:
    """With classical models, which are compared with guessing here."""
    beside = rivals(boosting, base.verdict.constant, 0.012, 0.0)
    won = next((rival for rival in beside if rival.says == "better"), None)
    return replace(base, verdict=replace(base.verdict, rivals=beside, rival=won))


def best_beaten() -> Dossier:
    """The rival beats the best net as well as the shallower one that is named."""
    base = boosted()
    scores = {c.standing.cell.name: c.standing for c in base.verdict.cells}
    best = max(scores.values(), key=lambda s: s.score)
    beside = tuple(
        replace(r, over_best=around((r.score or 0.0) - best.score, 0.002))
        for r in base.verdict.rivals
    )
    won = next(r for r in beside if r.says == "better")
    verdict = replace(base.verdict, rivals=beside, rival=won, best_net=best.cell)
    return replace(base, verdict=verdict)


def budget() -> Dossier:
    """Stopped by --budget after two looks, rows capped by the allowance, step cap reached."""
    says = "Trained on 12,000 of 29,305 training rows to stay within; `--rows all` lifts the cap"
    plan = make_plan(train_rows=12_000, cuts=(("rows", says),))
    made = make(
        half=0.0085,
        status="undetermined",
        plan=plan,
        settled=False,
        test_score=None,
        control=None,
        twin=None,
        control_why="stopped by the budget",
        stopped_by="budget",
        budget_limited=True,
        looks=(3, 5),
        diminishing=None,
        to_settle=ToSettle(None, 90_000, "seeds alone cannot: the rows are too few"),
    )
    *cells, last = made.verdict.cells
    cells = (*cells, replace(last, capped=0.67, cap=20_000))
    return replace(made, verdict=replace(made.verdict, cells=cells))


def regression() -> Dossier:
    """Next to it a model that could not be fitted, and others that are not as good."""
    task = make_task(
        name="diamonds",
        kind="regression",
        metric="mse",
        classes=(),
        target="price",
        scheme="folds",
        source="diamonds.parquet",
        rows=(("all", 3000), ("test", 600), ("select", 2400)),
        select_rows=2400,
        test_rows=600,
        notes=(),
        yards=(("select", 1.61e7), ("test", 1.57e7)),
    )
    plan = make_plan(task, epsilon=0.01, folds=5, train_rows=1920, train_rows_full=1920)
    scores = {n: -0.10 + 2.2 * (s - 0.858) for n, s in BINARY.items()}
    test = TestScore(
        "R2",
        around(-0.104, 0.011),
        around(-0.101, 0.012),
        3,
        "9c" * 32,
        -1.003,
        (("RMSE", 612.4), ("MAE", 331.2)),
    )
    one = Control(
        CellRef("resmlp", 1, 4, 47_000, 190), 0.998, around(0.001, 0.006), 12, "parameters"
    )
    failed = Rival("forest", 0, 1920, "out of memory", "", None, None, None, "failed")
    made = make(
        scores,
        plan=plan,
        half=0.007,
        boosting=-0.20,
        constant=-1.0,
        plain=-0.37,
        test_score=test,
        resolvable=0.008,
        control=one,
        twin=one,
    )
    beside = (*(r for r in made.verdict.rivals if r.name != "forest"), failed)
    return replace(made, verdict=replace(made.verdict, rivals=beside))


def many_classes() -> Dossier:
    letters = tuple(chr(65 + i) for i in range(26))
    task = make_task(
        name="letter",
        classes=letters,
        target="lettr",
        source="letter.csv",
        rows=(("all", 20000), ("train", 12000), ("val", 2000), ("select", 3000), ("test", 3000)),
        select_rows=3000,
        test_rows=3000,
        notes=(),
        scale=PixelScale("whole", 200.0, 700.0, 200.0, 700.0),  # as of images
    )
    scores = {
        "linear": 0.77,
        "resmlp-1": 0.948,
        "resmlp-2": 0.959,
        "resmlp-4": 0.968,
        "resmlp-8": 0.9695,
        "resmlp-16": 0.9668,
    }
    test = TestScore("accuracy", around(0.9671, 0.006), around(0.968, 0.0065), 2, "9c" * 32, 0.0407)
    made = make(
        scores,
        half=0.0034,
        constant=0.0406,
        plan=make_plan(task, families=("resmlp",)),
        test_score=test,
        control=Control(
            CellRef("resmlp", 2, 6, 155_000, 178), 1.004, around(0.0021, 0.0013), 12, "depth"
        ),
        twin=Control(
            CellRef("resmlp", 1, 4, 154_000, 1_234), 0.998, around(0.0312, 0.011), 5, "depth"
        ),
    )
    tried = (("", 0.951), ("standard", 0.968), ("linear", 0.966))
    return replace(made, verdict=replace(made.verdict, encoding=Encoding("standard", tried)))


def log_loss() -> Dossier:
    scores = {n: -0.30 - 1.5 * (0.858 - s) for n, s in BINARY.items()}
    return make(
        scores,
        plan=make_plan(make_task(metric="log_loss")),
        constant=-0.549,
        test_score=TestScore(
            "log loss", around(-0.302, 0.01), around(-0.301, 0.01), 2, "9c" * 32, -0.55
        ),
    )


ALL = {
    f.__name__: f
    for f in (
        settled,
        boosted,
        boosted_open,
        unsettled,
        disagree,
        no_depth,
        undetermined,
        extend,
        unreliable,
        nothing_learnt,
        guessing_nets,
        no_models,
        best_beaten,
        budget,
        regression,
        many_classes,
        log_loss,
    )
}
