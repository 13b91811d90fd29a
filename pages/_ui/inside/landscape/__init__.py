"""Loss surface: the loss around the weights of a run, and its way down."""
