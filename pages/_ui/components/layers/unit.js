// One unit of a layer: what comes in, what each channel adds, their sum, and the arithmetic of the pixel under the pointer.
const ROW = { map: 42, kernel: 34, gap: 14, apart: 16 }; // CSS pixels of a channel's map, of its kernel, and what stands between
const FEW = 3, LARGER = 2.4; // so few channels are drawn so much larger
const MOST_ROWS = 64, MOST_CELLS = 49, MOST_TERMS = 8, MOST_LISTED = 40;
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function unitOf({ about, arrays, floats }) {
  const numbers = floatsOf(floats), tensors = {};
  for (const [name, { at, shape }] of Object.entries(arrays)) {
    tensors[name] = { shape, data: numbers.subarray(at, at + shape.reduce((size, side) => size * side, 1)) };
  }
  const inputs = Object.keys(tensors).filter((name) => name.startsWith("inputs/")).sort().map((name) => tensors[name]);
  return { about, inputs, ...tensors };
}

// What each channel adds to every value, and the whole before the activation. Of a dense unit: each product.
function channelMaps(unit) {
  const [high, wide] = sideOf(unit.output), whole = new Float64Array(high * wide).fill(unit.bias.data[0]);
  const channels = range(channelsOf(unit)).map((channel) => {
    if (unit.about.kind === "dense") {
      const parts = products(unit, 0, 0, channel).map(({ value, weight }) => value * weight), sum = parts.reduce((a, b) => a + b, 0);
      whole[0] += sum;
      return { channel, values: parts, rows: unit.about.maps?.[0] ?? 1, columns: unit.about.maps?.[1] ?? parts.length, strength: Math.abs(sum) };
    }
    const values = convolved(unit, channel, high, wide);
    values.forEach((value, place) => { whole[place] += value; });
    return { channel, values, rows: high, columns: wide, strength: values.reduce((sum, value) => sum + Math.abs(value), 0) };
  });
  return { channels: channels.sort((a, b) => b.strength - a.strength), whole };
}

function convolved(unit, channel, high, wide) {
  const { about: { kind, windows: [rows, columns] }, inputs: [given], kernel } = unit, values = new Float64Array(high * wide);
  if (kind !== "convolution") return values.map((_, place) => sumOf(unit, Math.floor(place / wide), place % wide, channel));
  const [tall, broad, channels] = kernel.shape, [deep, long] = given.shape;
  for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) {
    let sum = 0;
    for (let a = 0; a < tall; a++) {
      const top = y * rows.stride - rows.before + a * rows.dilation;
      if (top < 0 || top >= deep) continue;
      for (let b = 0; b < broad; b++) {
        const left = x * columns.stride - columns.before + b * columns.dilation;
        if (left >= 0 && left < long) sum += given.data[(top * long + left) * channels + channel] * kernel.data[(a * broad + b) * channels + channel];
      }
    }
    values[y * wide + x] = sum;
  }
  return values;
}

const extentOf = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]);

// A canvas with a second one on top for marks, which move with the pointer.
function figure(parent, name, caption) {
  const element = add(parent, "figure", name), stack = add(element, "div", "stack");
  const made = { element, base: add(stack, "canvas"), marks: add(stack, "canvas", "marks"), caption: add(element, "figcaption", "", caption) };
  return made;
}

function remark(made, boxes, chosen = null) {
  const { style } = made.base, context = sized(made.marks, parseFloat(style.width), parseFloat(style.height));
  for (const box of boxes) frame(context, box);
  if (!chosen) return;
  context.fillStyle = getComputedStyle(made.marks).getPropertyValue("--st-primary-color");
  context.fillRect(chosen[0], chosen[1] + chosen[3] - 3, chosen[2], 2);
}

// The rectangle of a map's pixels, from (y, x), inside the rectangle where the map stands.
const pixelBox = ([left, top, wide, high], rows, columns, y, x, tall = 1, broad = 1) => {
  const ends = (from, size, all) => [Math.max(0, from), Math.min(all, from + size)];
  const [[y0, y1], [x0, x1]] = [ends(y, tall, rows), ends(x, broad, columns)];
  return [left + (x0 * wide) / columns, top + (y0 * high) / rows, ((x1 - x0) * wide) / columns, ((y1 - y0) * high) / rows];
};

function buildUnit(state, place, names) {
  place.replaceChildren();
  const flow = add(place, "div", "flow"), view = { names, flow, at: null, pinned: null, channel: null };
  view.seen = figure(flow, "seen", "");
  view.rows = add(flow, "div", "rows");
  view.channels = figure(view.rows, "channels", "");
  view.sum = figure(flow, "sum", "");
  view.out = figure(flow, "out", "");
  view.written = add(place, "div", "written");
  view.title = add(view.written, "b", "title");
  view.lines = add(view.written, "p", "lines");
  view.lines.setAttribute("aria-live", "polite");
  view.terms = add(view.written, "div", "terms");
  view.out.marks.tabIndex = 0;
  view.out.marks.setAttribute("role", "application");
  listenTo(state, view);
  return view;
}

function listenTo(state, view) {
  const { marks } = view.out, spot = (event) => {
    const area = marks.getBoundingClientRect(), [high, wide] = sideOf(view.unit.output), within = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return [within((event.clientY - area.top) / area.height, high), within((event.clientX - area.left) / area.width, wide)];
  };
  marks.onpointermove = (event) => look(state, view, spot(event));
  marks.onpointerdown = (event) => { view.pinned = spot(event); look(state, view, view.pinned); };
  marks.onpointerleave = () => look(state, view, view.pinned);
  marks.onkeydown = (event) => {
    const way = ARROWS[event.key], [high, wide] = sideOf(view.unit.output);
    if (!way) return;
    event.preventDefault();
    view.pinned = [Math.max(0, Math.min(high - 1, view.at[0] + way[0])), Math.max(0, Math.min(wide - 1, view.at[1] + way[1]))];
    look(state, view, view.pinned);
  };
  view.channels.marks.onclick = (event) => {
    const row = hit(view.boxes?.map(({ whole }) => whole) ?? [], event);
    if (row >= 0 && isWeighted(view.unit)) { view.channel = view.parts.channels[row].channel; look(state, view, view.at); }
  };
}

// Shows a unit's numbers; what is pointed at stays, or begins where the output is largest.
function paintUnit(state, view, unit, input) {
  const [high, wide] = sideOf(unit.output), isMap = high * wide > 1, { palettes } = state;
  view.unit = unit;
  view.parts = isWeighted(unit) ? channelMaps(unit) : null;
  const place = unit.output.data.reduce((best, value, at) => (value > unit.output.data[best] ? at : best), 0);
  if (!view.pinned || view.pinned[0] >= high || view.pinned[1] >= wide) view.pinned = [Math.floor(place / wide), place % wide];
  const isOnMaps = isMap || unit.about.maps || (unit.inputs[0]?.shape.length ?? 1) > 1;
  paintSeen(state, view, isOnMaps ? input : null);
  const bend = BENDS[unit.about.activation]?.name, before = view.parts && bend && isMap;
  view.sum.element.hidden = !before;
  if (before) paintPlain(view.sum, view.parts.whole, high, wide, 110, palettes, `sum and bias, before ${bend}`);
  view.out.element.hidden = !isMap;
  if (isMap) paintPlain(view.out, unit.output.data, high, wide, state.isNarrow ? 240 : 210, palettes, "its output: point at a pixel");
  paintInputs(state, view); // now, as it takes the room that is left
  view.out.marks.setAttribute("aria-label", `Output of ${view.names.title}, ${high} by ${wide}; arrow keys choose a pixel`);
  look(state, view, view.pinned);
}

function paintPlain(made, values, high, wide, side, palettes, caption) {
  const [w, h] = fitted(high, wide, side), ink = inkOf(palettes, extentOf(values));
  paintMap(sized(made.base, w, h), [0, 0, w, h], high, wide, (y, x) => ink(values[y * wide + x]));
  made.box = [0, 0, w, h];
  made.caption.textContent = `${caption}. ${ink.ends.map(say).join(" to ")}`;
}

function paintSeen(state, view, input) {
  view.seen.element.hidden = !input?.isMaps;
  view.seen.box = null;
  if (!input?.isMaps) return;
  const [w, h] = fitted(input.high, input.wide, 110);
  paintImage(sized(view.seen.base, w, h), [0, 0, w, h], input, 255);
  view.seen.box = [0, 0, w, h];
}

// The maps that come in; of a weighted unit each with its kernel and what it adds, the strongest first.
function paintInputs(state, view) {
  const { unit, parts, names } = view, { about, inputs } = unit, source = names.from.map(names.of).join(" and ");
  const isRow = about.kind === "dense" && !about.maps;
  const maps = parts ? !isRow : inputs.some(({ shape }) => shape.length > 1 && about.kind !== "layer_norm");
  view.rows.hidden = !maps;
  view.boxes = null;
  if (!maps) return;
  if (parts) return paintChannels(state, view, source);
  const [side, gap] = [state.isNarrow ? 150 : 170, 24], [high, wide] = inputs[0].shape, [w, h] = fitted(high, wide, side);
  const context = sized(view.channels.base, inputs.length * (w + gap) - gap, h), ink = inkOf(state.palettes, extentOf(inputs.flatMap(({ data }) => Array.from(data))));
  view.boxes = inputs.map(({ data }, index) => {
    const box = [index * (w + gap), 0, w, h];
    paintMap(context, box, high, wide, (y, x) => ink(data[y * wide + x]));
    return { whole: box, map: box };
  });
  view.channels.caption.textContent = `comes from ${source}${about.first === undefined ? "" : `, map ${about.first + 1}`}. ${ink.ends.map(say).join(" to ")}`;
}

function paintChannels(state, view, source) {
  const { unit, parts: { channels } } = view, { about, kernel, inputs: [given] } = unit, [high, wide, depth] = about.maps ?? given.shape, { palettes } = state;
  const shown = channels.slice(0, MOST_ROWS), isDense = about.kind === "dense", scale = shown.length > FEW || state.isNarrow ? 1 : LARGER;
  const [mw, mh] = fitted(high, wide, scale * ROW.map), [tall, broad] = isDense ? [high, wide] : kernel.shape, [kw, kh] = fitted(tall, broad, scale * ROW.kernel);
  const [rw, rh] = fitted(shown[0].rows, shown[0].columns, scale * ROW.map), cell = { wide: mw + kw + rw + 2 * ROW.gap, high: Math.max(mh, kh, rh) + 8 };
  const room = view.rows.clientWidth || 340, columns = Math.max(1, Math.floor((room + 6) / (cell.wide + ROW.apart)));
  const context = sized(view.channels.base, columns * (cell.wide + ROW.apart) - ROW.apart, Math.ceil(shown.length / columns) * cell.high);
  const inks = [extentOf(given.data), extentOf(kernel.data), shown.reduce(([low, top], { values }) => { const [a, b] = extentOf(values); return [Math.min(low, a), Math.max(top, b)]; }, [0, 0])]
    .map((extent, index) => inkOf(palettes, index ? [Math.min(extent[0], -1e-9), extent[1]] : extent));
  Object.assign(context, { fillStyle: getComputedStyle(view.channels.base).color, font: "13px sans-serif", textAlign: "center", textBaseline: "middle" });
  view.boxes = shown.map(({ channel, values, rows, columns: across }, place) => {
    const left = (place % columns) * (cell.wide + ROW.apart), top = Math.floor(place / columns) * cell.high;
    const map = [left, top, mw, mh], weights = [left + mw + ROW.gap, top + (mh - kh) / 2, kw, kh], result = [left + mw + kw + 2 * ROW.gap, top + (mh - rh) / 2, rw, rh];
    paintMap(context, map, high, wide, (y, x) => inks[0](given.data[(y * wide + x) * depth + channel]));
    paintMap(context, weights, tall, broad, (y, x) => inks[1](kernel.data[(y * broad + x) * depth + channel]));
    paintMap(context, result, rows, across, (y, x) => inks[2](values[y * across + x]));
    context.fillText("\u00d7", left + mw + ROW.gap / 2, top + mh / 2);
    context.fillText("=", left + mw + kw + 1.5 * ROW.gap, top + mh / 2);
    return { whole: [left, top, cell.wide, cell.high - 2], map, weights, result };
  });
  const more = channels.length - shown.length, what = isDense ? "weights = products" : "kernel = result";
  view.channels.caption.textContent = `${source}: map \u00d7 ${what}${more > 0 ? `; the ${shown.length} strongest of ${channels.length}` : ""}`;
}

// Everything that depends on the pixel that is looked at.
function look(state, view, at) {
  view.at = at;
  const { unit } = view, { about } = unit, [y, x] = at, [high, wide] = sideOf(unit.output), isMap = high * wide > 1;
  if (isMap) remark(view.out, [pixelBox(view.out.box, high, wide, y, x)]);
  if (!view.sum.element.hidden) remark(view.sum, [pixelBox(view.sum.box, high, wide, y, x)]);
  markSeen(view, y, x);
  const sums = view.parts && sumsOf(unit, y, x);
  if (sums && (view.channel === null || view.channel >= sums.length)) view.channel = view.parts.channels[0].channel;
  markInputs(view, y, x, high, wide);
  view.title.textContent = `${view.names.title}${isMap ? `, row ${y + 1}, column ${x + 1}` : ""}`;
  view.lines.replaceChildren();
  view.terms.replaceChildren();
  writeOut(view, y, x, sums);
}

function markSeen(view, y, x) {
  const { box, caption } = view.seen, { field } = view.unit.about;
  if (!box) return;
  const rect = field && field.map(({ start, jump, size }, side) => [start + jump * (side ? x : y), size]);
  const [rows, columns] = [view.scale.high, view.scale.wide];
  caption.textContent = rect ? `what it sees: ${rect[0][1]} \u00d7 ${rect[1][1]} pixels` : "it sees all pixels";
  remark(view.seen, [rect ? pixelBox(box, rows, columns, rect[0][0], rect[1][0], rect[0][1], rect[1][1]) : box]);
}

function markInputs(view, y, x, high, wide) {
  const { unit, boxes } = view, { about, inputs: [given] } = unit;
  if (!boxes) return;
  let chosen = null;
  const marks = [], isPooled = ["maximum", "average"].includes(about.kind);
  if (isWeighted(unit)) {
    const isDense = about.kind === "dense", [rows, columns] = about.maps ?? given.shape;
    const taken = products(unit, y, x, 0), ys = taken.map((part) => part.y), xs = taken.map((part) => part.x);
    const [top, left] = [Math.min(...ys), Math.min(...xs)], size = [Math.max(...ys) - top + 1, Math.max(...xs) - left + 1];
    boxes.forEach(({ whole, map, result }, row) => {
      if (!isDense) marks.push(pixelBox(map, rows, columns, top, left, ...size), pixelBox(result, high, wide, y, x));
      if (view.parts.channels[row].channel === view.channel) chosen = whole;
    });
  } else for (const { map } of boxes) {
    const [rows, columns] = given.shape, taken = isPooled ? windowAt(unit, y, x) : [{ y: Math.floor(y / (about.repeats?.[0] ?? 1)), x: Math.floor(x / (about.repeats?.[1] ?? 1)) }];
    const ends = (side) => [Math.min(...taken.map((part) => part[side])), Math.max(...taken.map((part) => part[side]))];
    const [[y0, y1], [x0, x1]] = [ends("y"), ends("x")];
    marks.push(pixelBox(map, rows, columns, y0, x0, y1 - y0 + 1, x1 - x0 + 1));
  }
  remark(view.channels, marks, chosen);
}
