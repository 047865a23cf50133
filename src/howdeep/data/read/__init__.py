"""Readers: a file per format. `read_table` reads text tables."""

from howdeep.data.read.csv import read_table

__all__ = ["read_table"]
