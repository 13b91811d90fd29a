"""Turn arrays into pictures and plotly figures, without Streamlit."""
