"""Telgarsky 2016: k layers of two units make 2^k pieces; parity sizes are exact, too."""

from __future__ import annotations

from howdeep.claims import tent_maps
from howdeep.claims._claim import Effect, Measured
from howdeep.claims._lab import Lab
from howdeep.claims.published._published import Published, Target

DEPTHS = (1, 5, 10)


def _measure(lab: Lab) -> Measured:
    found = tent_maps.CLAIM.measure(lab)
    pieces = found.shown["deep"]
    return Measured({f"{k} layers": Effect((float(pieces[k - 1]),), exact=True) for k in DEPTHS})


PUBLISHED = Published(
    title="Pieces of tent maps",
    source="Telgarsky 2016, Benefits of depth in neural networks (arXiv 1602.04485): 2^k pieces",
    targets=tuple(Target(f"{k} layers", float(2**k), 0.0, "pieces") for k in DEPTHS),
    measure=_measure,
    order=90,
)
