"""The lab's reports: one offline HTML file in English and Chinese, for a run or for an experiment."""

from zhenzan.lab.report.of_experiment import write_experiment_report
from zhenzan.lab.report.of_run import write_run_report

__all__ = ["write_experiment_report", "write_run_report"]
