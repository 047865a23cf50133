"""Plain hidden layers with He initialisation: the contrast, always run.

He, Zhang, Ren, Sun 2015 (arXiv 1502.01852), eq. 10. The best learning rate of plain nets falls by
four to five octaves from 1 to 64 layers, so each depth searches its own grid.
"""

from howdeep.base.nouns import RateSearch
from howdeep.nets.families._dense import dense

FAMILY = dense(
    RateSearch(transfers=False),
    "plain hidden layers, one after another (one weight layer a block)",
    skip="none",
    norm="none",
)
