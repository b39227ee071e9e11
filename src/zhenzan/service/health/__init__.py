"""For monitors: alive, ready, numbers."""
