"""What the newest settlement found, and why."""
