"""Orders played in a small closed world, with everything that goes wrong."""

from zhenzan.promote.simulation.experiment import Simulation, simulate

__all__ = ["Simulation", "simulate"]
