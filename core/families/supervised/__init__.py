"""What all networks that tell classes apart share."""
