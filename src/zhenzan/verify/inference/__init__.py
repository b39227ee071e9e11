"""Who was paid and what was bought, solved together."""
