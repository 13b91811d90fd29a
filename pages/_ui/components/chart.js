export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".chart"), figure = JSON.parse(data.figure);
  root.setAttribute("aria-label", data.alt);
  root.style.minHeight = `${figure.layout.height}px`;
  plotly().then((Plotly) => {
    const look = theme(root), axis = { gridcolor: look.line, zerolinecolor: look.line, linecolor: look.line, automargin: true };
    const layout = {
      ...figure.layout,
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: look.ink, family: look.font, size: 12 },
      hoverlabel: { font: { color: look.ink, size: 12 }, bgcolor: look.paper, bordercolor: look.line },
      xaxis: { ...axis, ...figure.layout.xaxis },
      yaxis: { ...axis, ...figure.layout.yaxis },
    };
    Plotly.react(root, figure.data, layout, { responsive: true, displayModeBar: false });
  }).catch((error) => { root.textContent = error.message; });
}
