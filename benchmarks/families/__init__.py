"""Worlds of many hands: families of labelled logs whose parameters are drawn anew for every seed."""
