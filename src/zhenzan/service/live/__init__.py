"""What happens just now."""
