// One step of a recurrent layer: its parts at a glance, and each formula with its numbers.
const steps = new WeakMap();
const SIGMA = "\u03c3", BEFORE = "t\u22121";
const GATE = {
  forget: ["f", "Forget gate", "how much of the cell stays"],
  input: ["i", "Input gate", "how much of the candidate comes in"],
  candidate: ["g", "Candidate", "what could come in"],
  output: ["o", "Output gate", "how much of the cell is said"],
  update: ["z", "Update gate", "how much of the state stays"],
  reset: ["r", "Reset gate", "how much of the state the candidate sees"],
  hidden: ["h", "Hidden state", "what the unit says"],
  cell: ["c", "Cell state", "what the unit keeps"],
};
const ORDER = { LSTM: ["forget", "input", "candidate", "output"], GRU: ["reset", "update", "candidate"], SimpleRNN: ["hidden"] };
// Only an LSTM is often printed wrongly.
const MISPRINTS = {
  cell: "Some texts multiply by the input gate twice. It multiplies the candidate once.",
  output: "Some texts let the output gate read the state alone. It reads what comes in, too, like every gate.",
};

const sign = (name, time) => [w(name), { kind: "sub", text: time }];

function line(parent, parts, name = "") {
  const made = add(parent, "p", name);
  for (const part of parts.flat()) typeof part === "string" ? made.append(part) : add(made, part.kind === "sub" ? "sub" : "span", part.kind, part.text);
  return made;
}

// What a gate adds up: what comes in, the state before, and the bias.
function termsOf(at, data, gate, isStateApart) {
  const inputs = data.arrays.x.shape[0], units = data.arrays.before.shape[0];
  const came = range(inputs).map((k) => ({ name: data.inputs[k] ?? `x ${k + 1}`, value: at("x", k) * at(`kernel/${gate}`, k), factors: [a(inside(at("x", k))), w(inside(at(`kernel/${gate}`, k)))] }));
  const state = range(units).map((k) => ({ name: `h ${k + 1}`, value: at("before", k) * at(`recurrent/${gate}`, k), factors: [a(inside(at("before", k))), w(inside(at(`recurrent/${gate}`, k)))] }));
  const bias = { name: "bias", value: at(`bias/${gate}`) + (isStateApart ? 0 : at(`recurrent_bias/${gate}`)), factors: [] };
  return { came, state, bias };
}

function bent(gate, data, text) {
  const name = data.bends[gate];
  return name === "sigmoid" ? `${SIGMA}(${text})` : name === "linear" ? text : `${name}(${text})`;
}

function writeGate(parent, data, at, gate) {
  const [letter, title, what] = GATE[gate], card = add(parent, "section", "card"), isApart = data.kind === "GRU" && gate === "candidate";
  add(card, "h4", "", `${title} ${letter}`);
  add(card, "p", "what", what[0].toUpperCase() + what.slice(1) + ".");
  const { came, state, bias } = termsOf(at, data, gate, isApart), reset = isApart ? at("value/reset") : 1;
  const terms = isApart ? [...came, bias, { name: "r \u00d7 state", value: reset * at("state/candidate"), key: "state", factors: [d(told(reset)), a(inside(at("state/candidate")))] }] : [...came, ...state, bias];
  writeSum(card, "", ["from", "value \u00d7 weight", "product"], terms, "sum", "state");
  if (isApart) {
    const own = { name: "bias", value: at("recurrent_bias/candidate"), factors: [] };
    writeSum(card, `The state, before r = ${told(reset)} lets it through`, ["from", "value \u00d7 weight", "product"], [...state, own], "state");
  }
  if (gate !== "hidden") line(card, [sign(letter, "t"), " = ", bent(gate, data, told(at(`sum/${gate}`))), " = ", d(told(at(`value/${gate}`)))], "result");
  if (data.kind === "LSTM" && MISPRINTS[gate]) add(card, "p", "note", MISPRINTS[gate]);
}

// How the state follows from the gates.
function writeState(parent, data, at) {
  const value = (part) => told(at(`value/${part}`)), card = add(parent, "section", "card last");
  const tanh = (text) => bent("cell", data, text);
  add(card, "h4", "", data.kind === "LSTM" ? "Cell and hidden state" : "Hidden state");
  if (data.kind === "LSTM") {
    line(card, [sign("c", "t"), " = ", sign("f", "t"), ` ${TIMES} `, sign("c", BEFORE), " + ", sign("i", "t"), ` ${TIMES} `, sign("g", "t")]);
    line(card, ["= ", d(value("forget")), ` ${TIMES} `, a(inside(at("cell_before"))), " + ", d(value("input")), ` ${TIMES} `, d(inside(at("value/candidate"))), " = ", a(value("cell"))], "result");
    add(card, "p", "note", MISPRINTS.cell);
    line(card, [sign("h", "t"), " = ", sign("o", "t"), ` ${TIMES} ${tanh("c")}`]);
    line(card, ["= ", d(value("output")), ` ${TIMES} `, tanh(value("cell")), " = ", a(value("hidden"))], "result");
  } else if (data.kind === "GRU") {
    const before = at("before", data.unit), update = at("value/update");
    line(card, [sign("h", "t"), " = ", sign("z", "t"), ` ${TIMES} `, sign("h", BEFORE), ` + (1 ${MINUS} `, sign("z", "t"), `) ${TIMES} `, sign("g", "t")]);
    line(card, ["= ", d(told(update)), ` ${TIMES} `, a(inside(before)), " + ", d(told(1 - update)), ` ${TIMES} `, d(inside(at("value/candidate"))), " = ", a(value("hidden"))], "result");
    add(card, "p", "note", "Some texts swap z and 1 \u2212 z. Here, as in Keras, z is the share of the state that stays.");
  } else line(card, [sign("h", "t"), " = ", bent("hidden", data, told(at("sum/hidden"))), " = ", a(value("hidden"))], "result");
  const said = at("said");
  if (!Number.isNaN(said)) add(card, "p", "note", `The network itself says ${told(said, 6)} here; these formulas, ${told(at("value/hidden"), 6)}.`);
}

// A bar from -1 or 0 to 1 for each part.
function writeChips(parent, data, at) {
  const row = add(parent, "div", "chips");
  const chip = (name, value, lowest = -1) => {
    const box = add(row, "div", "chip"), most = Math.max(1, Math.abs(value)), zero = lowest < 0 ? 50 : 0, size = (Math.abs(value) / most) * (lowest < 0 ? 50 : 100);
    line(add(box, "small"), [name]);
    add(box, "b", "", told(value, 3));
    const bar = add(add(box, "span", "track"), "i", value < 0 ? "below" : "");
    Object.assign(bar.style, { left: `${value < 0 ? zero - size : zero}%`, width: `${size}%` });
  };
  if (data.kind === "LSTM") chip("cell before", at("cell_before"));
  else chip("state before", at("before", data.unit));
  ORDER[data.kind].filter((gate) => gate !== "hidden").forEach((gate) => chip(GATE[gate][1].toLowerCase(), at(`value/${gate}`), gate === "candidate" ? -1 : 0));
  if (data.kind === "LSTM") chip("cell", at("value/cell"));
  chip("hidden", at("value/hidden"));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".memory-step");
  let state = steps.get(root);
  if (!state) steps.set(root, (state = { strip: add(root, "div", "strip"), body: add(root, "div", "body") }));
  const pick = (place) => setTriggerValue("picked", { place: Math.max(state.data.start, Math.min(state.data.steps - 1, place)) });
  state.data = data;
  const key = JSON.stringify([data.pieces, data.start]);
  if (state.key !== key) {
    state.key = key;
    state.strip.replaceChildren();
    if (data.pieces.length) {
      state.pieces = writePieces(state.strip, data.pieces, data.start, pick);
      steer(state.pieces.block, (by) => pick(state.data.place + by));
    }
  }
  state.pieces?.found.forEach((element, place) => element?.classList.toggle("chosen", place === data.place));
  const at = reader(data), body = state.body;
  body.replaceChildren();
  add(body, "p", "said", data.said);
  writeChips(body, data, at);
  const cards = add(body, "div", "cards");
  ORDER[data.kind].forEach((gate) => writeGate(cards, data, at, gate));
  writeState(cards, data, at);
}
