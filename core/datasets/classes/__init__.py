"""Recognition of labels, class names and class folders."""
