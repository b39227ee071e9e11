"""Health checks and metrics for monitors."""
