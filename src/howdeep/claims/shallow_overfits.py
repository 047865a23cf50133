"""Do shallow nets overfit more? The documents contradict each other; here is document C's side."""

from __future__ import annotations

from howdeep.claims import _overfit
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab


def _measure(lab: Lab) -> Measured:
    found = _overfit.arms(lab)
    few = _overfit.ROWS[0]
    width, size = (_overfit.wider(found, regime, few) for regime in ("width", "size"))
    return Measured(
        {
            "width": Effect(tuple(-v for v in width.values), width.row_error),
            "size": Effect(tuple(-v for v in size.values), size.row_error),
            "fits": _overfit.fits(found),
            "gap": Effect(tuple(_overfit.gap(found, "size 1", few))),
        },
        _overfit.shown(found),
    )


CLAIM = Claim(
    title="Do shallow nets overfit more where rows are few?",
    rows=(21,),
    quotes=(
        Quote(
            "C",
            "Shallow neural networks tend to overfit more easily because they may not capture "
            "complex patterns in the data.",
        ),
        Quote("C", "Shallow networks may be more prone to overfitting."),
    ),
    statement="With few rows, a net of one hidden layer has a larger gap between the rows that it "
    "learnt from and new ones than a net of eight, at one width and at equal parameters.",
    conditions="MNIST-1D, 250 rows, others for each seed, and 2,000 next to them; plain nets of "
    "one or eight layers of 24 units, and of one layer of 106 (as many parameters as the eight), "
    "trained to the end, each at its own best of the rates that get there.",
    measure=_measure,
    expects=(
        Expect("width", "at one width the shallow net's gap is larger by over 2 points",
               0.02, "points"),
        Expect("size", "at equal parameters the shallow net's gap is larger by over 2 points",
               0.02, "points"),
    ),
    controls=(
        Expect("gap", "with few rows the shallow net has a gap of over 5 points", 0.05, "points"),
        Expect("fits", "every net gets over 95 % of the few rows that it learnt from right", 0.95,
               "points"),
    ),
    swap="the rows learnt from in the place of new ones: no gap",
    literature=(
        Reference("Zhang et al.", 2017, "Understanding deep learning requires rethinking "
                  "generalization (arXiv 1611.03530)"),
    ),
    picture=lambda shown: (_overfit.picture("shallow-overfits", shown),),
    reading=_overfit.reading,
    change="Data on which eight layers have the smaller gap, as where depth fits the problem.",
    order=412,
    wrong="Not capturing a pattern is underfitting: a low score on the rows that were learnt from. "
    "Overfitting is the gap to new rows; document A says of deep nets what C says of shallow ones.",
)  # fmt: skip
