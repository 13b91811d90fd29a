// Maps, bars and marks on canvases.
const GAP = 1; // between tiles, in CSS pixels
const ratio = () => window.devicePixelRatio || 1;
const range = (count) => Array.from({ length: count }, (_, index) => index);
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);

function add(parent, tag, name = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (name) element.className = name;
  if (text) element.textContent = text;
  if (tag === "button") element.type = "button";
  return element;
}

const rgba = (red, green, blue) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

// 256 colours as a canvas keeps them.
function palette(colors) {
  const rgb = colors.map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (rgb.length - 1), below = Math.min(Math.floor(place), rgb.length - 2), share = place - below;
    return rgba(...rgb[below].map((part, channel) => Math.round(part + share * (rgb[below + 1][channel] - part))));
  });
}

// Layers as they were sent: their tiles as maps of numbers.
function unpack({ layers, bytes, scales }) {
  const levels = bytesOf(bytes), ends = floatsOf(scales);
  return Object.fromEntries(Object.entries(layers).map(([name, layer]) => {
    const size = layer.high * layer.wide, low = (tile) => ends[2 * (layer.first + tile)], top = (tile) => ends[2 * (layer.first + tile) + 1];
    const value = (tile, place) => low(tile) + (levels[layer.at + tile * size + place] / 255) * (top(tile) - low(tile));
    const tiles = range(layer.count), extent = [Math.min(0, ...tiles.map(low)), Math.max(0, ...tiles.map(top))];
    return [name, { ...layer, low, top, value, extent, isMaps: size > 1 }];
  }));
}

// How strongly each tile of a layer answers: the mean size of its values.
function strengths(layer) {
  const size = layer.high * layer.wide;
  return range(layer.count).map((tile) => {
    let sum = 0;
    for (let place = 0; place < size; place++) sum += Math.abs(layer.value(tile, place));
    return sum / size;
  });
}

// Colours for values between two ends: from 0 upwards, or around 0 if some are negative.
function inkOf(palettes, [low, high]) {
  const isSigned = low < 0, most = Math.max(-low, high) || 1, colors = isSigned ? palettes.diverging : palettes.sequential;
  const at = isSigned ? (value) => 127.5 + (127.5 * value) / most : (value) => (255 * value) / most;
  const ink = (value) => colors[Math.max(0, Math.min(255, Math.round(at(value)))) | 0];
  return Object.assign(ink, { isSigned, ends: isSigned ? [-most, most] : [0, most] });
}

// A canvas of that size in CSS pixels, as sharp as the screen.
function sized(canvas, wide, high) {
  const size = { width: Math.max(1, Math.round(wide * ratio())), height: Math.max(1, Math.round(high * ratio())) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  Object.assign(canvas.style, { width: wide + "px", height: high + "px" });
  const context = canvas.getContext("2d");
  context.setTransform(ratio(), 0, 0, ratio(), 0, 0);
  context.clearRect(0, 0, wide, high);
  return context;
}

// One map inside a rectangle of a canvas; `colour(row, column)` is a colour as a canvas keeps it.
function paintMap(context, [left, top, wide, high], rows, columns, colour) {
  const [w, h] = [wide, high].map((side) => Math.max(1, Math.round(side * ratio()))), image = new ImageData(w, h);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = 0; y < h; y++) {
    const row = Math.floor(((y + 0.5) * rows) / h);
    for (let x = 0; x < w; x++) pixels[y * w + x] = colour(row, Math.floor(((x + 0.5) * columns) / w));
  }
  context.putImageData(image, Math.round(left * ratio()), Math.round(top * ratio()));
}

function cross(context, [left, top, wide, high]) {
  Object.assign(context, { globalAlpha: 0.5, strokeStyle: getComputedStyle(context.canvas).color, lineWidth: 1 });
  context.beginPath();
  for (const [from, to] of [[0, high], [high, 0]]) {
    context.moveTo(left, top + from);
    context.lineTo(left + wide, top + to);
  }
  context.stroke();
  context.globalAlpha = 1;
}

// A frame that is seen on every colour.
function frame(context, [left, top, wide, high]) {
  for (const [color, width] of [["#000", 4], ["#fff", 2]]) {
    Object.assign(context, { strokeStyle: color, lineWidth: width });
    context.strokeRect(left, top, wide, high);
  }
}

// The sides of a map in CSS pixels, the longer one as given.
function fitted(high, wide, side) {
  const scale = side / Math.max(high, wide);
  return [Math.max(1, wide * scale), Math.max(1, high * scale)];
}

// Tiles in a grid; returns where each stands. What is dead is a cross, as it has nothing to show.
function paintGrid(canvas, layer, order, columns, side, gap, inkFor, dead = []) {
  const [wide, high] = fitted(layer.high, layer.wide, side), rows = Math.ceil(order.length / columns);
  const context = sized(canvas, columns * (wide + gap) - gap, rows * (high + gap) - gap);
  const boxes = order.map((tile, place) => [(place % columns) * (wide + gap), Math.floor(place / columns) * (high + gap), wide, high]);
  order.forEach((tile, place) => {
    if (dead.includes(tile)) return cross(context, boxes[place]);
    const ink = inkFor(tile);
    paintMap(context, boxes[place], layer.high, layer.wide, (y, x) => ink(layer.value(tile, y * layer.wide + x)));
  });
  return boxes;
}

// An image: the tiles of three channels together, or one in grey.
function paintImage(context, box, layer, most) {
  const level = (channel, place) => Math.max(0, Math.min(255, Math.round((255 * layer.value(channel, place)) / most)));
  paintMap(context, box, layer.high, layer.wide, (y, x) => {
    const place = y * layer.wide + x;
    return rgba(...(layer.count === 3 ? [0, 1, 2] : [0, 0, 0]).map((channel) => level(channel, place)));
  });
}

// Units as bars around zero; returns where each stands.
function paintBars(canvas, layer, order, wide, high, colors, dead = []) {
  const context = sized(canvas, wide, high), step = wide / order.length, most = Math.max(-layer.extent[0], layer.extent[1]) || 1;
  context.globalAlpha = 0.4;
  context.fillStyle = getComputedStyle(canvas).color;
  context.fillRect(0, high / 2 - 0.5, wide, 1);
  context.globalAlpha = 1;
  return order.map((unit, place) => {
    const share = layer.value(unit, 0) / most, tall = Math.abs(share) * (high / 2 - 1), left = place * step;
    context.fillStyle = share < 0 ? colors[0] : colors.at(-1);
    context.fillRect(left, share < 0 ? high / 2 : high / 2 - tall, Math.max(0.5, step - (step > 3 ? 1 : 0)), tall);
    if (dead.includes(unit) && step > 2) cross(context, [left, high / 2 - step / 2, step - 1, step]);
    return [left, 0, step, high];
  });
}

// Which of some rectangles a pointer is on; -1 for none.
function hit(boxes, event) {
  const area = event.currentTarget.getBoundingClientRect(), x = event.clientX - area.left, y = event.clientY - area.top;
  return boxes.findIndex(([left, top, wide, high]) => x >= left && y >= top && x < left + wide + GAP && y < top + high + GAP);
}

// A number as it is read: three digits, or few after the point.
function say(value) {
  const size = Math.abs(value), sign = value < 0 ? "\u2212" : "";
  if (!Number.isFinite(value)) return String(value);
  if (size === 0) return "0";
  if (size < 0.0005 || size >= 1e6) return sign + size.toExponential(1).replace("-", "\u2212");
  return sign + size.toFixed(size < 10 ? 3 : size < 1000 ? 1 : 0);
}

const factor = (value) => (value < 0 ? `(${say(value)})` : say(value));

// Terms of a sum; those below zero are subtracted.
const joined = (terms) => terms.map((value, place) => (place ? (value < 0 ? ` \u2212 ${say(-value)}` : ` + ${say(value)}`) : say(value))).join("");
