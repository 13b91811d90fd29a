const shown = new WeakMap();
const MANY = 20; // with more bars there is no gap between them
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function make() {
  const part = { figure: document.createElement("figure") };
  const parts = { title: "figcaption", image: "img", pause: "button", bars: "div", labels: "div", scale: "div", below: "div" };
  for (const [name, tag] of Object.entries(parts)) {
    part[name] = part.figure.appendChild(document.createElement(tag));
    part[name].className = name;
  }
  part.pause.type = "button";
  for (const name of ["low", "bar", "high"]) {
    part[name] = part.scale.appendChild(document.createElement("span"));
    part[name].className = name;
  }
  return part;
}

function write(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

const isStill = (part, picture) => picture.still && (part.isPaused ?? calm.matches);

function fill(part, picture) {
  const source = isStill(part, picture) ? `data:image/png;base64,${picture.still}` : `data:image/${picture.kind};base64,${picture.png}`;
  part.pause.hidden = !picture.still;
  part.pause.textContent = isStill(part, picture) ? "Play" : "Pause";
  part.pause.onclick = () => {
    part.isPaused = !isStill(part, picture);
    fill(part, picture);
  };
  if (part.image.src !== source) part.image.src = source;
  part.image.alt = picture.alt;
  part.image.style.width = picture.width + "px";
  part.image.style.aspectRatio = picture.ratio;
  part.figure.style.width = picture.below || picture.labels.length || picture.bars.length ? picture.width + "px" : "";
  write(part.title, picture.title);
  write(part.below, picture.below);
  part.figure.classList.toggle("answered", picture.bars.length > 0);
  part.bars.hidden = !picture.bars.length;
  part.bars.style.gap = picture.bars.length > MANY ? "0" : "1px";
  part.bars.replaceChildren(...picture.bars.map((share, index) => {
    const bar = document.createElement("span");
    bar.style.height = 100 * share + "%";
    bar.className = index === picture.marked ? "marked" : "";
    return bar;
  }));
  part.labels.replaceChildren(...picture.labels.map((label) => {
    const span = document.createElement("span");
    span.textContent = label;
    return span;
  }));
  part.labels.hidden = !picture.labels.length;
  part.labels.style.gridTemplateColumns = `repeat(${picture.labels.length || 1}, 1fr)`;
  part.scale.hidden = !picture.gradient;
  part.bar.style.background = picture.gradient;
  part.low.textContent = picture.low;
  part.high.textContent = picture.high;
}

// Makes each picture a button: click, tap, Enter and space choose it; arrow keys move to its neighbours.
function offer(parts, chosen, choose) {
  parts.forEach(({ figure, image, below }, index) => {
    figure.tabIndex = 0;
    figure.setAttribute("role", "button");
    figure.setAttribute("aria-label", `${image.alt}, ${below.textContent}`);
    figure.setAttribute("aria-pressed", String(chosen.includes(index)));
    figure.onclick = () => choose(index);
    figure.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) parts[index + step]?.figure.focus();
      else if (event.key === "Enter" || event.key === " ") choose(index);
      else return;
      event.preventDefault();
    };
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".pictures");
  const parts = shown.get(root) ?? [];
  shown.set(root, parts);
  while (parts.length > data.pictures.length) parts.pop().figure.remove();
  while (parts.length < data.pictures.length) {
    const part = make();
    root.appendChild(part.figure);
    parts.push(part);
  }
  data.pictures.forEach((picture, index) => fill(parts[index], picture));
  root.dataset.snapshot = data.snapshot;
  root.classList.toggle("offered", Boolean(data.chosen));
  if (data.chosen) offer(parts, data.chosen, (index) => setTriggerValue("picked", [index]));
}
