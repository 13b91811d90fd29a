"""Units of size in bytes."""

KB, MB, GB = 1_000, 1_000_000, 1_000_000_000  # decimal, as for disks and networks
