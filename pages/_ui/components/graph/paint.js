// Drawing for the graph: colours, maps, bars, contours, and the fade from one picture to the next.

const FADE_MS = 180, FONT = "11px ";
const element = (parent, tag, name = "", text = "") => {
  const made = parent.appendChild(document.createElement(tag));
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
};
const rgbOf = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

const packed = (red, green, blue) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0; // as a canvas keeps it

// A scale of colours: a share, 0 to 1 -> a packed colour.
function rampOf(colors) {
  const stops = colors.map(rgbOf);
  const levels = Uint32Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (stops.length - 1), below = Math.min(Math.floor(place), stops.length - 2);
    return packed(...stops[below].map((part, channel) => Math.round(part + (place - below) * (stops[below + 1][channel] - part))));
  });
  return (share) => levels[share >= 1 ? 255 : share > 0 ? Math.round(255 * share) : 0];
}

const cssOf = (colour) => `rgb(${[0, 8, 16].map((shift) => (colour >>> shift) & 255).join()})`;
const said = (value) => (Number.isFinite(value) ? String(+value.toPrecision(3)).replace("-", "−") : "not a number");

// Maps of side x side places, the first row at the bottom, side by side on one sheet: many small pictures drawn from many
// canvases take a browser longer than to compute them. `colours` pack the colour of a place, one for each map.
const sheets = new Map();
function sheetOf(side, colours, step = 1) {
  const short = Math.ceil(side / step), columns = Math.ceil(Math.sqrt(colours.length)), wide = columns * short, high = Math.ceil(colours.length / columns) * short, key = `${wide} ${high}`;
  if (!sheets.has(key)) {
    const canvas = new OffscreenCanvas(wide, high), image = new ImageData(wide, high);
    sheets.set(key, { canvas, image, pixels: new Uint32Array(image.data.buffer), context: canvas.getContext("2d") });
  }
  const { canvas, image, pixels, context } = sheets.get(key), cornerOf = (nth) => [(nth % columns) * short, Math.floor(nth / columns) * short];
  colours.forEach((colour, nth) => {
    const [left, top] = cornerOf(nth);
    for (let row = 0; row < short; row++) for (let column = 0; column < short; column++) {
      pixels[(top + short - 1 - row) * wide + left + column] = colour(row * step * side + column * step);
    }
  });
  context.putImageData(image, 0, 0);
  return (pen, nth, x, y, size) => pen.drawImage(canvas, ...cornerOf(nth), short, short, x, y, size, size);
}

// How often values fall between low and high: counts in bins.
function countsOf(values, low, high, bins) {
  const counts = new Array(bins).fill(0), span = high - low || 1;
  for (const value of values) if (Number.isFinite(value)) counts[Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / span) * bins)))]++;
  return counts;
}

// Lines along which values on a mesh are equal to a level, as pairs of places in mesh units.
function contour(values, side, level) {
  const lines = [];
  for (let row = 0; row + 1 < side; row++) for (let column = 0; column + 1 < side; column++) {
    const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([right, up]) => [column + right, row + up, values[(row + up) * side + column + right] - level]);
    const cuts = [];
    corners.forEach(([x, y, value], at) => {
      const [otherX, otherY, other] = corners[(at + 1) % 4];
      if (value < 0 === other < 0) return;
      const share = value / (value - other);
      cuts.push([x + share * (otherX - x), y + share * (otherY - y)]);
    });
    for (let cut = 0; cut + 1 < cuts.length; cut += 2) lines.push([cuts[cut], cuts[cut + 1]]);
  }
  return lines;
}

// Draw on a canvas of that size in CSS pixels; with `fades`, from what it shows now to the new picture.
function present(canvas, wide, high, ground, fades, draw) {
  const ratio = window.devicePixelRatio || 1, [width, height] = [Math.round(wide * ratio), Math.round(high * ratio)];
  const isSame = canvas.width === width && canvas.height === height;
  cancelAnimationFrame(canvas.running);
  if (!isSame) Object.assign(canvas, { width, height });
  Object.assign(canvas.style, { width: wide + "px", height: high + "px" });
  if (!isSame || !canvas.layers) canvas.layers = ["next", "before"].map(() => new OffscreenCanvas(width, height).getContext("2d"));
  const [pen, past] = canvas.layers, context = canvas.getContext("2d"), [next, before] = [pen.canvas, past.canvas];
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = ground;
  pen.fillRect(0, 0, width, height);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  draw(pen);
  if (!fades || !isSame || matchMedia("(prefers-reduced-motion: reduce)").matches) return void context.drawImage(next, 0, 0);
  const began = performance.now();
  past.drawImage(canvas, 0, 0);
  const step = (now) => {
    const share = Math.min(1, Math.max(0, (now - began) / FADE_MS));
    context.globalAlpha = 1;
    if (share < 1) context.drawImage(before, 0, 0);
    context.globalAlpha = share;
    context.drawImage(next, 0, 0);
    context.globalAlpha = 1;
    if (share < 1) canvas.running = requestAnimationFrame(step);
  };
  canvas.running = requestAnimationFrame(step);
}

function line(pen, from, to, color, width, alpha = 1) {
  Object.assign(pen, { strokeStyle: color, lineWidth: width, globalAlpha: alpha });
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
  pen.globalAlpha = 1;
}

function dot(pen, [x, y], radius, fill, rim) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    pen.fillStyle = fill;
    pen.fill();
  }
  if (rim) {
    Object.assign(pen, { strokeStyle: rim, lineWidth: fill ? 1 : 1.6 });
    pen.stroke();
  }
}

// Text that is cut to fit.
function label(pen, text, x, y, most, align = "left") {
  pen.textAlign = align;
  let shown = text;
  while (shown.length > 1 && pen.measureText(shown === text ? shown : shown + "…").width > most) shown = shown.slice(0, -1);
  pen.fillText(shown === text ? shown : shown + "…", x, y);
}
