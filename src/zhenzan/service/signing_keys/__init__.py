"""Signing keys of platforms, with which they sign their viewers' tokens."""
