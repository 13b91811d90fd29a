"""Inside: open a trained network, at any saved moment, from overview to arithmetic."""

from pages._ui.inside.page import draw_inside
from pages._ui.shell import shell

shell.ensure_nav()
draw_inside()
