"""Splits and settings: how the study was carried out."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.nouns import Ladder, Plan
from howdeep.base.verdicts import Dossier
from howdeep.report.depths import epsilon_words, tolerance_words
from howdeep.report.parts import Pairs, Place, Section
from howdeep.report.words import clean, compact

PRODUCTS = {"fp32": "fp32", "bf16": "of numbers rounded to bf16, summed in fp32; scored in fp32"}


def _section(dossier: Dossier) -> Section:
    pairs = Pairs(tuple(_settings(dossier)))
    return Section("Splits and settings", (pairs,), layout="folded")


def _settings(dossier: Dossier) -> Iterator[tuple[str, str]]:
    plan = dossier.plan
    rule = f" ({tolerance_words(plan)})" if plan.tolerance else ""
    capped = f" of {plan.train_rows_full:,}" if plan.train_rows < plan.train_rows_full else ""
    folds = f"{plan.folds} folds" if plan.folds > 1 else "one hold-out split"
    yield "Kinds of net", ", ".join(clean(f) for f in plan.families)
    yield "Good enough means", f"within {epsilon_words(dossier)} of the best{rule}"
    yield "Confidence", f"{100 * plan.confidence:g} %, for {len(plan.cells)} nets together"
    yield "Seeds at each comparison", ", ".join(str(n) for n in plan.looks)
    yield "Splits", folds
    yield "Training rows", f"{plan.train_rows:,}{capped}"
    yield from _training(plan)
    yield "Allowance", f"{compact(plan.allowance)} floating-point operations"
    yield "Seed of the study", str(plan.seed)
    for name, value in plan.options:
        yield f"Option {clean(name)}", clean(value, 120)


def _training(plan: Plan) -> Iterator[tuple[str, str]]:
    """How nets are trained; where the families differ in it, by family."""
    each: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for ladder in plan.ladders:
        each.setdefault(_of_ladder(ladder), []).append(ladder.family)
    for pairs, families in each.items():
        of = "" if len(each) == 1 else f" ({', '.join(clean(name) for name in families)})"
        yield from ((name + of, value) for name, value in pairs)


def _of_ladder(ladder: Ladder) -> tuple[tuple[str, str], ...]:
    recipe, most = ladder.recipe, ladder.extend_to
    return (
        ("Depths, in blocks", ", ".join(str(d) for d in ladder.depths)),
        ("Deepest allowed", f"{most} blocks" if most else "as listed"),
        ("Width", str(ladder.width)),
        ("Batch", f"{recipe.batch} rows"),
        ("Products", PRODUCTS[recipe.precision]),
        ("Steps at most", f"{recipe.max_steps:,}, {recipe.warmup} of them warm-up"),
        ("Early stopping", f"after {recipe.patience} evaluations without gain"),
        ("Weight decay, averaging", f"{recipe.weight_decay:g}, {recipe.ema:g}"),
    )


PLACES = (Place("page", 120, _section),)
