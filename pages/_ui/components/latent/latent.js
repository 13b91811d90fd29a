// Where the sliders stand is sent, and the next place only after the last has been answered, to spare a busy server.
const STEPS = 80; // along each slider
const IMPATIENT_MS = 1500; // an answer this late counts as lost
const states = new WeakMap();

function add(parent, tag, name = "", text = "") {
  const element = parent.appendChild(document.createElement(tag));
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

// Sends the places, or waits until the last ones are answered.
function send(state) {
  const waited = performance.now() - state.sentAt;
  clearTimeout(state.timer);
  state.isWaiting = state.sent > state.seen && waited < IMPATIENT_MS;
  if (state.isWaiting) {
    state.timer = setTimeout(() => send(state), IMPATIENT_MS - waited);
    return;
  }
  state.sent = Math.max(state.sent, state.seen) + 1;
  state.sentAt = performance.now();
  state.setStateValue("moved", { number: state.sent, places: state.inputs.map((input) => +input.value) });
}

function written(state) {
  state.inputs.forEach((input, index) => (state.numbers[index].textContent = (+input.value).toFixed(1)));
  state.reset.disabled = state.inputs.every((input) => +input.value === 0);
}

function build(state, { labels, most, shape }) {
  const { root } = state, column = add(root, "div", "sliders");
  state.numbers = [];
  state.inputs = labels.map((text) => {
    const label = add(column, "label");
    add(label, "span", "", text);
    state.numbers.push(add(label, "span"));
    const input = add(label, "input");
    Object.assign(input, { type: "range", min: -most, max: most, step: (2 * most) / STEPS });
    input.value = 0;
    input.oninput = () => {
      written(state);
      send(state);
    };
    return input;
  });
  state.reset = add(column, "button", "", "Back to the sample");
  state.reset.type = "button";
  state.reset.onclick = () => {
    for (const input of state.inputs) input.value = 0;
    written(state);
    send(state);
  };
  const samples = add(root, "div", "samples");
  state.canvases = Array.from({ length: shape[0] }, () => add(samples, "canvas"));
  state.canvases[0].setAttribute("role", "img");
  written(state);
}

function paint(canvas, pixels, height, width, channels) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = pixels[p * channels + (channels === 3 ? c : 0)];
    image.data[4 * p + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".latent");
  let state = states.get(root);
  if (!state) {
    state = { root, sent: 0, seen: 0, sentAt: 0, timer: 0, isWaiting: false };
    states.set(root, state);
  }
  state.setStateValue = setStateValue;
  const structure = JSON.stringify([data.labels, data.most, data.shape]);
  if (state.structure !== structure) {
    state.structure = structure;
    root.replaceChildren();
    build(state, data);
  }
  state.seen = data.seen;
  root.dataset.seen = String(data.seen);
  const pixels = Uint8Array.from(atob(data.bytes), (letter) => letter.charCodeAt(0)), [, height, width, channels] = data.shape;
  const size = height * width * channels;
  state.canvases.forEach((canvas, index) => paint(canvas, pixels.subarray(index * size, (index + 1) * size), height, width, channels));
  state.canvases[0].setAttribute("aria-label", data.alt);
  if (state.isWaiting && state.seen >= state.sent) send(state);
}
