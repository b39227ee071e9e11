"""The lab's reports: one offline HTML file in English and Chinese, for a run or for an experiment."""

from zhenzan.lab.reports.experiment_report import experiment_charts, write_experiment_report
from zhenzan.lab.reports.report_folders import write_outcomes, write_results
from zhenzan.lab.reports.run_report import run_charts, write_run_report

__all__ = [
    "experiment_charts",
    "run_charts",
    "write_experiment_report",
    "write_outcomes",
    "write_results",
    "write_run_report",
]
