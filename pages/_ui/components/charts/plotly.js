// Shared code of the plotly charts, put before theirs.

// The basic bundle (npm: plotly.js-basic-dist-min) draws lines, bars and dots, and loads in a fraction of the time
// of the whole library; no Python package contains it.
const plotly = () => window.glassboxPlotly ??= new Promise((ok, fail) => {
  const script = document.createElement("script");
  script.src = "app/static/plotly-basic.min.js";
  script.onload = () => ok(window.Plotly);
  script.onerror = () => { window.glassboxPlotly = undefined; fail(new Error("The chart library could not be loaded.")); };
  document.head.appendChild(script);
});

// Draws in the current theme's colours.
function react(Plotly, place, traces, layout) {
  const css = getComputedStyle(place), read = (name, other) => css.getPropertyValue(name).trim() || other;
  const ink = read("--st-text-color", "#444"), line = read("--st-border-color", "#ddd");
  const family = read("--st-font", "sans-serif"), paper = read("--st-secondary-background-color", "#fff");
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
  const themed = {
    autosize: true,
    paper_bgcolor: read("--st-background-color", "#fff"), // also behind the spike line at the pointer
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: ink, family, size: 12 },
    hoverlabel: { font: { color: ink, family, size: 11 }, bgcolor: paper, bordercolor: paper },
    ...layout,
    xaxis: { ...axis, spikecolor: ink, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
    shapes: layout.shapes?.map((shape) => ({ ...shape, line: { color: ink, ...shape.line } })),
    annotations: layout.annotations?.map((one) => ({ bgcolor: read("--st-background-color", "#fff"), ...one })),
  };
  place.drawn = Plotly.react(place, traces, themed, { responsive: true, displayModeBar: false });
}

// Plotly listens to the window for each of its graphs until it is told that one is gone, but not while it draws it.
function purge(place) {
  place.drawn?.finally(() => window.Plotly.purge(place));
}

