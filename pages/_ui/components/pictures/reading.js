// The networks' predictions for one image: an answer each and a bar per class; a slider steps through snapshots.
const readings = new WeakMap();
const LONG = 14; // letters; a longer answer has smaller type

function element(tag, name, parent) {
  const made = document.createElement(tag);
  made.className = name;
  parent.appendChild(made);
  return made;
}

function build(root, data) {
  root.replaceChildren();
  const parts = { key: shape(data), verdicts: [], rows: [], ranges: [], at: [], isMoved: [] };
  const head = element("div", "verdicts", root);
  head.setAttribute("aria-live", "polite");
  for (const series of data.series) {
    const verdict = element("div", "verdict", head);
    verdict.style.setProperty("--series", series.color);
    element("div", "who", verdict).textContent = series.title;
    parts.verdicts.push({ said: element("div", "said", verdict), sure: element("div", "sure", verdict) });
  }
  const table = element("div", "bars", root);
  for (const name of data.classes) {
    const row = element("div", "row", table);
    element("span", "name", row).textContent = name;
    const lanes = element("span", "lanes", row);
    parts.rows.push(data.series.map((series) => {
      const lane = element("span", "lane", lanes);
      const bar = element("span", "bar", lane);
      bar.style.background = series.color;
      return { lane, bar, share: element("span", "share", lane) };
    }));
  }
  const foot = element("div", "foot", root);
  data.series.forEach((series, index) => {
    if (series.snapshots.length < 2) return;
    const label = element("label", "snapshot", foot);
    const text = element("span", "when", label), range = element("input", "range", label);
    range.type = "range";
    range.min = 0;
    range.style.accentColor = series.color;
    range.oninput = () => {
      parts.at[index] = +range.value;
      parts.isMoved[index] = parts.at[index] < parts.data.series[index].snapshots.length - 1;
      draw(root, parts);
    };
    parts.ranges[index] = { text, range };
  });
  parts.note = element("div", "note", foot);
  return parts;
}

// Returns what the elements depend on; other changes only update their content.
function shape(data) {
  return JSON.stringify([data.classes, data.series.map((one) => [one.title, one.color, one.snapshots.length > 1])]);
}

function draw(root, parts) {
  const { data } = parts;
  data.series.forEach((series, index) => {
    const snapshot = series.snapshots[parts.at[index]], values = snapshot?.values ?? [];
    const best = values.length ? values.indexOf(Math.max(...values)) : -1;
    const verdict = parts.verdicts[index];
    verdict.said.textContent = best < 0 ? "–" : data.classes[best];
    verdict.said.classList.toggle("long", verdict.said.textContent.length > LONG);
    verdict.sure.textContent = best < 0 ? series.empty : Math.round(100 * values[best]) + " % sure";
    parts.rows.forEach((row, place) => {
      const share = values[place] ?? 0, { lane, bar, share: text } = row[index];
      bar.style.width = 100 * share + "%";
      lane.classList.toggle("best", place === best);
      text.textContent = best < 0 ? "" : Math.round(100 * share) + " %";
    });
    const slider = parts.ranges[index];
    if (!slider) return;
    slider.range.max = series.snapshots.length - 1;
    slider.range.value = parts.at[index];
    const said = best < 0 ? "" : `: says ${data.classes[best]}`;
    slider.text.textContent = `${series.title}, ${snapshot.label}${said}`;
    slider.range.setAttribute("aria-label", `${series.title}: snapshot`);
    slider.range.setAttribute("aria-valuetext", slider.text.textContent);
  });
  parts.note.textContent = data.note;
  parts.note.hidden = !data.note;
}

// Scrolls the list of classes, not the page, to the predicted class.
function reveal(root) {
  const list = root.querySelector(".bars"), row = list.querySelector(".best")?.closest(".row");
  if (!row || list.scrollHeight <= list.clientHeight) return;
  const top = row.offsetTop - list.offsetTop, bottom = top + row.offsetHeight;
  if (top < list.scrollTop || bottom > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 2;
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".reading");
  let parts = readings.get(root);
  if (!parts || parts.key !== shape(data)) {
    parts = build(root, data);
    readings.set(root, parts);
  }
  if (parts.identity !== data.identity) { // a new drawing starts at the last snapshot
    parts.identity = data.identity;
    parts.isMoved = [];
  }
  parts.at = data.series.map(({ snapshots }, index) => {
    const last = snapshots.length - 1;
    return parts.isMoved[index] ? Math.min(parts.at[index], last) : last;
  });
  parts.data = data;
  draw(root, parts);
  reveal(root);
  root.dataset.number = String(data.number);
}
