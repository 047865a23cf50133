"""The net that a study hands over as code to copy: PyTorch, and how it was trained.

Nothing in it comes from the user's data.
"""

from __future__ import annotations

import textwrap

from howdeep import metrics
from howdeep.base.nouns import Part
from howdeep.base.verdicts import Build, Dossier
from howdeep.report.words import clean, plural, to_build

LOSSES = {
    "cross_entropy": "cross-entropy of the classes' logits",
    "squared": "squared error of the standardised target",
    "absolute": "absolute error of the standardised target",
}
WIDE = 64  # columns of a comment: a line of code is seldom longer


def code(dossier: Dossier) -> str:
    """The whole program; empty where no net is handed over.

    What it builds is called `net`. Where a classical model is better, that comes first.
    """
    found = dossier.build
    rival = rival_code(dossier)
    if found is None:
        return rival
    return "\n".join([*([rival] if rival else []), _net(dossier, found)])


def none_words(dossier: Dossier) -> str:
    """Why there is no code."""
    status = dossier.verdict.status
    return f"No code: the verdict is {status!r}, which hands over no net that could be built."


def lines(dossier: Dossier) -> tuple[str, ...]:
    """The lines of `code`."""
    return tuple(code(dossier).splitlines())


def rival_code(dossier: Dossier) -> str:
    """The constructor of the classical model that is better than the nets; empty where none is."""
    rival = dossier.verdict.rival
    if rival is None or not rival.code:
        return ""
    call = clean(rival.code, 2000)
    source = clean(dossier.rival_from, 200)
    imported = f"from {source} import {call.split('(')[0]}\n\n" if source else ""
    said = _comment("Better than these nets, with the settings that validation rows chose.")
    return f"{said}{imported}model = {call}\n\n"


def summary(dossier: Dossier) -> str:
    """What a drawing of the net shows, in words."""
    return "" if dossier.build is None else " → ".join(map(_said, dossier.build.parts))


def _said(part: Part) -> str:
    size = f" ({clean(part.size)})" if part.size else ""
    skip = ", each with a shortcut around it" if part.skip and part.times > 1 else ""
    skip = ", with a shortcut around it" if part.skip and part.times == 1 else skip
    times = f"{part.times} x " if part.times > 1 else ""
    return f"{times}{clean(part.label)}{size}{skip}"


def _net(dossier: Dossier, found: Build) -> str:
    what = to_build(found.cell)
    count = f"{found.cell.parameters:,} parameters."
    taken = "encoded rows, as `net.encode` of net/net.py gives them"
    if found.cell.receptive_field:
        taken = "images (B, C, H, W), standardised as `net.encode` of net/net.py does"
    said = f"{what[:1].upper()}{what[1:]}: {count} It takes {taken}."
    if dossier.verdict.provisional is not None:
        said += " For now: the study has not named a depth."
    head = _comment(said)
    modules = ["import math\n\n"] if "math." in found.code else []
    gap = "\n\n" if found.code.startswith(("class ", "def ")) else "\n"
    body = f"{''.join(modules)}import torch\nfrom torch import nn\n{gap}{found.code}"
    return f"{head}{body}{_training(dossier, found)}"


def _training(dossier: Dossier, found: Build) -> str:
    """Learning rate, batch and steps, and what else the study's nets were trained with."""
    how, rate = found.recipe, f"2**{found.rate}"
    decay = f", weight_decay={how.weight_decay:g}"  # that of AdamW is another unless told
    call = f"torch.optim.AdamW(\n    net.parameters(), lr={rate}{decay}\n)"
    said = [f"A learning rate of {2.0**found.rate:.3g}", f"a warm-up of {how.warmup:,} steps"]
    if found.branch != 1:
        said[0] += f", in the blocks {found.branch:.2g} times that"
    if how.weight_decay:
        said.append("no weight decay of biases, norms and the output layer")
    if how.ema:
        said.append(f"weights averaged ({how.ema:g} a step)")
    said.append(f"the end after {how.patience} looks at validation rows without a gain")
    loss = LOSSES.get(metrics.metric(dossier.verdict.metric).loss, "")
    text = f"{'; '.join(said)}{_taken(dossier, found)}. Loss: {loss}."
    numbers = f"batch, steps = {how.batch}, {how.max_steps:_}  # steps at most"
    return f"\noptimizer = {call}\n{numbers}\n{_comment(text)}"


def _taken(dossier: Dossier, found: Build) -> str:
    """After how many steps its nets had ended, as a mean."""
    cells = (c for c in dossier.verdict.cells if c.standing.cell.name == found.cell.name)
    steps = next((c.steps for c in cells), 0.0)
    return f", as a rule after {plural(round(steps), 'step')}" if steps else ""


def _comment(text: str) -> str:
    wrapped = textwrap.wrap(text, WIDE, break_long_words=False)
    return "".join(f"# {line}\n" for line in wrapped)
