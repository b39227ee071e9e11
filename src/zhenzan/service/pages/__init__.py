"""Base of the console's pages."""
