"""What a run, a form or a comparison is given to others by: links, files to take away, and runs that come in."""
