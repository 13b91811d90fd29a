"""Reports: one HTML file about a run, a comparison or findings, which needs nothing else to be read."""

from core.export.report.comparison import comparison_report
from core.export.report.notebook import finding_report, notebook_report
from core.export.report.run import run_report

__all__ = ["comparison_report", "finding_report", "notebook_report", "run_report"]
