"""One network for everybody who has the link: draw, bring or take a picture, and it answers."""

from pages._ui.home.try_it import try_it
from pages._ui.shell import shell

shell.ensure_nav()
try_it()
