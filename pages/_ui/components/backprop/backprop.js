// One step of training: a graph of the network, and the arithmetic of the weight that is picked. All numbers are here,
// so a click asks for nothing; only another step does.
const states = new WeakMap();
const MOST_BESIDE = 6; // columns of a graph that leaves room beside it
const MOST_MOVING = 500; // lines that a browser fades smoothly
const PHASES = { forward: "Forward", backward: "Backward", update: "Update" };
const WRITERS = { forward: writeForward, backward: writeBackward, update: writeUpdate };

function pick(state, edge) {
  state.picked = edge;
  show(state);
}

function enter(state, phase) {
  state.phase = phase;
  state.svg.classList.remove("film");
  void state.svg.getBoundingClientRect(); // so that the film begins anew
  if (state.lines.length < MOST_MOVING) state.svg.classList.add("film");
  show(state);
}

function chooseRule(state, rule) {
  state.rule = rule;
  if (state.data.taken) walk(state, 0); // its steps begin at the saved weights
  else show(state);
  state.written.querySelector(".rules [aria-pressed=true]")?.focus();
}

// Asks for the numbers after so many steps.
function walk(state, taken) {
  state.root.setAttribute("aria-busy", "true");
  state.setStateValue("walked", { mark: state.data.mark, taken, by: state.rule });
}

function build(state) {
  const { root } = state;
  const bar = add(root, "div", "bar");
  state.buttons = Object.entries(PHASES).map(([phase, text], place) => {
    const button = add(bar, "button", "phase", `${place + 1} ${text}`);
    button.onclick = () => enter(state, phase);
    return { phase, button };
  });
  state.next = add(bar, "button", "next", "Take the step");
  state.next.title = "All weights take the step of the chosen optimiser, and the numbers are those after it";
  state.next.onclick = () => walk(state, state.data.taken + 1);
  state.again = add(bar, "button", "", "Start again");
  state.again.onclick = () => walk(state, 0);
  state.where = add(bar, "span", "where");
  state.where.setAttribute("aria-live", "polite");
  state.choice = add(bar, "select", "example");
  state.choice.setAttribute("aria-label", "Example that is shown");
  state.choice.onchange = () => Object.assign(state, { example: Number(state.choice.value) }) && show(state);
  state.body = add(root, "div", "body");
  state.left = add(state.body, "div", "left");
  const right = add(state.body, "div", "right");
  state.svg = draw(state.left, "svg", { class: "graph", tabindex: 0, role: "application" });
  state.svg.onkeydown = (event) => walkByKeys(state, event);
  state.legend = add(state.left, "p", "legend");
  const head = add(right, "div", "head");
  add(head, "span", "", "Weight from");
  state.from = add(head, "select");
  add(head, "span", "", "to");
  state.to = add(head, "select");
  state.from.setAttribute("aria-label", "From");
  state.to.setAttribute("aria-label", "To");
  state.from.onchange = () => pick(state, { ...state.picked, i: Number(state.from.value) });
  state.to.onchange = () => {
    const [c, j] = state.to.value.split(".").map(Number);
    pick(state, { c, j, i: c === state.picked.c ? state.picked.i : 0 });
  };
  state.sum = add(right, "div", "sum");
  state.sum.setAttribute("aria-live", "polite");
  state.written = add(right, "div", "written");
  state.remarks = add(root, "p", "remarks");
  new ResizeObserver(() => {
    if (state.at && Math.abs(state.at.wide - Math.max(280, state.left.clientWidth)) > 1) {
      buildGraph(state);
      show(state);
    }
  }).observe(state.left);
}

function options(select, entries, chosen) {
  const text = JSON.stringify(entries);
  if (select.dataset.entries !== text) {
    select.dataset.entries = text;
    select.replaceChildren();
    for (const [value, name] of entries) add(select, "option", "", name).value = value;
  }
  select.value = chosen;
}

function show(state) {
  const { picked: { c, i, j }, about, root } = state, { columns } = about, weight = weightOf(state, c, i, j);
  root.dataset.phase = state.phase;
  for (const { phase, button } of state.buttons) button.setAttribute("aria-pressed", String(phase === state.phase));
  paintGraph(state);
  options(state.from, [...columns[c - 1].units.map((_, k) => [k, nameOf(state, c - 1, k)]), [columns[c - 1].units.length, "bias"]], i);
  options(state.to, columns.slice(1).flatMap(({ units, name }, k) => units.map((_, unit) => [`${k + 1}.${unit}`, nameOf(state, k + 1, unit) + (k < columns.length - 2 ? ` (${name})` : "")])), `${c}.${j}`);
  state.sum.replaceChildren();
  state.written.replaceChildren();
  if (Number.isNaN(weight)) return void writeLine(state.written, ["This layer has no biases."]);
  const rule = about.rules[state.rule], next = newWeight(state, c, i, j);
  for (const [label, one] of [["weight w", w(told(weight))], ["gradient dL/dw", symbol("g", told(state.number(`gradients/${c}`, i, j)))], [`w after ${rule.title}`, w(told(next))]]) {
    const cell = add(state.sum, "span");
    add(cell, "small", "", label);
    add(cell, "b", one.kind, one.text);
  }
  WRITERS[state.phase](state, state.written);
}

// What was picked, if the network still has it; else the weight of the first layer with the largest gradient.
function stillPicked(state) {
  const { columns } = state.about, { picked } = state;
  if (picked && picked.c < columns.length && picked.j < columns[picked.c].units.length && picked.i <= columns[picked.c - 1].units.length) return picked;
  const edges = columns[1].units.flatMap((_, j) => columns[0].units.map((__, i) => ({ c: 1, i, j }))), size = ({ i, j }) => Math.abs(state.number("gradients/1", i, j));
  return edges.reduce((best, edge) => (size(edge) > size(best) ? edge : best));
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".backprop");
  for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty(`--${name}`, colour);
  let state = states.get(root);
  if (!state) {
    state = { root, phase: "forward", rule: data.by, example: 0 };
    states.set(root, state);
    build(state);
  }
  data.about.loss ??= NaN; // JSON has no such numbers
  for (const rule of data.about.rules) for (const name of ["after", "plus", "promised"]) rule[name] ??= Infinity;
  const structure = JSON.stringify([data.about.columns, data.names]);
  Object.assign(state, { data, about: data.about, names: data.names, examples: data.examples, number: reader(data), setStateValue });
  state.rule = Math.min(state.rule, data.about.rules.length - 1);
  state.example = Math.min(state.example, data.examples.length - 1);
  if (state.structure !== structure) {
    Object.assign(state, { structure, picked: null });
    state.body.classList.toggle("deep", data.about.columns.length > MOST_BESIDE);
    buildGraph(state);
    state.svg.classList.toggle("still", state.lines.length >= MOST_MOVING);
  }
  state.picked = stillPicked(state);
  const { taken } = data, isMost = taken >= data.most;
  state.next.textContent = taken ? "Take another step" : "Take the step";
  state.next.disabled = isMost;
  state.again.hidden = !taken;
  state.where.textContent = `loss ${told(data.about.loss)}${taken ? ` after ${taken} ${taken === 1 ? "step" : "steps"} of ${data.about.rules[data.by].title}` : ""}${isMost ? ", as far as it goes" : ""}`;
  state.choice.hidden = data.examples.length < 2;
  options(state.choice, data.examples.map((name, k) => [k, name]), state.example);
  state.remarks.textContent = data.words;
  root.removeAttribute("aria-busy");
  Object.assign(root.dataset, { taken: String(taken), mark: data.mark, loss: String(data.about.loss) });
  show(state);
}
