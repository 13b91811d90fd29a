const groups = new WeakMap();
const AXES = {
  step: { column: 1, label: "Steps", title: "step (update)", hover: "step %{x:,}" },
  epoch: { column: 2, label: "Epochs", title: "epoch", hover: "epoch %{x:.4~g}" },
  seconds: { column: 3, label: "Seconds", title: "seconds of training", hover: "%{x:.1f} s" },
};
const KEPT = 0.9; // of the running mean, at each point
const RAW = "Raw numbers, no smoothing.";
const SMOOTHED = `The strong line is smoothed: a running mean that keeps ${KEPT} of itself at each point. The faint line is raw.`;
const LOG = "Values of 0 have no place on a log scale.";
const FEW = 20; // so few points of a line are marked: one alone has no line

// How the charts are looked at is chosen here, without a word to the server.
function toolbar(root, view, redraw) {
  const bar = root.appendChild(document.createElement("div")), buttons = [];
  bar.className = "bar";
  const add = (parent, label, change, isOn) => {
    const button = parent.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = label;
    button.onclick = () => { change(); show(); redraw(); };
    buttons.push([button, isOn]);
  };
  const axes = bar.appendChild(document.createElement("span"));
  axes.setAttribute("role", "group");
  axes.setAttribute("aria-label", "Horizontal axis");
  for (const [id, axis] of Object.entries(AXES)) add(axes, axis.label, () => { view.x = id; }, () => view.x === id);
  add(bar, "Log scale", () => { view.log = !view.log; }, () => view.log);
  add(bar, "Smooth", () => { view.smooth = !view.smooth; }, () => view.smooth);
  const show = () => { for (const [button, isOn] of buttons) button.setAttribute("aria-pressed", String(isOn())); };
  show();
}

function start(root, data) {
  const view = groups.get(root)?.view ?? { x: "step", log: false, smooth: false };
  root.replaceChildren();
  if (data.charts.length) toolbar(root, view, () => redraw(root));
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
  const note = root.appendChild(document.createElement("p"));
  note.className = "note";
  return { identity: data.identity, last: 0, rows: [], charts, view, note, said: data.note };
}

// A running mean; dividing by the weight so far keeps its first points from being drawn to 0.
function smoothed(values) {
  let sum = 0, weight = 0;
  return values.map((value) => {
    sum = KEPT * sum + (1 - KEPT) * value;
    weight = KEPT * weight + (1 - KEPT);
    return sum / weight;
  });
}

// What is measured at every update is a line; what is measured now and then, such as validation, are points.
function traces(group, chart) {
  const lines = rawTraces(group, chart);
  if (!group.view.smooth) return lines;
  const strong = (line) => ({ ...line, name: line.name + ", smoothed", y: smoothed(line.y), mode: "lines", showlegend: true });
  const weak = (line) => ({ ...line, opacity: 0.3, name: line.name + ", raw", showlegend: true });
  const dense = (line, index) => !chart.sparse[index];
  return [...lines.map((line, index) => (dense(line, index) ? weak(line) : line)), ...lines.filter(dense).map(strong)];
}

function rawTraces(group, chart) {
  const has = (column) => group.rows.some((row) => row[column] !== null);
  const several = chart.columns.slice(1).some(has);
  return chart.columns.map((column, index) => {
    const rows = group.rows.filter((row) => row[column] !== null), sparse = chart.sparse[index];
    return {
      type: "scatter",
      name: chart.names[index],
      x: rows.map((row) => row[AXES[group.view.x].column]),
      y: rows.map((row) => row[column]),
      mode: sparse ? "markers" : rows.length <= FEW ? "lines+markers" : "lines",
      line: { color: chart.colors[index], width: 1.6 },
      marker: { color: chart.colors[index], size: sparse ? 8 : 5, symbol: sparse && index ? "diamond" : "circle" },
      showlegend: several && rows.length > 0,
      hovertemplate: `%{y:${chart.digits}}`,
    };
  });
}

function layout(group, chart) {
  return {
    height: 250,
    margin: { l: 44, r: 6, t: chart.columns.length > 1 ? 26 : 6, b: 38 },
    hovermode: "x unified",
    hoverdistance: -1,
    uirevision: `${group.identity} ${group.view.x} ${group.view.log}`,
    xaxis: { title: { text: AXES[group.view.x].title, standoff: 6 }, rangemode: "tozero",
      unifiedhovertitle: { text: AXES[group.view.x].hover }, showspikes: true, spikethickness: 1, spikedash: "dot" },
    yaxis: group.view.log ? { type: "log" } : { type: "linear", rangemode: "tozero" },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
  };
}

function draw(Plotly, group, chart) {
  const lines = traces(group, chart), newest = group.rows[group.rows.length - 1], plot = chart.plot;
  react(Plotly, plot, lines, layout(group, chart));
  const first = lines[0], value = first.y[first.y.length - 1];
  const said = newest ? `${first.x.length} points over ${AXES[group.view.x].title}; step ${newest[1]}: ${value === undefined ? "none" : Number(value.toPrecision(4))}` : "no points yet";
  plot.setAttribute("aria-label", `${chart.title} (${chart.unit}): ${said}`);
  plot.dataset.axis = group.view.x;
  plot.dataset.points = String(first.x.length);
  plot.dataset.step = newest ? String(newest[1]) : "";
  plot.dataset.range = JSON.stringify(plot._fullLayout.xaxis.range);
  plot.dataset.zoomed = String(!plot._fullLayout.xaxis.autorange);
}

function redraw(root) {
  const group = groups.get(root);
  group.note.textContent = group.charts.length
    ? [group.view.smooth ? SMOOTHED : RAW, group.said, group.view.log ? LOG : ""].filter(Boolean).join(" ") : "";
  plotly().then((Plotly) => {
    for (const chart of group.charts) draw(Plotly, group, chart);
  }).catch((error) => { root.textContent = error.message; });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".charts");
  let group = groups.get(root);
  if (!group || group.identity !== data.identity) {
    group = start(root, data);
    groups.set(root, group);
  }
  group.said = data.note;
  for (const row of data.rows) {
    if (row[0] > group.last) {
      group.rows.push(row);
      group.last = row[0];
    }
  }
  redraw(root);
}
