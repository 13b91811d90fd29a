// A column for each class: its pictures, its name, and what the network says beside the camera.
const SIDE = 160; // pixels of a picture that is kept: the most that a network sees
const SHOT_MS = 125; // between the pictures of a burst
const MOST_WAITING = 60; // unsent changes
const RENAME_MS = 400;
const pages = new WeakMap();
let counted = 0;

// Returns 16 digits that grow with time: names of pictures sort by them.
const stamp = () => `${Date.now()}${String(counted++ % 1000).padStart(3, "0")}`;
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function make(root) {
  return {
    root, client: crypto.getRandomValues(new Uint32Array(2)).join(""), number: 0, sent: null, timer: 0, queue: [],
    columns: [], version: "", images: new Map(), boxes: new Map(), side: 0, names: [], lookedAt: 0,
    stream: null, facing: "environment", burst: null, status: {}, lacks: [], heard: "",
  };
}

// Pictures of a class

async function hold(page, id) {
  if (page.burst) return;
  const burst = (page.burst = { id, stamp: stamp(), timer: 0 });
  showHeld(page);
  if (!(await turnOn(page)) || page.burst !== burst) return release(page, burst); // released while the browser asked
  const shoot = () => {
    const video = page.root.querySelector("video");
    if (video.readyState < 2 || page.queue.length > MOST_WAITING) return;
    square(video, video.videoWidth, video.videoHeight, Math.min(SIDE, video.videoWidth, video.videoHeight));
    keep(page, id, burst.stamp);
  };
  shoot();
  burst.timer = setInterval(shoot, SHOT_MS);
}

function release(page, burst = page.burst) {
  clearInterval(burst?.timer);
  if (page.burst !== burst) return;
  page.burst = null;
  showHeld(page);
  pump(page);
}

function keep(page, id, burst) {
  const column = page.columns.find((each) => each.id === id);
  if (!column) return;
  put(page, column, `${stamp()}-${burst}.jpg`, canvas.toDataURL("image/jpeg", 0.9));
  showColumn(page, column);
  showStatus(page);
}

function put(page, column, name, url) {
  page.images.set(name, url);
  column.pictures.push(name);
  change(page, "add", column.id, name, url.slice(url.indexOf(",") + 1));
}

async function choose(page, id, files) {
  const failed = [];
  for (const file of files) {
    try {
      const picture = await createImageBitmap(file);
      square(picture, picture.width, picture.height, Math.min(SIDE, picture.width, picture.height));
      picture.close();
      keep(page, id, stamp());
    } catch {
      failed.push(file.name);
    }
  }
  const which = failed.length > 1 ? `${failed[0]} and ${plural(failed.length - 1, "other file")}` : failed[0];
  say(page, failed.length ? `This browser cannot open ${which}. Choose JPEG or PNG pictures.` : "");
}

function removePicture(page, column, name) {
  column.pictures = column.pictures.filter((each) => each !== name);
  change(page, "drop", column.id, name);
  offer(page, `Removed a picture of ${column.name}.`, () => put(page, column, name, page.images.get(name)));
  showColumn(page, column);
  showStatus(page);
}

function removeColumn(page, column) {
  clearTimeout(column.timer);
  page.columns = page.columns.filter((each) => each !== column);
  change(page, "close", column.id);
  offer(page, `Removed ${column.name}, ${plural(column.pictures.length, "picture")}.`, () => {
    const back = { id: stamp(), name: column.name, pictures: [] };
    page.columns.push(back);
    change(page, "open", back.id, back.name);
    for (const name of column.pictures) if (page.images.has(name)) put(page, back, name, page.images.get(name));
  });
  showColumns(page);
  showStatus(page);
}

function addColumn(page) {
  const names = page.columns.map((column) => column.name);
  let number = page.columns.length + 1;
  while (names.includes(`Class ${number}`)) number += 1;
  const column = { id: stamp(), name: `Class ${number}`, pictures: [] };
  page.columns.push(column);
  change(page, "open", column.id, column.name);
  showColumns(page);
  const box = page.boxes.get(column.id);
  box.scrollIntoView({ block: "nearest" });
  box.querySelector("input").select();
}

function rename(page, column, name) {
  clearTimeout(column.timer);
  if (column.sentName === name) return;
  column.sentName = name;
  change(page, "name", column.id, name);
}

// What is shown

function say(page, text) {
  const place = page.root.querySelector(".trouble");
  place.textContent = text;
  place.hidden = !text;
}

function offer(page, text, back) {
  const place = page.root.querySelector(".undo");
  place.hidden = false;
  place.querySelector("span").textContent = text;
  place.querySelector("button").onclick = () => {
    place.hidden = true;
    back();
    showColumns(page);
    showStatus(page);
  };
}

function showHeld(page) {
  page.root.querySelector(".view").classList.toggle("shoots", Boolean(page.burst));
  for (const [id, box] of page.boxes) box.querySelector(".shoot").classList.toggle("held", page.burst?.id === id);
}

function showColumns(page) {
  const place = page.root.querySelector(".classes");
  for (const [id, box] of page.boxes) {
    if (page.columns.some((column) => column.id === id)) continue;
    box.remove();
    page.boxes.delete(id);
  }
  page.columns.forEach((column, index) => {
    if (!page.boxes.has(column.id)) page.boxes.set(column.id, makeColumn(page, column.id));
    const box = page.boxes.get(column.id);
    if (place.children[index] !== box) place.insertBefore(box, place.children[index] ?? null);
    showColumn(page, column);
  });
}

function makeColumn(page, id) {
  const box = document.createElement("section");
  box.innerHTML = "<header><input type='text'><button type='button' class='close'>Remove</button></header>"
    + "<div class='buttons'><button type='button' class='shoot'>Hold to shoot</button>"
    + "<label class='files'><input type='file' accept='image/*' multiple>Choose pictures</label></div>"
    + "<p class='count'></p><div class='thumbs'></div>";
  const column = () => page.columns.find((each) => each.id === id);
  const input = box.querySelector("header input"), files = box.querySelector("[type=file]"), shoot = box.querySelector(".shoot");
  input.maxLength = page.longest;
  input.oninput = () => {
    const mine = column();
    mine.name = input.value;
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => rename(page, mine, input.value), RENAME_MS);
    label(page, box, mine);
  };
  input.onchange = () => rename(page, column(), input.value);
  box.querySelector(".close").onclick = () => removeColumn(page, column());
  files.onchange = () => {
    choose(page, id, [...files.files]);
    files.value = "";
  };
  box.ondragover = (event) => { event.preventDefault(); box.classList.add("over"); };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = (event) => {
    event.preventDefault();
    box.classList.remove("over");
    choose(page, id, [...event.dataTransfer.files]);
  };
  shoot.onpointerdown = (event) => {
    if (event.button) return;
    shoot.setPointerCapture(event.pointerId);
    hold(page, id);
  };
  const letGo = () => page.burst?.id === id && release(page); // another class may be held already
  shoot.onpointerup = shoot.onpointercancel = shoot.onlostpointercapture = shoot.onblur = shoot.onkeyup = letGo;
  shoot.oncontextmenu = (event) => event.preventDefault(); // a long touch opens no menu
  shoot.onkeydown = (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) hold(page, id);
  };
  return box;
}

function label(page, box, column) {
  box.querySelector("header input").setAttribute("aria-label", `Name of class ${page.columns.indexOf(column) + 1}`);
  box.querySelector(".close").setAttribute("aria-label", `Remove ${column.name}`);
  box.querySelector(".shoot").setAttribute("aria-label", `Hold to shoot ${column.name}`);
  box.querySelector("[type=file]").setAttribute("aria-label", `Choose pictures of ${column.name}`);
}

function showColumn(page, column) {
  const box = page.boxes.get(column.id), input = box.querySelector("header input"), thumbs = box.querySelector(".thumbs");
  if (document.activeElement !== input && input.value !== column.name) input.value = column.name;
  label(page, box, column);
  const bursts = new Set(column.pictures.map((name) => name.slice(17, 33))).size;
  box.querySelector(".close").disabled = column.pictures.some((name) => !page.images.has(name)); // it could not be put back
  box.querySelector(".count").textContent = column.pictures.length
    ? `${plural(column.pictures.length, "picture")} from ${plural(bursts, "burst")}` : "No pictures yet: hold, choose or drop.";
  const here = new Map([...thumbs.children].map((button) => [button.dataset.name, button]));
  const names = column.pictures.slice().reverse(); // the newest first
  names.forEach((name, index) => {
    const button = here.get(name) ?? makeThumb(page, column.id, name);
    here.delete(name);
    if (thumbs.children[index] !== button) thumbs.insertBefore(button, thumbs.children[index] ?? null);
    button.setAttribute("aria-label", `Remove picture ${names.length - index} of ${column.name}`);
    const image = button.firstChild, url = page.images.get(name) ?? "";
    if (url && image.src !== url) image.src = url;
    button.disabled = !page.images.has(name); // it could not be put back
  });
  here.forEach((button) => button.remove());
}

function makeThumb(page, id, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.name = name;
  button.title = "Remove this picture";
  button.appendChild(document.createElement("img")).alt = "";
  button.onclick = () => {
    const next = button.nextElementSibling ?? button.previousElementSibling;
    removePicture(page, page.columns.find((column) => column.id === id), name);
    next?.focus();
  };
  return button;
}

function showStatus(page) {
  const { root, status, lacks } = page, train = root.querySelector(".train"), bar = root.querySelector("progress");
  train.textContent = status.is_busy ? "Stop" : status.has_run ? "Train again" : "Train";
  train.classList.toggle("stop", Boolean(status.is_busy));
  train.disabled = !status.is_busy && lacks.length > 0;
  bar.hidden = !status.is_busy;
  if (status.share === null || status.share === undefined) bar.removeAttribute("value");
  else bar.value = status.share;
  const text = status.is_busy ? status.text : lacks[0] ?? status.text ?? "";
  const place = root.querySelector(".status");
  if (place.textContent !== text) place.textContent = text;
  if (!page.side) note(page, "Its answer appears here once it has learned.");
  else if (!page.stream) note(page, "Turn the camera on, and it says what it sees.");
  else if (root.querySelector(".said").classList.contains("note")) note(page, "The network is waking up.");
}

function note(page, text) {
  const said = page.root.querySelector(".said");
  if (said.textContent !== text) said.textContent = text;
  said.classList.add("note");
  page.root.querySelector(".rows").replaceChildren();
}

function showAnswer(page, { names, answer }) {
  if (!answer.length || !page.stream) return;
  const best = answer.indexOf(Math.max(...answer)), said = page.root.querySelector(".said");
  said.textContent = names[best];
  said.classList.remove("note");
  const rows = page.root.querySelector(".rows");
  while (rows.children.length > names.length) rows.lastChild.remove();
  names.forEach((name, index) => {
    const row = rows.children[index] ?? rows.appendChild(makeRow());
    row.classList.toggle("best", index === best);
    row.children[0].textContent = row.children[0].title = name;
    row.children[1].style.setProperty("--share", answer[index]);
    row.children[2].textContent = `${Math.round(100 * answer[index])} %`;
  });
}

function makeRow() {
  const row = document.createElement("div");
  row.className = "row";
  row.append(document.createElement("span"), document.createElement("i"), document.createElement("span"));
  return row;
}

function listen(page) {
  const { root } = page;
  root.querySelector(".power").onclick = () => (page.stream ? turnOff(page) : turnOn(page));
  root.querySelector(".flip").onclick = async () => {
    page.facing = page.facing === "environment" ? "user" : "environment";
    turnOff(page);
    await turnOn(page);
  };
  root.querySelector(".more").onclick = () => addColumn(page);
  root.querySelector(".train").onclick = () => change(page, page.status.is_busy ? "stop" : "train");
  page.seen = () => pump(page);
  document.addEventListener("visibilitychange", page.seen);
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".photos");
  let page = pages.get(root);
  if (!page) {
    pages.set(root, (page = make(root)));
    listen(page);
    showCamera(page);
  }
  page.setStateValue = setStateValue;
  hear(page, data);
  return () => {
    clearTimeout(page.timer);
    document.removeEventListener("visibilitychange", page.seen);
    if (page.stream) turnOff(page);
    pages.delete(root);
  };
}
