// The network from left to right; a layer opened; a unit of it opened.
const states = new WeakMap();
const BOX = 84, SMALL = 40; // CSS pixels of a layer's picture, and when something is open below
const FEW_ROWS = 10; // classes; of more the likeliest are shown
const LARGEST = 84, LEAST = 22; // CSS pixels of an opened layer's map
const GRID = { wide: 820, high: 400 };
const READING = "Reading the network \u2026";
const SCALES = { unit: "each map", layer: "this layer", all: "all layers" };

const boxOf = (state, name) => state.data.boxes.find((box) => box.name === name || box.parts.includes(name));
const labelOf = (state, name) => (name === "input" ? "the input" : boxOf(state, name)?.name === name ? boxOf(state, name).label : name);
const isPicture = (state, name) => state.data.images.includes(name);
const deadOf = (state, name) => state.data.dead[name] ?? [];
const isAnswer = (state, box) => box.isAnswer && state.layers?.[box.name];

// The ends of the colours of a tile: of its own, of its layer, or of all layers.
function inkFor(state, layer) {
  const whole = inkOf(state.palettes, layer.extent), isSigned = layer.extent[0] < 0;
  if (state.scale === "unit") return (tile) => inkOf(state.palettes, [Math.min(isSigned ? -1e-9 : 0, layer.low(tile)), layer.top(tile)]);
  if (state.scale === "layer") return () => whole;
  const most = Math.max(...Object.entries(state.layers).filter(([name]) => name !== "input").flatMap(([, { extent }]) => [-extent[0], extent[1]]));
  const ink = inkOf(state.palettes, [isSigned ? -most : 0, most]);
  return () => ink;
}

function orderOf(state, layer) {
  const order = range(layer.count);
  if (!state.isSorted) return order;
  const strong = strengths(layer);
  return order.sort((a, b) => strong[b] - strong[a]);
}

// Overview

function buildBoxes(state) {
  const { data, overview } = state;
  overview.replaceChildren();
  state.boxes = new Map();
  for (const box of data.boxes) {
    const place = add(overview, "div", ["box", box.isChip && "chip", box.isAnswer && "answer"].filter(Boolean).join(" "));
    place.style.setProperty("--kind", box.color);
    if (box.isChip) {
      add(place, "span", "", box.label);
      place.title = `${box.label}: it rescales, rearranges or passes on what comes in`;
      continue;
    }
    const head = add(place, "button", "", box.label), view = add(place, "div", "view"), small = add(place, "small", "", box.shape);
    head.disabled = box.name === "input";
    head.onclick = () => open(state, box.name);
    head.title = [box.label, box.shape, ...box.facts].join(", ");
    place.dataset.layer = box.name;
    state.boxes.set(box.name, { box, place, view, small });
  }
}

function paintOverview(state) {
  const side = state.opened.layer ? SMALL : BOX, current = boxOf(state, state.opened.layer)?.name;
  for (const { box, place, view, small } of state.boxes.values()) {
    place.classList.toggle("current", box.name === current);
    const layer = state.layers?.[box.name], dead = deadOf(state, box.name);
    small.textContent = dead.length ? `${box.shape}, ${dead.length} dead` : box.shape;
    if (!layer) view.innerHTML = box.glyph; // our own markup, without a word of others
    else if (isAnswer(state, box) && box.names.length && !state.opened.layer) paintAnswer(state, view, box, layer);
    else paintBox(state, view, box, layer, side, dead);
  }
}

function canvasIn(view) {
  if (view.firstElementChild?.tagName !== "CANVAS" || view.childElementCount > 1) view.replaceChildren(document.createElement("canvas"));
  return view.firstElementChild;
}

function paintBox(state, view, box, layer, side, dead) {
  const canvas = canvasIn(view), order = orderOf(state, layer);
  let boxes = [];
  if (isPicture(state, box.name)) {
    const [w, h] = fitted(layer.high, layer.wide, side);
    paintImage(sized(canvas, w, h), [0, 0, w, h], layer, 255);
    boxes = box.name === "input" ? [] : [[0, 0, w, h]];
  } else if (layer.count === 1 && !layer.isMaps) return paintNumber(view, box, layer, () => open(state, box.name, 0));
  else if (layer.isMaps) {
    const columns = Math.ceil(Math.sqrt(order.length));
    boxes = paintGrid(canvas, layer, order, columns, (side - GAP * (columns - 1)) / columns, GAP, inkFor(state, layer), dead);
  } else boxes = paintBars(canvas, layer, order, side, side, state.data.scales.diverging, dead);
  Object.assign(canvas.dataset, { maps: order.length, dead: dead.length });
  canvas.onclick = (event) => {
    const place = hit(boxes, event);
    if (box.name !== "input") open(state, box.name, place < 0 || state.opened.layer ? -1 : order[place]);
  };
  canvas.onpointermove = (event) => { canvas.title = tell(state, box.name, layer, order[hit(boxes, event)]); };
}

function paintNumber(view, box, layer, act) {
  if (view.firstElementChild?.className !== "number") view.replaceChildren(Object.assign(document.createElement("button"), { type: "button", className: "number" }));
  view.firstElementChild.textContent = `${say(layer.value(0, 0))} ${box.unit}`;
  view.firstElementChild.onclick = act;
}

// What is to be said of one map or unit.
function tell(state, name, layer, tile) {
  if (tile === undefined) return "";
  const label = `${labelOf(state, name)}, ${nounOf(state, name, layer)} ${nameOf(state, name, tile)}`;
  if (deadOf(state, name).includes(tile)) return `${label}: dead, 0 for every example that training looks at`;
  if (layer.low(tile) === 0 && layer.top(tile) === 0) return `${label}: silent, 0 for this example`;
  return `${label}: ${layer.isMaps ? `${say(layer.low(tile))} to ${say(layer.top(tile))}` : say(layer.top(tile))}`;
}

const nounOf = (state, name, layer) => (layer.isMaps ? "map" : boxOf(state, name)?.names.length && boxOf(state, name).name === name ? "class" : "unit");
function nameOf(state, name, tile) {
  const box = boxOf(state, name);
  return (box?.name === name && box.names[tile]) || String(tile + 1);
}

function paintAnswer(state, view, box, layer) {
  const values = range(layer.count).map((unit) => layer.value(unit, 0)), best = values.indexOf(Math.max(...values));
  const order = range(values.length);
  if (order.length > FEW_ROWS) order.sort((a, b) => values[b] - values[a]).splice(FEW_ROWS);
  if (view.dataset.rows !== String(order.length) || !view.querySelector(".bar")) {
    view.dataset.rows = order.length;
    view.replaceChildren();
    for (const _ of order) for (const [bar] of [[add(view, "button", "bar")]]) for (const tag of ["span", "i", "span"]) add(bar, tag);
  }
  order.forEach((index, place) => {
    const row = view.children[place], [label, bar, share] = row.children;
    row.classList.toggle("best", index === best);
    label.textContent = label.title = box.names[index];
    bar.style.setProperty("--share", values[index]);
    share.textContent = `${(100 * values[index]).toFixed(values[index] > 0.0005 && values[index] < 0.0995 ? 1 : 0)} %`;
    row.onclick = () => open(state, box.name, index);
  });
}

// What is open

function open(state, layer, unit = -1) {
  if (state.opened.layer !== layer || state.opened.unit !== unit) state.unitView = null;
  state.opened = { layer, unit };
  state.tellOpened({ ...state.opened });
  draw(state);
}

function crumbs(state) {
  const { bar, opened } = state, box = boxOf(state, opened.layer);
  bar.replaceChildren();
  bar.hidden = !box;
  if (!box) return;
  const step = (label, act) => { add(bar, "button", "", label).onclick = act; add(bar, "span", "", "\u203a"); };
  step("Network", () => open(state, ""));
  if (box.name !== opened.layer) step(box.label, () => open(state, box.name));
  const label = labelOf(state, opened.layer), layer = state.layer;
  if (opened.unit < 0) return void [add(bar, "b", "", label), add(bar, "span", "facts", factsOf(state, box))];
  step(label, () => open(state, opened.layer));
  add(bar, "b", "", layer ? `${nounOf(state, opened.layer, layer)} ${nameOf(state, opened.layer, opened.unit)}` : `${opened.unit + 1}`);
  const turn = (sign, title, way) => {
    const button = add(bar, "button", "step", sign), next = layer ? (opened.unit + way + layer.total) % layer.total : 0;
    button.title = title;
    button.setAttribute("aria-label", title);
    button.onclick = () => open(state, opened.layer, next);
  };
  turn("\u2039", "the one before", -1);
  turn("\u203a", "the next one", 1);
}

function factsOf(state, box) {
  const { opened, layer } = state, dead = deadOf(state, opened.layer).length;
  const silent = layer ? range(layer.count).filter((tile) => layer.low(tile) === 0 && layer.top(tile) === 0).length - dead : 0;
  const facts = box.name === opened.layer ? [box.shape, ...box.facts] : [state.data.kinds[opened.layer]];
  return [...facts, dead && `${dead} dead`, silent > 0 && `${silent} silent for this example`].filter(Boolean).join(" \u00b7 ");
}

function paintOpened(state) {
  const { body, opened } = state, box = boxOf(state, opened.layer);
  body.hidden = !box;
  if (!box) return;
  if (!state.layers) return void body.replaceChildren(state.data.isAsked ? READING : "Give the network an example: draw, or choose one.");
  if (!state.layer) return void (body.firstElementChild || body.replaceChildren(READING));
  if (opened.unit < 0) return paintLayer(state, box);
  if (!state.unit) return void (state.unitView || body.replaceChildren(READING));
  const about = state.unit.about, names = namesOf(state, box, about);
  if (!state.unitView) {
    body.replaceChildren();
    state.unitView = buildUnit(state, add(body, "div", "unit"), names);
  }
  const input = state.layers.input;
  Object.assign(state.unitView, { names, scale: state.data.inputShape });
  paintUnit(state, state.unitView, state.unit, input);
}

function namesOf(state, box, about) {
  const { opened, layer } = state, title = `${labelOf(state, opened.layer)}, ${nounOf(state, opened.layer, layer)} ${nameOf(state, opened.layer, opened.unit)}`;
  const isFirst = about.from.every((name) => name === "input" || state.data.passes.includes(name));
  return { title, from: about.from, of: (name) => labelOf(state, name), classes: state.data.classes, inputs: isFirst && state.data.columns.length ? state.data.columns : null };
}

function paintLayer(state, box) {
  const { body, layer, opened, legend } = state;
  if (state.form !== opened.layer || !body.querySelector(".grid")) buildLayer(state, box);
  const order = orderOf(state, layer), canvas = body.querySelector(".grid canvas"), dead = deadOf(state, opened.layer);
  const room = { ...GRID, wide: body.clientWidth || GRID.wide };
  if (layer.isMaps) {
    let side = LARGEST;
    const fits = () => Math.floor((room.wide + 4) / (side + 4)) * Math.floor((room.high + 4) / (side + 4)) >= order.length;
    while (side > LEAST && !fits()) side -= 2;
    const [wide] = fitted(layer.high, layer.wide, side), columns = Math.max(1, Math.min(order.length, Math.floor((room.wide + 3) / (wide + 4))));
    Object.assign(state, { gridColumns: columns, gridBoxes: paintGrid(canvas, layer, order, columns, side, 4, inkFor(state, layer), dead) });
  } else Object.assign(state, { gridColumns: order.length, gridBoxes: paintBars(canvas, layer, order, Math.min(room.wide - 8, order.length * 26), 150, state.data.scales.diverging, dead) });
  state.gridOrder = order;
  canvas.dataset.maps = order.length;
  const ink = inkFor(state, layer)(order[0]), isShown = layer.isMaps && state.scale !== "unit";
  const ends = layer.isMaps ? ink.ends : layer.extent, colors = state.data.scales[layer.extent[0] < 0 || !layer.isMaps ? "diverging" : "sequential"];
  legend.firstChild.textContent = layer.isMaps && !isShown ? "low" : say(ends[0]);
  legend.children[1].style.background = `linear-gradient(to right,${colors.join()})`;
  legend.lastChild.textContent = layer.isMaps && !isShown ? "high, for each map its own" : `${say(ends[1])}, ${SCALES[layer.isMaps ? state.scale : "layer"]}`;
  mark(state, Math.min(state.marked ?? 0, order.length - 1));
}

// How maps are coloured and in which order they stand, in the overview and in an opened layer.
function buildTools(state) {
  state.hint = add(state.tools, "p", "hint", "Choose a map or a layer to see how its numbers are computed.");
  const choice = add(state.tools, "fieldset");
  add(choice, "legend", "", "One scale for");
  for (const [scale, label] of Object.entries(SCALES)) {
    const row = add(choice, "label"), input = add(row, "input");
    Object.assign(input, { type: "radio", name: "scale", checked: state.scale === scale, onchange: () => { state.scale = scale; draw(state); } });
    row.append(label);
  }
  const row = add(state.tools, "label"), input = add(row, "input");
  Object.assign(input, { type: "checkbox", checked: state.isSorted, onchange: () => { state.isSorted = input.checked; draw(state); } });
  row.append("strongest first");
  state.legend = add(state.tools, "span", "legend");
  for (const tag of ["span", "i", "span"]) add(state.legend, tag);
}

function buildLayer(state, box) {
  const { body, opened, layer } = state;
  state.form = opened.layer;
  body.replaceChildren();
  if (box.parts.length > 1) {
    const parts = add(body, "div", "parts");
    parts.setAttribute("role", "group");
    parts.setAttribute("aria-label", `Layers of ${box.label}`);
    for (const part of box.parts) {
      const button = add(parts, "button", "", part.replace(`${box.name}_`, ""));
      button.title = `${part}: ${state.data.kinds[part]}`;
      button.setAttribute("aria-pressed", String(part === opened.layer));
      button.onclick = () => open(state, part);
    }
  }
  const stack = add(add(body, "div", "grid"), "div", "stack"), canvas = add(stack, "canvas");
  add(stack, "div", "mark");
  add(body, "div", "said").setAttribute("aria-live", "polite");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `${layer.total} ${nounOf(state, opened.layer, layer)}s of ${labelOf(state, opened.layer)}; arrow keys choose, Enter opens`);
  canvas.onpointermove = (event) => { const place = hit(state.gridBoxes, event); if (place >= 0) mark(state, place); };
  canvas.onclick = (event) => { const place = hit(state.gridBoxes, event); if (place >= 0) open(state, opened.layer, state.gridOrder[place]); };
  canvas.onkeydown = (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -state.gridColumns, ArrowDown: state.gridColumns }[event.key], next = state.marked + (way ?? 0);
    if (event.key === "Enter") open(state, opened.layer, state.gridOrder[state.marked]);
    else if (way && next >= 0 && next < state.gridBoxes.length) mark(state, next);
    else if (!way) return;
    event.preventDefault();
  };
}

function mark(state, place) {
  const [left, top, wide, high] = state.gridBoxes[place] ?? [0, 0, 0, 0], { style } = state.body.querySelector(".mark");
  state.marked = place;
  Object.assign(style, { left: `${left - 2}px`, top: `${top - 2}px`, width: `${wide}px`, height: `${high}px` });
  state.body.querySelector(".said").textContent = tell(state, state.opened.layer, state.layer, state.gridOrder[place]);
}

function draw(state) {
  const { data, opened, root } = state;
  if (opened.layer && !boxOf(state, opened.layer)) state.opened = { layer: "", unit: -1 };
  root.classList.toggle("deep", Boolean(state.opened.layer));
  state.isNarrow = matchMedia("(max-width: 640px)").matches;
  const isRead = data.opened.layer === state.opened.layer, isUnit = isRead && data.opened.unit === state.opened.unit;
  const own = state.layers?.[state.opened.layer];
  state.layer = isRead && data.tiles ? unpack(data.tiles)[state.opened.layer] : own && !own.isMaps ? own : null;
  state.unit = isUnit && data.unit ? unitOf(data.unit) : null;
  state.tools.hidden = !state.layers || state.opened.unit >= 0;
  state.legend.hidden = !state.layer || !state.opened.layer;
  state.hint.hidden = Boolean(state.opened.layer);
  paintOverview(state);
  if (state.shownLayer !== state.opened.layer) state.boxes.get(boxOf(state, state.opened.layer)?.name)?.place.scrollIntoView({ block: "nearest", inline: "center" });
  state.shownLayer = state.opened.layer;
  crumbs(state);
  paintOpened(state);
  root.dataset.unit = state.unit ? `${state.opened.layer}.${state.opened.unit}` : "";
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".layers");
  let state = states.get(root);
  if (!state) {
    state = { root, opened: data.opened, scale: "layer", isSorted: false, overview: add(root, "div", "boxes"), bar: add(root, "nav", "crumbs"), tools: add(root, "div", "tools"), body: add(root, "div", "body") };
    buildTools(state);
    state.bar.setAttribute("aria-label", "Where you are");
    states.set(root, state);
    root.onkeydown = (event) => {
      if (event.key !== "Escape" || !state.opened.layer) return;
      event.stopPropagation();
      open(state, state.opened.unit >= 0 ? state.opened.layer : "");
    };
  }
  Object.assign(state, { data, tellOpened: (opened) => setStateValue("opened", opened) });
  const structure = JSON.stringify(data.boxes);
  if (state.structure !== structure) {
    state.structure = structure;
    state.palettes = { sequential: palette(data.scales.sequential), diverging: palette(data.scales.diverging) };
    root.style.setProperty("--negative", data.scales.diverging[0]);
    root.style.setProperty("--positive", data.scales.diverging.at(-1));
    buildBoxes(state);
  }
  state.layers = data.overview ? unpack(data.overview) : null;
  draw(state);
  Object.assign(root.dataset, { snapshot: data.snapshot, given: data.given });
}
