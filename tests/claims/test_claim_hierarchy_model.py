"""The random hierarchy model: every text can be read back."""

import numpy as np

from howdeep.claims.hierarchy_model import LEVELS, SPELLINGS, SYMBOLS, rules, spelt


def test_texts_can_be_read_back_to_their_classes():
    g = np.random.default_rng(0)
    grammar, classes = rules(g), g.integers(SYMBOLS, size=500)
    text = spelt(grammar, classes, g)
    assert text.shape == (500, 2**LEVELS)
    for rule in reversed(grammar):
        read = {tuple(pair): s for s in range(SYMBOLS) for pair in rule[s].tolist()}
        assert len(read) == SYMBOLS * SPELLINGS
        text = np.array([[read[tuple(p)] for p in row.reshape(-1, 2).tolist()] for row in text])
    assert (text[:, 0] == classes).all()
