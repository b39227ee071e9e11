"""Result folders of experiments: tables, the experiment itself, report, manifest; whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhenzan.lab.bench.checkpoints import kept_beside
from zhenzan.lab.bench.dump import experiment_files
from zhenzan.lab.outputs.folder import REPORT, new_folder, write_manifest, write_tables
from zhenzan.lab.outputs.manifest import FORMAT, versions

if TYPE_CHECKING:
    from zhenzan.lab.bench.results import Results

__all__ = ["write_results"]


def write_results(results: Results, place: Path, language: str = "en") -> Path:
    """Write everything. `experiment.toml` in it runs the same experiment again."""
    experiment = results.experiment
    with new_folder(place) as folder:
        write_tables(folder, results.tables())
        for name, text in experiment_files(experiment).items():
            (folder / name).write_text(text, encoding="utf-8")
        results.report(folder / REPORT, language)
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
    kept_beside(place).unlink(missing_ok=True)
    return place
