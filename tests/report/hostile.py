"""A dossier in which every text that can come from data or options is hostile."""

from __future__ import annotations

from dataclasses import replace

import dossiers
import fabricate
from payloads import PAYLOADS

from howdeep.base.verdicts import Dossier, ToSettle


def everywhere(texts: tuple[str, ...] = PAYLOADS) -> Dossier:
    """All of `texts` as columns, classes and notes, and one after another in single places."""
    one = [texts[i % len(texts)] for i in range(20)]
    task = fabricate.make_task(
        name=one[0],
        target=one[1],
        source=one[2],
        source_sha256=one[3],
        fingerprint=one[4],
        classes=texts,
        features=tuple((text, "number") for text in texts),
        notes=texts,
        rows=(("all", 9), (one[5], 9)),
    )
    base = dossiers.undetermined()
    plan = replace(
        base.plan, task=task, version=one[6], options=tuple((text, text) for text in texts)
    )
    verdict = replace(
        base.verdict,
        notes=texts,
        control_why=one[7],
        twin_why=one[11],
        digest=one[8],
        to_settle=ToSettle(None, None, one[9]),
    )
    return replace(
        base,
        plan=plan,
        verdict=verdict,
        study=one[10],
        command=" ".join(texts),
        platform=tuple((text, text) for text in texts),
    )
