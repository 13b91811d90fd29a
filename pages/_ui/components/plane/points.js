// Points live in the browser while they are placed; each finished stroke is sent as a whole.
const SIDE = 480, NEAR = 14, WIPE = 18, SPREAD = 26; // pixels of the canvas
const DOT = 4.5, STEP = 12, FINE = 3, KEPT = 100; // states for Undo
const SPRAYED_MS = 40; // between two points while spraying
const planes = new WeakMap();

const x = (plane, at) => ((at + plane.limit) / (2 * plane.limit)) * SIDE;
const y = (plane, at) => SIDE - x(plane, at);
const back = (plane, [left, top]) => [
  ((left / SIDE) * 2 - 1) * plane.limit, (1 - (top / SIDE) * 2) * plane.limit,
].map((at) => Math.max(-plane.limit, Math.min(plane.limit, Math.round(at * 1000) / 1000)));

// The colour of a number, on a scale that is as long on both sides of 0.
function hue({ ramp, reach }, value) {
  const place = Math.max(0, Math.min(1, (value / reach + 1) / 2)) * (ramp.length - 1), below = Math.min(Math.floor(place), ramp.length - 2);
  const [from, to] = [ramp[below], ramp[below + 1]].map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return `rgb(${from.map((part, at) => Math.round(part + (place - below) * (to[at] - part))).join()})`;
}
const said = (value) => String(+value.toPrecision(3)).replace("-", "\u2212");

function draw(plane) {
  const { pen, canvas, colors } = plane, style = getComputedStyle(canvas);
  pen.clearRect(0, 0, SIDE, SIDE);
  pen.strokeStyle = style.getPropertyValue("--st-border-color");
  pen.fillStyle = style.color;
  pen.font = "12px " + style.fontFamily;
  pen.lineWidth = 1;
  for (const at of [-1, 0, 1]) {
    pen.beginPath();
    pen.moveTo(x(plane, at), 0);
    pen.lineTo(x(plane, at), SIDE);
    pen.moveTo(0, y(plane, at));
    pen.lineTo(SIDE, y(plane, at));
    pen.stroke();
    pen.fillText(String(at), x(plane, at) + 3, SIDE - 4);
    if (at) pen.fillText(String(at), 3, y(plane, at) - 4);
  }
  pen.fillText("x", SIDE - 12, SIDE - 4);
  pen.fillText("y", 3, 12);
  pen.strokeStyle = style.getPropertyValue("--st-background-color");
  for (const [px, py, label] of plane.points) {
    pen.beginPath();
    pen.arc(x(plane, px), y(plane, py), DOT, 0, 2 * Math.PI);
    pen.fillStyle = plane.ramp ? hue(plane, label) : colors[label];
    pen.fill();
    pen.stroke();
  }
  if (document.activeElement === canvas && canvas.matches(":focus-visible")) {
    const [left, top] = plane.cursor;
    pen.strokeStyle = style.color;
    pen.strokeRect(left - 7, top - 7, 14, 14);
  }
}

function nearest(plane, [left, top], most) {
  let best = -1, apart = most;
  plane.points.forEach(([px, py], at) => {
    const distance = Math.hypot(x(plane, px) - left, y(plane, py) - top);
    if (distance <= apart) [best, apart] = [at, distance];
  });
  return best;
}

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

function add(plane, place) {
  if (plane.points.length < plane.most) plane.points.push([...back(plane, place), plane.color]);
}

function spray(plane) {
  const [left, top] = plane.here;
  add(plane, [left + SPREAD * normal(), top + SPREAD * normal()]);
  draw(plane);
}

function remember(plane) {
  plane.before.push(plane.points.map((point) => [...point]));
  if (plane.before.length > KEPT) plane.before.shift();
}

// Ends a stroke: draws, counts and sends.
function finish(plane) {
  draw(plane);
  say(plane);
  plane.send("placed", { version: plane.version, points: plane.points });
}

function say(plane) {
  const values = plane.points.map((point) => point[2]), field = plane.root.querySelector(".number");
  const counts = plane.ramp ? [] : plane.names.map((name, label) => [name, plane.points.filter((point) => point[2] === label).length]);
  const listed = plane.ramp && values.length ? `${values.length} point${values.length === 1 ? "" : "s"}, from ${said(Math.min(...values))} to ${said(Math.max(...values))}` : counts.filter(([, count]) => count).map(([name, count]) => `${count} ${name}`).join(", ");
  const full = plane.points.length >= plane.most ? ` That is as many as fit here.` : "";
  plane.root.querySelector(".counts").textContent = (listed || "No points yet: click in the plane.") + full;
  field.querySelector("output").textContent = said(plane.color);
  field.querySelector("i").style.background = plane.ramp ? hue(plane, plane.color) : "";
  plane.root.querySelector(".undo").disabled = !plane.before.length;
  plane.root.querySelector(".clear").disabled = !plane.points.length;
  for (const button of plane.root.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === plane.tool));
  }
  plane.root.querySelectorAll(".colors button").forEach((button, label) => {
    button.setAttribute("aria-pressed", String(label === plane.color));
  });
}

const DOWN = {
  place: (plane) => add(plane, plane.here),
  spray: (plane) => { spray(plane); plane.timer = setInterval(() => spray(plane), SPRAYED_MS); },
  move: (plane) => { plane.held = nearest(plane, plane.here, NEAR); },
  remove: (plane) => wipe(plane),
};
const MOVE = {
  place: () => {},
  spray: () => {},
  move: (plane) => { if (plane.held >= 0) plane.points[plane.held].splice(0, 2, ...back(plane, plane.here)); },
  remove: (plane) => wipe(plane),
};

function wipe(plane) {
  const [left, top] = plane.here;
  plane.points = plane.points.filter(([px, py]) => Math.hypot(x(plane, px) - left, y(plane, py) - top) > WIPE);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function press(plane, event) {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const step = event.shiftKey ? FINE : STEP;
    plane.cursor = plane.cursor.map((at, axis) => Math.max(0, Math.min(SIDE, at + arrow[axis] * step)));
  } else if (event.key === "Enter" || event.key === " ") {
    remember(plane);
    add(plane, plane.cursor);
    finish(plane);
  } else if (event.key === "Delete" || event.key === "Backspace") {
    const at = nearest(plane, plane.cursor, 2 * NEAR);
    if (at >= 0) {
      remember(plane);
      plane.points.splice(at, 1);
      finish(plane);
    }
  } else return;
  event.preventDefault();
  draw(plane);
}

function listen(plane) {
  const { canvas, root } = plane;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    plane.here = [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  };
  const lift = (event) => {
    if (event.pointerId !== plane.pointer) return;
    plane.pointer = null;
    clearInterval(plane.timer);
    plane.held = -1;
    finish(plane);
  };
  canvas.onpointerdown = (event) => {
    if (event.button || plane.pointer !== null) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    plane.pointer = event.pointerId;
    place(event);
    remember(plane);
    DOWN[plane.tool](plane);
    draw(plane);
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== plane.pointer) return;
    place(event);
    MOVE[plane.tool](plane);
    draw(plane);
  };
  canvas.onpointerup = canvas.onpointercancel = canvas.onlostpointercapture = lift;
  canvas.onfocus = canvas.onblur = () => draw(plane);
  canvas.onkeydown = (event) => press(plane, event);
  for (const button of root.querySelectorAll("[data-tool]")) {
    button.onclick = () => { plane.tool = button.dataset.tool; say(plane); };
  }
  root.querySelector(".undo").onclick = () => { plane.points = plane.before.pop(); finish(plane); };
  root.querySelector(".clear").onclick = () => { remember(plane); plane.points = []; finish(plane); };
}

function build(root, { colors }) {
  const canvas = root.querySelector("canvas");
  canvas.width = canvas.height = SIDE;
  const plane = {
    root, canvas, pen: canvas.getContext("2d"), names: Object.keys(colors), colors: Object.values(colors),
    color: 0, tool: "place", points: [], before: [], pointer: null, held: -1, here: [0, 0], cursor: [SIDE / 2, SIDE / 2],
  };
  root.querySelector(".colors").replaceChildren(...plane.names.map((name, label) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = name;
    button.setAttribute("aria-label", `Points of the class ${name}`);
    button.appendChild(document.createElement("i")).style.background = plane.colors[label];
    button.onclick = () => { plane.color = label; say(plane); };
    return button;
  }));
  const slider = root.querySelector(".number input");
  slider.oninput = () => { plane.color = +slider.value; say(plane); };
  listen(plane);
  return plane;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".placing");
  let plane = planes.get(root);
  if (!plane) planes.set(root, (plane = build(root, data)));
  plane.send = setStateValue;
  const { limit, most, ramp, reach } = data, slider = root.querySelector(".number input");
  Object.assign(plane, { limit, most, ramp, reach });
  root.querySelector(".number").hidden = !ramp;
  root.querySelector(".colors").hidden = Boolean(ramp);
  if (ramp) Object.assign(slider, { min: -reach, max: reach, value: plane.color });
  plane.canvas.setAttribute("aria-label", `The plane: place points ${ramp ? "with numbers" : "of several classes"}`);
  if (plane.version !== data.version) {
    Object.assign(plane, { version: data.version, points: data.points.map((point) => [...point]), before: [] });
  }
  draw(plane);
  say(plane);
}
