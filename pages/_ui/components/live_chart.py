"""Line charts that take new points as they come and keep their zoom."""

from __future__ import annotations

from typing import Any

import streamlit as st

_HTML = "<div class='charts' role='group'></div>\n"

_CSS = """
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr)); gap: 12px; }
.charts h4 { font: 600 0.95rem var(--st-font); color: var(--st-text-color); margin: 0 0 2px; }
.charts h4 span { font-weight: 400; opacity: 0.75; }
.charts .plot { height: 250px; min-width: 0; }
.charts figure { margin: 0; min-width: 0; }
"""

_JS = r"""
const groups = new WeakMap();
let library;
const plotly = () => library ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((ok, fail) => {
  const script = document.createElement("script");
  script.src = "app/static/plotly.min.js";
  script.onload = () => ok(window.Plotly);
  script.onerror = () => { library = undefined; fail(new Error("the chart library could not be loaded")); };
  document.head.appendChild(script);
});

function start(root, data) {
  root.replaceChildren();
  const charts = data.charts.map((chart) => {
    const figure = document.createElement("figure"), title = document.createElement("h4");
    const unit = document.createElement("span"), plot = document.createElement("div");
    title.textContent = chart.title + " ";
    unit.textContent = "(" + chart.unit + ")";
    title.appendChild(unit);
    plot.className = "plot";
    plot.setAttribute("role", "img");
    figure.append(title, plot);
    root.appendChild(figure);
    return { ...chart, plot };
  });
  return { identity: data.identity, last: 0, rows: [], charts };
}

function style(root) {
  const css = getComputedStyle(root), read = (name, other) => css.getPropertyValue(name).trim() || other;
  return { ink: read("--st-text-color", "#444"), line: read("--st-border-color", "#ddd"), font: read("--st-font", "sans-serif") };
}

function draw(Plotly, group, chart, look) {
  const validated = group.rows.some((row) => chart.columns.slice(1).some((column) => row[column] !== null));
  const rising = group.rows.length > 1 && group.rows[group.rows.length - 1][chart.columns[0]] > group.rows[0][chart.columns[0]];
  const traces = chart.columns.map((column, index) => {
    const rows = group.rows.filter((row) => row[column] !== null);
    const points = index > 0;                         // validation: points, for those who cannot tell colours
    return { x: rows.map((row) => row[1]), y: rows.map((row) => row[column]), name: chart.names[index],
      type: "scatter", mode: points ? "markers" : "lines", line: { color: chart.colors[index], width: 1.6 },
      marker: { color: chart.colors[index], size: 8, symbol: "diamond" }, visible: rows.length || !points ? true : "legendonly",
      showlegend: validated && (rows.length > 0 || !points) };
  });
  const axis = { gridcolor: look.line, zerolinecolor: look.line, linecolor: look.line, automargin: true };
  Plotly.react(chart.plot, traces, {
    autosize: true, height: 250, margin: { l: 44, r: 6, t: 6, b: 38 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: look.ink, family: look.font, size: 12 }, hovermode: "x unified", uirevision: group.identity,
    hoverlabel: { font: { color: "#1B2430" }, bgcolor: "#FFFFFF" },
    xaxis: { ...axis, title: { text: "step (update)", standoff: 6 }, rangemode: "tozero", range: undefined },
    yaxis: { ...axis, rangemode: "tozero" },
    legend: { orientation: "h", x: 1, xanchor: "right", y: rising ? 0 : 1, yanchor: rising ? "bottom" : "top", bgcolor: "rgba(0,0,0,0)" },
  }, { responsive: true, displaylogo: false, displayModeBar: false });
  const rows = group.rows, newest = rows[rows.length - 1];
  const said = newest ? `${chart.title}: ${rows.length} points up to step ${newest[1]}` : `${chart.title}: no points yet`;
  chart.plot.setAttribute("aria-label", said);
  chart.plot.dataset.points = String(traces[0].x.length);
  chart.plot.dataset.step = newest ? String(newest[1]) : "";
  chart.plot.dataset.range = JSON.stringify(chart.plot._fullLayout.xaxis.range);
  chart.plot.dataset.zoomed = String(!chart.plot._fullLayout.xaxis.autorange);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".charts");
  let group = groups.get(root);
  if (!group || group.identity !== data.identity) { group = start(root, data); groups.set(root, group); }
  for (const row of data.rows) if (row[0] > group.last) { group.rows.push(row); group.last = row[0]; }
  plotly().then((Plotly) => {
    const look = style(root);
    for (const chart of group.charts) draw(Plotly, group, chart, look);
  }).catch((error) => { root.textContent = error.message; });
}
"""

_component = st.components.v2.component("live_chart", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)


def live_chart(charts: list[dict[str, Any]], rows: list[list[float | None]], identity: str, *, key: str) -> None:
    """Draw charts; the browser keeps what it was sent before.

    Args:
        charts: Each with `title`, `unit`, `names`, `colors` and `columns` (indices into a row).
        rows: New points, oldest first: id, step, then values, None where there is none. Rows that
            the browser has already are ignored.
        identity: Another one makes it start again.
        key: Streamlit's key.
    """
    _component(key=key, data={"charts": charts, "rows": rows, "identity": identity}, height="content")


def preload() -> None:
    """Let the browser load the chart library before there is anything to draw."""
    _component(key="preload_charts", data={"charts": [], "rows": [], "identity": "preload"}, height="content")
