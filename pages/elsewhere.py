"""Networks that were trained elsewhere: bring one, and see its results."""

from pages._ui.elsewhere.page import draw_elsewhere
from pages._ui.shell import shell

shell.ensure_nav()
draw_elsewhere()
