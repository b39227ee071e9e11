"""The market over API and console."""
