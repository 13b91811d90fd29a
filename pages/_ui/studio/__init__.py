"""The page on which a network is set up, trained and watched."""
