"""Console log-in and log-out, and static files."""
