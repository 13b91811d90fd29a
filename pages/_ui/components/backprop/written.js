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

// The scalars from the weight to the loss, and the slope of each with respect to the one before.
function chainOf(state) {
  const { picked, about, example } = state, { c, j } = picked, column = about.columns[c], value = (stage) => state.number(`values/${c}`, stage, example, j);
  const nodes = [{ name: "w", kind: "w", value: weightOf(state, c, picked.i, j) }, { name: "z", kind: "a", value: value(0) }], slopes = [{ name: "dz/dw", kind: "a", value: takenBy(state, picked) }];
  let stage = 0;
  while (stage < column.parts.length && !Number.isNaN(state.number(`slopes/${c}`, stage, example, j))) {
    slopes.push({ name: stage ? `slope of ${partOf(state, c, stage)}` : column.parts[stage] in BENDS ? "f\u2032(z)" : "slope", value: state.number(`slopes/${c}`, stage, example, j) });
    nodes.push({ name: column.parts[stage] in BENDS ? "a" : "a\u2032", kind: "a", value: value(++stage) });
  }
  slopes.push({ name: stage ? "dL/da" : "dL/dz", kind: "d", value: state.number(`back/${c}`, stage, example, j) });
  nodes.push({ name: "loss", kind: "loss", value: state.number("losses", example) });
  return { nodes, slopes, stage };
}

function writeChain(state, place) {
  const { nodes, slopes } = chainOf(state), row = add(place, "div", "chain");
  row.setAttribute("role", "img");
  row.setAttribute("aria-label", `From the weight to the loss, backward: the slopes ${slopes.map(({ name, value }) => `${name} ${told(value)}`).join(", ")}`);
  nodes.forEach(({ name, kind, value }, at) => {
    const node = add(row, "span", "node");
    add(node, "small", "", name);
    add(node, "b", kind, told(value, 3));
    if (at === slopes.length) return;
    const arrow = add(row, "span", "arrow");
    add(arrow, "small", "", slopes[at].name);
    add(arrow, "b", slopes[at].kind ?? "", told(slopes[at].value, 3));
  });
}

function writeBackward(state, place) {
  const { picked: { c, i, j }, about, example, examples } = state, isLast = c === about.columns.length - 1, to = nameOf(state, c, j);
  writeChain(state, place);
  const { stage, slopes } = chainOf(state), delta = state.number(`back/${c}`, 0, example, j), taken = takenBy(state, state.picked);
  if (isLast) writeOwnError(state, place);
  else writeComingBack(state, place);
  const local = slopes.slice(1, -1);
  if (local.length) writeLine(place, [d("\u03b4"), " = dL/dz = ", d(inside(slopes.at(-1).value)), ...local.flatMap(({ value }) => [` ${TIMES} `, inside(value)]), " = ", d(told(delta))], "result");
  else if (stage < about.columns[c].parts.length) writeLine(place, [`Layer normalisation mixes all units of ${about.columns[c].name}; what it brings back to ${to}: `, d("dL/dz"), " = ", d(told(delta))]);
  const gradient = state.number(`gradients/${c}`, i, j), pull = state.number(`pulls/${c}`, i, j), products = range(examples.length).map((e) => state.number(`back/${c}`, 0, e, j) * takenBy(state, state.picked, e));
  if (examples.length === 1) writeLine(place, ["dL/dw = ", d("\u03b4"), ` ${TIMES} `, a("a"), " = ", d(inside(delta)), ` ${TIMES} `, a(inside(taken)), " = ", { kind: "g", text: told(products[0]) }], "result");
  else writeMean(place, products, gradient - pull);
  if (pull) writeLine(place, [`and the penalty's own slope ${told(pull)}: dL/dw = `, { kind: "g", text: told(gradient) }], "result");
  writeNudge(state, place, gradient);
}

function writeMean(place, products, mean) {
  const shown = products.length > 4 ? [...products.slice(0, 3)] : products, numbers = adding(products, 3);
  const terms = shown.map((_, k) => (k && products[k] < 0 ? ` ${MINUS} ${numbers.terms[k].slice(1)}` : `${k ? " + " : ""}${numbers.terms[k]}`)).join("");
  writeLine(place, ["dL/dw = mean of ", d("\u03b4"), ` ${TIMES} `, a("a"), ` = (${terms}${products.length > 4 ? " + \u2026" : ""}) / ${products.length} = `, { kind: "g", text: told(mean) }], "result");
}

function writeOwnError(state, place) {
  const { picked: { c, j }, about, example } = state, unit = about.columns[c].units[j], last = about.columns[c].parts.length, name = nameOf(state, c, j);
  if (about.objective.kind === "classes") {
    const [p, t] = [state.number("probabilities", example, unit), state.number("targets", example, unit)];
    writeLine(place, [`Softmax and log together have a simple slope: the probability less what it should be, ${told(t, 3)} for ${t > 0.5 ? "the right answer" : "a wrong one"}.`], "aside");
    writeLine(place, [d("\u03b4"), ` = p ${MINUS} t = `, a(told(p)), ` ${MINUS} ${told(t, 3)} = `, d(told(p - t))], "result");
  } else {
    const [out, wanted, { spread }] = [state.number("out", example, 0), state.number("wanted", example), about.objective];
    writeLine(place, [`dL/d(${name}) = 2 ${TIMES} (`, a(told(out, 5)), ` ${MINUS} ${told(wanted, 5)}) / ${told(spread)}\u00b2 = `, d(told(state.number(`back/${c}`, last, example, j)))], "result");
  }
}

// What a hidden unit's error is made of: the errors of all units that it feeds, each times the weight to it.
function writeComingBack(state, place) {
  const { picked: { c, j }, about, example } = state, next = about.columns[c + 1], to = nameOf(state, c, j);
  const terms = next.units.map((_, k) => {
    const [weight, delta] = [weightOf(state, c + 1, j, k), state.number(`back/${c + 1}`, 0, example, k)];
    return { key: k, name: nameOf(state, c + 1, k), value: weight * delta, factors: [w(inside(weight)), d(inside(delta))] };
  });
  if (next.units.length < next.total) terms.push({ name: `${next.total - next.units.length} not drawn`, value: state.number(`rest_back/${c + 1}`, example, j) });
  writeSum(place, `What comes back to ${to}: the errors \u03b4 of all it feeds, along the same weights`, ["from", "weight \u00d7 \u03b4", "product"], terms, "dL/da");
}

function writeNudge(state, place, gradient) {
  const { picked: { c, i, j }, about } = state, [up, down] = [0, 1].map((way) => state.number(`nudges/${c}`, way, i, j)), slope = (up - down) / (2 * about.nudge);
  const digits = Math.min(10, Math.max(6, 3 + Math.ceil(-Math.log10(Math.abs(up - down) || 1e-6)))), loss = (change) => (about.loss + change).toFixed(digits);
  const isSame = Math.abs(slope - gradient) <= 0.01 * Math.abs(gradient) + 1e-6;
  writeLine(place, [`Check by a nudge: with w\u00a0+\u00a0${about.nudge} the loss is ${loss(up)}, with w\u00a0${MINUS}\u00a0${about.nudge} it is ${loss(down)}.`]);
  writeLine(place, [`Their difference / ${2 * about.nudge} = `, { kind: "g", text: told(slope) }, isSame ? " \u2713 the same slope." : ": a corner of an activation or a penalty lies within the nudge, so the slopes differ."], "result");
}

function writeUpdate(state, place) {
  const { picked: { c, i, j }, about, rule } = state, { lines, old, title } = about.rules[rule];
  const known = { w: weightOf(state, c, i, j), g: state.number(`gradients/${c}`, i, j) };
  for (const [name, start] of Object.entries(old)) known[`old ${name}`] = `old/${rule}/${name}/${c}` in state.data.arrays ? state.number(`old/${rule}/${name}/${c}`, i, j) : start;
  writeRules(state, place);
  writeLine(place, [title, Object.keys(old).length ? averagesOf(state, about.rules[rule]) : "", ":"]);
  lines.forEach((line, k) => {
    const value = state.number(`rule/${rule}/${k}/${c}`, i, j), isEnd = k === lines.length - 1, put = line.numbers.replace(/\{([^}]+)\}/g, (_, name) => inside(known[name]));
    known[line.name] = value;
    writeLine(place, [isEnd ? w("new w") : line.name, ` = ${line.words} = ${put} = `, isEnd ? w(told(value, 5)) : told(value)], isEnd ? "result" : "");
  });
  writePromise(state, place);
}

// Where a rule's moving averages come from.
function averagesOf({ data, rule }, { old, t, isSaved, isOwn, isFirst }) {
  if (data.taken && rule === data.by) return `, update ${t}, with the moving averages after the last step`;
  if (isSaved) return `, update ${t}, with the moving averages that the run saved at this moment`;
  return `, with moving averages that start from ${Object.values(old)[0]}${isOwn && !isFirst ? ": none are saved at this moment" : ""}`;
}

function writeRules(state, place) {
  const { picked: { c, i, j }, about } = state, table = add(place, "table", "rules"), head = add(add(table, "thead"), "tr"), body = add(table, "tbody");
  add(table, "caption", "", `The same gradient, the same learning rate ${told(about.rules[0].rate, 3)}: what each optimiser makes of it`);
  for (const text of ["optimiser", "change of w", "loss after"]) add(head, "th", "", text);
  about.rules.forEach(({ title, isOwn, after }, place) => {
    const row = add(body, "tr", place === state.rule ? "chosen" : ""), button = add(add(row, "td"), "button", "", title + (isOwn ? " (this run)" : ""));
    button.setAttribute("aria-pressed", String(place === state.rule));
    button.onclick = () => chooseRule(state, place);
    add(row, "td", "", told(newWeight(state, c, i, j, place) - weightOf(state, c, i, j), 3));
    add(row, "td", after > about.loss ? "worse" : "", told(after));
  });
}

const fell = (before, after) => (after < before ? `falls by ${told(before - after, 3)}` : after > before ? `rises by ${told(after - before, 3)}` : "stays");

function writePromise(state, place) {
  const { about, rule } = state, { promised, after, plus, rate, lines } = about.rules[rule], isPlain = lines.length === 1;
  writeLine(place, ["All weights stepped: the loss ", { kind: "loss", text: told(about.loss) }, " becomes ", { kind: "loss", text: told(after) }, `, it ${fell(about.loss, after)}.`], "result");
  writeLine(place, [isPlain ? `Promised was rate ${TIMES} |g|\u00b2 = ${told(rate, 3)} ${TIMES} ${told(about.square)} = ${told(promised, 3)}` : `Promised was the gradient times the step, over all weights: ${told(promised, 3)}`, Math.abs(promised - (about.loss - after)) > 0.25 * Math.abs(promised) ? "; the loss is curved, so so long a step does not keep it." : ", and a step this short nearly keeps it."]);
  writeLine(place, [`Minus, not plus: the gradient points uphill. Some books print a plus; the same step with a plus gives `, { kind: "loss", text: told(plus) }, `: the loss ${fell(about.loss, plus)}.`]);
}
