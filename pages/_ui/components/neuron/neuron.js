const SVG = "http://www.w3.org/2000/svg", MAP = 60, STEP_MS = 70, WIDE = 2.4, HIGH = 5; // pixels of the map; half sides
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const states = new WeakMap();
const put = (parent, name, marks, text) => {
  const made = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(marks)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};
const short = (number, digits = 3) => (Math.abs(number) < 1e4 ? number.toFixed(digits) : number.toExponential(1)).replace("-", "−");

function ground(state) { // the loss everywhere, on a logarithmic scale
  const { data, find } = state, [low, high] = data.range, canvas = find("canvas"), pen = canvas.getContext("2d");
  canvas.width = canvas.height = MAP;
  const image = pen.createImageData(MAP, MAP), losses = [];
  const at = (k) => low + ((k + 0.5) / MAP) * (high - low);
  for (let r = 0; r < MAP; r++) for (let c = 0; c < MAP; c++) losses.push(Math.log(lossOf(data.points, [at(c), at(MAP - 1 - r)]) + 1e-3));
  const least = Math.min(...losses), most = Math.max(...losses);
  losses.forEach((loss, k) => {
    const share = ((loss - least) / (most - least)) * (data.scale.length - 1), from = Math.min(Math.floor(share), data.scale.length - 2);
    const mixed = data.scale[from].map((part, i) => part + (data.scale[from + 1][i] - part) * (share - from));
    image.data.set([...mixed, 255], 4 * k);
  });
  pen.putImageData(image, 0, 0);
}

function axes(svg, x, y, names) {
  for (const at of x.ticks) put(svg, "text", { x: x.to(at), y: 296, class: "tick" }, String(at).replace("-", "−"));
  for (const at of y.ticks) put(svg, "text", { x: 4, y: y.to(at) + 4, class: "tick left" }, String(at).replace("-", "−"));
  put(svg, "text", { x: 292, y: 282, class: "tick" }, names[0]);
  put(svg, "text", { x: 4, y: 14, class: "tick left" }, names[1]);
}

const scale = (half, ticks, isDown) => ({ ticks, to: (at) => 150 + (isDown ? -1 : 1) * (at / half) * 140 });

function drawLine(state) {
  const { data, find, mine, theirs } = state, svg = find(".line");
  const x = scale(WIDE, [-2, 0, 2]), y = scale(HIGH, [-4, 0, 4], true);
  svg.replaceChildren();
  svg.setAttribute("viewBox", "0 0 300 300");
  svg.setAttribute("aria-label", `${data.points.length} points and the line y = ${short(mine[0], 2)} x + ${short(mine[1], 2)}`);
  put(svg, "path", { d: `M${x.to(-WIDE)} ${y.to(0)}H${x.to(WIDE)}M${x.to(0)} ${y.to(-HIGH)}V${y.to(HIGH)}`, class: "axis" });
  const line = ([w, b], colour, more = {}) => put(svg, "path", {
    d: `M${x.to(-WIDE)} ${y.to(-w * WIDE + b)}L${x.to(WIDE)} ${y.to(w * WIDE + b)}`, stroke: colour, "stroke-width": 2.5, ...more });
  for (const [px, py] of data.points) {
    put(svg, "path", { d: `M${x.to(px)} ${y.to(py)}V${y.to(mine[0] * px + mine[1])}`, class: "bar" });
    put(svg, "circle", { cx: x.to(px), cy: y.to(py), r: 3.5, class: "dot" });
  }
  line(mine, data.mine);
  if (theirs.length) line(theirs.at(-1), data.theirs, { "stroke-dasharray": "6 4" });
  axes(svg, x, y, ["x", "y"]);
}

function drawMap(state) {
  const { data, find, mine, theirs, walked } = state, svg = find(".map"), high = data.range[1];
  const x = scale(high, [-2, 0, 2]), y = scale(high, [-2, 0, 2], true);
  const to = ([w, b]) => `${Math.max(-99, Math.min(399, x.to(w)))} ${Math.max(-99, Math.min(399, y.to(b)))}`;
  svg.replaceChildren();
  svg.setAttribute("viewBox", "0 0 300 300");
  svg.setAttribute("aria-label", "Your way and that of gradient descent over the loss");
  const way = (places, colour, more = {}) => {
    put(svg, "path", { d: "M" + places.map(to).join("L"), stroke: "white", "stroke-width": 4 });
    put(svg, "path", { d: "M" + places.map(to).join("L"), stroke: colour, "stroke-width": 2.2, ...more });
    const [w, b] = places.at(-1);
    put(svg, "circle", { cx: x.to(w), cy: y.to(b), r: 5, fill: colour, stroke: "white", "stroke-width": 1.5 });
  };
  way([...walked, mine], data.mine);
  if (theirs.length) way([data.start, ...theirs], data.theirs, { "stroke-dasharray": "4 2" });
  axes(svg, x, y, ["w", "b"]);
}

function say(state) {
  const { data, find, mine, theirs } = state, best = bestOf(data.points), yours = lossOf(data.points, mine);
  const [dw, db] = gradientOf(data.points, mine), least = lossOf(data.points, best);
  let said = `Your loss: ${short(yours)}. No line has less than ${short(least)}.`;
  if (theirs.length) {
    const its = lossOf(data.points, theirs.at(-1));
    const is = !Number.isFinite(its) || its > 10 * lossOf(data.points, data.start) ? "It jumped out of the valley: the learning rate is too big."
      : Math.abs(its - yours) < 5e-4 ? "That is a draw." : its < yours ? "It is ahead." : "You are ahead.";
    said += ` Gradient descent after ${theirs.length} step${theirs.length > 1 ? "s" : ""}: ${short(its)}. ${is}`;
  }
  find(".said").textContent = said;
  find(".written").textContent = `Here the loss rises by ${short(dw)} for each unit of w and by ${short(db)} for each unit of b. `
    + `So one step goes the other way: w ← ${short(mine[0])} − ${data.rate} · (${short(dw)}) = ${short(mine[0] - data.rate * dw)}, `
    + `b ← ${short(mine[1])} − ${data.rate} · (${short(db)}) = ${short(mine[1] - data.rate * db)}.`;
  state.inputs.forEach((input, k) => {
    input.value = mine[k];
    input.nextElementSibling.textContent = short(mine[k], 2);
  });
  find(".race").textContent = state.timer ? "Pause" : theirs.length >= data.steps ? "Race again" : "Race gradient descent";
}

function draw(state) {
  drawLine(state);
  drawMap(state);
  say(state);
}

function step(state) {
  const from = state.theirs.at(-1) ?? state.data.start;
  state.theirs.push(descend(state.data.points, from, state.data.rate));
  if (state.theirs.length >= state.data.steps) halt(state);
  draw(state);
}

function halt(state) {
  clearInterval(state.timer);
  state.timer = 0;
}

function listen(state) {
  const { find } = state;
  state.inputs.forEach((input, k) => {
    const [low, high] = state.data.range;
    Object.assign(input, { min: low, max: high, step: 0.05 });
    input.oninput = () => {
      state.walked.push([...state.mine]);
      state.mine[k] = +input.value;
      draw(state);
    };
  });
  find(".race").onclick = () => {
    if (state.timer) halt(state);
    else {
      if (state.theirs.length >= state.data.steps) state.theirs = [];
      if (CALM.matches) while (state.theirs.length < state.data.steps - 1) state.theirs.push(descend(state.data.points, state.theirs.at(-1) ?? state.data.start, state.data.rate));
      state.timer = setInterval(() => step(state), STEP_MS);
    }
    draw(state);
  };
  find(".step").onclick = () => { halt(state); if (state.theirs.length < state.data.steps) step(state); };
  find(".again").onclick = () => { begin(state); draw(state); };
}

function begin(state) {
  halt(state);
  Object.assign(state, { mine: [...state.data.start], theirs: [], walked: [] });
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".neuron"), find = (name) => root.querySelector(name);
  let state = states.get(root);
  const isNew = !state;
  if (isNew) states.set(root, (state = { find, timer: 0, inputs: [find(".w"), find(".b")] }));
  const given = JSON.stringify([data.points, data.rate]);
  const isOther = state.given !== given;
  Object.assign(state, { data, given });
  if (isNew) begin(state), listen(state);
  else if (isOther) halt(state), (state.theirs = []);
  ground(state);
  draw(state);
  return () => halt(state);
}
