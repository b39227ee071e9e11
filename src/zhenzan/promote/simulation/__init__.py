"""Orders played in a small closed world, with everything that goes wrong."""

from zhenzan.promote.simulation.experiment import NUMBERS, Simulation, simulate

__all__ = ["NUMBERS", "Simulation", "simulate"]
