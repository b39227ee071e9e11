"""Rings: the campaigns and groups of accounts behind the bought likes."""
