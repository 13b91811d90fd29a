// Tells who this browser is, and the secrets of the links that it was opened by. A secret stands behind the # of a link,
// which no browser sends to a server, in no address of a request and to no other site. Here it is taken out of the
// address bar, so that no link copied from there holds it, and kept for this tab, which can then be reloaded.
const NAME = "glassbox-owner", SECRETS = "glassbox-secrets", SECRET = /^#key=(.*)$/;

function keyOr(proposed) {
  try {
    const stored = window.localStorage.getItem(NAME);
    if (stored && /^[0-9a-f]{32}$/.test(stored)) return stored;
    window.localStorage.setItem(NAME, proposed);
  } catch (error) {
    // A browser that forbids storage keeps the key for this visit only.
  }
  return proposed;
}

function secretsWith(run, secret) {
  let known = {};
  try {
    known = JSON.parse(window.sessionStorage.getItem(SECRETS)) ?? {};
    if (secret) window.sessionStorage.setItem(SECRETS, JSON.stringify({ ...known, [run]: secret }));
  } catch (error) {
    // As above.
  }
  return secret ? { ...known, [run]: secret } : known;
}

function taken() {
  const { hash, pathname, search } = window.location, run = new URLSearchParams(search).get("run");
  const found = SECRET.exec(hash), secret = found && (found[1] || "none");
  if (secret) window.history.replaceState(window.history.state, "", pathname + search);
  return secretsWith(run, run && secret);
}

export default function ({ data, setStateValue }) {
  setStateValue("visit", { key: keyOr(data.proposed), secrets: taken() });
  // Another secret for the page that is open already: the browser loads nothing anew by itself.
  window.onhashchange = () => { if (SECRET.test(window.location.hash)) window.location.reload(); };
}
