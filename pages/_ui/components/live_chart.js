const groups = new WeakMap();
const FEW = 20; // so few points of a line are marked: one alone has no line
let library;

const plotly = () => library ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((ok, fail) => {
  const script = document.createElement("script");
  script.src = "app/static/plotly.min.js";
  script.onload = () => ok(window.Plotly);
  script.onerror = () => { library = undefined; fail(new Error("The chart library could not be loaded.")); };
  document.head.appendChild(script);
});

function start(root, data) {
  root.replaceChildren();
  const charts = data.charts.map((chart) => {
    const figure = root.appendChild(document.createElement("figure"));
    const title = figure.appendChild(document.createElement("h4"));
    const plot = figure.appendChild(document.createElement("div"));
    title.textContent = chart.title + " ";
    title.appendChild(document.createElement("span")).textContent = "(" + chart.unit + ")";
    plot.className = "plot";
    plot.setAttribute("role", "img");
    return { ...chart, plot };
  });
  return { identity: data.identity, last: 0, rows: [], charts };
}

// The theme's colours, as the page has them now.
function theme(root) {
  const css = getComputedStyle(root), read = (name, other) => css.getPropertyValue(name).trim() || other;
  return {
    ink: read("--st-text-color", "#444"),
    line: read("--st-border-color", "#ddd"),
    paper: read("--st-secondary-background-color", "#fff"),
    font: read("--st-font", "sans-serif"),
  };
}

// The first column is a line; the others, such as validation, are points of another shape.
function traces(group, chart) {
  const has = (column) => group.rows.some((row) => row[column] !== null);
  const several = chart.columns.slice(1).some(has);
  return chart.columns.map((column, index) => {
    const rows = group.rows.filter((row) => row[column] !== null), first = index === 0;
    return {
      type: "scatter",
      name: chart.names[index],
      x: rows.map((row) => row[1]),
      y: rows.map((row) => row[column]),
      mode: !first ? "markers" : rows.length <= FEW ? "lines+markers" : "lines",
      line: { color: chart.colors[index], width: 1.6 },
      marker: { color: chart.colors[index], size: first ? 5 : 8, symbol: first ? "circle" : "diamond" },
      showlegend: several && rows.length > 0,
    };
  });
}

function layout(group, chart, look) {
  const axis = { gridcolor: look.line, zerolinecolor: look.line, linecolor: look.line, automargin: true };
  const line = group.rows.filter((row) => row[chart.columns[0]] !== null).map((row) => row[chart.columns[0]]);
  const rises = line.length > 1 && line[line.length - 1] > line[0]; // the legend keeps out of the curve's way
  return {
    autosize: true,
    height: 250,
    margin: { l: 44, r: 6, t: 6, b: 38 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: look.ink, family: look.font, size: 12 },
    hovermode: "x unified",
    hoverlabel: { font: { color: look.ink }, bgcolor: look.paper },
    uirevision: group.identity,
    xaxis: { ...axis, title: { text: "step (update)", standoff: 6 }, rangemode: "tozero" },
    yaxis: { ...axis, rangemode: "tozero" },
    legend: {
      orientation: "h", x: 1, xanchor: "right", y: rises ? 0 : 1, yanchor: rises ? "bottom" : "top",
      bgcolor: "rgba(0,0,0,0)",
    },
  };
}

function draw(Plotly, group, chart, look) {
  const lines = traces(group, chart), newest = group.rows[group.rows.length - 1], plot = chart.plot;
  Plotly.react(plot, lines, layout(group, chart, look), { responsive: true, displaylogo: false, displayModeBar: false });
  const first = lines[0], value = first.y[first.y.length - 1];
  const said = newest ? `${first.x.length} points, step ${newest[1]}: ${value}` : "no points yet";
  plot.setAttribute("aria-label", `${chart.title} (${chart.unit}): ${said}`);
  plot.dataset.points = String(first.x.length);
  plot.dataset.step = newest ? String(newest[1]) : "";
  plot.dataset.range = JSON.stringify(plot._fullLayout.xaxis.range);
  plot.dataset.zoomed = String(!plot._fullLayout.xaxis.autorange);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".charts");
  let group = groups.get(root);
  if (!group || group.identity !== data.identity) {
    group = start(root, data);
    groups.set(root, group);
  }
  for (const row of data.rows) {
    if (row[0] > group.last) {
      group.rows.push(row);
      group.last = row[0];
    }
  }
  plotly().then((Plotly) => {
    const look = theme(root);
    for (const chart of group.charts) draw(Plotly, group, chart, look);
  }).catch((error) => { root.textContent = error.message; });
}
