"""A run as one ZIP file, to be opened in another Glassbox: written here, and checked before anything of it is kept."""
