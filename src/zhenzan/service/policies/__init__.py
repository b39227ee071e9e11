"""Versions of the policy: proposed, in shadow, published."""
