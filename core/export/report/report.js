// Draws the charts in the reader's colours, light or dark, over the axis that the reader has chosen.
const dark = matchMedia("(prefers-color-scheme: dark)"), narrow = matchMedia("(max-width: 640px)");
const AXES = { step: "step (update)", epoch: "epoch", seconds: "seconds of training" };
const charts = [...document.querySelectorAll(".chart")].map((place) => {
  const figure = JSON.parse(place.firstElementChild.textContent);
  place.replaceChildren();
  return { place, figure };
});
let over = "step";

function draw() {
  const css = getComputedStyle(document.body), read = (name) => css.getPropertyValue(name).trim();
  const ink = read("--ink"), line = read("--line"), paper = read("--paper");
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
  for (const { place, figure: { data, layout } } of charts) {
    const traces = data.map((trace) => (trace.meta?.step ? { ...trace, x: trace.meta[over], meta: undefined } : trace));
    const isCurve = data.some((trace) => trace.meta?.step);
    const themed = {
      ...layout, autosize: true, paper_bgcolor: paper, plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: css.fontFamily || "sans-serif", size: 12 },
      hoverlabel: { font: { color: ink }, bgcolor: read("--surface"), bordercolor: line },
      xaxis: { ...axis, ...layout.xaxis, ...(isCurve ? { title: { text: AXES[over] } } : {}) },
      yaxis: { ...axis, ...layout.yaxis, title: { standoff: 10, ...layout.yaxis?.title } },
    };
    Plotly.react(place, traces, themed, { responsive: true, displaylogo: false, displayModeBar: narrow.matches ? false : "hover" });
  }
}

for (const bar of document.querySelectorAll(".axes")) {
  bar.addEventListener("click", ({ target }) => {
    if (!(target.value in AXES)) return;
    over = target.value;
    for (const button of document.querySelectorAll(".axes button")) button.setAttribute("aria-pressed", String(button.value === over));
    draw();
  });
}
dark.addEventListener("change", draw);
draw();
