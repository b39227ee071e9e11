"""Promotion's hot loops: numba functions over flat arrays."""

__all__: list[str] = []
