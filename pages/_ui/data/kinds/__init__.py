"""What the data page shows of each kind of files that people bring."""
