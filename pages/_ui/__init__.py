"""Code that pages share; the only shared code that imports streamlit."""
