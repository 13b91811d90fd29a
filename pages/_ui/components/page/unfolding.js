// Reports when its section is unfolded, or is so already, since a restarted server does not know.
const seen = new WeakMap(); // how often each section was unfolded on demand

export default function ({ data, parentElement, setTriggerValue }) {
  const section = parentElement.closest("details");
  const tell = () => { if (section.open && data.waits) setTriggerValue("unfolded", true); };
  section.removeEventListener("toggle", section.tell);
  section.addEventListener("toggle", (section.tell = tell));
  if (data.opened > (seen.get(section) ?? 0) && !section.open) section.querySelector("summary").click();
  seen.set(section, data.opened);
  tell();
  return () => { if (!section.isConnected) section.removeEventListener("toggle", section.tell); };
}
