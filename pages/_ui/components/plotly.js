// Shared by what draws with plotly; put before its code.

// The basic bundle (npm: plotly.js-basic-dist-min) is read in a seventh of the whole one's time.
const plotly = () => window.glassboxPlotly ??= new Promise((ok, fail) => {
  const script = document.createElement("script");
  script.src = "app/static/plotly-basic.min.js";
  script.onload = () => ok(window.Plotly);
  script.onerror = () => { window.glassboxPlotly = undefined; fail(new Error("The chart library could not be loaded.")); };
  document.head.appendChild(script);
});

// The theme's colours, as the page has them now.
function theme(root) {
  const css = getComputedStyle(root), read = (name, other) => css.getPropertyValue(name).trim() || other;
  return {
    ink: read("--st-text-color", "#444"),
    line: read("--st-border-color", "#ddd"),
    paper: read("--st-secondary-background-color", "#fff"),
    ground: read("--st-background-color", "#fff"),
    font: read("--st-font", "sans-serif"),
  };
}

