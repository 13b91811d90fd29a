"""The example that the network on the page Inside is given."""

from pages._ui.inside.given.source import INPUT, TEST, Given, draw_input, open_test

__all__ = ["INPUT", "TEST", "Given", "draw_input", "open_test"]
