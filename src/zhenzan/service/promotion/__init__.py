"""Promotion: orders of buyers, delivery to viewers, terms of operators."""
