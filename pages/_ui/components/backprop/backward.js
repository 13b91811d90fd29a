// How the picked weight's gradient comes about, and the check by a nudge.
// The scalars from the weight to the loss, and the slope of each with respect to the one before.
function chainOf(state) {
  const { picked, about, example } = state, { c, j } = picked, column = about.columns[c], isLast = c === about.columns.length - 1, value = (stage) => state.number(`values/${c}`, stage, example, j);
  const nodes = [{ name: "w", kind: "w", value: weightOf(state, c, picked.i, j) }, { name: "z", kind: "a", value: value(0) }], slopes = [{ name: "dz/dw", kind: "a", value: takenBy(state, picked) }];
  let stage = 0;
  while (stage < column.parts.length && !Number.isNaN(state.number(`slopes/${c}`, stage, example, j))) {
    slopes.push({ name: stage ? `slope of ${partOf(state, c, stage)}` : column.parts[stage] in BENDS ? "f\u2032(z)" : "slope", value: state.number(`slopes/${c}`, stage, example, j) });
    nodes.push({ name: column.parts[stage] in BENDS ? "a" : isLast ? "answer" : "a\u2032", kind: "a", value: value(++stage) });
  }
  slopes.push({ name: stage ? (isLast ? "dL/d answer" : "dL/da") : "dL/dz", kind: "d", value: state.number(`back/${c}`, stage, example, j) });
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
