"""What happened comes in."""
