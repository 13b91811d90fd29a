"""The view One step: how backpropagation changes a weight, with every number."""
