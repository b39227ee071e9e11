"""Results of a verification: their tables, folder, totals and explanations."""
