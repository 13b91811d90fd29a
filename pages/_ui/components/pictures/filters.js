// Kernels and the maps that they make. Pointing at one, or moving to it by keyboard, marks the other too.
const sets = new WeakMap();
const REST = "Point at a map, or tap it, to see its kernel.";

function add(parent, tag, name = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  element.className = name;
  element.textContent = text;
  return element;
}

function build(root, data) {
  root.replaceChildren();
  const state = { root, rows: {}, turn: 0, marked: -1 }, table = add(root, "div", "table");
  for (const [name, head] of [["kernels", "Kernels: what each filter looks for"], ["maps", `Maps: where it finds it in ${data.what}`]]) {
    if (!data[name]) continue;
    add(table, "div", "head", head);
    const row = add(table, "div", name);
    state.rows[name] = Array.from({ length: data[name].count }, (_, index) => tile(state, row, name, index));
  }
  state.note = add(root, "div", "note", REST);
  state.note.setAttribute("aria-live", "polite");
  state.scales = add(root, "div", "scales");
  state.rows.maps[0].tabIndex = 0;
  table.onkeydown = (event) => walk(state, event);
  return state;
}

function tile(state, row, name, index) {
  const canvas = add(row, "canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${name === "maps" ? "Map" : "Kernel"} of filter ${index + 1}`);
  canvas.tabIndex = -1;
  canvas.onpointerenter = canvas.onfocus = () => mark(state, index);
  canvas.onpointerleave = canvas.onblur = () => mark(state, -1);
  return canvas;
}

function mark(state, index) {
  state.marked = index;
  state.root.classList.toggle("marking", index >= 0);
  for (const row of Object.values(state.rows)) row.forEach((canvas, place) => canvas.classList.toggle("marked", place === index));
  tell(state);
}

function tell(state) {
  const { marked, data } = state, peak = data.peaks[marked];
  const found = peak ? `answers with up to ${peak}` : `finds nothing in ${data.what}`;
  state.note.textContent = marked < 0 ? REST : `Filter ${marked + 1} ${found}.`;
}

// One tile takes part in the tab order; arrows go from tile to tile, and between kernel and map.
function walk(state, event) {
  const rows = Object.values(state.rows), row = rows.find((each) => each.includes(event.target));
  if (!row) return;
  const here = row.indexOf(event.target), other = rows.find((each) => each !== row) ?? row;
  const next = { ArrowRight: row[here + 1], ArrowLeft: row[here - 1], ArrowUp: other[here], ArrowDown: other[here] }[event.key];
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

async function paint(state, name) {
  const sheet = state.data[name], image = new Image(), { turn } = state;
  image.src = "data:image/png;base64," + sheet.png;
  await image.decode();
  if (turn !== state.turn) return; // a newer picture has come
  state.rows[name].forEach((canvas, index) => {
    const { width, height, columns } = sheet, x = (index % columns) * (width + 1), y = Math.floor(index / columns) * (height + 1);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(image, x, y, width, height, 0, 0, width, height);
  });
}

function drawScales(state) {
  const { data, scales } = state;
  scales.replaceChildren();
  for (const name of Object.keys(state.rows)) {
    const scale = add(scales, "span", "scale");
    add(scale, "span", "", `${name} ${data[name].low}`);
    add(scale, "i").style.background = data[name].gradient;
    add(scale, "span", "", data[name].high);
  }
  add(scales, "span", "", data.some);
}

const shape = ({ what, maps, kernels }) => [what, maps.count, kernels?.count].join();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".filters");
  let state = sets.get(root);
  if (!state || shape(state.data) !== shape(data)) {
    state = build(root, data);
    sets.set(root, state);
  }
  state.data = data;
  state.turn += 1;
  root.style.setProperty("--side", data.side + "px");
  Object.keys(state.rows).forEach((name) => paint(state, name));
  drawScales(state);
  tell(state);
}
