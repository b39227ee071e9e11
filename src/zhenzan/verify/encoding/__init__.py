"""Encoding of a log as flat arrays: ids as ranks, likes in canonical order."""
