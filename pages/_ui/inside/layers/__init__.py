"""The view Layers: what each layer makes of the example."""
