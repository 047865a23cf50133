"""The same convolutions without skips: the contrast that shows what skips are for."""

from howdeep.base.nouns import RateSearch
from howdeep.families._conv import conv

FAMILY = conv(
    RateSearch(
        tuning_seeds=1,
        grid=(-10, -8, -6, -4),
        zero_grid=(-7, -5, -3),
        step=2,
        transfers=False,
        reference_blocks=1,
    ),
    skip="none",
)
