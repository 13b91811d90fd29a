// A drawing is sent small, and the next one only after the last has been answered, to spare a busy server.
const SIDE = 84; // pixels sent along each side: three times MNIST's 28
const BIG = 280; // pixels drawn along each side
const PEN = 22; // stroke width in pixels
const IMPATIENT_MS = 1500; // an answer this late counts as lost
const STEP = 10, FINE = 2; // pixels that an arrow key moves the cursor, without and with Shift
const canvases = new WeakMap();

function make(root) {
  const canvas = root.querySelector("canvas");
  const state = {
    root, canvas, pen: canvas.getContext("2d", { willReadFrequently: true }), small: document.createElement("canvas"),
    strokes: [], base: null, colors: [], color: 0, cursor: [BIG / 2, BIG / 2], pointer: null, sent: 0, seen: 0, sentAt: 0, isWaiting: false, timer: 0,
  };
  state.small.width = state.small.height = SIDE;
  canvas.width = canvas.height = BIG;
  return state;
}

// Draws each stroke in the colour of its class; with `only`, just that class, in white, as it is sent.
function paint(state, only = null) {
  const { pen } = state;
  pen.clearRect(0, 0, BIG, BIG);
  if (state.base) {
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(state.base, 0, 0, BIG, BIG);
  }
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = PEN;
  for (const { color, points: stroke } of state.strokes) {
    if (only !== null && color !== only) continue;
    pen.strokeStyle = pen.fillStyle = only === null && state.colors[color] || "#fff";
    pen.beginPath();
    if (stroke.length === 1) {
      pen.arc(...stroke[0], PEN / 2, 0, 2 * Math.PI);
      pen.fill();
      continue;
    }
    pen.moveTo(...stroke[0]);
    for (const point of stroke.slice(1)) pen.lineTo(...point);
    pen.stroke();
  }
}

// Returns the pixels of all classes, one class after another.
function read(state) {
  if (!state.colors.length) return btoa(readSheet(state));
  let text = "";
  for (let color = 0; color < used(state); color++) {
    paint(state, color);
    text += readSheet(state);
  }
  paint(state);
  return btoa(text);
}

function readSheet(state) {
  const small = state.small.getContext("2d", { willReadFrequently: true });
  small.clearRect(0, 0, SIDE, SIDE);
  small.imageSmoothingEnabled = true;
  small.imageSmoothingQuality = "high";
  small.drawImage(state.canvas, 0, 0, SIDE, SIDE);
  const rgba = small.getImageData(0, 0, SIDE, SIDE).data;
  let text = "";
  for (let i = 0; i < SIDE * SIDE; i++) text += String.fromCharCode(Math.round((rgba[4 * i] * rgba[4 * i + 3]) / 255));
  return text;
}

// Returns how many classes have strokes; a class can only be used once the one before it is.
const used = (state) => 1 + Math.max(-1, ...state.strokes.map(({ color }) => color));

function isEmpty(state) {
  return !state.strokes.length && !state.base;
}

// Sends the drawing, or waits until the last one is answered.
function send(state) {
  const waited = performance.now() - state.sentAt;
  if (state.sent > state.seen && waited < IMPATIENT_MS) {
    state.isWaiting = true;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(state), IMPATIENT_MS - waited);
    return;
  }
  clearTimeout(state.timer);
  state.isWaiting = false;
  state.sent = Math.max(state.sent, state.seen) + 1;
  state.sentAt = performance.now();
  state.root.dataset.sent = String(state.sent);
  const pixels = isEmpty(state) ? "" : read(state);
  state.setStateValue("drawing", { number: state.sent, pixels, is_down: state.pointer !== null });
}

function changed(root, state) {
  paint(state);
  root.querySelector(".undo").disabled = root.querySelector(".clear").disabled = isEmpty(state);
  root.querySelector(".hint").hidden = !isEmpty(state);
  showColors(root, state);
  if (!state.colors.length || state.pointer === null) send(state); // sheets of several classes are sent only after each stroke
}

function showColors(root, state) {
  const most = Math.min(used(state), state.colors.length - 1);
  state.color = Math.max(0, Math.min(state.color, most));
  root.querySelectorAll(".colors button").forEach((button, index) => {
    button.disabled = index > most;
    button.setAttribute("aria-pressed", String(index === state.color));
  });
}

function makeColors(root, state, names) {
  state.colors = Object.values(names);
  root.querySelector(".colors").replaceChildren(...Object.entries(names).map(([name, color], index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = name;
    button.setAttribute("aria-label", `Draw the class ${name}`);
    button.appendChild(document.createElement("i")).style.background = color;
    button.onclick = () => { state.color = index; showColors(root, state); };
    return button;
  }));
  showColors(root, state);
}

// Ends the stroke, even if it was cleared while being drawn.
function lift(root, state) {
  state.pointer = null;
  changed(root, state);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Draws by keyboard: arrows move the cursor, Enter or Space places a point there, Delete removes the newest one there.
function press(root, state, event) {
  const arrow = ARROWS[event.key], isPlaced = event.key === "Enter" || event.key === " ";
  if (!arrow && !isPlaced && event.key !== "Delete" && event.key !== "Backspace") return;
  event.preventDefault();
  if (arrow) return point(root, state, arrow.map((way) => way * (event.shiftKey ? FINE : STEP)));
  if (state.pointer !== null) return;
  if (isPlaced) state.strokes.push({ color: state.color, points: [[...state.cursor]] });
  else {
    const newest = state.strokes.findLastIndex(({ points }) => points.some((each) => isUnder(state.cursor, each)));
    if (newest < 0) return;
    state.strokes.splice(newest, 1);
  }
  lift(root, state);
}

const isUnder = ([x, y], [left, top]) => Math.hypot(x - left, y - top) <= PEN / 2;

function point(root, state, [across, down]) {
  const within = (place) => Math.max(0, Math.min(BIG, place));
  state.cursor = [within(state.cursor[0] + across), within(state.cursor[1] + down)];
  const { style } = root.querySelector(".cursor");
  style.left = (100 * state.cursor[0]) / BIG + "%";
  style.top = (100 * state.cursor[1]) / BIG + "%";
}

function listen(root, state) {
  const { canvas } = state;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * BIG) / box.width, ((event.clientY - box.top) * BIG) / box.height];
  };
  // Else a fast stroke becomes a fling, during which the browser ignores a tap on Undo.
  canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  canvas.onpointerdown = (event) => {
    if (event.button || state.pointer !== null) return; // a second finger, or a palm, draws nothing
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    state.pointer = event.pointerId;
    state.strokes.push({ color: state.color, points: [place(event)] });
    changed(root, state);
  };
  canvas.onpointermove = (event) => {
    if (event.pointerId !== state.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) state.strokes[state.strokes.length - 1].points.push(place(each));
    changed(root, state);
  };
  canvas.onpointerup = canvas.onpointercancel = canvas.onlostpointercapture = (event) => {
    if (event.pointerId !== state.pointer) return;
    lift(root, state);
  };
  canvas.onfocus = () => point(root, state, [0, 0]);
  canvas.onkeydown = (event) => press(root, state, event);
  root.querySelector(".undo").onclick = () => {
    if (state.strokes.length) state.strokes.pop();
    else state.base = null;
    lift(root, state);
  };
  root.querySelector(".clear").onclick = () => {
    state.strokes = [];
    state.base = null;
    lift(root, state);
  };
}

function show(root, state, samples) {
  const place = root.querySelector(".samples");
  const key = samples.map((sample) => sample.alt).join("|");
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...samples.map((sample) => {
    const button = document.createElement("button"), image = document.createElement("img");
    button.type = "button";
    button.setAttribute("aria-label", sample.alt);
    button.title = sample.alt;
    image.alt = "";
    image.src = "data:image/png;base64," + sample.png;
    button.appendChild(image);
    button.onclick = () => {
      state.strokes = [];
      state.base = image;
      lift(root, state);
    };
    return button;
  }));
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".pad");
  let state = canvases.get(root);
  if (!state) {
    state = make(root);
    canvases.set(root, state);
    listen(root, state);
    makeColors(root, state, data.colors);
    root.querySelector(".undo").disabled = root.querySelector(".clear").disabled = true;
  }
  state.setStateValue = setStateValue;
  root.hidden = data.is_hidden;
  root.querySelector(".hint").textContent = data.hint;
  state.canvas.setAttribute("aria-label", data.label);
  root.querySelector(".try").hidden = !data.samples;
  root.classList.toggle("offering", Boolean(data.samples));
  show(root, state, data.samples ?? []);
  state.seen = Math.max(state.seen, data.seen);
  if (data.seen === state.sent) root.dataset.answered = String(data.seen); // for benchmarks
  if (state.isWaiting && state.sent <= state.seen) send(state);
  else if (data.again_ms && !isEmpty(state)) {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(state), data.again_ms);
  }
}
