export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".drawing");
  if (root.drawn === data.svg) return;
  root.drawn = data.svg;
  root.innerHTML = data.svg;
}
