"""Find runs, and compare some of them side by side."""

from pages._ui.compare.page import draw_compare
from pages._ui.shell import shell

shell.ensure_nav()
draw_compare()
