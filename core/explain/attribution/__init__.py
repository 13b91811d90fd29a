"""How much each part of an input moved one answer of a network. Heavy."""
