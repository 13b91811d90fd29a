const states = new WeakMap();
const FADE_MS = 180;
const BOX = 66, GAP = 1; // CSS pixels of a box's picture, and between its tiles
const LARGE = 56; // of an enlarged tile
const MOST_BARS = 64;
// The scales of core/figures/pictures.py.
const anchors = {
  sequential: ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"],
  diverging: ["0072b2", "7fb3d5", "f2f1ec", "f0b98d", "d55e00"],
  grey: ["000000", "ffffff"],
};
const tables = Object.fromEntries(Object.entries(anchors).map(([name, colors]) => [name, table(colors)]));

function table(colors) {
  const rgb = colors.map((color) => [0, 2, 4].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (rgb.length - 1), below = Math.min(Math.floor(place), rgb.length - 2), share = place - below;
    return rgb[below].map((part, channel) => Math.round(part + share * (rgb[below + 1][channel] - part)));
  });
}

function add(parent, tag, name = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

function scaleOf(name, layer) {
  return name === "input" ? "grey" : layer.signed ? "diverging" : "sequential";
}

// Paint one map, or the channels of a colour image together.
function paint(canvas, state, name, index, isColor = false) {
  const layer = state.frame.layers[name], [, height, width] = layer.shape, colors = tables[scaleOf(name, layer)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height), size = width * height;
  for (let pixel = 0; pixel < size; pixel++) {
    const at = layer.at + index * size + pixel;
    const color = isColor ? [0, size, 2 * size].map((next) => state.values[at + next]) : colors[Math.round(state.values[at])];
    image.data.set([...color, 255], 4 * pixel);
  }
  context.putImageData(image, 0, 0);
}

// Units as bars around zero, in rows.
function paintBars(canvas, state, name, wide, high) {
  const layer = state.frame.layers[name], count = Math.min(layer.shape[0], MOST_BARS), ink = getComputedStyle(canvas).color;
  const ratio = window.devicePixelRatio || 1, context = canvas.getContext("2d");
  if (canvas.width !== wide * ratio) Object.assign(canvas, { width: wide * ratio, height: high * ratio });
  Object.assign(canvas.style, { width: wide + "px", height: high + "px" });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, wide, high);
  context.globalAlpha = 0.4;
  context.fillStyle = ink;
  context.fillRect(0, high / 2 - 0.5, wide, 1);
  context.globalAlpha = 1;
  const step = wide / count;
  for (let unit = 0; unit < count; unit++) {
    const value = (state.values[layer.at + unit] / 255 - 0.5) * 2, tall = Math.abs(value) * (high / 2 - 1);
    context.fillStyle = value < 0 ? "#0072B2" : "#D55E00";
    context.fillRect(unit * step, value < 0 ? high / 2 : high / 2 - tall, Math.max(1, step - (step > 3 ? 1 : 0)), tall);
  }
}

const isMaps = (layer) => layer.shape[1] * layer.shape[2] > 1;
const isColor = (name, layer) => name === "input" && layer.shape[0] === 3;

// A layer as a montage that fits a box: as many maps as can still be told apart.
function montage(view, state, name) {
  const layer = state.frame.layers[name];
  if (!isMaps(layer)) {
    const canvas = view.firstChild ?? add(view, "canvas");
    paintBars(canvas, state, name, BOX, BOX - 8);
    return;
  }
  const color = isColor(name, layer), count = color ? 1 : layer.shape[0], side = count > 9 ? 4 : count > 4 ? 3 : count > 1 ? 2 : 1;
  const shown = Math.min(count, side * side), size = (BOX - GAP * (side - 1)) / side;
  view.style.gridTemplateColumns = `repeat(${side}, ${size}px)`;
  view.style.gap = GAP + "px";
  while (view.childElementCount > shown) view.lastChild.remove();
  while (view.childElementCount < shown) add(view, "canvas");
  [...view.children].forEach((canvas, index) => {
    Object.assign(canvas.style, { width: size + "px", height: size + "px" });
    paint(canvas, state, name, index, color);
  });
}

function empty(view) {
  view.replaceChildren();
}

function drawAnswer(state) {
  const { answers, frame } = state.data, values = frame?.answer, body = state.answer;
  state.answerBox.hidden = !values;
  if (!values) return;
  if (!answers.length) {
    body.replaceChildren();
    add(body, "big", "", values[0].toPrecision(4));
    return;
  }
  const order = answers.length > 10 ? values.map((_, index) => index).sort((a, b) => values[b] - values[a]).slice(0, 8) : answers.map((_, index) => index);
  const best = values.indexOf(Math.max(...values));
  while (body.childElementCount > order.length) body.lastChild.remove();
  while (body.childElementCount < order.length) {
    const row = add(body, "div", "row");
    add(row, "span");
    add(row, "i");
    add(row, "span");
  }
  order.forEach((index, place) => {
    const row = body.children[place], [name, bar, share] = row.children;
    row.classList.toggle("best", index === best);
    name.textContent = name.title = answers[index];
    bar.style.width = 100 * values[index] + "%";
    share.textContent = Math.round(100 * values[index]) + " %";
  });
}

function drawDetail(state) {
  const box = state.data.boxes.find(({ name }) => name === state.chosen), detail = state.detail;
  detail.hidden = !box;
  if (!box) return;
  const layer = state.frame?.layers[box.name], kernels = state.frame?.layers[`kernels/${box.name}`];
  const form = JSON.stringify([box, layer?.shape, kernels?.shape, layer?.total]);
  if (state.detailForm !== form) {
    state.detailForm = form;
    detail.replaceChildren();
    const head = add(detail, "header");
    add(head, "b", "", box.name);
    [box.shape, ...box.facts].forEach((fact) => add(head, "span", "", fact));
    const back = add(head, "button", "", "Close");
    back.onclick = () => choose(state, "");
    const tiles = add(detail, "div", "tiles");
    if (!layer) add(detail, "p", "note", box.fault ? "" : "This layer only passes on or places what comes in.");
    else if (!isMaps(layer)) add(tiles, "canvas");
    else {
      for (let index = 0; index < layer.shape[0]; index++) {
        const tile = add(tiles, "div", "tile");
        tile.tabIndex = 0;
        tile.title = `${box.name}, ${kernels ? "kernel and map" : "map"} ${index + 1} of ${layer.total}`;
        if (kernels && index < kernels.shape[0]) add(tile, "canvas", "kernel");
        add(tile, "canvas", "map");
      }
    }
    if (layer) {
      const scale = add(detail, "div", "scale"), name = scaleOf(box.name, layer);
      state.low = add(scale, "span");
      add(scale, "i").style.background = `linear-gradient(to right,${anchors[name].map((color) => "#" + color).join()})`;
      state.high = add(scale, "span");
      const part = layer.total > layer.shape[0] ? `the first ${layer.shape[0]} of ${layer.total}` : `all ${layer.total}`;
      add(scale, "span", "", `one scale for the layer; ${part}`);
    }
  }
  if (!layer) return;
  state.low.textContent = layer.low;
  state.high.textContent = layer.high;
  const tiles = detail.querySelector(".tiles");
  if (!isMaps(layer)) {
    paintBars(tiles.firstChild, state, box.name, Math.min(640, Math.max(120, detail.clientWidth - 24)), 120);
    return;
  }
  [...tiles.children].forEach((tile, index) => {
    const map = tile.querySelector(".map"), kernel = tile.querySelector(".kernel");
    Object.assign(map.style, { width: LARGE + "px", height: LARGE + "px" });
    paint(map, state, box.name, index);
    if (!kernel) return;
    Object.assign(kernel.style, { width: LARGE / 2 + "px", height: LARGE / 2 + "px" });
    paint(kernel, state, `kernels/${box.name}`, index);
  });
}

function draw(state) {
  for (const [name, { view }] of state.boxes) {
    if (state.frame?.layers[name]) montage(view, state, name);
    else empty(view);
  }
  drawDetail(state);
}

// From what is shown to the new frame, in a few steps of the browser's own pace.
function fade(state, next) {
  cancelAnimationFrame(state.running);
  const isSame = state.frame && JSON.stringify(Object.values(state.frame.layers).map(({ shape }) => shape)) ===
    JSON.stringify(Object.values(next.layers).map(({ shape }) => shape));
  const target = Uint8Array.from(atob(next.bytes), (letter) => letter.charCodeAt(0));
  const before = isSame ? state.values : null;
  state.frame = next;
  if (!before || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    state.values = Float32Array.from(target);
    draw(state);
    return;
  }
  const began = performance.now(), from = Float32Array.from(before);
  const step = (now) => {
    const share = Math.min(1, Math.max(0, (now - began) / FADE_MS)); // a frame may have begun before it was asked for
    for (let at = 0; at < target.length; at++) state.values[at] = from[at] + share * (target[at] - from[at]);
    draw(state);
    if (share < 1) state.running = requestAnimationFrame(step);
  };
  state.running = requestAnimationFrame(step);
}

function choose(state, name) {
  state.chosen = state.chosen === name ? "" : name;
  for (const [box, { button }] of state.boxes) button.setAttribute("aria-pressed", String(box === state.chosen));
  drawDetail(state);
  if (state.chosen) state.tell(state.chosen);
  else if (name === "") state.root.querySelector(".box")?.focus();
}

function build(state) {
  const { data, root } = state;
  root.replaceChildren();
  state.boxes = new Map();
  state.detailForm = "";
  const row = add(root, "div", "boxes");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", `The network, layer by layer: ${[data.takes, ...data.boxes.map(({ name, shape }) => `${name} ${shape}`)].join(" to ")}`);
  const first = { name: "input", label: data.takes, shape: data.shape, color: "#8A939E", facts: [] };
  for (const box of [first, ...data.boxes]) {
    const button = add(row, "button", "box" + (box.fault ? " fault" : ""));
    button.type = "button";
    button.style.setProperty("--kind", box.color);
    add(button, "b", "", box.label ?? box.name).title = box.label ?? box.name;
    const view = add(button, "span", "view");
    add(button, "small", "", box.shape);
    button.setAttribute("aria-pressed", "false");
    if (box.name === "input") button.disabled = true;
    else button.onclick = () => choose(state, box.name);
    state.boxes.set(box.name, { button, view });
  }
  state.answerBox = add(row, "div", "box answer");
  add(state.answerBox, "b", "", "answer");
  state.answer = add(state.answerBox, "div");
  state.detail = add(root, "section", "detail");
  state.detail.setAttribute("aria-live", "off");
  state.detail.hidden = true;
  state.note = add(root, "p", "note");
  if (!data.boxes.some(({ name }) => name === state.chosen)) state.chosen = "";
  state.boxes.get(state.chosen)?.button.setAttribute("aria-pressed", "true");
}

export default function ({ data, parentElement, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".network");
  let state = states.get(root);
  if (!state) {
    state = { root, chosen: "", running: 0 };
    states.set(root, state);
    state.watch = new IntersectionObserver(([entry]) => {
      if (state.hidden === !entry.isIntersecting) return;
      state.hidden = !entry.isIntersecting;
      setStateValue("hidden", state.hidden);
    });
    state.watch.observe(root);
  }
  state.data = data;
  state.tell = (name) => setTriggerValue("chosen", [name]);
  const structure = JSON.stringify([data.takes, data.shape, data.boxes, data.answers]);
  if (state.structure !== structure) {
    state.structure = structure;
    state.frame = null;
    build(state);
  }
  root.dataset.snapshot = data.snapshot;
  state.note.textContent = data.note;
  for (const [name, { button }] of state.boxes) button.classList.toggle("edited", name === data.edited);
  if (data.frame) fade(state, data.frame);
  else draw(state);
  if (data.frame) drawAnswer(state);
  else if (!state.frame) state.answerBox.hidden = true;
  return () => state.watch.disconnect();
}
