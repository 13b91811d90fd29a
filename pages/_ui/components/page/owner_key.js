const NAME = "glassbox-owner";
export default function ({ data, setStateValue }) {
  let key = data.proposed;
  try {
    const stored = window.localStorage.getItem(NAME);
    if (stored && /^[0-9a-f]{32}$/.test(stored)) key = stored;
    else window.localStorage.setItem(NAME, key);
  } catch (error) {
    // A browser that forbids storage keeps the key for this visit only.
  }
  setStateValue("key", key);
}
