"""Arrays in, pictures and plotly figures out. Knows no Streamlit."""
