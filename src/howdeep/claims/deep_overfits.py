"""Do deeper nets overfit more where rows are few? Document A's side of a contradiction."""

from __future__ import annotations

from howdeep.claims import _overfit
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab


def _measure(lab: Lab) -> Measured:
    found = _overfit.arms(lab)
    few, many = _overfit.ROWS
    width, at_many = (_overfit.wider(found, "width", rows) for rows in (few, many))
    more = zip(width.values, at_many.values, strict=True)
    return Measured(
        {
            "width": width,
            "size": _overfit.wider(found, "size", few),
            "fewer": Effect(tuple(a - b for a, b in more), row_error=0.007),
            "fits": _overfit.fits(found),
            "gap": Effect(tuple(_overfit.gap(found, "width 8", few))),
        },
        _overfit.shown(found),
    )


CLAIM = Claim(
    title="Do deeper nets overfit more where rows are few?",
    rows=(21, 35),
    quotes=(
        Quote(
            "A",
            "they are also more prone to overfitting, especially when the amount of training data "
            "is limited",
        ),
    ),
    statement="With few rows, a net of eight hidden layers has a larger gap between the rows that "
    "it learnt from and new ones than a net of one, at one width and at equal parameters.",
    conditions="MNIST-1D, 250 rows, others for each seed, and 2,000 next to them; plain nets of "
    "one or eight layers of 24 units, and of one layer of 106 (as many parameters as the eight), "
    "trained to the end, each at its own best of the rates that get there.",
    measure=_measure,
    expects=(
        Expect("width", "at one width the deep net's gap is larger by over 2 points",
               0.02, "points"),
        Expect("size", "at equal parameters the deep net's gap is larger by over 2 points",
               0.02, "points"),
    ),
    controls=(
        Expect("gap", "with few rows the deep net has a gap of over 5 points", 0.05, "points"),
        Expect("fits", "every net gets over 95 % of the few rows that it learnt from right", 0.95,
               "points"),
    ),
    also=(
        Expect("fewer", "at one width the deep net's gap exceeds the shallow net's by more with "
               "few rows than with many", 0.0, "points"),
    ),
    swap="the rows learnt from in the place of new ones: no gap",
    literature=(
        Reference("Neyshabur et al.", 2018, "The role of over-parametrization in generalization "
                  "(arXiv 1805.12076)"),
    ),
    picture=lambda shown: (_overfit.picture("deep-overfits", shown),),
    reading=_overfit.reading,
    change="Regularisation, or data on which eight layers generalise better than one.",
    order=410,
    wrong="Whether depth widens the gap depends on what is held fixed, and on whether the deeper "
    "net fits its training rows at all: at one width the deeper net is also the larger one.",
)  # fmt: skip
