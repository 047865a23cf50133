"""One self-contained `report.html`: no script, no network, every word from data escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from howdeep.base.nouns import Ladder, Plan
from howdeep.base.verdicts import Dossier
from howdeep.report.chart import Chart
from howdeep.report.control import control_words
from howdeep.report.depths import epsilon_words, ref_words, tolerance_words
from howdeep.report.draw import svg
from howdeep.report.evidence import labelled, range_words
from howdeep.report.facts import facts
from howdeep.report.figures import cost_charts, curve_chart, gap_chart, rate_chart, score_chart
from howdeep.report.rivals import against_words, rival_rows
from howdeep.report.rows import opposite, references, table_rows
from howdeep.report.sentence import headline, next_steps
from howdeep.report.words import FAMILY_GLOSS, clean, compact, unit

SPLITS = {
    "all": "in all",
    "train": "to train on",
    "val": "to choose checkpoints on",
    "select": "to compare depths on",
    "test": "to report the score on, once",
}
PRODUCTS = {"fp32": "fp32", "bf16": "of numbers rounded to bf16, summed in fp32; scored in fp32"}
COMPARED = (
    "Each point is the mean over seeds; each bar is the confidence interval of the distance to the "
    "best depth, drawn from the best score, for all depths at once. A depth is shown to be enough "
    "when its whole bar lies inside the shaded band or better. Hollow: shown to lie below the band "
    "and trained no further, or unreliable. Circled: the depth named above. The numbers under the "
    "axis are blocks, then the weight layers of each kind of net."
)
GUESSED = (
    "Each point is the mean over seeds; each bar is the confidence interval of its distance from "
    "guessing, for all depths at once. A net is shown to beat guessing when its whole bar lies "
    "above that line. The numbers under the axis are blocks, then the weight layers of each kind "
    "of net."
)
MANY = 200  # names listed of columns and classes


@dataclass(frozen=True)
class Figure:
    """A chart with its caption; `narrow` replaces it on small screens."""

    title: str
    caption: str
    wide: Markup
    narrow: Markup | None = None


def page(dossier: Dossier) -> str:
    """The report as one HTML page.

    Its content security policy allows nothing but its own style sheet, by hash. Text from data
    passes `clean` and then the template's escaping.
    """
    style = _text("style.css")
    content: dict[str, Any] = {
        "style": Markup(style),
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        "headline": headline(dossier),
        "good": dossier.verdict.status in ("recommended", "no_depth_needed"),
        "facts": facts(dossier),
        "details": labelled(dossier),
        "steps": next_steps(dossier),
        "main": _main(dossier),
        "figures": _figures(dossier),
        "rows": table_rows(dossier),
        "references": references(dossier),
        "rivals": rival_rows(dossier),
        "against": against_words(dossier),
        "opposite": opposite(dossier),
        "metric": unit(dossier.verdict.metric),
        "task": _task(dossier),
        "prices": _prices(dossier),
        "families": _families(dossier),
        "control": control_words(dossier),
        "settings": _settings(dossier),
        "notes": _notes(dossier),
        "reproduce": _reproduce(dossier),
        "command": clean(dossier.command, 2000),
    }
    return _template().render(content)


def _text(name: str) -> str:
    return files("howdeep.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_text("page.html"))


# ---- pictures -----------------------------------------------------------------------------------
def _drawn(chart: Chart, ident: str) -> Markup:
    return Markup(svg(chart, ident))


def _main(dossier: Dossier) -> Figure | None:
    if not dossier.verdict.cells:
        return None
    chart = score_chart(dossier, wide=True)
    return Figure(
        chart.title,
        GUESSED if dossier.verdict.status == "nothing_learnt" else COMPARED,
        _drawn(chart, "score"),
        _drawn(score_chart(dossier, wide=False), "score-narrow"),
    )


def _figures(dossier: Dossier) -> list[Figure]:
    if not dossier.verdict.cells:
        return []
    charts: list[tuple[Chart | None, str]] = [
        (curve_chart(dossier), "How the score grew while nets were trained; means over seeds."),
        (
            rate_chart(dossier),
            "Each depth was given its own best learning rate, so none is judged at another's.",
        ),
        (
            gap_chart(dossier),
            "How much better nets score on rows they were trained on: a large gap is overfitting.",
        ),
    ]
    charts += [(chart, "") for chart in cost_charts(dossier)]
    drawn = [(chart, caption) for chart, caption in charts if chart is not None]
    return [
        Figure(chart.title, caption, _drawn(chart, f"figure-{i}"))
        for i, (chart, caption) in enumerate(drawn)
    ]


# ---- words and tables ---------------------------------------------------------------------------
Pairs = list[tuple[str, str]]


def _task(dossier: Dossier) -> dict[str, Any]:
    task = dossier.plan.task
    return {
        "name": clean(task.name),
        "target": clean(task.target),
        "metric": unit(task.metric).name,
        "source": clean(task.source or "given from Python", 120),
        "kind": task.kind,
        "rows": [(SPLITS.get(name, clean(name)), f"{count:,}") for name, count in task.rows],
        "classes": [clean(name) for name in task.classes[:MANY]],
        "more_classes": max(len(task.classes) - MANY, 0),
        "features": [(clean(name), kind) for name, kind in task.features[:MANY]],
        "more_features": max(len(task.features) - MANY, 0),
    }


def _prices(dossier: Dossier) -> Pairs:
    metric = unit(dossier.verdict.metric)
    return [
        (ref_words(dossier, p.cell), metric.gap_interval(p.loss)) for p in dossier.verdict.price
    ]


def _families(dossier: Dossier) -> list[tuple[str, str, str, str]]:
    metric = unit(dossier.verdict.metric)
    return [
        (clean(f.family), range_words(f), metric.score(f.best), FAMILY_GLOSS.get(f.family, ""))
        for f in dossier.verdict.families
    ]


def _settings(dossier: Dossier) -> Pairs:
    plan = dossier.plan
    rule = f" ({tolerance_words(plan)})" if plan.tolerance else ""
    capped = f" of {plan.train_rows_full:,}" if plan.train_rows < plan.train_rows_full else ""
    folds = f"{plan.folds} folds" if plan.folds > 1 else "one hold-out split"
    looks = ", ".join(str(n) for n in plan.looks)
    return [
        ("Kinds of net", ", ".join(clean(f) for f in plan.families)),
        ("Good enough means", f"within {epsilon_words(dossier)} of the best{rule}"),
        ("Confidence", f"{100 * plan.confidence:g} %, for {len(plan.cells)} nets together"),
        ("Seeds at each comparison", looks),
        ("Splits", folds),
        ("Training rows", f"{plan.train_rows:,}{capped}"),
        *_training(plan),
        ("Allowance", f"{compact(plan.allowance)} floating-point operations"),
        ("Seed of the study", str(plan.seed)),
        *((f"Option {clean(name)}", clean(value, 120)) for name, value in plan.options),
    ]


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


def _notes(dossier: Dossier) -> list[str]:
    return [clean(note, 400) for note in (*dossier.plan.task.notes, *dossier.verdict.notes)]


def _reproduce(dossier: Dossier) -> Pairs:
    task = dossier.plan.task
    return [
        ("Study", clean(dossier.study, 200)),
        ("Data", clean(task.source or "given from Python", 200)),
        ("SHA-256 of the data", clean(task.source_sha256, 64)),
        ("Task fingerprint", clean(task.fingerprint, 64)),
        ("Verdict digest", clean(dossier.verdict.digest, 64)),
        ("howdeep", clean(dossier.plan.version)),
        *(
            (clean(name), clean(value, 200))
            for name, value in dossier.platform
            if name != "howdeep"
        ),
    ]
