"""Readers of images: a file per layout."""

from howdeep.modalities.image.read.images import read_images, read_unlabelled

__all__ = ["read_images", "read_unlabelled"]
