// Reports when its section is unfolded, or is so already, since a restarted server does not know; then also when it is
// folded and unfolded again.
const seen = new WeakMap(); // how often each section was unfolded on demand

export default function ({ data, parentElement, setTriggerValue }) {
  const section = parentElement.closest("details");
  const tell = () => {
    if (section.open && (data.waits || data.isFolded)) setTriggerValue("unfolded", true);
    else if (!section.open && !data.waits && !data.isFolded) setTriggerValue("folded", true);
  };
  section.removeEventListener("toggle", section.tell);
  section.addEventListener("toggle", (section.tell = tell));
  parentElement.querySelector(".unfolding").classList.toggle("drawn", !data.waits);
  if (data.opened > (seen.get(section) ?? 0) && !section.open) section.querySelector("summary").click();
  seen.set(section, data.opened);
  if (section.open) tell();
  return () => { if (!section.isConnected) section.removeEventListener("toggle", section.tell); };
}
