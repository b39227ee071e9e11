"""The record half of the worlds of many hands: eight families written without a look at the detector."""

from benchmarks.families.record.families import FAMILIES

__all__ = ["FAMILIES"]
