"""Set up, train and watch a GAN."""

from core.families import find_family
from pages._ui import shell
from pages._ui.gan_explore import explore
from pages._ui.gan_results import results
from pages._ui.gan_step import one_step
from pages._ui.studio import studio

shell.ensure_nav()
studio(find_family("gan"), results, {"Explore": explore, "One step": one_step})
