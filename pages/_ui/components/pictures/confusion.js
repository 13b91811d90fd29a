const tables = new WeakMap();
const FULL = 0.75; // from this share on, the blue is so dark that its text is white
const LONG = 3; // letters; longer column names are vertical
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const add = (parent, tag, text = "", name = "") => {
  const element = parent.appendChild(document.createElement(tag));
  element.textContent = text;
  element.className = name;
  return element;
};

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const blue = (share) => (share >= FULL ? 95 + 20 * (share - FULL) : 15 + 70 * (share / FULL) ** 0.6);

function toolbar(root, table) {
  const bar = add(root, "div", "", "bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "What the cells show");
  table.modes = [["Counts", false], ["Share of its class", true]].map(([text, shares]) => {
    const button = add(bar, "button", text);
    button.type = "button";
    button.onclick = () => { table.shares = shares; write(table); };
    return { button, shares };
  });
}

function head(element, text, name, kind) {
  element.scope = kind;
  add(element, "span", text, kind === "col" && text.length > LONG ? "upright" : "").title = name;
}

function cell(table, row, column, count, total, names) {
  const place = table.body.rows[row].appendChild(document.createElement("td"));
  if (!count) return;
  const button = add(place, "button"), share = count / total;
  button.type = "button";
  button.tabIndex = -1;
  button.style.setProperty("--share", blue(share) + "%");
  button.classList.toggle("full", share >= FULL);
  const verb = row === column ? "correctly predicted" : "predicted";
  const said = `is ${names[row]}, ${verb} ${names[column]}: ${count} ${count === 1 ? "image" : "images"}`;
  button.setAttribute("aria-label", said);
  button.title = `${said}, ${percent(share)} of its class`;
  button.dataset.cell = `${row},${column}`;
  table.cells.push({ button, row, column, count, share });
}

function build(root, data) {
  const table = { identity: data.identity, cells: [], shares: tables.get(root)?.shares ?? false };
  root.replaceChildren();
  toolbar(root, table);
  const hint = add(root, "p", "", "hint"), scroll = add(root, "div", "", "scroll"), grid = add(scroll, "table");
  new ResizeObserver(() => tell(hint, scroll, data.classes.length)).observe(scroll);
  grid.setAttribute("aria-label", "Confusion matrix: rows are true classes, columns are predicted classes. "
    + "Arrow keys move between cells, Enter shows a cell's images.");
  const top = grid.createTHead().insertRow();
  add(top, "td", "is \u2193 said \u2192", "corner");
  const th = (row, place, kind) => head(row.appendChild(document.createElement("th")), data.heads[place], data.classes[place], kind);
  data.classes.forEach((_, place) => th(top, place, "col"));
  table.body = grid.createTBody();
  data.counts.forEach((counts, row) => {
    th(table.body.insertRow(), row, "row");
    const total = counts.reduce((sum, count) => sum + count, 0);
    counts.forEach((count, column) => cell(table, row, column, count, total, data.classes));
  });
  table.byPlace = new Map(table.cells.map((found) => [found.button.dataset.cell, found]));
  if (table.cells.length) table.cells[0].button.tabIndex = 0;
  grid.onkeydown = (event) => move(table, event, data.classes.length);
  write(table);
  return table;
}

// Says when the table is cut off: a phone shows no scroll bar.
function tell(hint, scroll, count) {
  const ways = [scroll.scrollWidth > scroll.clientWidth && "sideways", scroll.scrollHeight > scroll.clientHeight && "down"];
  const said = ways.filter(Boolean).join(" and ");
  hint.textContent = said && `The ${count} classes do not all fit here: scroll the table ${said}.`;
  hint.hidden = !said;
}

function write(table) {
  for (const { button, shares } of table.modes) button.setAttribute("aria-pressed", String(shares === table.shares));
  for (const { button, count, share } of table.cells) {
    button.textContent = table.shares ? percent(share) : count.toLocaleString("en");
  }
}

// Tab reaches one cell of the table, arrow keys the others; empty ones are skipped.
function move(table, event, size) {
  const step = STEPS[event.key], from = table.byPlace.get(event.target.dataset?.cell);
  if (!step || !from) return;
  event.preventDefault();
  for (let row = from.row + step[0], column = from.column + step[1];
    row >= 0 && column >= 0 && row < size && column < size; row += step[0], column += step[1]) {
    const next = table.byPlace.get(`${row},${column}`);
    if (next) {
      reach(table, next.button);
      next.button.focus();
      return;
    }
  }
}

function reach(table, button) {
  for (const found of table.cells) found.button.tabIndex = found.button === button ? 0 : -1;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".confusion");
  let table = tables.get(root);
  if (!table || table.identity !== data.identity) {
    table = build(root, data);
    tables.set(root, table);
  }
  const chosen = data.chosen ? data.chosen.join(",") : "";
  for (const { button, row, column } of table.cells) {
    button.setAttribute("aria-pressed", String(button.dataset.cell === chosen));
    button.onclick = () => {
      reach(table, button);
      setTriggerValue("cell", [row, column]);
    };
  }
}
