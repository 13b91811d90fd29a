"""Reports: one HTML file about a run or a comparison, which needs nothing else to be read."""

from core.export.report.comparison import comparison_parts, comparison_report
from core.export.report.run import run_report

__all__ = ["comparison_parts", "comparison_report", "run_report"]
