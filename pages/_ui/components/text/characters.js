// Each character is a span; the one that is pointed at, tapped or reached by arrow keys tells what was expected there.
const MOST_NATS = 6, MOST_HEAT = 50; // so surprised is as hot as it gets, in percent of the colour: the text stays readable
const UNLIKELY_NATS = 3; // 5 %: also underlined, for those who cannot tell the colours
const states = new WeakMap();
const shownSign = (sign) => ({ "\n": "⏎", " ": "␣", "\t": "⇥" })[sign] ?? sign;
const percent = (share) => (share > 0 && share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);

function add(parent, tag, name = "", text = "") {
  const made = parent.appendChild(document.createElement(tag));
  made.className = name;
  made.textContent = text;
  return made;
}

function choose(state, place) {
  const { rows } = state.data, row = rows[place];
  if (!row) return;
  state.spans[state.place]?.classList.remove("chosen");
  state.place = place;
  state.spans[place].classList.add("chosen");
  tell(state, row, place);
}

function tell({ detail }, row, place) {
  detail.replaceChildren();
  const share = Math.exp(-row.nats), chosenFrom = row.cut > 0.00005 ? `, could draw ${row.kept} of the characters: what was cut off had ${percent(row.cut)}` : "";
  add(detail, "p", "", `Character ${place + 1}, ${shownSign(row.sign)}: it gave it ${percent(share)}, so its surprise is ${row.nats.toFixed(2)} nats${chosenFrom}.`);
  const bars = add(detail, "div", "bars");
  row.likeliest.forEach(([sign, given], rank) => {
    const came = sign === row.sign ? "came" : "", isCut = row.kept !== undefined && rank >= row.kept;
    add(bars, "code", came, shownSign(sign));
    const bar = add(add(bars, "span", "lane"), "span", isCut ? "bar cut" : "bar");
    bar.style.width = `${100 * given}%`;
    add(bars, "span", came, `${percent(given)}${came ? ", came" : ""}${isCut ? ", cut off" : ""}`);
  });
}

function move(state, event) {
  const last = state.spans.length - 1, by = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  choose(state, Math.max(0, Math.min(last, state.place + by)));
  state.spans[state.place].scrollIntoView({ block: "nearest" });
}

function copy(state) {
  navigator.clipboard?.writeText(state.data.before + state.data.rows.map((row) => row.sign).join(""));
  state.copy.textContent = "Copied";
}

function make(root) {
  const state = { place: 0, spans: [] };
  state.text = add(root, "div", "text");
  state.text.tabIndex = 0;
  state.text.setAttribute("role", "group");
  const legend = add(root, "div", "legend");
  const scale = add(legend, "span");
  scale.append("0 nats ", add(scale, "span", "ramp"), ` ${MOST_NATS} or more`);
  add(legend, "span", "underlined", "less than 5 %");
  state.copy = add(legend, "button", "copy", "Copy");
  state.copy.type = "button";
  state.copy.onclick = () => copy(state);
  state.detail = add(root, "div", "detail");
  state.detail.setAttribute("aria-live", "polite");
  const at = (event) => state.spans.indexOf(event.target);
  state.text.onpointerover = state.text.onclick = (event) => choose(state, at(event));
  state.text.onkeydown = (event) => move(state, event);
  return state;
}

function write(state) {
  const { before, rows, label } = state.data;
  state.text.setAttribute("aria-label", `${label} Arrow keys go from character to character.`);
  state.text.replaceChildren();
  if (before) add(state.text, "span", "before", before + "┃");
  state.spans = rows.map((row) => {
    const span = add(state.text, "span", row.nats > UNLIKELY_NATS ? "sign unlikely" : "sign", row.sign === "\n" ? "⏎\n" : row.sign);
    span.style.setProperty("--heat", `${(MOST_HEAT * Math.min(row.nats, MOST_NATS)) / MOST_NATS}%`);
    return span;
  });
  state.copy.textContent = "Copy";
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".characters");
  const state = states.get(root) ?? make(root);
  states.set(root, state);
  const mark = JSON.stringify(data);
  if (mark === state.mark) return;
  Object.assign(state, { data, mark });
  write(state);
  choose(state, 0);
}
