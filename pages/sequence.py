"""Set up, train and watch a network that reads step by step."""

from pages._ui.shell import shell
from pages._ui.studio.studio import draw_studio

shell.ensure_nav()
draw_studio("sequence")
