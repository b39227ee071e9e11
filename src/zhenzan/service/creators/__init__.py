"""A creator's side: fans, items, the leaderboard."""
