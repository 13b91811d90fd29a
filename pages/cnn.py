"""Set up, train and watch a CNN."""

from pages._ui import shell
from pages._ui.studios import draw_studio

shell.ensure_nav()
draw_studio("cnn")
