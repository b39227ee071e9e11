"""Benchmarks of Zhenzan: labelled worlds, peers, metrics and the tables made of them."""
