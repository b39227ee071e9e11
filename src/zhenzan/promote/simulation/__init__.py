"""Orders played in a small closed world, with everything that goes wrong."""

from zhenzan.promote.simulation.experiment import NUMBERS, Simulation, simulate
from zhenzan.promote.simulation.rings import RingPair, play_ring_pair, ring_gain

__all__ = ["NUMBERS", "RingPair", "Simulation", "play_ring_pair", "ring_gain", "simulate"]
