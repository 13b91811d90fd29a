"""Small components for what Streamlit has no element for. Each works offline and in both themes."""
