"""Runs that another program trains and logs."""

from pages._ui.results.logged import draw_logged
from pages._ui.shell import shell

shell.ensure_nav()
draw_logged()
