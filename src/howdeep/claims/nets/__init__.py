"""Architectures that only claims need: each a function that gives an `Arm`."""
