const groups = new WeakMap();
const AXES = {
  step: { column: 1, label: "Steps", title: "step (update)", hover: "step %{x:,}" },
  epoch: { column: 2, label: "Epochs", title: "epoch", hover: "epoch %{x:.4~g}" },
  seconds: { column: 3, label: "Seconds", title: "seconds of training", hover: "%{x:.1f} s" },
};
const KEPT = 0.9; // share of the running mean kept at each point
const RAW = "Raw numbers, no smoothing.";
const SMOOTHED = `The strong line is smoothed: a running mean that keeps ${KEPT} of itself at each point. The faint line is raw.`;
const LOG = "A log scale cannot show values of 0.";
const FEW = 20; // up to this many points get markers: a single point has no line
const DASHES = { solid: "solid", dash: "dashed", dot: "dotted" }; // of the metrics of several runs; of one run, they have colours

// The axis, log scale and smoothing are chosen in the browser only.
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
  const view = groups.get(root)?.view ?? { x: "step", log: false, smooth: false, hidden: new Set() };
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
    toolbar(root, view, () => redraw(root));
    root.append(note);
  }
  return { look: JSON.stringify(data.charts), charts, runs: groups.get(root)?.runs ?? [], names, view, note, marks };
}

// Adds new points; a new generation of a run restarts its lines.
function take(group, sent) {
  const known = new Map(group.runs.map((run) => [run.id, run]));
  group.runs = sent.map((run) => {
    const before = known.get(run.id), isSame = before?.generation === run.generation;
    const last = isSame ? before.last : 0, fresh = run.rows.filter((row) => row[0] > last);
    return { ...run, rows: isSame ? [...before.rows, ...fresh] : fresh, last: fresh.at(-1)?.[0] ?? last };
  });
}

const several = (group) => group.runs.length > 1;
const having = (run, column) => run.rows.filter((row) => row[column] !== null);
const asText = (name) => name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

// A running mean; dividing by the weight so far keeps its first points from being pulled to 0.
function smoothed(values) {
  let sum = 0, weight = 0;
  return values.map((value) => {
    sum = KEPT * sum + (1 - KEPT) * value;
    weight = KEPT * weight + (1 - KEPT);
    return sum / weight;
  });
}

// Metrics of every update are lines; sparse ones, such as validation, are points.
function traces(group, chart) {
  const lines = group.runs.flatMap((run) => rawTraces(group, chart, run));
  if (!group.view.smooth) return lines;
  const named = (line, what) => ({ ...line, uid: `${line.uid}_${what}`, name: `${line.name}, ${what}`, showlegend: !several(group) });
  const strong = (line) => ({ ...named(line, "smoothed"), y: smoothed(line.y), mode: "lines" });
  const weak = (line) => ({ ...named(line, "raw"), opacity: 0.3 });
  const dense = (line, index) => !chart.sparse[index % chart.columns.length];
  return [...lines.map((line, index) => (dense(line, index) ? weak(line) : line)), ...lines.filter(dense).map(strong)];
}

function rawTraces(group, chart, run) {
  const isOne = !several(group), hasMore = chart.columns.slice(1).some((column) => having(run, column).length);
  return chart.columns.map((column, index) => {
    const rows = having(run, column), sparse = chart.sparse[index];
    const color = isOne ? chart.colors[index] : run.color, alone = sparse && isOne;
    return {
      type: "scatter",
      uid: `${run.id}_${index}`, // it becomes part of a CSS class
      name: isOne ? chart.names[index] : `${asText(run.label)}<br>${chart.names[index]}`,
      x: rows.map((row) => row[AXES[group.view.x].column]),
      y: rows.map((row) => row[column]),
      mode: alone ? "markers" : sparse || rows.length <= FEW ? "lines+markers" : "lines",
      line: { color, width: 1.6, dash: isOne ? "solid" : Object.keys(DASHES)[index] },
      marker: { color, size: alone ? 8 : 5, symbol: sparse && index ? "diamond" : "circle" },
      visible: isOne || !group.view.hidden.has(run.id),
      showlegend: isOne && hasMore && rows.length > 0,
      hovertemplate: isOne ? `%{y:${chart.digits}}`
        : `%{fullData.name} <b>%{y:${chart.digits}}</b><br>${AXES[group.view.x].hover}<extra></extra>`,
    };
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
  const row = group.runs[0]?.rows.find((one) => one[1] >= step);
  return row ? row[AXES[group.view.x].column] : null;
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

function layout(group, chart) {
  const isOne = !several(group), axis = AXES[group.view.x];
  const height = chart.plot.clientHeight || 250;
  const hasPoints = group.runs.some((run) => chart.columns.some((column) => having(run, column).length)); // no empty axes
  return {
    ...marked(group),
    height,
    margin: { l: 44, r: 6, t: isOne && chart.columns.length > 1 ? 26 : 6, b: 34 },
    hovermode: isOne ? "x unified" : "closest",
    hoverdistance: isOne ? -1 : 20,
    uirevision: `${group.runs.map((run) => run.id)} ${group.view.x} ${group.view.log}`,
    xaxis: { visible: hasPoints, title: { text: axis.title, standoff: 2 }, rangemode: "tozero",
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
  return `${name}${rows.length} points over ${AXES[group.view.x].title}; step ${newest[1]}: ${value}`;
}

function draw(Plotly, group, chart) {
  const lines = traces(group, chart), newest = group.runs[0]?.rows.at(-1), plot = chart.plot;
  chart.dashes.textContent = dashes(group, chart);
  react(Plotly, plot, lines, layout(group, chart));
  const what = group.runs.map((run) => said(group, chart, run)).join("; ");
  plot.setAttribute("aria-label", `${chart.title} (${chart.unit}): ${what}`);
  plot.dataset.axis = group.view.x;
  plot.dataset.points = String(lines[0]?.x.length ?? 0);
  plot.dataset.step = newest ? String(newest[1]) : "";
  plot.dataset.range = JSON.stringify(plot._fullLayout.xaxis.range);
  plot.dataset.zoomed = String(!plot._fullLayout.xaxis.autorange);
}

function redraw(root) {
  const group = groups.get(root);
  group.note.textContent = [group.view.smooth ? SMOOTHED : RAW, group.said, group.view.log ? LOG : ""].filter(Boolean).join(" ");
  plotly().then((Plotly) => {
    for (const chart of group.charts) if (chart.plot.isConnected) draw(Plotly, group, chart);
  }).catch((error) => { root.textContent = error.message; });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".charts");
  if (groups.get(root)?.look !== JSON.stringify(data.charts)) groups.set(root, start(root, data));
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
