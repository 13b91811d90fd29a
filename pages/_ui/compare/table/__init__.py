"""The table of all runs, in groups or as a tree, with a tick for each run to compare."""

from pages._ui.compare.table.table import has_runs, run_table_view

__all__ = ["has_runs", "run_table_view"]
