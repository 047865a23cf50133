"""Each kind of net by itself, in words: the depth that is enough within it."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.verdicts import Dossier, FamilyRange
from howdeep.report.words import depth, layers_words, network, plural


def families(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What holds within each kind, where there are several."""
    verdict = dossier.verdict
    if len(verdict.families) < 2:
        return
    ranges = "; ".join(f"{network(f.family)}: {range_words(f)}" for f in verdict.families)
    own = "Enough within each kind of net, held against its own best depth"
    if verdict.status == "extend":
        own += " of those tried"
    if verdict.families_disagree:
        yield (
            "Families disagree",
            f"{own}: {ranges}. The depth that is enough belongs to the kind of network, not to the "
            "data alone: do not carry it over to another architecture.",
        )
    else:
        yield "Each family alone", f"{own}: {ranges}."


def range_words(family: FamilyRange) -> str:
    """One family's own range, such as `2 to 4 blocks (6 to 10 layers with weights)`."""
    low, high = family.at_least, family.enough
    if high is None:
        if low is None or not low.blocks:
            return "no depth could be named"
        return f"no depth could be named, only that it is {depth(low)} or more"
    if low is None or low.blocks == high.blocks:
        return depth(high)
    layers = f"{low.weight_layers} to {layers_words(high)}"
    return f"{low.blocks} to {plural(high.blocks, 'block')} ({layers})"
