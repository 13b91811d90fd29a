// The arithmetic of one value in words and numbers.
function line(view, text, name = "") {
  const made = add(view.lines, "span", name, text);
  add(view.lines, "br");
  return made;
}

// What follows the sum: the activation, and what the network itself computed.
function ending(view, y, x, sum) {
  const { unit } = view, { about, output } = unit, bend = BENDS[about.activation], own = output.data[y * sideOf(output)[1] + x], value = valueAt(unit, y, x);
  if (unit.logits) line(view, `softmax: its share of e to the power of all ${unit.logits.data.length} sums = ${say(value)}`);
  else if (bend?.name) line(view, `${bend.name}(${say(sum)}) = ${say(value)}`, "result");
  const isSame = Math.abs(value - own) <= 1e-3 * (1 + Math.abs(own));
  line(view, isSame ? `The network computed ${say(own)}.` : `The network computed ${say(own)}; rounding on the way makes the difference.`, "own");
}

function writeOut(view, y, x, sums) {
  const { unit } = view, { kind } = unit.about;
  if (!isKnown(unit)) return void line(view, `The network computed ${say(unit.output.data[y * sideOf(unit.output)[1] + x])}. How this kind of layer computes is not written out here.`);
  if (sums) return writeSum(view, y, x, sums);
  if (kind === "maximum" || kind === "average") return writePool(view, y, x, kind);
  if (kind === "softmax") return writeShares(view);
  writeFormula(view, y, x, kind);
  ending(view, y, x, before(unit, y, x));
}

function writeSum(view, y, x, sums) {
  const { unit, names } = view, bias = unit.bias.data[0], total = sums.reduce((sum, part) => sum + part, bias);
  const many = sums.length > 1, isRow = unit.about.kind === "dense" && !unit.about.maps;
  if (isRow) {
    const terms = products(unit, y, x, 0).map((part) => ({ ...part, label: names.inputs?.[part.x] ?? `${names.of(names.from[0])}, ${part.x + 1}` }));
    listTerms(view, terms, `${terms.length} values of ${names.of(names.from[0])} \u00d7 weights`);
    line(view, `${shortSum(terms.map(({ value, weight }) => value * weight))} = ${say(sums[0])}`);
  } else {
    const channel = view.channel, terms = products(unit, y, x, channel), sum = sums[channel], first = unit.about.first ?? 0;
    const source = `${names.of(names.from[0])}${many || first ? `, map ${channel + first + 1}` : ""}`;
    if (terms.length <= MOST_CELLS) tableOf(view, terms, `${source}: value \u00d7 weight`);
    else listTerms(view, terms.map((part) => ({ ...part, label: `row ${part.y + 1}, column ${part.x + 1}` })), `${source}: value \u00d7 weight`);
    if (terms.length <= MOST_CELLS) line(view, `${source}: ${terms.filter(({ value }) => value !== null).map(({ value, weight }) => `${say(value)}\u00b7${factor(weight)}`).join(" + ")} = ${say(sum)}`, "dot");
    if (many) line(view, `all ${sums.length} maps: ${shortSum(sums)} = ${say(total - bias)}`);
  }
  line(view, `${say(total - bias)} ${bias < 0 ? "\u2212" : "+"} bias ${say(Math.abs(bias))} = ${say(total)}`, "result");
  ending(view, y, x, total);
}

// The strongest terms of a sum, and the rest together.
function shortSum(all) {
  const parts = all.filter((part) => part !== 0);
  if (!parts.length) return "0";
  if (parts.length <= MOST_TERMS + 1) return joined(parts);
  const order = [...parts].sort((a, b) => Math.abs(b) - Math.abs(a)), rest = order.slice(MOST_TERMS).reduce((sum, part) => sum + part, 0);
  return `${joined(order.slice(0, MOST_TERMS))} ${rest < 0 ? "\u2212" : "+"} ${say(Math.abs(rest))} (the ${parts.length - MOST_TERMS} smaller)`;
}

function tableOf(view, terms, caption) {
  const columns = new Set(terms.map(({ x }) => x)).size, table = add(view.terms, "div", "cells"), most = Math.max(...terms.map(({ value, weight }) => Math.abs((value ?? 0) * weight))) || 1;
  view.terms.prepend(add(view.terms, "small", "", caption));
  table.style.gridTemplateColumns = `repeat(${columns}, auto)`;
  for (const { value, weight } of terms) {
    const product = (value ?? 0) * weight, cell = add(table, "span", product < 0 ? "cell negative" : "cell");
    cell.style.setProperty("--share", `${Math.round((70 * Math.abs(product)) / most)}%`);
    add(cell, "b", "", value === null ? "edge" : say(value));
    add(cell, "i", "", `\u00d7 ${say(weight)}`);
  }
}

function listTerms(view, terms, caption) {
  const found = terms.map((part) => ({ ...part, product: part.value * part.weight })).filter(({ product }) => product).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const shown = found.slice(0, MOST_LISTED), most = Math.abs(shown[0]?.product) || 1;
  add(view.terms, "small", "", `${caption}${shown.length < found.length ? `; the ${shown.length} strongest of ${found.length}` : ""}${found.length < terms.length ? `; ${terms.length - found.length} are 0` : ""}`);
  const list = add(view.terms, "div", "list");
  for (const { label, value, weight, product } of shown) listed(list, label, `${say(value)} \u00d7 ${factor(weight)}`, say(product), product / most);
}

function listed(list, label, middle, end, share, isChosen = false) {
  const row = add(list, "span", isChosen ? "term chosen" : "term");
  add(row, "span", "", label);
  add(row, "span", "", middle);
  add(row, "i", share < 0 ? "negative" : "").style.setProperty("--share", Math.abs(share));
  add(row, "span", "", end);
}

function writePool(view, y, x, kind) {
  const values = windowAt(view.unit, y, x), total = before(view.unit, y, x);
  if (values.length <= MOST_CELLS) {
    const table = add(view.terms, "div", "cells");
    table.style.gridTemplateColumns = `repeat(${new Set(values.map((part) => part.x)).size}, auto)`;
    let isFound = kind !== "maximum";
    for (const { value } of values) {
      const isIt = !isFound && value === total;
      isFound ||= isIt;
      add(add(table, "span", isIt ? "cell chosen" : "cell"), "b", "", say(value));
    }
  }
  const shown = values.slice(0, 16).map(({ value }) => say(value)).join(kind === "maximum" ? ", " : " + ") + (values.length > 16 ? ", \u2026" : "");
  line(view, kind === "maximum" ? `the largest of ${shown} = ${say(total)}` : `(${shown}) / ${values.length} = ${say(total)}`, "result");
  ending(view, y, x, total);
}

function writeShares(view) {
  const { unit, names } = view, { data } = unit.inputs[0], { most, powers, sum, shares } = sharesOf(data), { unit: chosen } = unit.about;
  add(view.terms, "small", "", `class, logit, its power of e (of the logit less the largest, ${say(most)}), share`);
  const list = add(view.terms, "div", "list shares"), order = range(data.length).sort((a, b) => shares[b] - shares[a]).slice(0, MOST_LISTED);
  for (const index of order) listed(list, names.classes[index] ?? `${index + 1}`, `${say(data[index])}, ${say(powers[index])}`, `${(100 * shares[index]).toFixed(1)} %`, shares[index], index === chosen);
  line(view, `e^(${say(data[chosen])} \u2212 ${factor(most)}) = ${say(powers[chosen])}`);
  line(view, `${say(powers[chosen])} / ${say(sum)}, the sum of all ${data.length} = ${say(shares[chosen])}`, "result");
  ending(view, 0, 0, shares[chosen]);
}

function writeFormula(view, y, x, kind) {
  const { about, inputs, numbers } = view.unit, at = (tensor) => tensor.data[y * sideOf(tensor)[1] + x], value = say(before(view.unit, y, x));
  const difference = (a, b) => `${say(a)} \u2212 ${factor(b)}`;
  if (kind === "batch_norm") {
    const [center, variance, gamma, beta] = numbers.data;
    line(view, `this layer's four numbers: mean ${say(center)}, variance ${say(variance)}, scale ${say(gamma)}, shift ${say(beta)}`);
    line(view, `${factor(gamma)} \u00b7 (${difference(at(inputs[0]), center)}) / \u221a(${say(variance)} + ${about.epsilon}) + ${factor(beta)} = ${value}`, "result");
  } else if (kind === "layer_norm") {
    const values = placeAt(view.unit, y, x), center = mean(values), variance = mean(values.map((one) => (one - center) ** 2));
    line(view, `of the ${values.length} channels here: mean ${say(center)}, variance ${say(variance)}; learned: scale ${say(numbers.data[0])}, shift ${say(numbers.data[1])}`);
    line(view, `${factor(numbers.data[0])} \u00b7 (${difference(values[about.unit], center)}) / \u221a(${say(variance)} + ${about.epsilon}) + ${factor(numbers.data[1])} = ${value}`, "result");
  } else if (kind === "scale") line(view, `${say(at(inputs[0]))} \u00b7 ${factor(numbers.data[0])} + ${factor(numbers.data[1])} = ${value}`, "result");
  else if (kind === "sum") line(view, `${joined(inputs.map(at))} = ${value}`, "result");
  else line(view, `it takes ${value}${about.activation === "linear" ? ", unchanged" : ""}`);
}
