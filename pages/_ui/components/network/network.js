const states = new WeakMap();
const FADE_MS = 180;
const AWAY_MS = 500; // out of sight for so long, it is no longer sent
const BOX = 60, GAP = 1; // CSS pixels of a box's picture, and between its tiles
const LARGE = 56; // of an enlarged map
const MOST_BARS = 64;
const MOST_ANSWERS = 10; // of more the likeliest are shown
const FEW_ANSWERS = 8;
const EXAMPLES_A_ROW = 6;
// On an arrow: small kernels, those between two lanes, and pictures.
const KERNELS = { small: { columns: 3, most: 12, side: 11 }, between: { columns: 2, most: 8, side: 11 }, picture: { columns: 2, most: 6, side: 22 } };
const LARGE_KERNEL = 10; // pixels, from which on a kernel is a picture
const IS_0 = "0 for every example looked at";
const DOT = 2; // radius of a point in the plane, in CSS pixels
const USUAL = { glyph: "", shape: "", facts: [], names: [], unit: "", reading: "", channels: 1 }; // of a box
const PLANE = ["plane/real", "plane/fake"]; // the points, those on top last
// 256 colours as a canvas keeps them: red in the lowest byte.
function palette(colors) {
  const rgb = colors.map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (rgb.length - 1), below = Math.min(Math.floor(place), rgb.length - 2), share = place - below;
    return rgba(...rgb[below].map((part, channel) => Math.round(part + share * (rgb[below + 1][channel] - part))));
  });
}

function rgba(red, green, blue) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function add(parent, tag, name = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

// Let a parent have so many children, made by `make`.
function resize(parent, count, make) {
  while (parent.childElementCount > count) parent.lastChild.remove();
  while (parent.childElementCount < count) make(parent);
}

const isMaps = (layer) => layer.shape[1] * layer.shape[2] > 1;
const isExamples = (name) => name.startsWith("samples/");
const channelsOf = (state, name) => state.boxes.get(name)?.box.channels ?? 1;
const tilesOf = (state, name) => Math.floor(state.frame.layers[name].shape[0] / channelsOf(state, name));
const scaleOf = (name, layer) => (isExamples(name) || (name === "input" && isMaps(layer)) ? "grey" : layer.signed ? "diverging" : "sequential");
const valueOf = (state, layer, index) => +layer.low + (state.values[layer.at + index] / 255) * (layer.high - layer.low);

// The colour of each place of a map, or of the channels of one image together.
function coloursOf(state, name) {
  const layer = state.frame.layers[name], size = layer.shape[1] * layer.shape[2], channels = channelsOf(state, name), { values } = state;
  const colors = state.palettes[scaleOf(name, layer)], at = (index, place) => layer.at + index * size * channels + place;
  if (channels !== 3) return (index, place) => colors[Math.round(values[at(index, place)])];
  return (index, place) => rgba(...[0, 1, 2].map((channel) => values[at(index, place) + channel * size]));
}

// Maps in rows, each of wide x high pixels, on one canvas: to show dozens of canvases takes a browser as long as to train
// a step. What is dead is a cross, as it has nothing to show.
function paintMaps(canvas, state, name, indices, columns, wide, high, gap) {
  const { shape: [, height, width], dead = [] } = state.frame.layers[name], colour = coloursOf(state, name), rows = Math.ceil(indices.length / columns);
  const size = { width: columns * (wide + gap) - gap, height: rows * (high + gap) - gap };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const context = canvas.getContext("2d"), image = context.createImageData(size.width, size.height), pixels = new Uint32Array(image.data.buffer);
  const corner = (place) => [(place % columns) * (wide + gap), Math.floor(place / columns) * (high + gap)];
  indices.forEach((index, place) => {
    const [left, top] = corner(place);
    for (let y = 0; y < high && !dead.includes(index); y++) for (let x = 0; x < wide; x++) {
      pixels[(top + y) * size.width + left + x] = colour(index, Math.floor(((y + 0.5) * height) / high) * width + Math.floor(((x + 0.5) * width) / wide));
    }
  });
  context.putImageData(image, 0, 0);
  const crossed = [...indices.keys()].filter((place) => dead.includes(indices[place]));
  Object.assign(canvas.dataset, { maps: indices.length, dead: crossed.length });
  for (const [left, top] of crossed.map(corner)) cross(context, left, top, wide, high);
}

function cross(context, left, top, wide, high) {
  Object.assign(context, { globalAlpha: 0.45, strokeStyle: getComputedStyle(context.canvas).color, lineWidth: Math.max(1, wide / 12) });
  context.beginPath();
  for (const [from, to] of [[0, high], [high, 0]]) {
    context.moveTo(left, top + from);
    context.lineTo(left + wide, top + to);
  }
  context.stroke();
  context.globalAlpha = 1;
}

// Maps as large as their longer side is given, in CSS pixels, and as sharp as the screen.
function show(canvas, state, name, indices, columns, side) {
  const { shape: [, height, width] } = state.frame.layers[name], ratio = window.devicePixelRatio || 1, scale = (ratio * side) / Math.max(height, width);
  paintMaps(canvas, state, name, indices, columns, ...[width, height].map((length) => Math.max(1, Math.round(length * scale))), Math.round(GAP * ratio));
  Object.assign(canvas.style, { width: canvas.width / ratio + "px", height: canvas.height / ratio + "px" });
}

const firstOf = (count) => [...Array(count).keys()];

const deadOf = (layer) => (layer?.totalDead ? `${layer.totalDead} of ${layer.total} dead` : "");

// An empty canvas of that size in CSS pixels, as sharp as the screen.
function clean(canvas, wide, high) {
  const ratio = window.devicePixelRatio || 1, context = canvas.getContext("2d");
  if (canvas.width !== Math.round(wide * ratio)) Object.assign(canvas, { width: Math.round(wide * ratio), height: Math.round(high * ratio) });
  Object.assign(canvas.style, { width: wide + "px", height: high + "px" });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, wide, high);
  return context;
}

// Units as bars around zero.
function paintBars(canvas, state, name, wide, high) {
  const layer = state.frame.layers[name], count = Math.min(layer.shape[0], MOST_BARS), ink = getComputedStyle(canvas).color;
  const context = clean(canvas, wide, high);
  context.globalAlpha = 0.4;
  context.fillStyle = ink;
  context.fillRect(0, high / 2 - 0.5, wide, 1);
  context.globalAlpha = 1;
  const step = wide / count, { diverging } = state.data.scales;
  for (let unit = 0; unit < count; unit++) {
    const value = (state.values[layer.at + unit] / 255 - 0.5) * 2, tall = Math.abs(value) * (high / 2 - 1);
    context.fillStyle = value < 0 ? diverging[0] : diverging.at(-1);
    context.fillRect(unit * step, value < 0 ? high / 2 : high / 2 - tall, Math.max(1, step - (step > 3 ? 1 : 0)), tall);
  }
  context.globalAlpha = 0.15;
  context.fillStyle = ink;
  for (const unit of layer.dead ?? []) if (unit < count) context.fillRect(unit * step, 0, Math.max(1, step - 1), high);
}

// Real and made points on their ground: the stronger a colour, the surer the judge that points there are real or made.
function paintPlane(canvas, state, side) {
  const { layers } = state.frame, { values } = state, context = clean(canvas, side, side), ground = layers["plane/heat"];
  const style = getComputedStyle(state.root), inks = PLANE.map((name, kind) => style.getPropertyValue(kind ? "--orange" : "--blue"));
  if (ground) {
    const [, height, width] = ground.shape, image = new ImageData(width, height), small = document.createElement("canvas");
    const rgb = inks.map((ink) => [1, 3, 5].map((at) => parseInt(ink.trim().slice(at, at + 2), 16)));
    for (let place = 0; place < width * height; place++) {
      const row = Math.floor(place / width), share = values[ground.at + place] / 255 - 0.5;
      image.data.set([...rgb[share < 0 ? 1 : 0], Math.abs(share) * 255], 4 * ((height - 1 - row) * width + (place % width)));
    }
    Object.assign(small, { width, height });
    small.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(small, 0, 0, side, side);
  }
  context.strokeStyle = style.backgroundColor;
  PLANE.forEach((name, kind) => {
    const points = layers[name];
    context.fillStyle = inks[kind];
    for (let point = 0; points && point < points.shape[0]; point++) {
      const [x, y] = [0, 1].map((axis) => (values[points.at + 2 * point + axis] / 255) * side);
      context.beginPath();
      context.arc(x, side - y, DOT, 0, 2 * Math.PI);
      context.fill();
    }
  });
}

const planeSide = (view) => Math.min(300, view.clientWidth || 220);

function drawPlane(view, state) {
  if (view.querySelector("svg")) view.replaceChildren();
  paintPlane(view.firstElementChild ?? add(view, "canvas"), state, planeSide(view));
}

// Examples in rows that fill their box.
function drawExamples(view, state, name) {
  if (view.querySelector("svg")) view.replaceChildren();
  const [, height, width] = state.frame.layers[name].shape, gap = Math.max(1, Math.round(width / 28));
  paintMaps(view.firstElementChild ?? add(view, "canvas"), state, name, firstOf(tilesOf(state, name)), EXAMPLES_A_ROW, width, height, gap);
}

// A layer as a montage that fits its box: as many maps as can still be told apart.
function montage(view, state, name) {
  const layer = state.frame.layers[name], count = isMaps(layer) ? tilesOf(state, name) : 1;
  const side = count > 9 ? 4 : count > 4 ? 3 : count > 1 ? 2 : 1, size = (BOX - GAP * (side - 1)) / side;
  if (view.querySelector("svg")) view.replaceChildren();
  const canvas = view.firstElementChild ?? add(view, "canvas");
  if (isMaps(layer)) show(canvas, state, name, firstOf(Math.min(count, side * side)), side, size);
  else paintBars(canvas, state, name, BOX, BOX - 6);
}

// The kernels of the first layer, on the arrow that leads to it.
function drawKernels(state, name) {
  const part = state.boxes.get(name), kernels = state.frame?.layers[`kernels/${name}`];
  if (!kernels) return void (part.kernels &&= void part.kernels.remove());
  const size = Math.max(...kernels.shape.slice(1)) >= LARGE_KERNEL ? "picture" : state.scale ? "between" : "small";
  const { columns, most, side } = KERNELS[size], count = Math.min(most, kernels.shape[0]);
  const isColumn = matchMedia("(max-width: 640px)").matches; // then the arrow points down, and they stand in a row
  if (!part.kernels) {
    part.kernels = document.createElement("span");
    part.kernels.className = "kernels";
    part.kernels.onclick = () => part.button.click();
    part.button.before(part.kernels);
  }
  part.kernels.title = `What ${part.box.label} looks for: ${count} of its ${kernels.total} kernels. Blue is negative, orange positive.`;
  show(part.kernels.firstElementChild ?? add(part.kernels, "canvas"), state, `kernels/${name}`, firstOf(count), isColumn ? count : columns, side);
}

function drawGlyph(view, box) {
  if (view.firstElementChild?.tagName === "svg") return;
  view.removeAttribute("style");
  view.classList.remove("rows");
  view.innerHTML = box.glyph; // our own markup, without a word of others
}

// The rows of an answer, or of numbers that have names: [name, share of the bar, text].
function drawRows(body, rows, best = -1) {
  resize(body, rows.length, (parent) => {
    const row = add(parent, "span", "row");
    for (const tag of ["span", "i", "span"]) add(row, tag);
  });
  rows.forEach(([name, share, text], place) => {
    const row = body.children[place], [label, bar, value] = row.children;
    row.classList.toggle("best", place === best);
    row.classList.toggle("negative", share < 0);
    label.textContent = label.title = name;
    bar.style.setProperty("--share", Math.abs(share));
    value.textContent = text;
  });
}

function answerRows(box, answer, most) {
  if (box.reading) {
    const top = Math.max(...answer.map(Math.abs)) || 1;
    return [answer.map((score, index) => [box.names[index], score / top, score.toPrecision(2)])];
  }
  const order = answer.map((_, index) => index);
  if (answer.length > most) order.sort((a, b) => answer[b] - answer[a]).splice(FEW_ANSWERS);
  const best = box.isVerdict ? -1 : order.indexOf(answer.indexOf(Math.max(...answer)));
  return [order.map((index) => [box.names[index], answer[index], Math.round(100 * answer[index]) + " %"]), best];
}

function drawAnswer(view, state, box) {
  const answer = state.frame.answer;
  if (view.querySelector("svg")) view.replaceChildren();
  view.classList.toggle("rows", box.names.length > 0);
  view.classList.toggle("verdict", Boolean(box.isVerdict)); // without a second argument it would flip
  if (box.names.length) drawRows(view, ...answerRows(box, answer, MOST_ANSWERS));
  else (view.firstElementChild ?? add(view, "big")).textContent = `${+answer[0].toPrecision(4)} ${box.unit}`;
}

// What each of several networks wants to be small, from the middle outwards; hollow below zero.
function drawLosses(state) {
  const { losses } = state.frame ?? {}, { scale } = state;
  if (!scale) return;
  scale.style.visibility = losses ? "" : "hidden";
  if (!losses) return;
  const most = Math.max(...losses.map(Math.abs)) || 1;
  losses.forEach((loss, side) => {
    const [words, bar] = scale.children[side].children;
    words.textContent = `${state.data.losses[side]}'s loss ${loss.toPrecision(3)}`;
    bar.style.setProperty("--share", Math.abs(loss) / most);
    bar.classList.toggle("hollow", loss < 0);
  });
}

function drawDetail(state) {
  const { detail } = state, box = state.boxes.get(state.chosen)?.box;
  detail.hidden = !box;
  if (!box) return;
  const layers = state.frame?.layers ?? {}, layer = layers[box.name], kernels = layers[`kernels/${box.name}`];
  const answer = box.isAnswer && state.frame?.answer;
  const form = JSON.stringify([box, layer?.shape, layer?.total, deadOf(layer), kernels?.shape, Boolean(answer)]);
  if (state.detailForm !== form) buildDetail(state, form, box, layer, kernels, answer);
  const body = detail.querySelector(".body");
  if (box.isPlane) return layer && paintPlane(body.firstChild, state, Math.min(360, detail.clientWidth - 24));
  if (answer) return box.names.length ? drawRows(body, ...answerRows(box, answer, answer.length)) : undefined;
  if (!layer) return;
  state.low.textContent = layer.low;
  state.high.textContent = layer.high;
  if (isMaps(layer)) drawTiles(body, state, box.name);
  else if (areNamed(box, layer)) {
    const most = Math.max(Math.abs(layer.low), Math.abs(layer.high)) || 1;
    drawRows(body, box.names.map((name, index) => [name, valueOf(state, layer, index) / most, valueOf(state, layer, index).toPrecision(3)]));
  } else {
    paintBars(body.firstChild, state, box.name, Math.min(640, Math.max(120, detail.clientWidth - 24)), 110);
    drawTiles(detail.querySelector(".templates"), state, box.name);
  }
}

const areNamed = (box, layer) => box.names.length === layer.shape[0] && layer.total === layer.shape[0];

function buildDetail(state, form, box, layer, kernels, answer) {
  const { detail } = state;
  state.detailForm = form;
  detail.replaceChildren();
  detail.setAttribute("aria-label", box.label);
  const head = add(detail, "header");
  add(head, "b", "", box.label);
  const dead = deadOf(layer) && `${deadOf(layer)}: ${IS_0}`;
  [box.shape, ...box.facts, box.reading, dead].filter(Boolean).forEach((fact) => add(head, "span", "", fact));
  add(head, "button", "", "Close").onclick = () => choose(state, "");
  const body = add(detail, "div", "body"), named = layer && !isMaps(layer) && areNamed(box, layer);
  if (answer) body.classList.add("rows");
  if (box.isVerdict) body.classList.add("verdict");
  if (answer) return;
  if (box.isPlane && layer) {
    add(body, "canvas");
    add(detail, "div", "scale", "Blue: real, and where the judge finds points real. Orange: made.");
    return;
  }
  if (!layer) body.textContent = reason(state, box);
  else if (isMaps(layer)) addTiles(body, tilesOf(state, box.name), layer.total / box.channels, box, kernels);
  else if (named) body.classList.add("rows", "signed");
  else {
    add(body, "canvas");
    addTiles(add(detail, "div", "templates"), kernels ? kernels.shape[0] : 0, layer.total, box, kernels);
  }
  if (layer) addScale(state, box, layer);
}

function reason(state, box) {
  if (box.isFault) return "This layer cannot be built on what comes in.";
  if (box.isChip) return "This layer rescales, rearranges or passes on its input: there is nothing new to see.";
  return box.shape === "not reached" ? "" : "Its output for this example is not shown here.";
}

// What belongs together is one tile: the kernel, the map that it makes, and their number.
function addTiles(parent, count, total, box, kernels) {
  parent.classList.add("tiles");
  for (let index = 0; index < count; index++) {
    const tile = add(parent, "figure", "tile"), pair = add(tile, "div");
    if (kernels && index < kernels.shape[0]) add(pair, "canvas", "kernel");
    if (parent.className.startsWith("body")) add(pair, "canvas", "map");
    if (total > 1) add(tile, "figcaption", "", String(index + 1));
    tile.setAttribute("role", "img");
    tile.title = total > 1 ? `${box.label}, ${index + 1} of ${total}` : box.label;
  }
}

function drawTiles(parent, state, name) {
  [...parent.children].forEach((tile, index) => {
    const map = tile.querySelector(".map"), kernel = tile.querySelector(".kernel"), { dead, total } = state.frame.layers[name];
    if (total > 1) tile.querySelector("figcaption").textContent = `${index + 1}${dead?.includes(index) ? " dead" : ""}`;
    if (map) show(map, state, name, [index], 1, LARGE * (name === "input" ? 3 : isExamples(name) ? 1.5 : 1));
    if (kernel) show(kernel, state, `kernels/${name}`, [index], 1, map ? LARGE / 2 : LARGE);
  });
}

function addScale(state, box, layer) {
  const scale = add(state.detail, "div", "scale"), name = scaleOf(box.name, layer);
  const [sent, total] = [layer.shape[0], layer.total].map((count) => count / box.channels);
  state.low = add(scale, "span");
  add(scale, "i").style.background = `linear-gradient(to right,${state.data.scales[name].join()})`;
  state.high = add(scale, "span");
  add(scale, "span", "", isExamples(box.name) ? `${sent} examples` : `one scale for the layer; ${total > sent ? `the first ${sent} of ${total}` : `all ${total}`}`);
}

function draw(state) {
  for (const { box, view } of state.boxes.values()) {
    if (box.isAnswer && state.frame?.answer) drawAnswer(view, state, box);
    else if (box.isPlane && state.frame?.layers[box.name]) drawPlane(view, state);
    else if (isExamples(box.name) && state.frame?.layers[box.name]) drawExamples(view, state, box.name);
    else if (state.frame?.layers[box.name]) montage(view, state, box.name);
    else drawGlyph(view, box);
    drawKernels(state, box.name);
    say(state, box);
  }
  drawLosses(state);
  drawDetail(state);
}

// What a box says of itself, and how much of it is dead.
function say(state, box) {
  const { button } = state.boxes.get(box.name), dead = deadOf(state.frame?.layers[box.name]);
  const title = [box.label, box.shape, ...box.facts, box.reading, dead && `${dead}: ${IS_0}`].filter(Boolean).join(", ");
  if (button.title === title) return;
  button.title = title;
  button.setAttribute("aria-label", title);
  button.classList.toggle("dying", Boolean(dead));
  button.querySelector("small").textContent = dead || (box.isVerdict ? box.reading || "how real they look" : box.shape);
}

// From what is shown to the new frame, in a few steps of the browser's own pace.
function fade(state, next) {
  cancelAnimationFrame(state.running);
  const shapes = (frame) => JSON.stringify(Object.entries(frame.layers).map(([name, { shape }]) => [name, shape]));
  const isSame = state.frame && shapes(state.frame) === shapes(next), from = isSame ? Float32Array.from(state.values) : null;
  const target = Uint8Array.from(atob(next.bytes), (letter) => letter.charCodeAt(0));
  state.frame = next;
  if (!from || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    state.values = Float32Array.from(target);
    draw(state);
    return;
  }
  const began = performance.now();
  const step = (now) => {
    const share = Math.min(1, Math.max(0, (now - began) / FADE_MS)); // a frame may have begun before it was asked for
    for (let at = 0; at < target.length; at++) state.values[at] = from[at] + share * (target[at] - from[at]);
    draw(state);
    if (share < 1) state.running = requestAnimationFrame(step);
  };
  state.running = requestAnimationFrame(step);
}

// Enlarge a box; the one that is enlarged, or none, closes.
function choose(state, name) {
  const before = state.chosen;
  state.chosen = before === name ? "" : name;
  for (const [box, { button }] of state.boxes) button.setAttribute("aria-expanded", String(box === state.chosen));
  drawDetail(state);
  if (state.chosen) state.tell(state.chosen);
  else state.boxes.get(before)?.button.focus();
}

// One box takes part in the tab order; arrows go from box to box.
function walk(state, event) {
  const buttons = [...state.boxes.values()].map(({ button }) => button), here = buttons.indexOf(event.target);
  const ahead = here < 0 || getComputedStyle(event.target.parentElement).flexDirection !== "row-reverse" ? 1 : -1;
  const steps = { ArrowRight: here + ahead, ArrowDown: here + 1, ArrowLeft: here - ahead, ArrowUp: here - 1, Home: 0, End: buttons.length - 1 };
  const next = buttons[steps[event.key]];
  if (here < 0 || !(event.key in steps)) return;
  event.preventDefault();
  if (next) rest(buttons, next).focus();
}

function rest(buttons, there) {
  for (const button of buttons) button.tabIndex = button === there ? 0 : -1;
  return there;
}

function addBox(state, parent, box, more = "") {
  const button = add(parent, "button", ["box", more, box.isChip && "chip", box.isAnswer && "answer", box.isFault && "fault"].filter(Boolean).join(" "));
  button.type = "button";
  button.tabIndex = state.boxes.size ? -1 : 0;
  button.style.setProperty("--kind", box.color);
  button.setAttribute("aria-expanded", "false");
  button.dataset.layer = box.name;
  button.onclick = () => {
    rest([...state.boxes.values()].map((other) => other.button), button);
    choose(state, box.name);
  };
  add(button, "b", "", box.label);
  const view = add(button, "span", "view");
  add(button, "small");
  if (box.isAnswer) button.style.setProperty("--rows", box.names.length > MOST_ANSWERS ? FEW_ANSWERS : box.names.length);
  state.boxes.set(box.name, { box, button, view });
}

function build(state) {
  const { data, root } = state;
  root.replaceChildren();
  root.classList.toggle("fight", data.lanes.length > 1);
  root.style.setProperty("--negative", data.scales.diverging[0]);
  root.style.setProperty("--positive", data.scales.diverging.at(-1));
  state.palettes = Object.fromEntries(Object.entries(data.scales).map(([name, colors]) => [name, palette(colors)]));
  state.boxes = new Map();
  state.detailForm = "";
  const drawing = add(root, "div", "drawing");
  data.lanes.forEach(({ title, boxes }, place) => {
    const lane = add(drawing, "div", "lane"), row = add(lane, "div", "boxes"), said = boxes.map(({ label, shape }) => `${label} ${shape}`);
    lane.setAttribute("role", "group");
    lane.setAttribute("aria-label", `${title || "The network"}, layer by layer: ${said.join(" to ")}`);
    if (title) row.before(Object.assign(document.createElement("span"), { className: "title", textContent: title }));
    for (const box of boxes) addBox(state, row, box);
    if (!place) for (const box of data.examples) addBox(state, drawing, box, box.isPlane ? "examples plane" : "examples");
  });
  state.scale = data.losses.length ? add(drawing, "div", "losses") : null;
  for (const _ of data.losses) {
    const side = add(state.scale, "span");
    add(side, "span");
    add(side, "i");
  }
  drawing.onkeydown = (event) => walk(state, event);
  root.onkeydown = (event) => {
    if (event.key !== "Escape" || !state.chosen) return;
    event.stopPropagation();
    choose(state, "");
  };
  state.detail = add(root, "section", "detail");
  if (!state.boxes.has(state.chosen)) state.chosen = "";
  state.boxes.get(state.chosen)?.button.setAttribute("aria-expanded", "true");
}

export default function ({ data, parentElement, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".network");
  let state = states.get(root);
  if (!state) {
    state = { root, chosen: "", running: 0, hidden: Boolean(data.isHidden) };
    states.set(root, state);
    const see = (hidden) => { if (state.hidden !== hidden) state.say(state.hidden = hidden); };
    state.watch = new IntersectionObserver((entries) => {
      clearTimeout(state.leaving);
      if (entries.at(-1).isIntersecting) see(false);
      else state.leaving = setTimeout(see, AWAY_MS, true); // what is drawn anew around it may hide it for a moment
    });
    state.watch.observe(root);
  }
  for (const boxes of [...data.lanes.map((lane) => lane.boxes), data.examples]) boxes.forEach((box, place) => (boxes[place] = { ...USUAL, ...box }));
  state.data = data;
  state.tell = (name) => setTriggerValue("chosen", [name]);
  state.say = (hidden) => setStateValue("hidden", hidden);
  if (state.identity !== data.identity) state.frame = null;
  state.identity = data.identity;
  const structure = JSON.stringify([data.lanes, data.examples, data.losses], (key, value) => (key === "glyph" ? undefined : value));
  if (state.structure !== structure) {
    state.structure = structure;
    build(state);
  }
  root.dataset.snapshot = data.snapshot;
  for (const box of [...data.lanes.flatMap(({ boxes }) => boxes), ...data.examples]) state.boxes.get(box.name).box = box;
  for (const [name, { button }] of state.boxes) button.classList.toggle("edited", data.edited.includes(name));
  if (data.frame) fade(state, data.frame);
  else draw(state);
  return () => {
    if (root.isConnected) return; // only this call was superseded
    cancelAnimationFrame(state.running);
    clearTimeout(state.leaving);
    state.watch.disconnect();
  };
}
