"""Residual blocks with a layer norm before each branch: the family to ask for at high rates.

Pre-activation normalisation as in Xiong et al. 2020 (arXiv 2002.04745), branches sqrt(2/L).
"""

from howdeep.base.nouns import RateSearch
from howdeep.nets.families._dense import dense

FAMILY = dense(
    RateSearch(),
    "residual blocks with layer normalisation (two weight layers a block)",
    skip="identity",
    norm="layer",
)
