"""Readers: a file per format. `read_table` reads text tables, `read_images` sets of images."""

from howdeep.data.read.csv import read_table
from howdeep.data.read.images import read_images, read_unlabelled

__all__ = ["read_images", "read_table", "read_unlabelled"]
