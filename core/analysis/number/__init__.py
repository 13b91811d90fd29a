"""Analysis of regression networks."""
