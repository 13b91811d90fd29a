// The network as a graph: a circle for each unit, a line for each weight. Clicking one picks a weight.
const SVG = "http://www.w3.org/2000/svg";
const TOP = 44, LOW = 150, HIGH = 380, ROW = 15, TALL = 36, BIG = 14; // pixels: of the titles, of the rest, of a unit's row, of a unit
const LOCK = "M2,5 v-1.5 a2.5,2.5 0 0 1 5,0 v1.5 h1 v5 h-7 v-5 z M3.3,5 h2.4 v-1.5 a1.2,1.2 0 0 0 -2.4,0 z";
const LETTER = 6.8, NARROW = 420; // pixels

function draw(parent, tag, attributes = {}, text = "") {
  const element = parent.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

// Where everything stands in a drawing so wide.
function placed(state, wide) {
  const { columns } = state.about, most = Math.max(...columns.map(({ units }) => units.length));
  const high = TOP + Math.max(LOW, Math.min(columns.length > MOST_BESIDE ? LOW : HIGH, most * TALL), most * ROW), isNarrow = wide < NARROW;
  const longest = (c) => LETTER * Math.max(...state.names[c].map((name) => shortName(name, isNarrow).length));
  const left = BIG + 8 + longest(0), right = BIG + 10 + (state.about.objective.kind === "classes" ? longest(columns.length - 1) + 9 * LETTER : 17 * LETTER);
  const x = (c) => left + (c * (wide - left - right)) / (columns.length - 1);
  const pitch = (c) => Math.min(TALL, (high - TOP) / columns[c].units.length);
  const y = (c, j) => TOP + (high - TOP) / 2 + (j - (columns[c].units.length - 1) / 2) * pitch(c);
  return { wide, high, x, y, isNarrow, apart: x(1) - x(0), radius: (c) => Math.min(BIG, 0.42 * pitch(c)) };
}

function buildGraph(state) {
  const { columns } = state.about, wide = Math.max(280, state.left.clientWidth), at = placed(state, wide);
  state.at = at;
  const svg = state.svg;
  svg.replaceChildren();
  Object.entries({ width: wide, height: at.high, viewBox: `0 0 ${wide} ${at.high}` }).forEach(([name, value]) => svg.setAttribute(name, value));
  state.lines = [];
  state.circles = columns.map(() => []);
  const lines = draw(svg, "g"), marks = draw(svg, "g");
  for (let c = 1; c < columns.length; c++) columns[c].units.forEach((_, j) => columns[c - 1].units.forEach((_, i) => {
    const ends = { x1: at.x(c - 1), y1: at.y(c - 1, i), x2: at.x(c), y2: at.y(c, j), style: `--c: ${c}` };
    const line = draw(lines, "line", { ...ends, class: "edge" }), reach = draw(lines, "line", { ...ends, class: "reach" });
    const title = draw(reach, "title");
    reach.onclick = () => pick(state, { c, i, j });
    state.lines.push({ line, title, c, i, j });
  }));
  state.pickedLine = draw(lines, "line", { class: "picked" });
  columns.forEach((column, c) => {
    const anchor = { x: at.x(c), "text-anchor": "middle" }, [name, about] = titlesOf(column, at.apart);
    draw(marks, "text", { ...anchor, y: 13, class: "title" }, name);
    draw(marks, "text", { ...anchor, y: 28, class: "kind" }, about);
    column.units.forEach((_, j) => {
      const group = draw(marks, "g", { class: "unit", style: `--c: ${c}` }), radius = at.radius(c);
      const circle = draw(group, "circle", { cx: at.x(c), cy: at.y(c, j), r: radius });
      const number = draw(group, "text", { x: at.x(c), y: at.y(c, j) + 3.5, class: "number", "text-anchor": "middle" });
      const title = draw(group, "title");
      if (!c) draw(group, "text", { x: at.x(c) - radius - 5, y: at.y(c, j) + 4, class: "name", "text-anchor": "end" }, shortName(state.names[c][j], at.isNarrow));
      const answer = c === columns.length - 1 ? draw(group, "text", { x: at.x(c) + radius + 6, y: at.y(c, j) + 4, class: "name" }) : null;
      const lock = draw(group, "g", { class: "lock", transform: `translate(${at.x(c) + 0.5 * radius}, ${at.y(c, j) - radius - 4})` });
      draw(lock, "path", { d: LOCK });
      group.onclick = () => pickUnit(state, c, j);
      state.circles[c].push({ circle, number, title, answer, lock });
    });
  });
}

const shortName = (name, isNarrow) => (isNarrow && name.length > 6 ? `${name.slice(0, 5)}\u2026` : name);

// Two short lines above a column so wide: its name; its activation, and how many of its units are drawn.
function titlesOf({ name, parts, units, total }, wide) {
  const bend = parts.find((part) => part in BENDS && part !== "linear"), some = units.length < total ? `${units.length} of ${total}` : "";
  const all = [bend ? BENDS[bend].name : "", some].filter(Boolean).join(", ");
  return [name === "input" ? "inputs" : name.length * LETTER > wide ? `${name.slice(0, 4)}\u2026${name.slice(-2)}` : name, all.length * 0.85 * LETTER > wide ? some : all];
}

// What a line stands for now: a weight, its gradient, or what the step makes of it.
function strengthOf(state, c, i, j) {
  if (state.phase === "backward") return state.number(`gradients/${c}`, i, j);
  const weight = state.number(`weights/${c}`, i, j);
  return state.phase === "update" ? newWeight(state, c, i, j) - weight : weight;
}

function newWeight(state, c, i, j, rule = state.rule) {
  return state.number(`rule/${rule}/${state.about.rules[rule].lines.length - 1}/${c}`, i, j);
}

const WHAT = { forward: ["weight", "weights", "what each unit gives"], backward: ["gradient", "gradients dL/dw", "each unit's error \u03b4 = dL/dz"], update: ["change", "changes of the weights in this step", "what each unit gives"] };

function paintGraph(state) {
  const { about, phase, picked, at, example } = state, strengths = state.lines.map(({ c, i, j }) => strengthOf(state, c, i, j));
  const most = strengths.reduce((top, value) => Math.max(top, Math.abs(value) || 0), 0) || 1, few = state.lines.length < 60;
  state.lines.forEach(({ line, title, c, i, j }, place) => {
    const share = Math.min(1, Math.abs(strengths[place]) / most || 0);
    line.style.strokeWidth = `${0.6 + 4.4 * share}px`;
    line.style.strokeOpacity = (few ? 0.35 : 0.2) + (few ? 0.6 : 0.75) * share;
    line.classList.toggle("negative", strengths[place] < 0);
    title.textContent = `${nameOf(state, c - 1, i)} \u2192 ${nameOf(state, c, j)}: ${WHAT[phase][0]} ${told(strengths[place])}`;
  });
  const values = about.columns.map(({ units, parts }, c) => units.map((_, j) => (phase === "backward" ? state.number(`back/${c}`, 0, example, j) : state.number(`values/${c}`, parts.length, example, j))));
  const largest = values.map((of) => Math.max(...of.map(Math.abs), 1e-9)), wholly = Math.max(...largest.slice(1));
  state.circles.forEach((units, c) => units.forEach(({ circle, number, title, answer, lock }, j) => {
    const value = values[c][j], isLast = c === about.columns.length - 1, share = Math.min(1, Math.abs(value) / (phase === "backward" ? wholly : largest[c]));
    circle.style.fill = `color-mix(in srgb, ${value < 0 ? "var(--negative)" : "var(--positive)"} ${Math.round(65 * share)}%, var(--st-background-color))`;
    number.textContent = at.radius(c) >= 12 ? brief(value) : "";
    title.textContent = `${nameOf(state, c, j)}: ${phase === "backward" ? "\u03b4" : isLast ? "z" : "a"} = ${told(value)}`;
    const why = lockedOf(state, c, j);
    lock.style.display = why ? "" : "none";
    if (why) title.textContent += `, ${why}`;
    if (answer) answer.textContent = answerOf(state, j);
  }));
  const isBias = picked.i >= about.columns[picked.c - 1].units.length, { pickedLine } = state;
  const from = isBias ? [at.x(picked.c) - 26, at.y(picked.c, picked.j) - 26] : [at.x(picked.c - 1), at.y(picked.c - 1, picked.i)];
  Object.entries({ x1: from[0], y1: from[1], x2: at.x(picked.c), y2: at.y(picked.c, picked.j) }).forEach(([name, value]) => pickedLine.setAttribute(name, value));
  state.legend.textContent = `Lines: ${WHAT[phase][1]}, blue below 0, orange above, the thicker the larger (most: ${told(most, 3)}). Circles: ${WHAT[phase][2]}. Click a line or a circle.`;
  state.svg.setAttribute("aria-label", `The network. Picked: the weight from ${nameOf(state, picked.c - 1, picked.i)} to ${nameOf(state, picked.c, picked.j)}, ${told(state.number(`weights/${picked.c}`, picked.i, picked.j))}. Arrow keys pick another.`);
}

// Since when a unit has been locked; nothing if it is not.
function lockedOf({ about, data }, c, j) {
  const { layers, units } = about.columns[c];
  return layers.map((layer) => data.locks[layer]?.[units[j]]).find(Boolean);
}

// A number that fits into a circle.
function brief(value) {
  const size = Math.abs(value);
  if (size < 0.005) return "0";
  if (size >= 99.5) return size >= 9999.5 ? "\u2026" : `${value < 0 ? MINUS : ""}${size.toFixed(0)}`;
  return (value < 0 ? MINUS : "") + (size < 9.95 ? size.toFixed(2).replace(/^0/, "") : size.toFixed(1));
}

function answerOf(state, j) {
  const { about, example } = state, last = about.columns.length - 1, unit = about.columns[last].units[j], name = shortName(state.names[last][j], state.at.isNarrow);
  if (about.objective.kind !== "classes") return `${told(state.number("out", example, 0))}, right: ${told(state.number("wanted", example))}`;
  return `${name}: ${(100 * state.number("probabilities", example, unit)).toFixed(1)} %${unit === state.number("wanted", example) ? " \u2713" : ""}`;
}

// A unit stands for the weight into it that its error tells most to change, an input for the one out of it.
function pickUnit(state, c, j) {
  const size = (edge) => Math.abs(state.number(`gradients/${edge.c}`, edge.i, edge.j));
  const { columns } = state.about, edges = c ? columns[c - 1].units.map((_, i) => ({ c, i, j })) : columns[1].units.map((_, unit) => ({ c: 1, i: j, j: unit }));
  pick(state, edges.reduce((best, edge) => (size(edge) > size(best) ? edge : best)));
}

// Left and right: another layer; up and down: another input of this unit; with Shift: another unit.
function walkByKeys(state, event) {
  const { picked: { c, i, j }, about: { columns } } = state, within = (value, count) => Math.max(0, Math.min(count - 1, value));
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const column = Math.max(1, within(c + way[0], columns.length)), inputs = columns[column - 1].units.length;
  const [from, to] = event.shiftKey ? [i, j + way[1]] : [i + way[1], j];
  pick(state, { c: column, i: within(from, inputs + 1), j: within(to, columns[column].units.length) });
}
