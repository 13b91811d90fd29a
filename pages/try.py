"""Try one network, open to anyone with the link: draw, upload or take a picture."""

from pages._ui.home.try_it import try_it
from pages._ui.shell import shell

shell.ensure_nav()
try_it()
