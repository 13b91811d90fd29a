// The arithmetic of the picked weight in words and numbers.
const MOST_TERMS = 6;

const symbol = (kind, text) => ({ kind, text });
const power = (value) => ["e", symbol("sup", told(value, 3))];
const w = (text) => symbol("w", text), a = (text) => symbol("a", text), d = (text) => symbol("d", text);

// A line of plain texts and coloured symbols.
function writeLine(parent, parts, name = "") {
  const line = add(parent, "p", name);
  for (const part of parts.filter((one) => one !== "")) typeof part === "string" ? line.append(part) : add(line, part.kind === "sup" ? "sup" : "span", part.kind, part.text);
  return line;
}

// A sum as a table whose last row is what the rows above add up to.
function writeSum(parent, caption, heads, terms, total, chosen) {
  const shown = strongest(terms, MOST_TERMS, chosen), numbers = adding(shown.map(({ value }) => value)), table = add(parent, "table");
  add(table, "caption", "", caption);
  const head = add(add(table, "thead"), "tr");
  heads.forEach((text) => add(head, "th", "", text));
  const body = add(table, "tbody");
  shown.forEach((term, place) => {
    const row = add(body, "tr", term.key !== undefined && term.key === chosen ? "chosen" : "");
    add(row, "td", "", term.name);
    const middle = add(row, "td");
    (term.factors ?? []).forEach((factor, index) => {
      if (index) middle.append(` ${TIMES} `);
      add(middle, "span", factor.kind, factor.text);
    });
    add(row, "td", "", numbers.terms[place]);
  });
  const last = add(body, "tr", "total");
  add(last, "td", "", total);
  add(last, "td");
  add(last, "td", "", numbers.total);
}

const nameOf = (state, c, i) => state.names[c]?.[i] ?? "bias";
const weightOf = (state, c, i, j) => state.number(`weights/${c}`, i, j);

// What the picked weight multiplies: what its unit takes, or 1 for a bias.
function takenBy(state, { c, i }, example = state.example) {
  const { units, parts } = state.about.columns[c - 1];
  return i >= units.length ? 1 : state.number(`values/${c - 1}`, parts.length, example, i);
}

function incoming(state, c, j) {
  const { example, about } = state, { units, total } = about.columns[c - 1];
  const terms = units.map((_, i) => {
    const x = takenBy(state, { c, i }), weight = weightOf(state, c, i, j);
    return { key: i, name: nameOf(state, c - 1, i), value: x * weight, factors: [a(inside(x)), w(inside(weight))] };
  });
  if (units.length < total) terms.push({ name: `${(total - units.length).toLocaleString("en")} not drawn`, value: state.number(`rest/${c}`, example, j) });
  const bias = weightOf(state, c, units.length, j);
  return Number.isNaN(bias) ? terms : [...terms, { key: units.length, name: "bias", value: bias, factors: [w(told(bias))] }];
}

// How a part after the sum is written: its name, and its formula with the number put in.
function partOf(state, c, stage) {
  const kind = state.about.columns[c].parts[stage];
  const names = { Scale: "scaled", BatchNorm: "batch normalisation", LayerNorm: "layer normalisation" };
  return BENDS[kind]?.name ?? names[kind] ?? kind;
}

function writeForward(state, place) {
  const { picked: { c, i, j }, about, example } = state, to = nameOf(state, c, j), column = about.columns[c], isLast = c === about.columns.length - 1;
  writeSum(place, `${to} adds up what comes in, each times its weight`, ["from", "value \u00d7 weight", "product"], incoming(state, c, j), `z of ${to}`, i);
  const value = (stage) => state.number(`values/${c}`, stage, example, j);
  column.parts.forEach((_, stage) => {
    const formula = column.parts[stage] in BENDS ? [`${partOf(state, c, stage)}(${told(value(stage))})`] : [`${partOf(state, c, stage)} of ${told(value(stage))}`];
    writeLine(place, [isLast ? "answer" : a("a"), " = ", ...formula, " = ", a(told(value(stage + 1)))], "result");
  });
  if (!column.parts.length && !isLast) writeLine(place, [a("a"), " = z = ", a(told(value(0)))], "result");
  const why = lockedOf(state, c, j);
  if (why) writeLine(place, [`This unit is ${why}: hardly any gradient comes through it.`]);
  if (!isLast) writeLine(place, [`${to} passes `, a(told(value(column.parts.length))), ` on to ${about.columns[c + 1].total} ${about.columns[c + 1].total === 1 ? "unit" : "units"} of ${about.columns[c + 1].name}.`]);
  writeLoss(state, place, isLast ? j : null);
}

// The loss of the example that is shown, and of all.
function writeLoss(state, place, j) {
  const { about, example, examples } = state, { objective } = about, last = about.columns.length - 1, loss = state.number("losses", example);
  if (objective.kind === "classes") writeClassLoss(state, place, j);
  else {
    const [out, wanted] = [state.number("out", example, 0), state.number("wanted", example)];
    writeLine(place, ["Loss = ((", a(told(out, 5)), ` ${MINUS} ${told(wanted, 5)}) / ${told(objective.spread)})\u00b2 = `, { kind: "loss", text: told(loss) }], "result");
    writeLine(place, [`The error in units of ${told(objective.spread)}, the spread of ${state.names[last][0]}, squared.`], "aside");
  }
  if (examples.length > 1) writeLine(place, [`Mean loss of the ${examples.length} examples: `, { kind: "loss", text: told(about.loss - about.penalty) }, "."]);
  if (about.penalty) writeLine(place, [`With the penalty on the weights, ${told(about.penalty)}: `, { kind: "loss", text: told(about.loss) }, "."]);
}

function writeClassLoss(state, place, j) {
  const { about, example } = state, last = about.columns.length - 1, { units } = about.columns[last], wanted = state.number("wanted", example);
  const z = (unit) => state.number("out", example, unit), p = (unit) => state.number("probabilities", example, unit), { shape } = state.data.arrays.out;
  const unit = j === null ? wanted : units[j], name = state.names[last][units.indexOf(unit)] ?? `class ${unit + 1}`;
  if (shape[1] <= 4) {
    const all = range(shape[1]).flatMap((k) => [k ? " + " : "", ...power(z(k))]);
    writeLine(place, [`softmax: p(${name}) = `, ...power(z(unit)), " / (", ...all, ") = ", a(told(p(unit)))]);
  } else writeLine(place, [`softmax: p(${name}) = its e`, symbol("sup", "z"), ` over the sum of all ${shape[1]} = `, a(told(p(unit)))]);
  const right = state.names[last][units.indexOf(wanted)] ?? `class ${wanted + 1}`, loss = { kind: "loss", text: told(state.number("losses", example)) };
  if (about.objective.smoothing) writeLine(place, [`Loss = ${MINUS} sum of t log p, where t is ${told(state.number("targets", example, wanted), 3)} for ${right}, as labels are smoothed, = `, loss], "result");
  else writeLine(place, [`Loss = ${MINUS}log p(${right}) = ${MINUS}log `, a(told(p(wanted))), " = ", loss], "result");
}
