"""How the database came to have the tables of promotion."""
