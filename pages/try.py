"""One network for everybody who has the link: draw, bring or take a picture, and it answers."""

from pages._ui import shell
from pages._ui.try_it import try_it

shell.ensure_nav()
try_it()
