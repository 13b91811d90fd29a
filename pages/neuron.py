"""One neuron alone: a line through points, fitted by hand or by gradient descent."""

from pages._ui.bench.neuron import draw_neuron
from pages._ui.shell import shell

shell.ensure_nav()
draw_neuron()
