"""Creators: their fans, items and totals, and the leaderboard."""
