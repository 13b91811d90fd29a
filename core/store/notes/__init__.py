"""What visitors write down about runs: guesses before, findings after."""
