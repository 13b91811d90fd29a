"""Units of size, one meaning each everywhere."""

KB, MB, GB = 1_000, 1_000_000, 1_000_000_000  # bytes, as disks and networks count
