const groups = new WeakMap();
const AXES = {
  step: { column: 1, label: "Steps", title: "step (update)", hover: "step %{x:,}" },
  epoch: { column: 2, label: "Epochs", title: "epoch", hover: "epoch %{x:.4~g}" },
  seconds: { column: 3, label: "Seconds", title: "seconds of training", hover: "%{x:.1f} s" },
  examples: { column: 2, label: "Examples", title: "training examples seen", hover: "%{x:,.0f} examples", isSeen: true },
};
const RAW = "Raw numbers, no smoothing.";
const SMOOTHED = (kept) => `The strong line is smoothed: a running mean that keeps ${kept} of itself at each point. The faint line is raw.`;
const BAND = "A band goes from the lowest to the highest of the seeds, where all of them have a value.";
const LOG = "A log scale cannot show values of 0.";
const FEW = 20; // up to this many points get markers: a single point has no line
const DASHES = { solid: "solid", dash: "dashed", dot: "dotted" }; // of the metrics of several runs; of one run, they have colours

// The axis: a measure of time, or, for several runs, a metric by the number of its column.
function axisOf({ charts, view }) {
  if (AXES[view.x]) return AXES[view.x];
  const chart = charts.find(({ columns }) => columns.includes(view.x)), name = chart.names[chart.columns.indexOf(view.x)];
  return { column: view.x, title: `${chart.title.toLowerCase()}, ${name} (${chart.unit})`, isMetric: true,
    hover: `${asText(name)} %{x:${chart.digits}}, step %{customdata:,}` };
}

// The choice of a metric for the horizontal axis.
function metrics(bar, charts, view, changed) {
  const choice = bar.appendChild(document.createElement("select"));
  choice.setAttribute("aria-label", "A metric as the horizontal axis");
  choice.add(new Option("A metric\u2026", ""));
  for (const chart of charts) chart.columns.forEach((column, index) => {
    choice.add(new Option(`${chart.title}, ${chart.names[index]}`, column));
  });
  choice.onchange = () => { view.x = Number(choice.value) || "step"; changed(); };
  return () => { choice.value = AXES[view.x] ? "" : String(view.x); choice.classList.toggle("on", !AXES[view.x]); };
}

function smoothing(bar, view, changed) {
  const label = bar.appendChild(document.createElement("label")), slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: 0, max: 0.99, step: 0.01, value: view.smooth,
    title: "The share of a running mean that is kept at each point. 0: raw. Near 1: only the trend is left." });
  label.append("Smoothing", slider);
  slider.oninput = () => { view.smooth = Number(slider.value); changed(); };
}

// The axis, log scale and smoothing are chosen in the browser only.
function toolbar(root, charts, view, areSeveral, redraw) {
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
  const choose = (id) => { view.x = id; view.zoom = null; };
  for (const [id, axis] of Object.entries(AXES)) add(axes, axis.label, () => choose(id), () => view.x === id);
  const changed = () => { view.zoom = null; show(); redraw(); };
  const showMetric = areSeveral ? metrics(bar, charts, view, changed) : () => {};
  add(bar, "Log scale", () => { view.log = !view.log; }, () => view.log);
  smoothing(bar, view, redraw);
  const show = () => {
    for (const [button, isOn] of buttons) button.setAttribute("aria-pressed", String(isOn()));
    showMetric();
  };
  show();
}

// The names of several runs: a click hides or shows a run in all charts.
function legend(root, group) {
  const { hidden } = group.view;
  const buttons = several(group) ? group.runs.map((run) => {
    const button = document.createElement("button");
    const show = () => button.setAttribute("aria-pressed", String(!hidden.has(run.id)));
    button.type = "button";
    button.title = run.label;
    button.appendChild(document.createElement("i")).style.background = run.color;
    button.appendChild(document.createElement("span")).textContent = run.label;
    button.onclick = () => { if (!hidden.delete(run.id)) hidden.add(run.id); show(); redraw(root); };
    show();
    return button;
  }) : [];
  group.names.replaceChildren(...buttons);
}

function start(root, data) {
  const view = groups.get(root)?.view ?? { x: "step", log: false, smooth: 0, zoom: null, hidden: new Set() };
  if (!AXES[view.x]) view.x = "step"; // other charts have other columns
  groups.get(root)?.charts.forEach(({ plot }) => purge(plot));
  root.replaceChildren();
  const names = root.appendChild(document.createElement("div"));
  names.className = "bar names";
  names.setAttribute("role", "group");
  names.setAttribute("aria-label", "Runs");
  const charts = data.charts.map((chart) => {
    const figure = root.appendChild(document.createElement("figure"));
    const title = figure.appendChild(document.createElement("h4"));
    const dashes = figure.appendChild(document.createElement("p"));
    const plot = figure.appendChild(document.createElement("div"));
    title.textContent = chart.title + " ";
    title.appendChild(document.createElement("span")).textContent = "(" + chart.unit + ")";
    dashes.className = "dashes";
    plot.className = "plot";
    plot.setAttribute("role", "img");
    return { ...chart, plot, dashes };
  });
  const [marks, note] = ["ol", "p"].map((tag) => document.createElement(tag));
  marks.className = "marks";
  marks.setAttribute("aria-label", "What happened");
  note.className = "note";
  if (charts.length) {
    root.append(marks);
    toolbar(root, charts, view, data.runs.length > 1, () => redraw(root));
    root.append(note);
  }
  return { look: lookOf(data), charts, runs: [], all: groups.get(root)?.all ?? [], names, view, note, marks };
}

const lookOf = (data) => JSON.stringify([data.charts, data.runs.length > 1]);

// Adds new points; a new generation of a run restarts its lines.
function take(group, sent) {
  const known = new Map(group.all.map((run) => [run.id, run]));
  group.all = sent.map((run) => {
    const before = known.get(run.id), isSame = before?.generation === run.generation;
    const last = isSame ? before.last : 0, fresh = run.rows.filter((row) => row[0] > last);
    return { ...run, rows: isSame ? [...before.rows, ...fresh] : fresh, last: fresh.at(-1)?.[0] ?? last };
  });
  const sets = [...new Set(group.all.map((run) => run.set))].filter(Boolean);
  group.runs = [...group.all.filter((run) => !run.set), ...sets.map((set) => meanOf(group.all.filter((run) => run.set === set)))];
}

// The values of a run at each step, of which several rows may hold a part.
function atSteps(run) {
  const found = new Map();
  for (const row of run.rows) found.set(row[1], row.map((value, column) => value ?? found.get(row[1])?.[column] ?? null));
  return found;
}

// Runs that differ in their seed only, as one line: their mean, and a band from the lowest to the highest.
function meanOf(runs) {
  const parts = runs.map(atSteps), width = Math.max(0, ...runs.map((run) => run.rows[0]?.length ?? 0));
  const having = [...Array(width).keys()].map((column) => parts.filter((part) => [...part.values()].some((row) => row[column] !== null)));
  const over = (step, reduce) => having.map((those, column) => {
    const values = those.map((part) => part.get(step)?.[column] ?? null);
    return values.length && !values.includes(null) ? reduce(values) : null;
  });
  const steps = [...new Set(parts.flatMap((part) => [...part.keys()]))].sort((one, other) => one - other);
  const rows = (reduce) => steps.map((step) => over(step, reduce)).filter((row) => row[1] !== null);
  const mean = rows((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  return { ...runs[0], id: runs[0].set, rows: mean, low: rows((values) => Math.min(...values)), high: rows((values) => Math.max(...values)) };
}

const several = (group) => group.runs.length > 1;
const having = (run, column) => run.rows.filter((row) => row[column] !== null);
const asText = (name) => name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

// A running mean; dividing by the weight so far keeps its first points from being pulled to 0.
function smoothed(values, kept) {
  let sum = 0, weight = 0;
  return values.map((value) => {
    sum = kept * sum + (1 - kept) * value;
    weight = kept * weight + (1 - kept);
    return sum / weight;
  });
}

// The place of each row of a run on the horizontal axis; of a metric, its last value so far.
function placesOf(group, run) {
  const { column, isMetric, isSeen } = axisOf(group);
  if (isSeen) return run.rows.map((row) => (run.examples ? row[column] * run.examples : null));
  let last = null;
  return run.rows.map((row) => (isMetric ? last = row[column] ?? last : row[column]));
}

// Metrics of every update are lines; sparse ones, such as validation, are points.
function traces(group, chart) {
  const lines = group.runs.flatMap((run) => rawTraces(group, chart, run));
  if (!group.view.smooth) return lines;
  const named = (line, what) => ({ ...line, uid: `${line.uid}_${what}`, name: `${line.name}, ${what}`, showlegend: !several(group) });
  const strong = (line) => ({ ...named(line, "smoothed"), y: smoothed(line.y, group.view.smooth), mode: "lines" });
  const weak = (line) => ({ ...named(line, "raw"), opacity: 0.3 });
  const dense = (line) => !line.fill && !chart.sparse[line.legendrank];
  return [...lines.map((line) => (dense(line) ? weak(line) : line)), ...lines.filter(dense).map(strong)];
}

// The band of a mean: there and back again.
function bandTrace(run, index, column, kept, places, visible) {
  const there = kept.map((at) => places[at]), low = kept.map((at) => run.low[at][column]), high = kept.map((at) => run.high[at][column]);
  return { type: "scatter", uid: `${run.id}_${index}_band`, x: [...there, ...there.reverse()], y: [...high, ...low.reverse()],
    mode: "lines", fill: "toself", fillcolor: `${run.color}33`, line: { width: 0 }, hoverinfo: "skip", showlegend: false, visible };
}

function rawTraces(group, chart, run) {
  const isOne = !several(group), hasMore = chart.columns.slice(1).some((column) => having(run, column).length);
  const places = placesOf(group, run), hover = axisOf(group).hover;
  return chart.columns.flatMap((column, index) => {
    const kept = [...run.rows.keys()].filter((at) => run.rows[at][column] !== null && places[at] !== null);
    const rows = kept.map((at) => run.rows[at]), sparse = chart.sparse[index];
    const color = isOne ? chart.colors[index] : run.color, alone = sparse && isOne;
    const visible = isOne || !group.view.hidden.has(run.id);
    const band = run.low && !sparse ? [bandTrace(run, index, column, kept, places, visible)] : [];
    return [...band, {
      type: "scatter",
      meta: run.id,
      customdata: rows.map((row) => row[1]),
      legendrank: index,
      uid: `${run.id}_${index}`, // it becomes part of a CSS class
      name: isOne ? chart.names[index] : `${asText(run.label)}<br>${chart.names[index]}`,
      x: kept.map((at) => places[at]),
      y: rows.map((row) => row[column]),
      mode: alone ? "markers" : sparse || rows.length <= FEW ? "lines+markers" : "lines",
      line: { color, width: 1.6, dash: isOne ? "solid" : Object.keys(DASHES)[index] },
      marker: { color, size: alone ? 8 : 5, symbol: sparse && index ? "diamond" : "circle" },
      visible,
      showlegend: isOne && hasMore && rows.length > 0,
      hovertemplate: isOne ? `%{y:${chart.digits}}`
        : `%{fullData.name} <b>%{y:${chart.digits}}</b><br>${hover}<extra></extra>`,
    }];
  });
}

// The list of what happened, numbered as in the charts; once a run has ended, each leads to its snapshot.
function listMarks(group, { marks = [], areLinks }, choose) {
  group.told = marks;
  group.marks.replaceChildren(...marks.map(({ step, text }) => {
    const item = document.createElement("li"), part = item.appendChild(document.createElement(areLinks ? "button" : "span"));
    part.textContent = `Step ${step.toLocaleString("en")}: ${text}`;
    if (areLinks) Object.assign(part, { type: "button", title: "Show the network at this step", onclick: () => choose(step) });
    return item;
  }));
}

// Where a step lies on the chosen axis; null while no point has reached it.
function placeOf(group, step) {
  const [run] = group.runs, at = run ? run.rows.findIndex((one) => one[1] >= step) : -1;
  return at < 0 ? null : placesOf(group, run)[at];
}

function marked(group) {
  const places = group.told.map(({ step }, index) => [placeOf(group, step), index]).filter(([x]) => x !== null);
  return {
    shapes: places.map(([x]) => ({ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", line: { width: 1, dash: "dot" }, opacity: 0.5 })),
    annotations: [...new Set(places.map(([x]) => x))].map((x) => { // what happened at one step has one label
      const here = places.filter(([place]) => place === x).map(([, index]) => index), first = here[0] + 1, last = here.at(-1) + 1;
      return { x, y: 0, yref: "paper", yanchor: "bottom", text: `<b>${first === last ? first : `${first}-${last}`}</b>`, showarrow: false,
        hovertext: here.map((index) => group.told[index].text).join("<br>"), borderpad: 2 };
    }),
  };
}

// What somebody expected, or simple methods reach, as dotted lines; a log axis places texts by their logarithm.
function levelled({ view }, { levels }) {
  const shown = levels.filter(([, value]) => !view.log || value > 0);
  return {
    shapes: shown.map(([, value]) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: value, y1: value, opacity: 0.6, line: { width: 1.5, dash: "dot" } })),
    annotations: shown.map(([text, value], index) => ({ xref: "paper", x: text === "guess" ? 0 : 1, xanchor: text === "guess" ? "left" : "right",
      y: view.log ? Math.log10(value) : value, yanchor: index % 2 ? "top" : "bottom", text, showarrow: false })), // neighbours on two sides
  };
}

function layout(group, chart) {
  const isOne = !several(group), axis = axisOf(group), { zoom } = group.view;
  const height = chart.plot.clientHeight || 250;
  const hasPoints = group.runs.some((run) => chart.columns.some((column) => having(run, column).length)); // no empty axes
  const told = marked(group), level = levelled(group, chart);
  return {
    shapes: [...told.shapes, ...level.shapes],
    annotations: [...told.annotations, ...level.annotations],
    height,
    margin: { l: 44, r: 6, t: isOne && chart.columns.length > 1 ? 26 : 6, b: 34 },
    hovermode: isOne ? "x unified" : "closest",
    hoverdistance: isOne ? -1 : 20,
    uirevision: `${group.runs.map((run) => run.id)} ${group.view.x} ${group.view.log}`,
    xaxis: { visible: hasPoints, title: { text: axis.title, standoff: 2 }, rangemode: axis.isMetric ? "normal" : "tozero",
      ...(zoom ? { range: zoom, autorange: false } : { autorange: true }),
      unifiedhovertitle: { text: axis.hover }, showspikes: isOne, spikethickness: 1, spikedash: "dot" },
    yaxis: { visible: hasPoints, ...(group.view.log ? { type: "log" } : { type: "linear", rangemode: "tozero" }) },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
  };
}

// Names the metric of each dash, if several runs have several metrics.
function dashes(group, chart) {
  const drawn = chart.names.map((name, index) => [Object.values(DASHES)[index], name])
    .filter((_, index) => group.runs.some((run) => having(run, chart.columns[index]).length));
  return several(group) && drawn.length > 1 ? drawn.map(([dash, name]) => `${dash}: ${name}`).join(", ") : "";
}

function said(group, chart, run) {
  const rows = having(run, chart.columns[0]), newest = run.rows.at(-1), name = several(group) ? run.label + ", " : "";
  if (!newest) return name + "no points yet";
  const value = rows.length ? Number(rows.at(-1)[chart.columns[0]].toPrecision(4)) : "none";
  return `${name}${rows.length} points over ${axisOf(group).title}; step ${newest[1]}: ${value}`;
}

// What is pointed at in one chart is named in the others, at the same step; a zoom of one is that of all.
function link(Plotly, group, chart) {
  const others = () => group.charts.filter((one) => one !== chart && one.plot.isConnected);
  chart.isLinked = true;
  chart.plot.on("plotly_hover", ({ points: [point] }) => others().forEach(({ plot }) => {
    const found = [...plot.data.keys()].filter((line) => plot.data[line].meta === point.data.meta && plot.data[line].visible);
    const at = (line) => nearest(plot.data[line].customdata, point.customdata);
    const places = found.map((line) => ({ curveNumber: line, pointNumber: at(line) })).filter(({ pointNumber }) => pointNumber >= 0);
    if (places.length) Plotly.Fx.hover(plot, places);
  }));
  chart.plot.on("plotly_unhover", () => others().forEach(({ plot }) => Plotly.Fx.unhover(plot)));
  chart.plot.on("plotly_relayout", (change) => {
    const { range, autorange } = chart.plot._fullLayout.xaxis, zoom = autorange ? null : [...range];
    const isOurs = Object.keys(change).some((name) => name.startsWith("xaxis"));
    if (!isOurs || JSON.stringify(zoom) === JSON.stringify(group.view.zoom)) return;
    group.view.zoom = zoom;
    others().forEach(({ plot }) => Plotly.relayout(plot, zoom ? { "xaxis.range": [...zoom] } : { "xaxis.autorange": true }));
  });
}

function nearest(steps, step) {
  return steps.reduce((best, one, at) => (best < 0 || Math.abs(one - step) < Math.abs(steps[best] - step) ? at : best), -1);
}

function draw(Plotly, group, chart) {
  const lines = traces(group, chart), newest = group.runs[0]?.rows.at(-1), plot = chart.plot;
  chart.dashes.textContent = dashes(group, chart);
  react(Plotly, plot, lines, layout(group, chart));
  if (!chart.isLinked) link(Plotly, group, chart);
  const what = group.runs.map((run) => said(group, chart, run)).join("; ");
  plot.setAttribute("aria-label", `${chart.title} (${chart.unit}): ${what}`);
  plot.dataset.axis = group.view.x;
  plot.dataset.points = String(lines[0]?.x.length ?? 0);
  plot.dataset.step = newest ? String(newest[1]) : "";
  plot.dataset.range = JSON.stringify(plot._fullLayout.xaxis.range);
  plot.dataset.zoomed = String(!plot._fullLayout.xaxis.autorange);
}

function redraw(root) {
  const group = groups.get(root), { smooth, log } = group.view, band = group.runs.some((run) => run.low) ? BAND : "";
  group.note.textContent = [smooth ? SMOOTHED(smooth) : RAW, band, group.said, log ? LOG : ""].filter(Boolean).join(" ");
  const turn = group.turn = {}; // a newer redraw takes over from an older one that has not drawn all its charts
  plotly().then(async (Plotly) => {
    for (const chart of group.charts) {
      if (chart.plot.isConnected) draw(Plotly, group, chart);
      await new Promise((shown) => setTimeout(shown)); // the first is on the screen before the last is drawn
      if (group.turn !== turn) return;
    }
  }).catch((error) => { root.textContent = error.message; });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".charts");
  if (groups.get(root)?.look !== lookOf(data)) groups.set(root, start(root, data));
  const group = groups.get(root);
  group.said = data.note;
  take(group, data.runs);
  listMarks(group, data, (step) => {
    document.getElementById(data.leadsTo)?.scrollIntoView();
    setTriggerValue("marked", [step]);
  });
  const named = JSON.stringify(group.runs.map((run) => [run.id, run.label, run.color]));
  if (group.named !== named) {
    group.named = named;
    legend(root, group);
  }
  redraw(root);
  return () => { if (!root.isConnected) group.charts.forEach(({ plot }) => purge(plot)); };
}
