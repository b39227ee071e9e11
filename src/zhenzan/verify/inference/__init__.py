"""Inference: which accounts were hired and which moments were bought, solved together."""
