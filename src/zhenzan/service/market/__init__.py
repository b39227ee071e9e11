"""Cards that change hands."""
