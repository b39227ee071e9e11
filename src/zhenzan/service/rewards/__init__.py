"""Rewards over API and console: holdings, rights, redemptions, appeals."""
