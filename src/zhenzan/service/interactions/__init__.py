"""Intake of interactions."""
