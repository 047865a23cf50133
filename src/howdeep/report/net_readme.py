"""The README of a handed-over net: what it is, how good it is, and how to predict with it."""

from __future__ import annotations

from howdeep.base.verdicts import CellRef, Dossier
from howdeep.report.depths import for_now
from howdeep.report.net_code import code, summary
from howdeep.report.sentence import headline
from howdeep.report.words import clean, listed, network, plural, to_build, unit

MANY = 60  # columns listed by name

USE = """## Use

`pip install -r requirements.txt`, then from Python, without howdeep:

```python
import sys

sys.path.insert(0, "{folder}")
from net import load

net = load()
net.predict({example})
{proba}```
"""


def readme(dossier: Dossier) -> str:
    """Markdown: the net and its test score first; text from data is cleaned, and no markup."""
    task = dossier.plan.task
    parts = [f"# The net of {_inert(task.name)}", _first(dossier), _score(dossier), _use(dossier)]
    parts += [_code(dossier), _needs(dossier), _meant(dossier)]
    parts += ["## What the study says", _inert(headline(dossier), 2000)]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _ref(dossier: Dossier) -> CellRef | None:
    found = for_now(dossier)
    return found[0] if found else dossier.verdict.enough


def _first(dossier: Dossier) -> str:
    ref, verdict = _ref(dossier), dossier.verdict
    what = f"It predicts {_inert(dossier.plan.task.target)}"
    if ref is not None:
        what += f" with {to_build(ref)}"
    if ref is not None and ref.blocks:
        what += f"; to commands a {network(ref.family)} is `{clean(ref.family)}`"
    if verdict.provisional is None:
        return f"{what}."
    return (
        f"{what}.\n\n**Provisional.** The study has not named a depth (`{verdict.status}`): this "
        f"is the net to use for now, {_below(dossier)}."
    )


def _below(dossier: Dossier) -> str:
    verdict = dossier.verdict
    if verdict.provisional is None or verdict.status == "extend":
        return "the deepest that was tried; deeper ones may be better"
    most = unit(verdict.metric).difference(verdict.provisional.below, near=verdict.epsilon)
    return f"at most {most} below the best ({100 * verdict.confidence:g} % sure)"


def _score(dossier: Dossier) -> str:
    test, metric = dossier.verdict.handed_over, unit(dossier.verdict.metric)
    if test is None:
        return ""
    return (
        f"On {plural(dossier.plan.task.test_rows, 'test row')}, looked at once: {metric.name} "
        f"{metric.interval(test.handed_over)}; {metric.guess}: {metric.score(test.constant)}."
    )


def _use(dossier: Dossier) -> str:
    task = dossier.plan.task
    example = "images" if task.shape else "frame"
    proba = ""
    if task.classes:
        proba = f"net.predict_proba({example})    # (rows, classes), in the order of net.classes\n"
    said = "a pandas or polars frame, or `{column: cells}`" if task.features else "new rows"
    if task.shape:
        said = f"bytes (N, {', '.join(map(str, task.shape))})"
    text = USE.format(folder="path/to/net", example=example, proba=proba)
    return (
        f"{text}\n`{example}`: {said}. Labels come back in the target's own type. With howdeep: "
        "`howdeep predict STUDY new.csv`. To use the nets of several studies in one process, load "
        'each from its folder: `load("other.study/net")`.'
    )


def _code(dossier: Dossier) -> str:
    """The net to build again; there is nothing from data in it."""
    found = code(dossier).strip()
    if dossier.build is None:
        return ""
    said = "To train such a net in a project of your own. Drawn: "
    drawn = _inert(summary(dossier), 2000)
    return f"## The net as code\n\n{said}{drawn}.\n\n```python\n{found}\n```"


def _needs(dossier: Dossier) -> str:
    task, out = dossier.plan.task, []
    if task.features:
        names = listed((f"{_inert(n)} ({kind})" for n, kind in task.features), MANY)
        out.append(f"## Columns\n\n{names}. An empty cell is a missing value.")
    if task.classes:
        out.append(f"## Classes\n\n{listed(map(_inert, task.classes), MANY)}.")
    return "\n\n".join(out)


def _meant(dossier: Dossier) -> str:
    """What it is for, as far as data tell, and what was not looked at.

    The questions of a model card (Mitchell et al. 2019, arXiv 1810.03993); the answers that no
    measurement gives are left to those who use it.
    """
    task = dossier.plan.task
    rows = "images" if task.shape else "rows"
    groups = "" if task.shape else " --groups-by COLUMN"
    return f"""## What it is for

{rows.capitalize()} like those of {_inert(task.name)}: the score holds for {rows} from the same
source. Not looked at here, and how to:

- {rows} from another place, time or way of measuring: predict some whose truth you know
- whether groups of people are treated alike: `howdeep inspect STUDY fairness{groups}`
- noise, missing parts and attacks: `howdeep inspect STUDY robustness`
- whether its probabilities can be believed: `howdeep inspect STUDY calibration`

Whether a use is acceptable is no measurement. To be written down by who uses it: what it may be
used for, what not, who is concerned, and who answers for it."""


def _inert(text: str, limit: int = 80) -> str:
    """Text out of data that no reader of Markdown takes for markup."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|&!~" else c for c in clean(text, limit))
