"""Families of labelled worlds."""
