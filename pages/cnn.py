"""Set up, train and watch a CNN."""

from core.families import find_family
from pages._ui import shell
from pages._ui.results import results
from pages._ui.studio import studio

shell.ensure_nav()
studio(find_family("cnn"), results)
