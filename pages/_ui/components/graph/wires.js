// The graph itself: where units stand, their maps, and the weights between them. A place: { x, y } is the middle of a tile.

const MOST_INPUTS = 12, MOST_EDGES = 400; // that are drawn; weights between two layers
const ROOMS = [64, 32, 16, 8, 4].flatMap((units) => [[15, units], [10, units]]); // sides of a tile, and units of a layer
const LARGEST_TILE = 34, HEAD = 34, BIAS = 6;
const MANY_EDGES = 150; // between two layers, from which on the weak ones hardly show
const LEAST_SHARE = 0.03; // of the largest weight, to be drawn
const TILE_STEP = 2; // a tile shows every second place of the mesh

const norm = (weights) => Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));

// The kernel of the dense layer that a column begins with.
const kernelOf = (state, column) => state.tensors.find(({ layer, part }) => part === "kernel" && layer === state.columns[column]?.first);
const biasOf = (state, column) => state.tensors.find(({ layer, part }) => part === "bias" && layer === state.columns[column]?.first);
const widthOf = (state, column) => (column ? state.data.layers[state.columns[column].first].units : state.inputs.length);
const indexOf = (kernel, from, to) => kernel.at + from * kernel.shape[1] + to;

// The units of a column that are drawn: all, or those whose weights to the next layer are the largest.
function shownOf(state, column, most) {
  const width = widthOf(state, column), all = [...Array(width).keys()], next = kernelOf(state, column + 1);
  if (width <= most || !next) return all.slice(0, most);
  const strength = (unit) => norm(state.weights.subarray(indexOf(next, unit, 0), indexOf(next, unit, 0) + next.shape[1]));
  return all.map((unit) => [strength(unit), unit]).sort(([one], [other]) => other - one).slice(0, most).map(([, unit]) => unit).sort((one, other) => one - other);
}

// Where each drawn unit stands.
function layOut(state, wide, high) {
  const { columns } = state, last = columns.length - 1, isPlane = state.data.limit > 0;
  const left = isPlane ? (state.derives ? 46 : 18) : Math.min(96, wide * 0.2), right = Math.min(72, wide * 0.16);
  let counts, stacks;
  for (const [least, most] of ROOMS) { // smaller tiles first, then fewer units
    counts = columns.map((_, column) => Math.min(widthOf(state, column), column ? most : Math.min(most, MOST_INPUTS)));
    stacks = counts.map((count) => Math.ceil(count / Math.floor((high - HEAD) / (least + 3))));
    if (stacks.reduce((sum, stack) => sum + stack, 0) * (least + 4) < (wide - left - right) * 0.62) break;
  }
  const rows = counts.map((count, column) => Math.ceil(count / stacks[column]));
  const across = stacks.reduce((sum, stack) => sum + stack, 0);
  const tile = Math.max(9, Math.min(LARGEST_TILE, (high - HEAD) / Math.max(...rows) - 4, ((wide - left - right) * 0.6) / across - 4));
  const gap = Math.max(6, (wide - left - right - across * (tile + 4)) / Math.max(1, last));
  let x = left;
  state.tile = tile;
  state.places = columns.map((_, column) => {
    const units = shownOf(state, column, counts[column]), space = Math.min((high - HEAD) / rows[column], tile + 22), top = HEAD + (high - HEAD - space * rows[column]) / 2;
    const places = units.map((unit, at) => ({ unit, x: x + Math.floor(at / rows[column]) * (tile + 4) + tile / 2, y: top + ((at % rows[column]) + 0.5) * space }));
    const found = { units: places, left: x, wide: stacks[column] * (tile + 4) - 4, total: widthOf(state, column) };
    x += found.wide + gap;
    return found;
  });
  state.gap = gap;
}

// The line of a weight: y at a share of the way, and the share at an x.
const bend = (share) => share * share * (3 - 2 * share);
function shareAt(x) {
  let low = 0, high = 1;
  for (let turn = 0; turn < 20; turn++) {
    const share = (low + high) / 2;
    if (1.5 * share - 1.5 * share * share + share ** 3 < x) low = share;
    else high = share;
  }
  return low;
}

// The weights between a column and the one before it: [{ column, from, to, weight, size }], the strongest last.
function edgesOf(state, column) {
  const kernel = kernelOf(state, column), given = state.lit?.columns[column - 1].passed, found = [];
  for (const from of state.places[column - 1].units) for (const to of state.places[column].units) {
    const weight = state.weights[indexOf(kernel, from.unit, to.unit)], flow = given ? weight * given[from.unit] : weight;
    if (Number.isFinite(flow)) found.push({ column, from, to, flow, size: Math.abs(flow) });
  }
  return found.sort((one, other) => one.size - other.size).slice(-MOST_EDGES);
}

function drawEdges(pen, state, edges, isFaint) {
  const most = edges.at(-1)?.size || 1, half = state.tile / 2, isMany = edges.length > MANY_EDGES, thick = isMany ? 2.4 : 3.4;
  for (const edge of edges) {
    const share = edge.size / most, { from, to } = edge, [x0, x1] = [from.x + half, to.x - half];
    if (share < LEAST_SHARE) continue;
    const isMarked = isSame(state.hover ?? state.pinned, edge);
    Object.assign(pen, { strokeStyle: edge.flow < 0 ? state.inks.negative : state.inks.positive, lineWidth: isMarked ? 5 : 0.4 + thick * share });
    pen.globalAlpha = isMarked ? 1 : isFaint(edge) ? 0.12 : isMany ? 0.08 + 0.8 * share ** 2 : 0.25 + 0.65 * share;
    pen.beginPath();
    pen.moveTo(x0, from.y);
    pen.bezierCurveTo((x0 + x1) / 2, from.y, (x0 + x1) / 2, to.y, x1, to.y);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

const isSame = (one, other) => one && one.from !== undefined && one.column === other.column && one.from === other.from.unit && one.to === other.to.unit;

// The unit or weight at a place of the canvas.
function foundAt(state, x, y, reach) {
  const half = state.tile / 2 + 2;
  for (const [column, { units }] of state.places.entries()) for (const place of units) {
    if (Math.abs(place.x - x) <= half && Math.abs(place.y - y) <= half) return { column, unit: place.unit };
  }
  let best = null, nearest = reach;
  for (const edges of state.edges) for (const { column, from, to } of edges) {
    const [x0, x1] = [from.x + state.tile / 2, to.x - state.tile / 2];
    if (x <= x0 || x >= x1) continue;
    const apart = Math.abs(from.y + (to.y - from.y) * bend(shareAt((x - x0) / (x1 - x0))) - y);
    if (apart <= nearest) [best, nearest] = [{ column, from: from.unit, to: to.unit }, apart];
  }
  return best;
}

// How far the colours of a unit reach on both sides of zero: as far as its values, unless they hardly differ from zero.
function reachOf(state, column, unit) {
  const known = (state.reaches[column] ??= []), own = (one) => (known[one] ??= reachIn(valuesOf(state, column, one) ?? []));
  const layer = (state.layerReach[column] ??= Math.max(...state.places[column].units.map((place) => own(place.unit))));
  return Math.max(own(unit), 0.02 * layer) || 1;
}

function reachIn(values) {
  let most = 0;
  for (let at = 0; at < values.length; at++) if (Math.abs(values[at]) > most && Math.abs(values[at]) < Infinity) most = Math.abs(values[at]);
  return most;
}


// The colour of a value of a unit.
function colourOf(state, column, unit) {
  if (column === state.columns.length - 1) {
    const { classes, colours, low, high } = state.data.target, { sequential } = state.ramps;
    if (!classes) return (value) => sequential((value - low) / (high - low));
    return state.classRamps[unit % colours.length];
  }
  if (!column && !state.data.limit) return () => state.quiet; // columns of a table have units of their own
  const scale = 0.5 / reachOf(state, column, unit), { diverging } = state.ramps;
  return (value) => diverging(0.5 + value * scale);
}

// The colour of a bar of a unit's spread, which must be seen on any ground: by its sign, or of its class.
function barInk(state, column, unit, value) {
  if (column === state.columns.length - 1) return cssOf(colourOf(state, column, unit)(state.data.target.classes ? 1 : value));
  return column && Math.abs(value) > 0.05 * reachOf(state, column, unit) ? (value < 0 ? state.inks.negative : state.inks.positive) : cssOf(state.quiet);
}

function drawTile(pen, state, column, { unit, x, y }, drawMap) {
  const { tile } = state, half = tile / 2, values = drawMap ? null : valuesOf(state, column, unit);
  pen.fillStyle = state.inks.surface;
  pen.fillRect(x - half, y - half, tile, tile);
  if (drawMap) drawMap(x - half, y - half, tile);
  else if (values) {
    const [low, high] = rangeOf(state, column, unit), bins = Math.max(5, Math.min(12, Math.floor(tile / 2.5))), counts = countsOf(values, low, high, bins), most = Math.max(...counts) || 1;
    counts.forEach((count, bin) => {
      pen.fillStyle = barInk(state, column, unit, low + ((bin + 0.5) / bins) * (high - low));
      pen.fillRect(x - half + (bin * tile) / bins, y + half - (count / most) * tile, tile / bins, (count / most) * tile);
    });
  }
  Object.assign(pen, { strokeStyle: state.inks.line, lineWidth: 1 });
  pen.strokeRect(x - half, y - half, tile, tile);
  const bias = column && biasOf(state, column);
  if (bias) {
    const value = state.weights[bias.at + unit], size = 2 + BIAS * Math.min(1, Math.abs(value) / (state.biasReach[column] || 1));
    pen.fillStyle = value < 0 ? state.inks.negative : state.inks.positive;
    pen.fillRect(x - half - size / 2, y + half - size / 2, size, size);
    Object.assign(pen, { strokeStyle: state.inks.ground, lineWidth: 1 });
    pen.strokeRect(x - half - size / 2, y + half - size / 2, size, size);
  }
}

function drawMarks(pen, state, column, { unit, x, y }) {
  const half = state.tile / 2, lit = state.lit?.columns[column].made, marked = state.hover ?? state.pinned;
  if (lit && column <= state.wave) {
    const value = lit[unit], isShare = column === state.columns.length - 1 && state.data.target.classes, text = isShare ? `${Math.round(100 * value)} %` : said(value);
    pen.font = `600 ${FONT}${state.inks.font}`;
    const wide = pen.measureText(text).width + 6;
    Object.assign(pen, { strokeStyle: cssOf(colourOf(state, column, unit)(value)), lineWidth: 3 });
    pen.strokeRect(x - half - 1, y - half - 1, state.tile + 2, state.tile + 2);
    if (state.tile >= 20) {
      pen.globalAlpha = 0.85;
      pen.fillStyle = state.inks.ground;
      pen.fillRect(x - wide / 2, y - 7, wide, 14);
      pen.globalAlpha = 1;
      pen.fillStyle = state.inks.ink;
      pen.textAlign = "center";
      pen.fillText(text, x, y + 4);
    }
  }
  if (marked?.column === column && marked.unit === unit) {
    Object.assign(pen, { strokeStyle: state.inks.primary, lineWidth: 2.5 });
    pen.strokeRect(x - half - 2, y - half - 2, state.tile + 4, state.tile + 4);
  }
}

function drawWires(pen, state) {
  const marked = state.hover ?? state.pinned, { classes, colours } = state.data.target, last = state.columns.length - 1;
  const isFaint = ({ column, from, to }) => marked?.unit !== undefined
    && !((column === marked.column && to.unit === marked.unit) || (column === marked.column + 1 && from.unit === marked.unit));
  for (const edges of state.edges) drawEdges(pen, state, edges, isFaint);
  const tiles = state.places.flatMap(({ units }, column) => units.map((place) => ({ column, place })));
  const drawMap = state.data.limit && sheetOf(state.side, tiles.map(({ column, place: { unit } }) => {
    const values = valuesOf(state, column, unit), colour = colourOf(state, column, unit);
    return (at) => colour(values[at]);
  }), TILE_STEP);
  tiles.forEach(({ column, place }, nth) => drawTile(pen, state, column, place, drawMap && drawMap.bind(null, pen, nth)));
  state.places.forEach(({ units }, column) => units.forEach((place) => drawMarks(pen, state, column, place)));
  pen.font = FONT + state.inks.font;
  pen.fillStyle = state.inks.ink;
  const [given, answers] = [state.places[0], state.places[last]];
  for (const { unit, x, y } of given.units) label(pen, state.inputs[unit], x - state.tile / 2 - 5, y + 4, x - state.tile / 2 - 6, "right");
  for (const { unit, x, y } of answers.units) {
    if (classes) dot(pen, [x + state.tile / 2 + 8, y], 4, colours[unit % colours.length]);
    pen.fillStyle = state.inks.ink;
    label(pen, classes ? classes[unit] : state.data.target.name, x + state.tile / 2 + (classes ? 15 : 5), y + 4, Math.max(12, state.wide - x - state.tile / 2 - (classes ? 16 : 6)));
  }
}
