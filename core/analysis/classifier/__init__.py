"""Analysis of classifiers."""
