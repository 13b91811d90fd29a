"""The notebook: what was found by comparing runs, and what was expected of them."""

from pages._ui.notebook.page import draw_notebook
from pages._ui.shell import shell

shell.ensure_nav()
draw_notebook()
