export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".chart"), figure = JSON.parse(data.figure);
  root.setAttribute("aria-label", data.alt);
  root.style.minHeight = `${figure.layout.height}px`;
  plotly().then((Plotly) => root.isConnected && react(Plotly, root, figure.data, figure.layout))
    .catch((error) => { root.textContent = error.message; });
  return () => { if (!root.isConnected) purge(root); };
}
