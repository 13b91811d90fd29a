"""The process that trains: its device, its memory, its first minute."""
