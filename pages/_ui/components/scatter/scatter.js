const planes = new WeakMap();
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE_MS = 200, NEAR = 14, EDGE = 26, TIP = 84, DRAG = 6; // pixels

const inside = (polygon, [x, y]) => polygon.reduce((isIn, [ax, ay], at) => {
  const [bx, by] = polygon[(at + polygon.length - 1) % polygon.length];
  return (ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !isIn : isIn;
}, false);

function build(root) {
  const plane = { root, canvas: document.createElement("canvas"), tip: document.createElement("div"), at: -1, lasso: [] };
  const hint = document.createElement("p");
  plane.canvas.className = "plane";
  plane.canvas.tabIndex = 0;
  plane.canvas.setAttribute("role", "application");
  plane.tip.className = "tip";
  plane.tip.hidden = true;
  plane.tip.setAttribute("role", "status");
  hint.className = "hint";
  hint.textContent = "Draw around dots to choose them; click beside them to choose none. Keyboard: arrows, Enter, Escape.";
  root.append(plane.canvas, plane.tip, hint);
  listen(plane);
  new ResizeObserver(() => draw(plane)).observe(plane.canvas);
  return plane;
}

function listen(plane) {
  const { canvas } = plane;
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    plane.lasso = [point(event)];
  };
  canvas.onpointermove = (event) => {
    const here = point(event);
    if (plane.lasso.length) plane.lasso.push(here);
    else show(plane, nearest(plane, here, NEAR));
    draw(plane);
  };
  canvas.onpointerup = (event) => {
    const [first, here] = [plane.lasso[0], point(event)];
    if (!first) return;
    const isDrag = plane.lasso.some(([x, y]) => Math.hypot(x - first[0], y - first[1]) > DRAG);
    const polygon = plane.lasso, one = nearest(plane, here, NEAR);
    plane.lasso = [];
    if (isDrag) choose(plane, plane.shown.flatMap((place, at) => (inside(polygon, place) ? [at] : [])));
    else {
      show(plane, one);
      choose(plane, one < 0 ? [] : [one]);
    }
    draw(plane);
  };
  canvas.onpointercancel = () => { plane.lasso = []; draw(plane); };
  canvas.onpointerleave = () => { show(plane, -1); draw(plane); };
  canvas.onblur = () => { show(plane, -1); draw(plane); };
  canvas.onkeydown = (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) show(plane, beside(plane, way));
    else if (event.key === "Enter" && plane.at >= 0) choose(plane, [plane.at]);
    else if (event.key === "Escape") choose(plane, []);
    else return;
    event.preventDefault();
    draw(plane);
  };
}

const choose = (plane, dots) => plane.send("lassoed", { dots });

function nearest(plane, [x, y], most) {
  let best = -1, apart = most;
  plane.shown.forEach(([px, py], at) => {
    const distance = Math.hypot(px - x, py - y);
    if (distance < apart) [best, apart] = [at, distance];
  });
  return best;
}

// The dot that an arrow key leads to: near, and more in its direction than aside.
function beside(plane, [dx, dy]) {
  if (plane.at < 0) return nearest(plane, [plane.canvas.clientWidth / 2, plane.canvas.clientHeight / 2], Infinity);
  const [x, y] = plane.shown[plane.at];
  let best = plane.at, apart = Infinity;
  plane.shown.forEach(([px, py], at) => {
    const along = (px - x) * dx + (py - y) * dy, aside = Math.abs((px - x) * dy + (py - y) * dx);
    const distance = along + 2 * aside;
    if (along > 0.5 && along >= aside && distance < apart) [best, apart] = [at, distance];
  });
  return best;
}

function show(plane, at) {
  plane.at = at;
  plane.tip.hidden = at < 0;
  if (at < 0) return;
  const { data, tip } = plane, [x, y] = plane.shown[at];
  tip.replaceChildren();
  if (plane.sheet?.complete && data.sheet) tip.append(tile(plane, at));
  tip.append(document.createTextNode(data.texts[at]));
  tip.style.left = `${Math.max(0, Math.min(x + 14, plane.canvas.clientWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${y + 14 + tip.offsetHeight < plane.canvas.clientHeight ? y + 14 : Math.max(0, y - tip.offsetHeight - 10)}px`;
}

function tile(plane, at) {
  const { side, columns } = plane.data, picture = document.createElement("canvas");
  picture.width = picture.height = TIP;
  const pen = picture.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(plane.sheet, (at % columns) * side, Math.floor(at / columns) * side, side, side, 0, 0, TIP, TIP);
  return picture;
}

// Keeps the proportions of the places; y grows upwards.
function fit(plane, places) {
  const wide = plane.canvas.clientWidth - 2 * EDGE, high = plane.canvas.clientHeight - 2 * EDGE;
  const [w, h] = [0, 1].map((axis) => Math.max(1e-6, ...places.map((place) => place[axis])));
  const size = Math.min(wide / w, high / h), left = EDGE + (wide - w * size) / 2, low = EDGE + (high + h * size) / 2;
  return places.map(([x, y]) => [left + x * size, low - y * size]);
}

function draw(plane) {
  const { canvas, data } = plane, ratio = devicePixelRatio || 1;
  if (!data || !canvas.clientWidth) return;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const pen = canvas.getContext("2d"), css = getComputedStyle(plane.root), read = (name) => css.getPropertyValue(name).trim();
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const share = calm.matches ? 1 : Math.min(1, (performance.now() - plane.since) / MOVE_MS), to = fit(plane, data.places);
  plane.shown = plane.from?.length === to.length && share < 1
    ? to.map(([x, y], at) => [plane.from[at][0] + share * (x - plane.from[at][0]), plane.from[at][1] + share * (y - plane.from[at][1])]) : to;
  const ink = read("--st-text-color"), chosen = new Set(data.chosen), marked = new Set(data.marked);
  plane.shown.forEach((place, at) => dot(pen, data, place, at, chosen.size && !chosen.has(at)));
  pen.globalAlpha = 1;
  pen.lineWidth = 2;
  pen.strokeStyle = ink;
  [...marked, plane.at].filter((at) => at >= 0).forEach((at) => ring(pen, plane.shown[at], at === plane.at ? 9 : 7));
  write(pen, plane, ink, read("--st-background-color"), read("--st-font"));
  if (plane.lasso.length) {
    pen.beginPath();
    plane.lasso.forEach(([x, y]) => pen.lineTo(x, y));
    pen.closePath();
    pen.setLineDash([5, 4]);
    pen.stroke();
    pen.setLineDash([]);
  }
  if (share < 1) requestAnimationFrame(() => draw(plane));
}

function dot(pen, data, [x, y], at, isFaint) {
  pen.globalAlpha = isFaint ? 0.15 : 0.85;
  pen.fillStyle = pen.strokeStyle = data.colours[data.kinds[at]];
  pen.beginPath();
  if (data.wrong[at]) {
    pen.lineWidth = 2;
    pen.moveTo(x - 4, y - 4); pen.lineTo(x + 4, y + 4); pen.moveTo(x + 4, y - 4); pen.lineTo(x - 4, y + 4);
    pen.stroke();
  } else {
    pen.arc(x, y, 3, 0, 7);
    pen.fill();
  }
}

function ring(pen, [x, y], radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.stroke();
}

function write(pen, plane, ink, paper, font) {
  const { data } = plane, height = plane.canvas.clientHeight;
  pen.fillStyle = ink;
  pen.font = `12px ${font}`;
  pen.textAlign = "right";
  pen.fillText(data.axes[0], plane.canvas.clientWidth - 8, height - 8);
  pen.save();
  pen.translate(14, 8);
  pen.rotate(-Math.PI / 2);
  pen.fillText(data.axes[1], 0, 0);
  pen.restore();
  pen.textAlign = "center";
  pen.font = `bold 13px ${font}`;
  pen.lineWidth = 4;
  pen.strokeStyle = paper;
  data.labels.forEach((text, kind) => {
    const own = plane.shown.filter((_, at) => data.kinds[at] === kind);
    if (!text || !own.length) return;
    const [x, y] = [0, 1].map((axis) => own.map((place) => place[axis]).sort((a, b) => a - b)[own.length >> 1]);
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".scatter");
  let plane = planes.get(root);
  if (!plane) {
    plane = build(root);
    planes.set(root, plane);
  }
  plane.send = setTriggerValue;
  if (plane.data?.sheet !== data.sheet) {
    plane.sheet = new Image();
    plane.sheet.src = `data:image/webp;base64,${data.sheet}`;
  }
  if (JSON.stringify(plane.data?.places) !== JSON.stringify(data.places)) {
    plane.from = plane.shown;
    plane.since = performance.now();
    show(plane, -1);
  }
  plane.data = data;
  plane.canvas.setAttribute("aria-label", data.alt);
  draw(plane);
}
