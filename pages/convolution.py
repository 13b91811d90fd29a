"""A convolution alone: its kernel walks over an input."""

from pages._ui.bench.convolution import draw_bench
from pages._ui.shell import shell

shell.ensure_nav()
draw_bench()
