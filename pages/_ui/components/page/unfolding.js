// Says when the section around it is unfolded, also if it is so already: a server that was started anew has forgotten.
export default function ({ parentElement, setTriggerValue }) {
  const section = parentElement.closest("details");
  const tell = () => { if (section.open) setTriggerValue("unfolded", true); };
  section.addEventListener("toggle", tell);
  tell();
  return () => section.removeEventListener("toggle", tell);
}
