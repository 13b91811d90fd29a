// A move is sent only after the last one was answered, so that dragging shows as many moments as the server can.
const FRAME_MS = 350; // the least time that a moment is shown while it plays
const IMPATIENT_MS = 3000; // an answer this late counts as lost
const PLAY = "M8 5v14l11-7z", PAUSE = "M6 5h4v14H6zm8 0h4v14h-4z";
const states = new WeakMap();

function say(state) {
  const { data, slider, play, isPlaying } = state, icon = isPlaying ? PAUSE : PLAY;
  state.output.textContent = slider.ariaValueText = data.labels[+slider.value] ?? "";
  if (play.dataset.icon === icon) return;
  play.dataset.icon = icon;
  play.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${icon}" fill="currentColor"/></svg>`;
  play.title = isPlaying ? "Pause" : "Play the training";
  play.setAttribute("aria-label", play.title);
}

function send(state) {
  const waited = performance.now() - state.sentAt;
  if (state.sent > state.seen && waited < IMPATIENT_MS) {
    state.isWaiting = true;
    return;
  }
  state.isWaiting = false;
  state.sent = Math.max(state.sent, state.seen) + 1;
  state.sentAt = performance.now();
  state.setStateValue("moved", { number: state.sent, step: state.data.steps[+state.slider.value] });
}

function playOn(state) {
  clearTimeout(state.timer);
  if (!state.isPlaying) return;
  const { slider } = state;
  if (+slider.value >= +slider.max) state.isPlaying = false;
  else {
    slider.value = +slider.value + 1;
    send(state);
    state.timer = setTimeout(() => playOn(state), IMPATIENT_MS); // unless it is answered sooner
  }
  say(state);
}

function make(root, state) {
  states.set(root, state);
  state.slider.oninput = () => {
    state.isPlaying = false;
    send(state);
    say(state);
  };
  state.play.onclick = () => {
    state.isPlaying = !state.isPlaying;
    if (state.isPlaying && +state.slider.value >= +state.slider.max) state.slider.value = -1;
    playOn(state);
    say(state);
  };
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".timeline"), find = (part) => root.querySelector(part);
  const made = states.get(root);
  const state = made ?? { slider: find("input"), play: find("button"), output: find("output"), sent: 0, seen: 0, sentAt: 0, timer: 0 };
  if (!made) make(root, state);
  Object.assign(state, { data, setStateValue, seen: Math.max(state.seen, data.seen) });
  const isAnswered = state.sent <= state.seen;
  state.slider.max = data.steps.length - 1;
  state.slider.disabled = state.play.disabled = data.steps.length < 2;
  if (isAnswered && !state.isWaiting) state.slider.value = data.steps.indexOf(data.chosen);
  root.dataset.shown = String(data.chosen); // for tests
  if (isAnswered && state.isWaiting) send(state);
  else if (isAnswered && state.isPlaying) {
    clearTimeout(state.timer);
    state.timer = setTimeout(() => playOn(state), Math.max(0, FRAME_MS - (performance.now() - state.sentAt)));
  }
  say(state);
  return () => { if (!root.isConnected) clearTimeout(state.timer); }; // else only this call was superseded
}
