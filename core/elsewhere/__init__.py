"""Networks that were trained elsewhere: a `.keras` file that anybody may have made, read without running any of it."""
