"""Parts of the pages Home and Try it."""
