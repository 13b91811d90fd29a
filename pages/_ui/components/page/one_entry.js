// Streamlit adds an entry to the browser's history for every change of the address, so Back would lead through each
// moved control. Here an entry is a page; what else changes replaces the address of its entry.
const LATE_MS = 2000;

export default function () {
  const { history, location } = window;
  if (Object.hasOwn(history, "pushState")) return;
  const push = history.pushState.bind(history);
  let before = { href: "", at: -LATE_MS };
  history.pushState = (state, title, url) => {
    const from = new URL(location.href), to = new URL(url, location.href), now = performance.now();
    if (from.pathname === to.pathname) {
      before = { href: from.href, at: now };
      history.replaceState(state, title, url);
      return;
    }
    // Streamlit may write the settings of the next page before it goes there: they are no part of this page's address.
    const isEarly = from.search === to.search && now - before.at < LATE_MS;
    if (isEarly) history.replaceState(state, title, before.href);
    push(state, title, url);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    location.replace(link.hash); // a part of the page is no entry either
  });
}
