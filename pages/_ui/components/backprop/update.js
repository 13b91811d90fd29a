// What each optimiser makes of the gradient, and what comes of the loss.
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
