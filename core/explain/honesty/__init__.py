"""How far an attribution can be trusted. Heavy."""
