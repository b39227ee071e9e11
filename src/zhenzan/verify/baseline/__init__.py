"""The baseline: the natural rate of likes, and the moments that exceed it."""
