"""Labels, class names and class folders, however people write them."""
