// Reports when its section is unfolded, or is so already, since a restarted server does not know.
export default function ({ parentElement, setTriggerValue }) {
  const section = parentElement.closest("details");
  const tell = () => { if (section.open) setTriggerValue("unfolded", true); };
  section.addEventListener("toggle", tell);
  tell();
  return () => section.removeEventListener("toggle", tell);
}
