// A network of dense layers that moves while it learns. All that is drawn is computed here, from the weights of each moment.
const states = new WeakMap();
const HIGH = 318, SURFACE = 274, NARROW = 620, LOW_HIGH = 250; // CSS pixels
const SIDES = [[6_000, 48], [60_000, 34], [Infinity, 22]]; // places of the mesh along a side, for networks of so many weights
const MOST_FRAMES = 600;
const SPEEDS = [1, 3, 10, 30], USUAL_SPEED = 10; // frames a second
const WAVE_MS = 120, AWAY_MS = 500;
const HINTS = ["Click a dot to send that row through", "Click the surface to send a point through"];
const WAITING = "The network appears here with its first weights.";

const decoded = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const lastOf = (state) => state.columns.length - 1;
const unitsName = (state, column) => (column ? state.data.layers[state.columns[column].first].name : "input");

function nameOf(state, column, unit) {
  if (!column) return state.inputs[unit];
  const { classes, name } = state.data.target;
  if (column === lastOf(state)) return classes ? classes[unit] : name;
  return `${unitsName(state, column)} · ${unit + 1}`;
}

// What a unit makes of each place of the plane, or of each example of a table; null if no example may be seen.
function valuesOf(state, column, unit) {
  if (state.data.limit) return state.made[column].subarray(unit * state.side ** 2, (unit + 1) * state.side ** 2);
  return state.examples && examplesMade(state)[column].subarray(unit * state.examples.count, (unit + 1) * state.examples.count);
}

function rangeOf(state, column, unit) {
  const { classes, low, high } = state.data.target;
  if (column === lastOf(state)) return classes ? [0, 1] : [low, high];
  if (!column && state.data.limit && !state.derives) return [-state.data.limit, state.data.limit];
  let [least, most] = [Infinity, -Infinity];
  for (const value of valuesOf(state, column, unit)) if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
  if (least < most) return [least, most];
  return Number.isFinite(least) ? [least - 1, least + 1] : [-1, 1];
}

// The values that each column passes on, of examples given unit after unit.
function passed(state, given, count) {
  const made = forward(state.data.layers, state.tensors, state.weights, given, count);
  return state.columns.map(({ last }, column) => (column ? made[last].values : state.derives ? made[0].values : given));
}

function examplesMade(state) {
  return (state.madeOfExamples ??= passed(state, state.examples.x, state.examples.count));
}

// One point on its way: of each column what is shown, what goes on to the next, and the sums before the activation.
function lightUp(state) {
  const made = forward(state.data.layers, state.tensors, state.weights, state.point, 1);
  return {
    columns: state.columns.map(({ first, last }, column) => {
      const passes = last < 0 ? state.point : made[last].values;
      return { made: column ? passes : state.derives ? made[0].values : state.point, passed: passes, sums: column ? made[first].sums : null, bent: column ? made[first].values : null };
    }),
  };
}

function compute(state) {
  const frame = state.frames[state.at];
  state.weights = Float32Array.from(frame.weights);
  for (const [index, value] of state.edits) state.weights[index] = value;
  state.madeOfExamples = null;
  if (state.data.limit) state.made = passed(state, state.mesh, state.side ** 2);
  state.lit = state.point && lightUp(state);
  Object.assign(state, { reaches: [], layerReach: [] });
  state.biasReach = state.columns.map((_, column) => {
    const bias = column && biasOf(state, column);
    return bias ? state.weights.subarray(bias.at, bias.at + bias.shape[0]).reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
  });
}

function inksOf(root) {
  const style = getComputedStyle(root), of = (name) => style.getPropertyValue(name).trim();
  return {
    ink: of("--st-text-color"), line: of("--st-border-color"), ground: of("--st-background-color"), surface: of("--st-secondary-background-color"),
    primary: of("--st-primary-color"), font: of("--st-font") || "sans-serif", mark: "#1B2430", negative: of("--negative"), positive: of("--positive"),
  };
}

// Draw what is computed.
function draw(state, fades = false) {
  const { root } = state, narrow = root.clientWidth < NARROW;
  if (!state.frames.length || !root.clientWidth) return;
  root.classList.toggle("narrow", narrow);
  state.inks = inksOf(root);
  state.wide = narrow ? root.clientWidth : root.clientWidth - SURFACE - 18;
  const high = narrow ? LOW_HIGH : HIGH, form = `${state.wide} ${high} ${state.structure}`;
  if (state.form !== form || !state.data.isLive) layOut(state, state.wide, high);
  if (state.form !== form) placeHeads(state);
  state.form = form;
  state.edges = state.columns.slice(1).map((_, column) => edgesOf(state, column + 1));
  present(state.wires, state.wide, high, state.inks.ground, fades, (pen) => drawWires(pen, state));
  const side = narrow ? Math.min(340, root.clientWidth) : SURFACE;
  present(state.surface, side, side, state.inks.ground, fades, (pen) => drawSurface(pen, state, side));
  say(state);
}

// Go to a moment, or stay at it with other weights.
function show(state, fades = false) {
  state.root.classList.toggle("empty", !state.frames.length);
  if (!state.frames.length) return void (state.info.textContent = WAITING);
  state.at = Math.max(0, Math.min(state.frames.length - 1, state.at));
  compute(state);
  draw(state, fades);
  state.root.dataset.step = state.frames[state.at].step;
  state.root.dataset.frames = state.frames.length;
  drawTime(state);
  drawEdit(state);
}

// ---- words

function unitWords(state, { column, unit }) {
  const lit = state.lit?.columns[column], name = nameOf(state, column, unit);
  if (!column) {
    const scaled = lit && lit.passed[unit] !== lit.made[unit] ? `, scaled to ${said(lit.passed[unit])}` : "";
    return `Input ${name}${lit ? ` = ${said(lit.made[unit])}${scaled}` : ""}.`;
  }
  const layer = state.data.layers[state.columns[column].first], bend = BENDS[layer.activation].name, bias = biasOf(state, column);
  const kernel = kernelOf(state, column), given = state.lit?.columns[column - 1].passed;
  const parts = state.places[column - 1].units.map(({ unit: from }) => ({ from, weight: state.weights[indexOf(kernel, from, unit)] }));
  parts.sort((one, other) => Math.abs(other.weight * (given?.[other.from] ?? 1)) - Math.abs(one.weight * (given?.[one.from] ?? 1)));
  const few = parts.slice(0, 3), more = kernel.shape[0] > few.length ? " + …" : "";
  const biasText = bias ? ` + ${said(state.weights[bias.at + unit])} (bias)` : "";
  const what = column === lastOf(state) ? `Output ${name}` : `Unit ${unit + 1} of ${unitsName(state, column)}`;
  if (!lit) {
    const [low, high] = state.data.limit || state.examples ? rangeOf(state, column, unit) : [NaN, NaN];
    const sum = few.map(({ from, weight }) => `${said(weight)} · ${nameOf(state, column - 1, from)}`).join(" + ");
    return `${what}: ${bend || "sum"}(${sum}${more}${biasText})${Number.isFinite(low) ? `; from ${said(low)} to ${said(high)}` : ""}.`;
  }
  const sum = few.map(({ from, weight }) => `${said(weight)} · ${said(given[from])}`).join(" + ");
  const after = lit.made[unit] === lit.bent[unit] ? "" : ` → ${said(lit.made[unit])} passed on`;
  return `${what}: ${sum}${more}${biasText} = ${said(lit.sums[unit])}${bend ? `, ${bend} → ${said(lit.bent[unit])}` : ""}${after}.`;
}

function edgeWords(state, { column, from, to }) {
  const weight = state.weights[indexOf(kernelOf(state, column), from, to)], given = state.lit?.columns[column - 1].passed[from];
  const flow = given === undefined ? "" : ` × ${said(given)} = ${said(weight * given)}`;
  return `Weight from ${nameOf(state, column - 1, from)} to ${nameOf(state, column, to)}: ${said(weight)}${flow}.`;
}

function answerWords(state) {
  const made = state.lit.columns.at(-1).made, { classes, name, unit } = state.data.target;
  const point = state.data.limit ? `(${[...state.point].map(said).join(", ")})` : "this row";
  if (!classes) return `At ${point} the network answers ${said(made[0])} ${unit} for ${name}.`;
  const best = made.indexOf(Math.max(...made)), truth = state.truth === null ? "" : `; it is ${classes[state.truth]}`;
  return `At ${point} the network answers ${classes[best]}, ${Math.round(100 * made[best])} %${truth}.`;
}

function say(state) {
  const marked = state.hover ?? state.pinned;
  const words = marked ? (marked.unit === undefined ? edgeWords(state, marked) : unitWords(state, marked)) : state.lit ? answerWords(state)
    : `Point at a unit or a weight to read it. ${HINTS[+(state.data.limit > 0)]}; click a weight to change it. Orange weights are positive, blue ones negative.`;
  if (state.info.textContent !== words) state.info.textContent = words;
  const large = enlarged(state), over = state.data.limit ? "over the plane" : "over the examples", what = large ? nameOf(state, large.column, large.unit) : "the answer";
  state.surface.setAttribute("aria-label", state.space > 0 && !large ? `The examples in the space of ${unitsName(state, state.space)}` : `${what} ${over}`);
  drawLegend(state, large);
}

function drawLegend(state, marked) {
  const { legend, data: { target, scales } } = state, form = [];
  const add = (style, ...words) => form.push({ style, words });
  const ramp = (colors, low, high) => add(`width:70px;background:linear-gradient(to right,${colors.join()})`, said(low), said(high));
  const isUnit = marked && state.data.limit;
  if (isUnit && marked.column < lastOf(state)) ramp(scales.diverging, -reachOf(state, marked.column, marked.unit), reachOf(state, marked.column, marked.unit));
  else if (isUnit && target.classes) ramp(["#FFFFFF", target.colours[marked.unit % target.colours.length]], 0, 1);
  else if (target.classes) target.classes.slice(0, 6).forEach((name, kind) => add(`width:9px;background:${target.colours[kind % target.colours.length]}`, "", name));
  else ramp(scales.sequential, target.low, target.high);
  if (state.examples) add("width:8px;border-radius:50%;background:currentColor", "", "training");
  if (state.examples && state.showsTest) add("width:8px;border-radius:50%;border:2px solid currentColor", "", "test");
  const text = JSON.stringify(form);
  if (state.legendForm === text) return;
  state.legendForm = text;
  legend.replaceChildren();
  for (const { style, words: [before, after] } of form) {
    const part = element(legend, "span", before && "ramp", before);
    element(part, "i").style.cssText = style;
    part.append(after);
  }
}

function placeHeads(state) {
  state.heads.replaceChildren();
  state.places.forEach(({ left, wide, units, total }, column) => {
    const head = element(state.heads, "div", "head"), room = Math.max(wide + state.gap - 4, 30), { first, last } = state.columns[column];
    Object.assign(head.style, { left: left + wide / 2 - room / 2 + "px", width: room + "px" });
    if (!column && !state.data.limit) Object.assign(head.style, { left: 0, width: left + wide + "px" });
    const layer = state.data.layers[first], title = column ? layer.name : "input", more = state.data.layers.slice(column ? first + 1 : 0, last + 1).map(({ name }) => name);
    const bend = column && BENDS[layer.activation].name, count = units.length < total ? `${units.length} of ${total}` : String(total);
    const about = [title, `${count} ${bend || "units"}`, ...more, units.length < total ? "the strongest are shown" : ""].filter(Boolean).join(", ");
    const short = room < 52 && column < lastOf(state) ? title.match(/\d+$/)?.[0] ?? title : title; // the number of a layer
    const isButton = column > 0 && state.data.canChoose, button = element(head, isButton ? "button" : "span", "", short);
    if (isButton) Object.assign(button, { type: "button", onclick: () => state.tell("chosen", [layer.name]) });
    button.title = isButton ? `${about}. Click to see its settings.` : about;
    if (column) button.dataset.layer = layer.name;
    button.classList.toggle("edited", state.data.edited.includes(layer?.name));
    element(head, "small", "", `${count}${bend && room >= 52 ? ` ${bend}` : ""}${more.length && column < lastOf(state) && column ? ` +${more.length}` : ""}`).title = about;
  });
}

// ---- time

function drawTime(state) {
  const { frames, at, data } = state;
  Object.assign(state.slider, { max: frames.length - 1, value: at, disabled: frames.length < 2 });
  state.slider.setAttribute("aria-valuetext", `step ${frames[at].step}`);
  state.moment.textContent = data.isUntrained ? "untrained" : `step ${frames[at].step.toLocaleString("en-US")}`;
  const does = state.timer ? "Pause" : "Play";
  state.play.textContent = `${state.timer ? "❚❚" : "▶"} ${does}`;
  state.play.setAttribute("aria-label", does);
  state.play.disabled = frames.length < 2;
  state.live.hidden = !data.isLive;
  state.live.disabled = state.follows;
  state.live.textContent = state.follows ? "● live" : "Go live";
}

function stop(state) {
  clearInterval(state.timer);
  state.timer = 0;
}

function play(state) {
  if (state.timer) {
    stop(state);
    return drawTime(state);
  }
  if (state.at === state.frames.length - 1) state.at = 0;
  state.follows = false;
  const tick = () => {
    if (!state.root.isConnected) return stop(state);
    state.at++;
    if (state.at >= state.frames.length - 1) {
      stop(state);
      state.follows = state.data.isLive;
    }
    show(state, state.speed <= 5);
  };
  state.timer = setInterval(tick, 1000 / state.speed);
  show(state);
}

function scrub(state, at) {
  stop(state);
  state.at = at;
  state.follows = state.data.isLive && at === state.frames.length - 1;
  show(state);
}

// Tell the page which moment is looked at, so that what else it shows is of that moment too.
function report(state) {
  if (state.data.isLive || state.data.isUntrained) return;
  state.reported = true;
  state.tell("moment", { step: state.frames[state.at].step });
}

// ---- a point on its way, and weights that are changed

function send(state, point, truth = null) {
  state.point = point;
  state.truth = truth;
  clearInterval(state.waving);
  state.wave = isStill() ? Infinity : 0;
  if (point) state.waving = setInterval(() => {
    if (++state.wave > lastOf(state)) clearInterval(state.waving);
    draw(state);
  }, WAVE_MS);
  state.fields.forEach((field, input) => { if (field !== document.activeElement) field.value = point ? +point[input].toPrecision(4) : ""; });
  state.unsend.disabled = !point;
  show(state);
}

function typed(state) {
  const values = state.fields.map(({ value }) => value);
  if (values.every((value) => value === "")) return send(state, null);
  send(state, Float32Array.from(values, (value, input) => (value === "" ? state.point?.[input] ?? state.usual[input] : +value)));
}

// The weights that come into a unit, and its own.
function parametersOf(state, column, unit) {
  const { first, last } = state.columns[column], found = [];
  for (const { layer, part, at, shape } of state.tensors) {
    if (layer < first || layer > last) continue;
    if (part === "kernel") for (const { unit: from } of state.places[column - 1].units) found.push({ index: at + from * shape[1] + unit, text: `from ${nameOf(state, column - 1, from)}` });
    else found.push({ index: at + unit, text: PARTS[part] + (layer > first ? ` of ${state.data.layers[layer].name}` : "") });
  }
  return found;
}

function drawEdit(state) {
  const { pinned, which, value } = state, target = pinned?.column ? { column: pinned.column, unit: pinned.unit ?? pinned.to } : null;
  const form = JSON.stringify(target);
  which.disabled = value.disabled = !target;
  if (state.editForm !== form) {
    state.editForm = form;
    which.replaceChildren();
    if (!target) element(which, "option", "", "Click a weight or a unit");
    else for (const { index, text } of parametersOf(state, target.column, target.unit)) element(which, "option", "", `${nameOf(state, target.column, target.unit)}: ${text}`).value = index;
  }
  if (target && value !== document.activeElement) value.value = +state.weights[+which.value].toPrecision(5);
  if (!target) value.value = "";
  state.reset.disabled = !state.edits.size;
  state.reset.textContent = state.edits.size ? `Reset ${state.edits.size}` : "Reset";
  state.gradient.hidden = !state.data.canStep;
  state.gradient.disabled = !target;
  state.branch.hidden = !state.data.offer;
  state.branch.textContent = state.data.offer;
  state.branch.disabled = !state.data.steps.includes(state.frames[state.at]?.step);
  state.branch.title = state.branch.disabled
    ? "Go to a saved moment first: between two, only the browser has the weights."
    : "Hands this moment, with the weights you changed, to the settings of the next run.";
  state.root.dataset.edits = state.edits.size;
}

function pin(state, found) {
  state.pinned = found;
  state.hover = null;
  drawEdit(state);
  if (found?.column) {
    const tensor = found.unit === undefined ? kernelOf(state, found.column) : biasOf(state, found.column);
    if (tensor) state.which.value = found.unit === undefined ? indexOf(tensor, found.from, found.to) : tensor.at + found.unit;
    drawEdit(state);
  }
  draw(state);
}

function edit(state, index, value) {
  if (!Number.isFinite(value)) return;
  stop(state);
  state.follows = false; // a newer moment would take the change away unseen
  state.edits.set(index, value);
  show(state);
}

// The edits in the words of the page: { step, edits: [{ tensor, index, value }] }, by Keras' names.
function editsSaid(state) {
  const edits = [...state.edits].map(([flat, value]) => {
    const { name, at, shape } = state.tensors.findLast((tensor) => tensor.at <= flat), within = flat - at;
    return { tensor: name, index: shape.length > 1 ? [Math.floor(within / shape[1]), within % shape[1]] : [within], value };
  });
  return { step: state.frames[state.at].step, edits };
}

// The two units of a column that differ most between the places of the plane, or the examples.
function liveliest(state, column) {
  const spread = (unit) => {
    const values = valuesOf(state, column, unit), center = values.reduce((sum, value) => sum + value / values.length, 0);
    return values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  };
  const units = state.places[column].units.map(({ unit }) => [spread(unit), unit]).sort(([one], [other]) => other - one);
  return units.slice(0, 2).map(([, unit]) => unit);
}

function setSpace(state, column, axes = column > 0 ? liveliest(state, column) : [0, 1]) {
  [state.space, state.axes] = [column, axes];
  state.axisFields.forEach((field, axis) => {
    field.hidden = column <= 0;
    field.replaceChildren();
    if (column > 0) for (let unit = 0; unit < widthOf(state, column); unit++) element(field, "option", "", String(unit + 1)).value = unit;
    field.value = axes[axis];
  });
  draw(state, true);
}

// ---- the hand

const placeOf = (canvas, event) => {
  const { left, top } = canvas.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
};

function watchWires(state) {
  const { wires } = state, same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
  wires.onpointermove = (event) => {
    if (!state.places) return;
    const found = foundAt(state, ...placeOf(wires, event), 5);
    wires.style.cursor = found ? "pointer" : "";
    if (same(found, state.hover)) return;
    state.hover = found;
    draw(state);
  };
  wires.onpointerleave = () => { state.hover = null; draw(state); };
  wires.onclick = (event) => {
    const found = foundAt(state, ...placeOf(wires, event), event.pointerType === "mouse" ? 6 : 14);
    pin(state, same(found, state.pinned) ? null : found);
    if (found && found.unit === undefined && event.pointerType === "mouse") { state.value.focus(); state.value.select(); }
  };
  wires.onkeydown = (event) => walk(state, event);
}

// Arrows go from unit to unit, and from layer to layer.
function walk(state, event) {
  const here = state.pinned?.unit === undefined ? null : state.pinned;
  const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key], down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (across || down) {
    event.preventDefault();
    const column = Math.max(0, Math.min(lastOf(state), here ? here.column + (across ?? 0) : 0)), { units } = state.places[column];
    const at = here ? (state.places[here.column].units.findIndex(({ unit }) => unit === here.unit) + (down ?? 0)) : 0;
    pin(state, { column, unit: units[Math.max(0, Math.min(units.length - 1, at))].unit });
  } else if (event.key === "Enter" && here?.column) {
    event.preventDefault();
    state.which.focus();
  } else if (event.key === "Escape") pin(state, null);
  else if (event.key === " ") {
    event.preventDefault();
    play(state);
  }
}

function watchSurface(state) {
  const { surface } = state;
  surface.onclick = (event) => {
    const [x, y] = placeOf(surface, event), near = state.dots.map((one) => ({ ...one, apart: Math.hypot(one.place[0] - x, one.place[1] - y) })).sort((one, other) => one.apart - other.apart)[0];
    if (near && near.apart < (event.pointerType === "mouse" ? 6 : 14)) return sendExample(state, near.example);
    if (!state.area?.unplace) return;
    const limit = state.data.limit, point = state.area.unplace(x, y).map((at) => Math.max(-limit, Math.min(limit, at)));
    send(state, Float32Array.from(point));
  };
  surface.onkeydown = (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "Escape") return send(state, null);
    if (!step) return;
    event.preventDefault();
    if (state.data.limit) send(state, (state.point ?? new Float32Array(2)).map((at, axis) => at + step[axis] * state.data.limit * 0.05));
    else if (state.examples) sendExample(state, ((state.example ?? -1) + step[0] - step[1] + state.examples.count) % state.examples.count);
  };
}

function sendExample(state, example) {
  const { x, y, count } = state.examples;
  state.example = example;
  send(state, Float32Array.from(state.data.names, (_, input) => x[input * count + example]), state.data.target.classes ? y[example] : null);
}

// ---- building

function build(state) {
  const { root, data } = state;
  root.replaceChildren();
  for (const [sign, place] of [["negative", 0], ["positive", -1]]) root.style.setProperty(`--${sign}`, data.scales.diverging.at(place));
  state.ramps = Object.fromEntries(Object.entries(data.scales).map(([name, colors]) => [name, rampOf(colors)]));
  state.derives = data.layers[0]?.kind === "derive";
  state.inputs = state.derives ? data.layers[0].titles : data.names;
  state.quiet = packed(...rgbOf(data.quiet));
  state.classRamps = (data.target.colours ?? []).map((color) => rampOf(["#FFFFFF", color]));
  Object.assign(state, tensorsOf(data.layers, data.names.length), { columns: columnsOf(data.layers), form: "", legendForm: "", editForm: "" });
  state.side = SIDES.find(([most]) => state.size <= most)[1];
  state.mesh = data.limit ? meshOf(state.side, -data.limit, data.limit) : null;
  Object.assign(state, { point: null, hover: null, pinned: null, space: 0, axes: [0, 1], dots: [], wave: Infinity, places: null });
  const stage = element(root, "div", "stage"), net = element(stage, "div", "net"), answer = element(stage, "div", "answer");
  state.heads = element(net, "div", "heads");
  state.wires = element(net, "canvas", "wires");
  Object.assign(state.wires, { tabIndex: 0 });
  state.wires.setAttribute("role", "application");
  state.wires.setAttribute("aria-label", `The network: ${state.columns.map((_, column) => `${unitsName(state, column)} ${widthOf(state, column)}`).join(" to ")}. Arrow keys go from unit to unit, Enter to its weights, Space plays.`);
  buildAnswer(state, answer);
  buildTime(state, element(root, "div", "time"));
  buildFields(state, element(root, "div", "fields"));
  const told = element(root, "div", "told");
  state.info = element(told, "p", "info");
  state.info.setAttribute("aria-live", "polite");
  state.gradient = element(told, "button", "gradient", "Its gradient");
  Object.assign(state.gradient, { type: "button", title: "Opens one step of training, number by number: what the gradient of a weight is made of", onclick: () => state.tell("gradient", true) });
  watchWires(state);
  watchSurface(state);
}

function buildAnswer(state, answer) {
  const bar = element(answer, "div", "bar"), view = element(bar, "select", "view");
  view.setAttribute("aria-label", "What is shown");
  element(view, "option", "", state.data.limit ? "Answer over the plane" : "Answers").value = 0;
  state.columns.forEach((_, column) => {
    if (column && column < lastOf(state) && widthOf(state, column) > 1 && (state.data.limit || state.examples)) element(view, "option", "", `Space of ${unitsName(state, column)}`).value = column;
  });
  state.axisFields = ["across", "up"].map((way) => {
    const field = element(bar, "select", "axis");
    Object.assign(field, { hidden: true, title: `Unit ${way}`, onchange: () => setSpace(state, state.space, state.axisFields.map(({ value }) => +value)) });
    field.setAttribute("aria-label", `Unit ${way}`);
    return field;
  });
  view.onchange = () => setSpace(state, +view.value);
  state.surface = element(answer, "canvas", "surface");
  Object.assign(state.surface, { tabIndex: 0 });
  state.surface.setAttribute("role", "img");
  state.legend = element(answer, "div", "legend");
}

const toggle = (parent, text, title, is, change) => {
  const field = element(parent, "label", "toggle"), box = element(field, "input");
  Object.assign(box, { type: "checkbox", checked: is, onchange: () => change(box.checked) });
  field.title = title;
  field.append(text);
};

function buildTime(state, time) {
  state.play = element(time, "button", "play", "Play");
  Object.assign(state.play, { type: "button", title: "Shows again how it learned, moment by moment", onclick: () => play(state) });
  state.slider = element(time, "input", "slider");
  Object.assign(state.slider, { type: "range", min: 0, step: 1, oninput: () => scrub(state, +state.slider.value), onchange: () => report(state) });
  state.slider.setAttribute("aria-label", "Moment of training");
  state.moment = element(time, "output", "moment");
  state.live = element(time, "button", "live");
  Object.assign(state.live, { type: "button", onclick: () => { stop(state); state.edits.clear(); state.follows = true; state.at = state.frames.length - 1; show(state, true); } });
  const speed = element(time, "select", "speed");
  for (const one of SPEEDS) element(speed, "option", "", one === 1 ? "1 frame/s" : `${one} frames/s`).value = one;
  Object.assign(speed, { value: state.speed, title: "How fast Play shows the moments", onchange: () => { state.speed = +speed.value; if (state.timer) { stop(state); play(state); } } });
  speed.setAttribute("aria-label", "Speed of Play");
  if (state.examples && state.examples.count > state.examples.training) toggle(time, "Test", "Show test examples too: rings", state.showsTest, (is) => { state.showsTest = is; draw(state); });
  if (state.data.limit) toggle(time, "Steps", "Show the answer in plain steps: the likeliest class, or bands of the number", state.isDiscrete, (is) => { state.isDiscrete = is; draw(state, true); });
}

function buildFields(state, fields) {
  const point = element(fields, "div", "point"), edits = element(fields, "div", "edits");
  fields.classList.toggle("row", !state.data.limit);
  element(point, "b", "", state.data.limit ? "Point" : "Row");
  const { names } = state.data, { x, count } = state.examples ?? {};
  state.usual = names.map((_, input) => (x ? x.subarray(input * count, (input + 1) * count).reduce((sum, one) => sum + one / count, 0) : 0));
  state.fields = names.map((name) => {
    const field = element(point, "label"), box = element(field, "input");
    Object.assign(box, { type: "number", step: "any", placeholder: state.data.limit ? name : "", title: name, oninput: () => typed(state) });
    box.setAttribute("aria-label", name);
    if (state.data.limit) box.before(name + " ");
    else box.before(Object.assign(document.createElement("small"), { textContent: name, title: name }));
    return box;
  });
  state.unsend = element(point, "button", "", "Clear");
  Object.assign(state.unsend, { type: "button", disabled: true, onclick: () => send(state, null) });
  element(edits, "b", "", "What if");
  state.which = element(edits, "select", "which");
  state.which.setAttribute("aria-label", "Weight");
  state.which.onchange = () => drawEdit(state);
  state.value = element(edits, "input", "value");
  Object.assign(state.value, { type: "number", step: 0.1, title: "Another value: the surface follows at once", oninput: () => edit(state, +state.which.value, state.value.value === "" ? NaN : +state.value.value) });
  state.value.setAttribute("aria-label", "Value of the weight");
  state.reset = element(edits, "button", "", "Reset");
  Object.assign(state.reset, { type: "button", onclick: () => { state.edits.clear(); show(state, true); } });
  state.branch = element(edits, "button", "branch");
  Object.assign(state.branch, { type: "button", onclick: () => state.tell("branch", editsSaid(state)) });
}

function take(state, frames) {
  const known = new Set(state.frames.map(({ step }) => step));
  for (const [step, text] of frames) if (!known.has(step)) state.frames.push({ step, weights: decoded(text) });
  state.frames.sort((one, other) => one.step - other.step);
  if (state.frames.length > MOST_FRAMES) state.frames = state.frames.filter((_, at) => at % 2 === 0 || at === state.frames.length - 1);
}

// Show the newest of some moments, unless another is looked at.
function arrive(state, frames) {
  if (state.isOver && frames.length) {
    stop(state);
    Object.assign(state, { isOver: false, follows: true, frames: [], seenStep: null, reported: false });
    state.edits.clear();
  }
  const wasLast = state.follows || state.at === state.frames.length - 1, step = state.frames[state.at]?.step;
  take(state, frames);
  state.at = wasLast && !state.timer && !state.edits.size ? state.frames.length - 1 : Math.max(0, state.frames.findIndex((frame) => frame.step === step));
  show(state, state.frames[state.at]?.step !== step);
}

// The examples, number after number, as they are computed.
function examplesOf({ examples, names }) {
  if (!examples) return null;
  const rows = decoded(examples.x), y = decoded(examples.y), count = y.length, x = new Float32Array(rows.length);
  rows.forEach((value, at) => { x[(at % names.length) * count + Math.floor(at / names.length)] = value; });
  return { x, y, count, training: examples.training };
}

export default function ({ data, parentElement, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".graph");
  let state = states.get(root);
  if (!state) {
    state = { root, frames: [], at: 0, follows: true, edits: new Map(), speed: USUAL_SPEED, showsTest: true, isDiscrete: false, timer: 0, hidden: Boolean(data.isHidden) };
    states.set(root, state);
    const see = (hidden) => { if (state.hidden !== hidden) state.hide(state.hidden = hidden); };
    state.watch = new IntersectionObserver((entries) => {
      clearTimeout(state.leaving);
      if (entries.at(-1).isIntersecting) see(false);
      else state.leaving = setTimeout(see, AWAY_MS, true);
    });
    state.watch.observe(root);
    state.sizes = new ResizeObserver(() => { if (root.clientWidth !== state.drawn) draw(state); state.drawn = root.clientWidth; });
    state.sizes.observe(root);
  }
  const structure = JSON.stringify([data.layers, data.names, data.target, data.limit, Boolean(data.examples), data.canChoose]), isOther = state.identity !== data.identity;
  Object.assign(state, { data, tell: setTriggerValue, hide: (hidden) => setStateValue("hidden", hidden) });
  if (isOther) state.isOver = true; // what is shown stays until there is something of the other
  const { graphs, waiting } = (window.glassboxGraphs ??= { graphs: new Map(), waiting: new Map() });
  if (graphs.get(state.identity) === state.arrive) graphs.delete(state.identity);
  state.identity = data.identity;
  if (data.isLive) graphs.set(data.identity, (state.arrive = (frames) => arrive(state, frames)));
  state.examples = examplesOf(data);
  if (state.structure !== structure) {
    state.structure = structure;
    if (state.isOver) state.frames = [];
    build(state);
  }
  arrive(state, [...data.frames, ...(waiting.get(data.identity) ?? [])]);
  waiting.delete(data.identity);
  if (data.step !== state.seenStep && data.step !== null && !data.isLive) {
    if (!state.reported && !state.timer) state.at = state.frames.reduce((best, { step }, at) => (Math.abs(step - data.step) < Math.abs(state.frames[best].step - data.step) ? at : best), 0);
    [state.seenStep, state.reported] = [data.step, false];
    show(state);
  }
  for (const button of state.heads.querySelectorAll("button")) button.classList.toggle("edited", data.edited.includes(button.dataset.layer));
  return () => {
    if (root.isConnected) return; // only this call was superseded
    if (graphs.get(state.identity) === state.arrive) graphs.delete(state.identity);
    stop(state);
    clearInterval(state.waving);
    clearTimeout(state.leaving);
    state.watch.disconnect();
    state.sizes.disconnect();
  };
}
