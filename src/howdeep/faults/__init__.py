"""Faults of training, a file each: the sign by which one is known, its cause and its cure."""
