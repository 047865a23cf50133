"""The permutations of five, and the levels that compose them."""

import numpy as np

from howdeep.claims.true_depth import composed, cyclic, even, level, matrices, symmetric


def test_groups_are_closed_and_of_their_sizes():
    for group, size in ((symmetric(), 120), (even(), 60), (cyclic(), 5)):
        known = {tuple(p) for p in group.tolist()}
        assert len(known) == size
        assert all(tuple(q[p].tolist()) in known for p in group for q in group)


def test_rotations_commute_and_even_permutations_do_not():
    assert all((p[q] == q[p]).all() for p in cyclic() for q in cyclic())
    assert any((p[q] != q[p]).any() for p in even() for q in even())


def test_a_level_composes_in_the_order_of_the_word():
    group = symmetric()
    every = matrices(group)
    for i, p in enumerate(group[:30]):
        assert level(every[i], every).equal(matrices(group[:, p]))


def test_levels_equal_the_product_of_matrices():
    every = matrices(even())
    words = every[np.random.default_rng(0).integers(60, size=(20, 16))]
    product = words[:, 0]
    for place in range(1, 16):
        product = product @ words[:, place]
    assert composed(words).equal(product)
