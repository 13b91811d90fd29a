// What stands at the end of the graph: the answer over the plane, the large map of a unit, or the plane as a layer bends it.

const MARGIN = { left: 26, bottom: 22, top: 5, right: 1 }; // what is left is square
const LEVELS = 8; // contours of a number
const GRID = 13; // lines of the grid each way, in the space of a layer
const BINS = 30;
const PALE = 0.55;

const areaOf = (side) => ({ left: MARGIN.left, top: MARGIN.top, wide: side - MARGIN.left - MARGIN.right, high: side - MARGIN.top - MARGIN.bottom });

// Where a value stands on an area whose axes reach from low to high.
function placer(area, [lowX, highX], [lowY, highY]) {
  return (x, y) => [area.left + ((x - lowX) / (highX - lowX || 1)) * area.wide, area.top + (1 - (y - lowY) / (highY - lowY || 1)) * area.high];
}

function drawAxes(pen, state, area, ranges, names) {
  Object.assign(pen, { strokeStyle: state.inks.line, lineWidth: 1 });
  pen.strokeRect(area.left, area.top, area.wide, area.high);
  pen.font = FONT + state.inks.font;
  pen.fillStyle = state.inks.ink;
  const bottom = area.top + area.high + 13;
  pen.textAlign = "left";
  pen.fillText(said(ranges[0][0]), area.left, bottom);
  label(pen, names[0], area.left + area.wide / 2, bottom, area.wide - 70, "center");
  pen.textAlign = "right";
  pen.fillText(said(ranges[0][1]), area.left + area.wide, bottom);
  if (!names[1]) return;
  pen.save();
  pen.translate(area.left - 6, area.top + area.high);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = "left";
  pen.fillText(said(ranges[1][0]), 0, 0);
  label(pen, names[1], area.high / 2, 0, area.high - 70, "center");
  pen.textAlign = "right";
  pen.fillText(said(ranges[1][1]), area.high, 0);
  pen.restore();
}

function inkOfExample(state, example) {
  const { classes, colours, low, high } = state.data.target, truth = state.examples.y[example];
  return classes ? colours[truth % colours.length] : cssOf(state.ramps.sequential((truth - low) / (high - low)));
}

// Examples at their places: those it trains on are full, test examples are rings.
function drawExamples(pen, state, placeOf) {
  if (!state.examples) return;
  const { count, training } = state.examples;
  state.dots = [];
  for (let example = 0; example < (state.showsTest ? count : training); example++) {
    const place = placeOf(example), ink = inkOfExample(state, example);
    state.dots.push({ example, place });
    if (example < training) dot(pen, place, 3.4, ink, "#FFFFFF");
    else {
      dot(pen, place, 3.4, "#FFFFFF", null);
      dot(pen, place, 3.4, null, ink);
    }
  }
}

function drawCross(pen, state, [x, y]) {
  for (const [ink, width] of [["#FFFFFF", 5], [state.inks.mark, 2.2]]) {
    line(pen, [x - 9, y], [x + 9, y], ink, width);
    line(pen, [x, y - 9], [x, y + 9], ink, width);
  }
}

// The colour of the answer at each place of the mesh.
function answerColour(state) {
  const values = state.made.at(-1), places = state.side ** 2, { classes, colours, low, high } = state.data.target, { sequential } = state.ramps;
  if (!classes) {
    const level = (share) => (state.isDiscrete ? (Math.floor(Math.min(0.999, Math.max(0, share)) * LEVELS) + 0.5) / LEVELS : share);
    return (place) => sequential(level((values[place] - low) / (high - low)));
  }
  const inks = classes.map((_, one) => rgbOf(colours[one % colours.length])), pale = (part) => Math.round(255 - (255 - part) * PALE);
  return (place) => {
    let [best, red, green, blue] = [0, 0, 0, 0];
    for (let one = 0; one < inks.length; one++) {
      const share = values[one * places + place], ink = inks[one];
      if (share > values[best * places + place]) best = one;
      red += share * ink[0];
      green += share * ink[1];
      blue += share * ink[2];
    }
    return state.isDiscrete ? packed(...inks[best].map(pale)) : packed(pale(red), pale(green), pale(blue));
  };
}

function drawPlane(pen, state, side, column, unit) {
  const area = areaOf(side), { limit, target } = state.data, range = [-limit, limit], place = placer(area, range, range), isAnswer = column < 0;
  const values = isAnswer ? null : valuesOf(state, column, unit), colour = isAnswer ? answerColour(state) : ((ofValue) => (at) => ofValue(values[at]))(colourOf(state, column, unit));
  pen.imageSmoothingQuality = "high";
  sheetOf(state.side, [colour])(pen, 0, area.left, area.top, area.wide);
  if (!target.classes && isAnswer) {
    const span = (2 * limit) / (state.side - 1), at = ([x, y]) => place(x * span - limit, y * span - limit);
    for (let level = 1; level < LEVELS; level++) {
      for (const [from, to] of contour(state.made.at(-1), state.side, target.low + (level / LEVELS) * (target.high - target.low))) line(pen, at(from), at(to), "#FFFFFF", 1, 0.7);
    }
  }
  state.dots = [];
  drawExamples(pen, state, (example) => place(state.examples.x[example], state.examples.x[state.examples.count + example]));
  if (state.point) drawCross(pen, state, place(...state.point));
  drawAxes(pen, state, area, [range, range], state.data.names);
  state.area = { area, unplace: (x, y) => [((x - area.left) / area.wide) * 2 * limit - limit, (1 - (y - area.top) / area.high) * 2 * limit - limit] };
}

// The plane as a layer bends it: its grid and the examples, in the space of two of its units.
function drawSpace(pen, state, side, column, [one, other]) {
  const area = areaOf(side), examples = state.examples && examplesMade(state)[column], count = state.examples?.count ?? 0;
  const grid = state.data.limit ? state.made[column] : null, places = state.side ** 2, all = [0, 1].map((axis) => {
    const unit = axis ? other : one, values = [...(grid ? grid.subarray(unit * places, (unit + 1) * places) : []), ...(examples ? examples.subarray(unit * count, (unit + 1) * count) : [])].filter(Number.isFinite);
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (!(low < high)) [low, high] = Number.isFinite(low) ? [low - 1, high + 1] : [-1, 1];
    const room = (high - low) * 0.04;
    return [low - room, high + room];
  });
  const place = placer(area, ...all);
  if (grid) {
    pen.save();
    pen.beginPath();
    pen.rect(area.left, area.top, area.wide, area.high);
    pen.clip();
    Object.assign(pen, { strokeStyle: state.inks.ink, lineWidth: 0.8, globalAlpha: 0.45 });
    for (let nth = 0; nth < GRID; nth++) for (const isRow of [true, false]) {
      const fixed = Math.round((nth * (state.side - 1)) / (GRID - 1));
      pen.beginPath();
      for (let along = 0; along < state.side; along++) {
        const at = isRow ? fixed * state.side + along : along * state.side + fixed;
        pen.lineTo(...place(grid[one * places + at], grid[other * places + at]));
      }
      pen.stroke();
    }
    pen.restore();
  }
  state.dots = [];
  if (examples) drawExamples(pen, state, (example) => place(examples[one * count + example], examples[other * count + example]));
  const lit = state.lit?.columns[column].made;
  if (lit) drawCross(pen, state, place(lit[one], lit[other]));
  drawAxes(pen, state, area, all, [one, other].map((unit) => nameOf(state, column, unit)));
  state.area = { area };
}

// How the values of a unit are spread over the examples, by class.
function drawSpread(pen, state, side, column, unit) {
  const area = areaOf(side), values = valuesOf(state, column, unit), [low, high] = rangeOf(state, column, unit), { classes, colours } = state.data.target;
  const kinds = classes ? classes.map((_, kind) => kind) : [-1];
  const counts = kinds.map((kind) => countsOf(values.filter((_, example) => kind < 0 || state.examples.y[example] === kind), low, high, BINS));
  const sums = countsOf(values, low, high, BINS), most = Math.max(...sums) || 1, step = area.wide / BINS;
  for (let bin = 0; bin < BINS; bin++) {
    let top = area.top + area.high;
    counts.forEach((one, kind) => {
      const tall = (one[bin] / most) * (area.high - 4);
      pen.fillStyle = classes ? colours[kind % colours.length] : barInk(state, column, unit, low + ((bin + 0.5) / BINS) * (high - low));
      pen.fillRect(area.left + bin * step, (top -= tall), step - 0.5, tall);
    });
  }
  const lit = state.lit?.columns[column].made, place = placer(area, [low, high], [0, most]);
  if (lit) drawCross(pen, state, place(lit[unit], most / 2));
  state.dots = [];
  drawAxes(pen, state, area, [[low, high], [0, most]], [nameOf(state, column, unit), "examples"]);
  state.area = { area };
}

// The answers of a table: a number beside the truth, or the probability that each example's own class is given.
function drawAnswers(pen, state, side) {
  const area = areaOf(side), { classes, low, high } = state.data.target, { count, y } = state.examples, values = examplesMade(state).at(-1);
  state.area = { area };
  if (!classes) {
    const place = placer(area, [low, high], [low, high]);
    line(pen, place(low, low), place(high, high), state.inks.ink, 1, 0.5);
    const within = (value) => Math.min(high, Math.max(low, value));
    drawExamples(pen, state, (example) => place(within(y[example]), within(values[example])));
    return drawAxes(pen, state, area, [[low, high], [low, high]], [`true ${state.data.target.name}`, "predicted"]);
  }
  const place = placer(area, [-0.03, 1.03], [0, classes.length]), turn = (example) => ((example * 0.618) % 1) * 0.8 + 0.1;
  for (let edge = 1; edge < classes.length; edge++) line(pen, place(-0.03, edge), place(1.03, edge), state.inks.line, 1);
  line(pen, place(0.5, 0), place(0.5, classes.length), state.inks.ink, 1, 0.3);
  drawExamples(pen, state, (example) => place(values[y[example] * count + example], classes.length - 1 - y[example] + turn(example)));
  drawAxes(pen, state, area, [[0, 1]], ["probability of the true class"]);
}

// The unit whose map is shown large; where weights were changed, the answer is what matters.
const enlarged = (state) => {
  const marked = state.hover ?? (state.edits.size ? null : state.pinned);
  return marked?.unit === undefined ? null : marked;
};

function drawSurface(pen, state, side) {
  const marked = enlarged(state), { limit } = state.data;
  if (marked && (limit || state.examples)) return (limit ? drawPlane : drawSpread)(pen, state, side, marked.column, marked.unit);
  if (state.space > 0 && (limit || state.examples)) return drawSpace(pen, state, side, state.space, state.axes);
  if (limit) return drawPlane(pen, state, side, -1);
  if (state.examples) return drawAnswers(pen, state, side);
  state.dots = [];
  state.area = null;
}
