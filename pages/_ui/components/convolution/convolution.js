// All that moves is computed here, so that the kernel follows mouse, keys and fingers at once.
const STEP_MS = 450, SVG = "http://www.w3.org/2000/svg", MOST_TERMS = 12;
const PLAY = "M8 5v14l11-7z", PAUSE = "M6 5h4v14H6zm8 0h4v14h-4z";
const states = new WeakMap();

const put = (parent, name, marks, text) => {
  const made = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(marks)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const short = (number) => String(+(+number).toFixed(2)).replace("-", "−");
const mix = (from, to, share) => from.map((part, k) => Math.round(part + (to[k] - part) * share));

function shade([negative, neutral, positive], value, limit) { // even around zero
  const share = Math.min(1, Math.abs(value) / (limit || 1));
  return { fill: `rgb(${mix(neutral, value < 0 ? negative : positive, share)})`, ink: share > 0.62 ? "light" : "dark" };
}

function grid(svg, colours, rows, { offset = 0, limit, isNumbered = true, after = 0 }) {
  const side = rows.length + offset + after;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `-0.1 -0.1 ${side + 0.2} ${side + 0.2}`);
  for (let r = 0; r < side; r++) for (let c = 0; c < side; c++) {
    const value = rows[r - offset]?.[c - offset];
    const at = { x: c, y: r, width: 1, height: 1, "data-at": `${r} ${c}` };
    if (value === undefined) { put(svg, "rect", { ...at, class: "empty zero" }); if (isNumbered) put(svg, "text", { x: c + 0.5, y: r + 0.5 }, "0"); continue; }
    const { fill, ink } = shade(colours, value, limit);
    put(svg, "rect", { ...at, fill });
    if (isNumbered) put(svg, "text", { x: c + 0.5, y: r + 0.5, class: ink }, short(value));
  }
}

function draw(state) { // all but the place of the kernel
  const { data, find } = state, largest = (rows) => Math.max(1e-9, ...rows.flat().map(Math.abs));
  const side = data.made.length;
  state.root.classList.toggle("fault", !side);
  state.root.style.setProperty("--wrong", data.wrong);
  grid(find(".given"), data.colours, data.values, { offset: data.before, after: data.after, limit: largest(data.values), isNumbered: data.size <= 16 });
  grid(find(".kernel"), data.colours, data.weights, { limit: largest(data.weights) });
  state.madeLimit = largest(side ? data.made : [[0]]);
  const slider = find("input");
  slider.max = Math.max(0, side * side - 1);
  state.at = Math.min(state.at, +slider.max);
  for (const part of [slider, find(".play"), find(".back"), find(".on")]) part.disabled = !side;
  move(state, state.at);
}

function move(state, at) {
  const { data, find } = state, side = data.made.length, span = data.dilation * (data.kernel - 1) + 1;
  state.at = at;
  const row = side ? Math.floor(at / side) : 0, column = side ? at % side : 0, top = row * data.stride, left = column * data.stride;
  const given = find(".given");
  given.querySelectorAll(".window, .read").forEach((old) => old.remove());
  for (let r = 0; r < data.kernel; r++) for (let c = 0; c < data.kernel; c++)
    put(given, "rect", { class: "read", x: left + c * data.dilation + 0.06, y: top + r * data.dilation + 0.06, width: 0.88, height: 0.88 });
  put(given, "rect", { class: "window", x: left, y: top, width: span, height: span });
  const reach = Math.max(data.size + data.before + data.after, side ? 0 : span);
  given.setAttribute("viewBox", `-0.1 -0.1 ${reach + 0.2} ${reach + 0.2}`);
  const shown = data.made.map((line, r) => line.map((value, c) => (r * side + c <= at ? value : undefined)));
  drawMade(state, shown, row, column);
  find("input").value = at;
  find("output").textContent = find("input").ariaValueText = side ? `row ${row + 1}, column ${column + 1} of ${side} × ${side}` : "impossible";
  find(".sum").textContent = side ? written(data, row, column) : "";
  say(state);
}

function drawMade(state, rows, row, column) {
  const svg = state.find(".made"), side = rows.length;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `-0.1 -0.1 ${Math.max(1, side) + 0.2} ${Math.max(1, side) + 0.2}`);
  svg.setAttribute("aria-label", `Output, ${side} by ${side}; arrow keys move the kernel`);
  rows.forEach((line, r) => line.forEach((value, c) => {
    const at = { x: c, y: r, width: 1, height: 1, "data-at": r * side + c };
    if (value === undefined) return put(svg, "rect", { ...at, fill: "transparent" });
    const { fill, ink } = shade(state.data.colours, value, state.madeLimit);
    put(svg, "rect", { ...at, fill });
    if (side <= 16) put(svg, "text", { x: c + 0.5, y: r + 0.5, class: ink }, short(value));
  }));
  if (side) put(svg, "rect", { class: "window", x: column, y: row, width: 1, height: 1 });
}

function written(data, row, column) {
  const terms = [];
  for (let r = 0; r < data.kernel; r++) for (let c = 0; c < data.kernel; c++) {
    const y = row * data.stride + r * data.dilation - data.before, x = column * data.stride + c * data.dilation - data.before;
    terms.push(`${short(data.values[y]?.[x] ?? 0)} · ${short(data.weights[r][c])}`);
  }
  const more = terms.length > MOST_TERMS ? ` + … ${terms.length - MOST_TERMS} more` : "";
  return `${terms.slice(0, MOST_TERMS).join(" + ")}${more} = ${short(data.made[row][column])}`;
}

function say(state) {
  const play = state.find(".play"), icon = state.timer ? PAUSE : PLAY;
  if (play.dataset.icon === icon) return;
  play.dataset.icon = icon;
  play.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${icon}" fill="currentColor"/></svg>`;
  play.title = state.timer ? "Pause" : "Let the kernel walk";
  play.setAttribute("aria-label", play.title);
}

function stop(state) {
  clearInterval(state.timer);
  state.timer = 0;
  say(state);
}

function go(state, by) {
  const most = +state.find("input").max;
  stop(state);
  move(state, Math.max(0, Math.min(most, state.at + by)));
}

function make(state) {
  const { find } = state;
  find(".back").onclick = () => go(state, -1);
  find(".on").onclick = () => go(state, 1);
  find("input").oninput = () => { stop(state); move(state, +find("input").value); };
  find(".play").onclick = () => {
    if (state.timer) return stop(state);
    const most = +find("input").max;
    if (state.at >= most) move(state, 0);
    state.timer = setInterval(() => { if (state.at >= +find("input").max) stop(state); else move(state, state.at + 1); }, STEP_MS);
    say(state);
  };
  const made = find(".made");
  made.onclick = made.onpointermove = (event) => {
    const at = event.target.dataset?.at;
    if (at !== undefined && +at !== state.at && (event.type === "click" || event.pointerType === "mouse")) { stop(state); move(state, +at); }
  };
  made.onkeydown = (event) => {
    const side = state.data.made.length, by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -side, ArrowDown: side }[event.key];
    if (by) { event.preventDefault(); go(state, state.at + by >= 0 && state.at + by < side * side ? by : 0); }
  };
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".walk"), known = states.get(root);
  const state = known ?? { root, find: (part) => root.querySelector(part), at: 0, timer: 0 };
  state.data = data;
  if (!known) { states.set(root, state); make(state); }
  draw(state);
  return () => stop(state);
}
