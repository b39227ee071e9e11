"""Report folders, written atomically: the outcomes of a run, the results of an experiment."""

from __future__ import annotations

import os
from pathlib import Path

from zhenzan.deprecation import renamed_parameters
from zhenzan.lab.bench.checkpoints import checkpoints_beside
from zhenzan.lab.bench.dump import experiment_files
from zhenzan.lab.bench.results import Results
from zhenzan.lab.outputs.folder import REPORT, new_folder, write_manifest, write_scenario, write_tables
from zhenzan.lab.outputs.manifest import FORMAT, versions
from zhenzan.lab.outputs.outcomes import Outcomes
from zhenzan.lab.reports.experiment_report import write_experiment_report
from zhenzan.lab.reports.run_report import write_run_report
from zhenzan.lab.scenario import Scenario

__all__ = ["write_outcomes", "write_results"]


@renamed_parameters(place="target")
def write_outcomes(
    scenario: Scenario, seed: int, outcomes: Outcomes, target: str | os.PathLike[str], language: str = "en"
) -> Path:
    """Write the outcome tables of a run, its report, scenario and manifest. Raises `ResultError`."""
    path = Path(target)
    with new_folder(path) as folder:
        write_tables(folder, outcomes.tables())
        write_run_report(scenario, seed, outcomes, folder / REPORT, language)
        write_scenario(folder, scenario, seed)
    return path


@renamed_parameters(place="target")
def write_results(results: Results, target: str | os.PathLike[str], language: str = "en") -> Path:
    """Write tables, report, manifest, and the experiment as files that run it again. Raises `ResultError`.

    Runs that were kept for this place (see `run_experiment`) are not needed any more and go.
    """
    path, experiment = Path(target), results.experiment
    with new_folder(path) as folder:
        write_tables(folder, results.tables())
        for name, text in experiment_files(experiment).items():
            (folder / name).write_text(text, encoding="utf-8")
        write_experiment_report(results, folder / REPORT, language)
        facts = {
            "format": FORMAT,
            "experiment": experiment.name,
            "replicates": experiment.replicates,
            "first_seed": experiment.first_seed,
            "runs": results.runs.num_rows,
            "runs_of_a_stopped_program": results.reused,
            "versions": versions(),
        }
        write_manifest(folder, facts)
    checkpoints_beside(path).unlink(missing_ok=True)
    return path
