// Texts whose pieces are coloured, and what is expected after the chosen piece as bars.
const tinteds = new WeakMap();

function writeBars(parent, data, place) {
  parent.replaceChildren();
  const texts = data.texts.filter((text) => text.bars.length);
  if (!texts.length) return;
  add(parent, "p", "after", data.barsTitle.replace("{}", texts[0].pieces[place]?.replaceAll("\n", BREAK) ?? ""));
  const row = add(parent, "div", "lists");
  texts.forEach((text) => {
    const list = add(row, "div", "list");
    if (texts.length > 1) add(list, "b", "", text.title);
    (text.bars[place] ?? []).forEach(([name, share, isRight]) => {
      const line = add(list, "div", isRight ? "bar right" : "bar");
      add(line, "span", "name", name.replaceAll("\n", BREAK).replaceAll(" ", "\u2423"));
      const track = add(line, "span", "track");
      add(track, "i").style.width = `${100 * share}%`;
      add(line, "span", "share", `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}\u00a0%`);
    });
  });
}

function build(root, tell) {
  root.replaceChildren();
  const state = { root, texts: add(root, "div", "texts"), legend: add(root, "p", "legend"), bars: add(root, "div", "bars") };
  state.pick = (place, isTold = true) => {
    state.place = place;
    state.written.forEach(({ found }) => found.forEach((element, step) => element?.classList.toggle("chosen", step === place)));
    writeBars(state.bars, state.data, place);
    if (isTold && state.data.isAsked) tell({ place });
  };
  return state;
}

function draw(state) {
  const { data, texts } = state;
  texts.replaceChildren();
  texts.classList.toggle("beside", data.isBeside);
  state.written = data.texts.map((text) => {
    const box = add(texts, "div", "text");
    if (text.title) add(box, "p", "title", text.title);
    const written = writePieces(box, text.pieces, data.start, (place) => state.pick(place)), most = data.most;
    written.found.forEach((element, place) => {
      if (!element) return;
      const value = text.values[place];
      if (value) element.style.background = tint(value, most);
      if (text.marks[place]) element.classList.add("marked");
      element.title = text.tips[place] ?? "";
    });
    steer(written.block, (by) => state.pick(Math.max(data.start, Math.min(text.pieces.length - 1, state.place + by))));
    return written;
  });
  state.legend.textContent = data.legend;
  state.legend.hidden = !data.legend;
  state.place = data.place;
  if (data.place >= 0) state.pick(data.place, false);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tinted");
  let state = tinteds.get(root);
  if (!state) tinteds.set(root, (state = build(root, (picked) => setTriggerValue("picked", picked))));
  state.data = data;
  draw(state);
}
