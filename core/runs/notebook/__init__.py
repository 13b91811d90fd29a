"""What visitors write down about runs, held against what came of them."""
