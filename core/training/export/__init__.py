"""Write trained networks in other formats."""
