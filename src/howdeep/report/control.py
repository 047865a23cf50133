"""Depth, or parameters? What shallower nets as large as the one named say, in words."""

from __future__ import annotations

from howdeep.base.verdicts import Control, Dossier, Interval
from howdeep.report.depths import epsilon_words
from howdeep.report.words import blocks_words, clean, plural, unit

SAID = {
    "depth": "Depth, not parameters",
    "parameters": "Parameters rather than depth",
    "unclear": "Depth or parameters, unclear",
}


def says(control: Control) -> str:
    """What a widened net says; an interval without 0 in it leaves the direction open to nobody."""
    low, high = control.gain.low, control.gain.high
    if control.says == "unclear" and low is not None and low > 0:
        return "depth"
    return "parameters" if high is not None and high < 0 else control.says


def control_words(dossier: Dossier) -> tuple[str, ...]:
    """What the nets widened to as many parameters say, each for itself, or why there are none."""
    verdict = dossier.verdict
    control, twin = verdict.control, verdict.twin
    out = []
    if control is not None and control != twin:
        out.append(_control_words(dossier, control))
    elif control is None and verdict.control_why:
        why = clean(verdict.control_why, 300).rstrip(".")
        out.append(f"Not tested with a wider net of less depth: {why}.")
    if twin is not None:
        head = f"{SAID[says(twin)]}. " if control == twin else ""
        out.append(head + _twin_words(dossier, twin))
    elif verdict.twin_why not in ("", verdict.control_why):
        why = clean(verdict.twin_why, 300).rstrip(".")
        out.append(f"One block as large was not trained: {why}.")
    return tuple(out)


def _control_words(dossier: Dossier, control: Control) -> str:
    """What the parameter-matched control says, in one sentence."""
    rival = (
        f"{blocks_words(control.rival)} widened to as many parameters "
        f"({control.parameters_ratio:.2f} times)"
    )
    told = {
        "depth": f"{rival} scores less than the net named, by {_gain(dossier, control)}",
        "parameters": f"{rival} does as well; {_more(dossier, control)}",
        "unclear": f"of {rival} it is not shown: {_more(dossier, control)}",
    }
    twin = dossier.verdict.twin
    head = SAID[says(control)]
    if says(control) == "parameters" and twin is not None and says(twin) == "depth":
        head += ", for the last blocks"
    return f"{head}: {told[says(control)]}."


def _twin_words(dossier: Dossier, twin: Control) -> str:
    """What one block of as many parameters says of depth, in one sentence."""
    stage = " a stage" if twin.rival.receptive_field else ""
    one = f"ne block{stage} as large ({twin_size(twin)}, as many parameters)"
    loses = f"loses {_gain(dossier, twin)} against the net named"
    told = {
        "depth": f"O{one} {loses}: more than one block pays for itself",
        "parameters": f"O{one} is as good: size would do instead of depth; {_more(dossier, twin)}",
        "unclear": f"Whether o{one} would do instead is unclear: {_more(dossier, twin)}",
    }
    return f"{told[says(twin)]}."


def _gain(dossier: Dossier, control: Control) -> str:
    return unit(dossier.verdict.metric).gap_interval(control.gain, near=dossier.verdict.epsilon)


def _more(dossier: Dossier, control: Control) -> str:
    """The difference with its direction; and that it counts as none, where it is not 0."""
    low, high = control.gain.low, control.gain.high
    text = f"the net named scores {_gain(dossier, control)} more"
    if low is not None and low > 0 and says(control) == "parameters":
        text += f", which is less than {epsilon_words(dossier)} and counts as equal"
    if control.gain.value < 0:
        back = Interval(
            -control.gain.value, None if high is None else -high, None if low is None else -low
        )
        gain = unit(dossier.verdict.metric).gap_interval(back, near=dossier.verdict.epsilon)
        even = "even " if high is not None and high < 0 else ""
        text = f"it {even}scores {gain} more than the net named"
    return text


def twin_size(twin: Control) -> str:
    """How wide one block had to be."""
    return plural(twin.rival.width, "channel" if twin.rival.receptive_field else "unit")
