"""The experiment bench: policies compared on the same seeds, with intervals, contrasts and the frontier."""

from zhenzan.lab.bench.intervals import Interval, student_interval
from zhenzan.lab.bench.load import load_experiment, read_experiment
from zhenzan.lab.bench.model import Arm, Contrast, Experiment, Sweep
from zhenzan.lab.bench.results import Results
from zhenzan.lab.bench.runner import processors, run_experiment

__all__ = [
    "Arm",
    "Contrast",
    "Experiment",
    "Interval",
    "Results",
    "Sweep",
    "load_experiment",
    "processors",
    "read_experiment",
    "run_experiment",
    "student_interval",
]
