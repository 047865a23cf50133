"""A dossier made up from a few scores, with numbers such as real studies give."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from howdeep.base.nouns import (
    Cell,
    Cost,
    Inputs,
    Ladder,
    Model,
    Plan,
    RateSearch,
    Recipe,
    Rung,
    TaskInfo,
    Tolerance,
)
from howdeep.base.verdicts import (
    Build,
    CellCurve,
    CellRef,
    CellStanding,
    CellSummary,
    Collapse,
    Control,
    Dossier,
    FamilyRange,
    Interval,
    Price,
    Provisional,
    RatePoint,
    Rival,
    Spent,
    Tested,
    TestScore,
    Verdict,
)
from howdeep.judge.tested import of_classes, of_numbers
from howdeep.nets import families

DEPTHS = (0, 1, 2, 4, 8, 16)
WIDTH, COLUMNS = 128, 105
MODELS = ("boosting", "forest", "neighbours", "plain")
PLATFORM = (
    ("cpu", "AVX2"),
    ("howdeep", "0.1.0"),
    ("python", "3.11.2"),
    ("threads", "2"),
    ("torch", "2.13.0+cpu"),
)


def make_cell(family: str, blocks: int, outputs: int = 2) -> Cell:
    rung = Rung(family, blocks, WIDTH, Inputs(COLUMNS, 14, 14), outputs)
    per_block = 2 if family != "mlp" else 1
    hidden = blocks * per_block - (1 if family == "mlp" else 0)
    layers = 1 if blocks == 0 else hidden + 2
    ends = COLUMNS * WIDTH + WIDTH + WIDTH * outputs + outputs
    parameters = COLUMNS * outputs + outputs if blocks == 0 else ends + hidden * WIDTH * (WIDTH + 1)
    return Cell(rung, Cost(layers, parameters, 2.0 * parameters))


def make_task(**changes: object) -> TaskInfo:
    task = TaskInfo(
        name="adult",
        fingerprint="5f" * 32,
        kind="classification",
        metric="accuracy",
        scheme="holdout",
        classes=("<=50K", ">50K"),
        target="income",
        features=(("age", "number"), ("workclass", "category"), ("hours-per-week", "number")),
        rows=(("all", 48842), ("train", 29305), ("val", 4884), ("select", 7326), ("test", 7327)),
        select_rows=7326,
        test_rows=7327,
        notes=(
            "column 'education-num' orders 'education': both kept",
            "empty cells of 'workclass' are a category of their own (2,799 rows)",
        ),
        source="adult.csv",
        source_sha256="ab" * 32,
        modality="table",
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def make_plan(
    task: TaskInfo | None = None,
    families: tuple[str, ...] = ("resmlp", "mlp"),
    depths: tuple[int, ...] = DEPTHS,
    extend_to: int = 32,
    **changes: object,
) -> Plan:
    task = task or make_task()
    outputs = len(task.classes) or 1
    deepest = [*depths, *([extend_to] if extend_to else [])]
    cells = [make_cell(f, b, outputs) for f in families for b in deepest if b]
    cells = sorted([make_cell(families[0], 0, outputs), *cells], key=lambda c: c.order)
    plan = Plan(
        task=task,
        seed=0,
        ladders=tuple(
            Ladder(f, depths, extend_to, WIDTH, Recipe(128, 9160, 114), RateSearch())
            for f in families
        ),
        cells=tuple(cells),
        epsilon=0.005,
        confidence=0.95,
        looks=(3, 5, 8, 12, 20),
        spending=(0.02, 0.04, 0.10, 0.24, 0.60),
        folds=1,
        tune_rows=4884,
        allowance=2e14,
        flops_planned=1.6e14,
        train_rows=29305,
        train_rows_full=29305,
        version="0.1.0",
        tolerance=Tolerance(0.05, 0.004, 0.02),
        sure_seeds=8,
        options=(("target", "income"),),
        rivals=tuple(Model(name, 5, 29305, 14, 3, 400, 2e10) for name in MODELS),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def _summary(cell: Cell, standing: CellStanding) -> CellSummary:
    rate = (
        -5 if cell.blocks == 0 else -7 - (cell.blocks.bit_length() if cell.family == "mlp" else 0)
    )
    gain = 0.002 + 0.004 * math.log2(1 + cell.blocks)
    return CellSummary(
        standing,
        rates=(rate,),
        val=standing.score + 0.002,
        train=standing.score + gain,
        steps=2400.0 + 150 * cell.blocks,
        capped=0.05,
        flops=cell.cost.flops * 3 * 128 * 2400,
        nets=standing.seeds,
    )


def rivals(best: float, net: float, half: float, epsilon: float) -> tuple[Rival, ...]:
    """Four classical models of which boosting scores `best`, next to a net that scores `net`."""
    out = []
    for i, name in enumerate(MODELS):
        score = best - 0.006 * i
        gap = around(score - net, half)
        low, high = gap.low or 0.0, gap.high or 0.0
        within = "as good" if low >= -epsilon and high <= epsilon else "unclear"
        says = "better" if low > epsilon else "worse" if high < -epsilon else within
        test = around(score - 0.002, 0.007)
        settings = f"settings of {name}, 212 iterations"
        out.append(Rival(name, 5, 29305, settings, f"{name}(n=212)", score, test, gap, says))  # type: ignore[arg-type]
    return tuple(out)


def standings(plan: Plan, scores: dict[str, float], half: float) -> list[CellStanding]:
    """Standings in order: dropped where clearly below the best, qualifying where near it."""
    winner = max(scores, key=lambda name: scores[name])
    best = scores[winner]
    out = []
    for cell in plan.cells:
        if cell.name not in scores:
            continue
        gap = scores[cell.name] - best
        dropped = gap + half < -plan.epsilon
        out.append(
            CellStanding(
                CellRef.of(cell),
                seeds=5 if dropped else 12,
                score=scores[cell.name],
                difference=gap
                if gap
                else min((best - v for v in scores.values() if v != best), default=0.0),
                low=min(gap - half, 0.0),
                high=max(gap + half, 0.0),
                seed_sd=0.0012,
                state="dropped" if dropped else "alive",
                dropped_at=5 if dropped else 0,
                dropped_by=winner if dropped else "",
                qualifies=gap - half >= -plan.epsilon,
            )
        )
    return out


def curve(name: str, score: float) -> CellCurve:
    steps = tuple(range(114, 114 * 22, 114))
    val = tuple(score - 0.06 * math.exp(-s / 400) - 4e-7 * max(s - 1500, 0) for s in steps)
    train = tuple(score + 0.01 * s / 2500 - 0.06 * math.exp(-s / 400) for s in steps)
    return CellCurve(name, steps, train, val)


def rate_points(summary: CellSummary) -> list[RatePoint]:
    name, (best,) = summary.standing.cell.name, summary.rates
    out = [
        RatePoint(name, rate, summary.val - 0.003 * (rate - best) ** 2, rate == best)
        for rate in range(best - 2, best + 3)
    ]
    return [*out, RatePoint(name, best + 3, None, False)]


BINARY = {
    "linear": 0.8412,
    "resmlp-1": 0.8489,
    "mlp-1": 0.8471,
    "mlp-2": 0.8502,
    "resmlp-2": 0.8571,
    "mlp-4": 0.8506,
    "resmlp-4": 0.8577,
    "mlp-8": 0.8491,
    "resmlp-8": 0.8579,
    "mlp-16": 0.8440,
    "resmlp-16": 0.8568,
}


def make(
    scores: dict[str, float] | None = None,
    plan: Plan | None = None,
    half: float = 0.0019,
    boosting: float | None = None,
    **changes: object,
) -> Dossier:
    """A dossier whose verdict follows from `scores`; `changes` override fields of the verdict."""
    plan, scores = plan or make_plan(), scores or BINARY
    stands = standings(plan, scores, half)
    enough = next((s.cell.name for s in stands if s.qualifies), "")
    at_least = next((s.cell.name for s in stands if s.state == "alive"), "")
    cells = tuple(_summary(plan.cell(s.cell.name), s) for s in stands)
    refs = {c.standing.cell.name: c.standing.cell for c in cells}
    chosen = refs.get(enough)
    best = max(scores.values())
    shallow = replace(refs.get("resmlp-1", stands[0].cell), width=184, parameters=81_000)
    one = Control(shallow, 1.004, around(0.0021, 0.0013), 12, "depth")
    verdict = Verdict(
        status="recommended",
        family=chosen.family if chosen else None,
        blocks=chosen.blocks if chosen else None,
        weight_layers=chosen.weight_layers if chosen else None,
        parameters=chosen.parameters if chosen else None,
        enough=chosen,
        at_least=refs.get(at_least),
        settled=bool(enough) and enough == at_least,
        epsilon=plan.epsilon,
        confidence=0.95,
        metric=plan.task.metric,
        seeds=12,
        looks=(3, 5, 8, 12),
        cells=cells,
        candidates=tuple(s.cell for s in stands if s.state == "alive"),
        price=tuple(
            Price(s.cell, around(scores[enough] - s.score, 1.2 * half))
            for s in stands
            if chosen and stands.index(s) < [t.cell for t in stands].index(chosen)
        ),
        diminishing=refs.get(at_least),
        families=tuple(
            FamilyRange(
                f, *_range(stands, f), max(v for n, v in scores.items() if n[: len(f)] == f)
            )
            for f in plan.families
        ),
        families_disagree=False,
        control=one,
        control_why="",
        budget_limited=False,
        to_settle=None,
        resolvable=0.0034,
        constant=0.7607,
        plain=0.8391,
        test_score=TestScore(
            metric="accuracy",
            retrained=around(best - 0.0012, 0.0071),
            handed_over=around(best + 0.0004, 0.0080),
            handed_over_seed=7,
            handed_over_trial="9c" * 32,
            constant=0.7638,
            fresh=around(best - 0.0012, 0.0113),
        ),
        twin=one,
        ended="enough",
        collapse=Collapse(0, 12, 0.221),
        digest="3b9f" * 16,
    )
    verdict = replace(verdict, **changes)  # type: ignore[arg-type]
    if verdict.status in ("undetermined", "extend") and "provisional" not in changes:
        verdict = replace(verdict, provisional=for_now(verdict, stands))
    if boosting is not None:
        against = chosen or max(verdict.candidates, key=lambda ref: scores[ref.name])
        beside = rivals(boosting, scores[against.name], half, plan.epsilon)
        won = next((rival for rival in beside if rival.says == "better"), None)
        verdict = replace(verdict, rivals=beside, rival=won, rivals_against=against)
        verdict = replace(verdict, plain=beside[-1].score)
    handed = verdict.handed_over is not None
    return Dossier(
        tested=answers(plan.task, len(cells)) if handed else None,
        spent=Spent(812, 8, 1.4e14, 437.0),
        verdict=verdict,
        plan=plan,
        build=make_build(plan, verdict),
        rival_from="sklearn.ensemble" if verdict.rival else "",
        curves=tuple(curve(n, s) for n, s in scores.items()),
        rates=tuple(p for c in cells for p in rate_points(c)),
        seconds=(
            *((c.standing.cell.name, 4.0 + 0.8 * c.standing.cell.blocks) for c in cells),
            *((name, 2.0 + 3.7 * i) for i, name in enumerate(MODELS)),
        ),
        platform=PLATFORM,
        study="adult.study",
        command="howdeep run adult.csv --target income --seed 0",
    )


def make_build(plan: Plan, verdict: Verdict) -> Build | None:
    """What the verdict hands over, as the route would make it of that trial."""
    found = verdict.provisional
    ref = found.cell if found else verdict.enough
    if ref is None or verdict.handed_over is None:
        return None
    cell = plan.cell(ref.name)
    own = families.family(cell.rung.family)
    rung = cell.rung
    if not own.kind.takes(rung.inputs):
        return None  # a colour is all that such a plan is for
    branch = min(own.scales(rung).values(), default=1.0)
    return Build(ref, own.code(rung), own.parts(rung), -7, branch, plan.ladder(cell).recipe)


def answers(task: TaskInfo, seed: int) -> Tested:
    """A net that is right on nine rows of ten, and takes a class for the next one else."""
    rng = np.random.default_rng(seed)
    n, classes = task.test_rows, len(task.classes)
    if not classes:
        true = rng.lognormal(8, 0.8, n)
        return of_numbers(true, true + 600 * rng.standard_t(3, n), 0.95)
    true = rng.integers(0, classes, n)
    said = np.where(rng.random(n) < 0.9, true, (true + 1) % classes)
    return of_classes(true, said, classes, 0.95)


def for_now(verdict: Verdict, stands: list[CellStanding]) -> Provisional:
    """The first in the race; of a ladder that is too short its deepest."""
    alive = [s for s in stands if s.state == "alive"]
    if verdict.status == "extend":
        return Provisional(alive[-1].cell, -alive[-1].low, None, None, None)
    near = max(alive, key=lambda s: s.low)
    score = alive[0].score
    test = TestScore(
        metric="accuracy",
        retrained=around(score, 0.0071),
        handed_over=around(score + 0.001, 0.0080),
        handed_over_seed=3,
        handed_over_trial="7d" * 32,
        constant=0.7638,
        fresh=around(score, 0.0113),
    )
    return Provisional(alive[0].cell, -alive[0].low, -near.low, near.cell, test)


def around(value: float, half: float) -> Interval:
    return Interval(value, value - half, value + half)


def _range(stands: list[CellStanding], family: str) -> tuple[CellRef | None, CellRef | None]:
    own = [s for s in stands if s.cell.family == family]
    near = [s.cell for s in own if s.score > max(o.score for o in own) - 0.0015]
    return near[0], near[0]
