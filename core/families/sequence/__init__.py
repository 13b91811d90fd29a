"""Networks that read step by step: recurrent ones and convolutions along time."""
