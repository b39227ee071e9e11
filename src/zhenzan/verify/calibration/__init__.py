"""Calibration: weights learned from labels."""
