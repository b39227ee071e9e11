"""Outputs of a run: pure functions from its final state to tables, and the folder that holds them."""
