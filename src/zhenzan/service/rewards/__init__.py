"""What likes earn, and what for."""
