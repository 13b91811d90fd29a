"""How the data page shows each kind of uploaded data."""
