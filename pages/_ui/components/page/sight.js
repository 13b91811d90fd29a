const SETTLED_MS = 400; // what stands above the part may have changed its height by then
const heeded = new WeakMap();

function show(target) {
  const { top } = target.getBoundingClientRect();
  if (top < 0 || top > window.innerHeight * 0.7) target.scrollIntoView({ block: "start" });
}

export default function ({ data, parentElement }) {
  const target = document.getElementById(data.anchor), before = heeded.get(parentElement) ?? 0;
  heeded.set(parentElement, data.asked);
  if (!target || data.asked === before) return;
  show(target); // at once: nothing moves for those who want no motion
  setTimeout(show, SETTLED_MS, target);
}
