// Fades the right edge if more follows beyond it.
function hint(strip) {
  strip.classList.toggle("more", strip.scrollWidth - strip.clientWidth - strip.scrollLeft > 2);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".drawing");
  if (root.drawn === data.svg) return;
  root.drawn = data.svg;
  root.innerHTML = data.svg;
  root.watch?.disconnect();
  const strip = root.querySelector("[tabindex]");
  if (!strip) return;
  strip.addEventListener("scroll", () => hint(strip), { passive: true });
  root.watch = new ResizeObserver(() => hint(strip));
  root.watch.observe(strip);
}
