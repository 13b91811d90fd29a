// What the visitor does is shown at once, queued, and sent in small messages, each after the last one was answered.
// Every change can be sent twice without harm, so that a lost message is sent again.
const LOOK_MS = 250; // between two looks of the trained network
const IMPATIENT_MS = 3000; // an answer this late counts as lost
const MOST_SENT = 10, MOST_ASKED = 24; // changes and pictures in a message

function change(page, ...action) {
  page.queue.push(action);
  pump(page);
}

function pump(page) {
  clearTimeout(page.timer);
  page.root.dataset.unsaved = String(page.queue.length);
  const now = performance.now();
  if (page.sent && now - page.sent.at < IMPATIENT_MS) {
    page.timer = setTimeout(() => pump(page), IMPATIENT_MS - (now - page.sent.at) + 1);
    return;
  }
  const actions = page.queue.slice(0, MOST_SENT), asked = missing(page);
  const looks = Boolean(page.side && page.stream && !page.burst && !document.hidden);
  const due = LOOK_MS - (now - page.lookedAt);
  const frame = looks && due <= 0 && !page.queue.length ? pixels(page) : "";
  if (!actions.length && !asked.length && !frame && page.version) { // without a version it does not know the columns yet
    if (looks) page.timer = setTimeout(() => pump(page), Math.max(due, 20));
    return;
  }
  if (frame) page.lookedAt = now;
  page.number += 1;
  page.sent = { number: page.number, count: actions.length, asked, at: now };
  const { client, number, version } = page;
  page.setStateValue("outbox", { client, number, version, actions, asked, frame });
  page.timer = setTimeout(() => pump(page), IMPATIENT_MS + 1);
}

// Returns the newest pictures that are listed but not here, as after a reload.
function missing(page) {
  const names = page.columns.flatMap((column) => column.pictures.slice().reverse());
  return names.filter((name) => !page.images.has(name)).slice(0, MOST_ASKED);
}

function hear(page, data) {
  const isAnswer = page.sent && data.client === page.client && data.number === page.sent.number;
  if (isAnswer) {
    page.queue.splice(0, page.sent.count);
    for (const name of page.sent.asked) // one that cannot be read is not asked for again
      page.images.set(name, data.files[name] ? `data:image/jpeg;base64,${data.files[name]}` : "");
    page.sent = null;
    showAnswer(page, data);
    page.root.dataset.answered = String(data.number); // for benchmarks
  }
  if (data.columns && !page.queue.length && !page.sent) {
    page.columns = data.columns.map((column) => ({ ...column, pictures: [...column.pictures] }));
    page.version = data.version;
  }
  Object.assign(page, { side: data.side, names: data.names, status: data.status, lacks: data.lacks, longest: data.longest });
  const heard = data.trouble && `${data.heeded} ${data.trouble}`; // the same trouble may come again
  if (heard !== page.heard) say(page, data.trouble);
  page.heard = heard;
  showColumns(page);
  showStatus(page);
  pump(page);
}

