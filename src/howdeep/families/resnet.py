"""Pre-activation residual convolutions, branches scaled by sqrt(2/L): the default for images."""

from howdeep.base.nouns import RateSearch
from howdeep.families._conv import conv

FAMILY = conv(
    RateSearch(
        tuning_seeds=1,
        grid=(-8, -6, -4),
        zero_grid=(-7, -5, -3),
        step=2,
        reference_blocks=1,
    ),
    skip="identity",
)
