"""Verdicts of the newest settlement over API and console."""
