"""The smallest changes of an input that change a network's mind. Heavy."""
