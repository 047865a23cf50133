"""Bytes of files and of members of archives, or a clear refusal."""
