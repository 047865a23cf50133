"""Depth, or parameters? What shallower nets as large as the one named say, in words."""

from __future__ import annotations

from howdeep.base.verdicts import Control, Dossier
from howdeep.report.words import blocks_words, clean, plural, unit

SAID = {
    "depth": "Depth, not parameters",
    "parameters": "Parameters rather than depth",
    "unclear": "Depth or parameters, unclear",
}


def control_words(dossier: Dossier) -> tuple[str, ...]:
    """What the nets widened to as many parameters say, each for itself, or why there are none."""
    verdict = dossier.verdict
    control, twin = verdict.control, verdict.twin
    out = []
    if control is not None and control != twin:
        out.append(_control_words(dossier, control))
    elif control is None and verdict.control_why:
        why = clean(verdict.control_why, 300).rstrip(".")
        out.append(f"No control for parameters was run: {why}.")
    if twin is not None:
        head = f"{SAID[twin.says]}. " if control == twin else ""
        out.append(head + _twin_words(dossier, twin))
    elif verdict.twin_why not in ("", verdict.control_why):
        why = clean(verdict.twin_why, 300).rstrip(".")
        out.append(f"One block as large was not trained: {why}.")
    return tuple(out)


def _control_words(dossier: Dossier, control: Control) -> str:
    """What the parameter-matched control says, in one sentence."""
    metric = unit(dossier.verdict.metric)
    rival = (
        f"{blocks_words(control.rival)} widened to as many parameters "
        f"({control.parameters_ratio:.2f} times)"
    )
    gain = metric.gap_interval(control.gain)
    says = {
        "depth": f"{rival} still scores worse, by {gain}",
        "parameters": f"{rival} does as well; depth adds {gain} beyond them",
        "unclear": f"against {rival} depth adds {gain}",
    }
    return f"{SAID[control.says]}: {says[control.says]}."


def _twin_words(dossier: Dossier, twin: Control) -> str:
    """What one block of as many parameters says of depth, in one sentence."""
    gain = unit(dossier.verdict.metric).gap_interval(twin.gain)
    stage = " a stage" if twin.rival.receptive_field else ""
    one = f"ne block{stage} as large ({twin_size(twin)}, as many parameters)"
    says = {
        "depth": f"O{one} loses {gain}: depth pays for itself",
        "parameters": f"O{one} is as good: width would do instead of depth, which adds {gain}",
        "unclear": f"Whether o{one} would do instead is unclear: depth adds {gain}",
    }
    return f"{says[twin.says]}."


def twin_size(twin: Control) -> str:
    """How wide one block had to be."""
    return plural(twin.rival.width, "channel" if twin.rival.receptive_field else "unit")
