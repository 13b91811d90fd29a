// A sequence, the units of a layer at each step of it as a heat map, and the sequence coloured by one unit.
const readers = new WeakMap();
const TALLEST = 340, LEAST = 120, SERIES = 76;

function build(root, tell) {
  root.replaceChildren();
  const state = { root, chosen: { unit: 0, place: 0 } };
  state.said = add(root, "p", "said");
  state.said.setAttribute("aria-live", "polite");
  state.sequence = add(root, "div", "sequence");
  const frame = add(root, "div", "frame");
  add(frame, "span", "across", "step \u2192");
  state.map = add(frame, "canvas", "map");
  state.map.tabIndex = 0;
  state.map.setAttribute("role", "img");
  state.mark = add(frame, "div", "mark");
  state.legend = add(root, "p", "legend");
  state.go = (change, isTold = true) => {
    state.chosen = { ...state.chosen, ...change };
    paint(state);
    if (isTold) tell({ ...state.chosen });
  };
  const step = (by) => state.go({ place: Math.max(state.data.start, Math.min(state.data.steps - 1, state.chosen.place + by)) });
  const turn = (by) => state.go({ unit: Math.max(0, Math.min(state.data.units - 1, state.chosen.unit + by)) });
  state.steer = (element) => steer(element, step, turn);
  state.steer(state.map);
  state.map.onclick = (event) => state.go(placeOf(state, event));
  state.map.onpointermove = (event) => { if (event.pointerType === "mouse") say_(state, placeOf(state, event)); };
  state.map.onpointerleave = () => say_(state, state.chosen);
  new ResizeObserver(() => state.data && draw(state)).observe(root);
  return state;
}

function placeOf({ map, data }, event) {
  const box = map.getBoundingClientRect(), shown = data.steps - data.start;
  const place = data.start + Math.max(0, Math.min(shown - 1, Math.floor(((event.clientX - box.left) / box.width) * shown)));
  return { place, unit: Math.max(0, Math.min(data.units - 1, Math.floor(((event.clientY - box.top) / box.height) * data.units))) };
}

const valueAt = ({ values, data }, place, unit) => values[place * data.units + unit];

function named({ data }, place) {
  const piece = data.pieces[place];
  return piece === undefined ? `step ${place + 1}` : `\u201c${piece.replaceAll("\n", BREAK) || "\u25a1"}\u201d, step ${place + 1 - data.start}`;
}

function say_(state, { unit, place }) {
  const { noun } = state.data;
  state.said.textContent = `${noun[0].toUpperCase()}${noun.slice(1)} ${unit + 1} at ${named(state, place)}: ${say(valueAt(state, place, unit))}`;
}

// Everything that depends on the width and on the answer.
function draw(state) {
  const { root, data, values } = state, style = getComputedStyle(root), wide = Math.max(200, Math.floor(state.map.parentElement.clientWidth));
  const high = Math.min(TALLEST, Math.max(LEAST, data.units * 5)), shown = data.steps - data.start;
  const middle = hexOf(style.getPropertyValue("--st-secondary-background-color")), colours = palette([data.colours[0], middle, data.colours[1]]);
  const most = values.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1;
  state.most = most;
  const level = (value) => colours[Math.max(0, Math.min(255, Math.round(127.5 + (127.5 * value) / most)))];
  paintMap(sized(state.map, wide, high), [0, 0, wide, high], data.units, shown, (unit, place) => level(valueAt(state, data.start + place, unit)));
  state.map.setAttribute("aria-label", `${data.units} ${data.noun}${data.units === 1 ? "" : "s"} at ${shown} steps; blue is negative, orange positive`);
  state.legend.textContent = `${data.title}: ${data.units === 1 ? "one row" : `a row for each of ${data.units} ${data.noun}s`}, a column for each step. Blue: down to ${say(-most)}. Orange: up to ${say(most)}. Click one, or use the arrow keys.`;
  state.size = { wide, high, shown };
  paint(state);
}

function hexOf(text) {
  const found = text.trim();
  return /^#[0-9a-f]{6}$/i.test(found) ? found : "#ffffff";
}

// What the chosen unit and step change.
function paint(state) {
  const { data, chosen, size, sequence } = state, { unit, place } = chosen;
  const own = range(data.steps).map((step) => valueAt(state, step, unit)), most = Math.max(...own.slice(data.start).map(Math.abs)) || 1;
  if (data.pieces.length) state.pieces.found.forEach((element, step) => {
    if (!element) return;
    element.style.background = tint(own[step], most);
    element.classList.toggle("chosen", step === place);
  });
  else paintSeries(sequence.firstChild, size.wide, SERIES, state.numbers, data.columns, own.map((value) => tint_(state, value, most)), getComputedStyle(state.root).color);
  const tall = size.high / data.units, step = size.wide / size.shown;
  Object.assign(state.mark.style, { left: `${(place - data.start) * step}px`, top: `${unit * tall + state.map.offsetTop}px`, width: `${step}px`, height: `${Math.max(3, tall)}px` });
  say_(state, chosen);
}

// A canvas knows no custom properties.
function tint_({ data }, value, most) {
  const share = Math.round(160 * Math.min(1, Math.abs(value) / most));
  return data.colours[value < 0 ? 0 : 1] + share.toString(16).padStart(2, "0");
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".states");
  let state = readers.get(root);
  if (!state) readers.set(root, (state = build(root, (picked) => setTriggerValue("picked", picked))));
  const key = JSON.stringify([data.pieces, data.numbers, data.start]);
  Object.assign(state, { data, values: floatsOf(data.values), numbers: floatsOf(data.numbers) });
  if (state.key !== key) {
    state.key = key;
    state.sequence.replaceChildren();
    if (data.pieces.length) {
      state.pieces = writePieces(state.sequence, data.pieces, data.start, (place) => state.go({ place }));
      state.steer(state.pieces.block);
    } else add(state.sequence, "canvas");
  }
  state.chosen = data.chosen;
  draw(state);
}
