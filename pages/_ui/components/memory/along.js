// A sequence along the page, coloured step by step. Nothing here knows what the colours mean.
const BREAK = "\u23ce";

// A colour for a value that is legible below text, in light and dark.
function tint(value, most) {
  const share = Math.round(62 * Math.min(1, Math.abs(value) / (most || 1)));
  return `color-mix(in srgb, var(--${value < 0 ? "blue" : "vermilion"}) ${share}%, transparent)`;
}

// Pieces of text as elements; what stands before `start` is not shown. Calls `onPick(place)`.
function writePieces(parent, pieces, start, onPick) {
  const block = add(parent, "div", "pieces"), found = [];
  pieces.forEach((piece, place) => {
    if (place < start) return found.push(null);
    const element = add(block, "span", "piece");
    element.textContent = piece === "\n" ? BREAK : piece.replaceAll("\n", BREAK);
    element.dataset.place = place;
    found.push(element);
    if (piece.endsWith("\n")) add(block, "br");
  });
  block.tabIndex = 0;
  block.setAttribute("role", "listbox");
  block.onclick = (event) => { const picked = event.target.closest(".piece"); if (picked) onPick(+picked.dataset.place); };
  return { block, found };
}

// Left and right go along the steps, up and down do what `onTurn` says.
function steer(element, onStep, onTurn = () => {}) {
  element.onkeydown = (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key], turns = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!steps && !turns) return;
    event.preventDefault();
    steps ? onStep(steps) : onTurn(turns);
  };
}

// Numbers (steps, columns) as curves, or as a picture if they are many, over the colours of the steps.
function paintSeries(canvas, wide, high, numbers, columns, colours, ink) {
  const steps = numbers.length / columns, context = sized(canvas, wide, high), step = wide / steps;
  colours.forEach((colour, place) => { context.fillStyle = colour; context.fillRect(place * step, 0, step + 0.5, high); });
  const ends = range(columns).map((column) => range(steps).reduce(([low, top], place) => { const value = numbers[place * columns + column]; return [Math.min(low, value), Math.max(top, value)]; }, [Infinity, -Infinity]));
  if (columns > 4) {
    const low = Math.min(...ends.map(([end]) => end)), top = Math.max(...ends.map(([, end]) => end)), bar = high - 6;
    paintMap(context, [0, 0, wide, bar], columns, steps, (row, place) => { const level = Math.round((255 * (numbers[place * columns + row] - low)) / (top - low || 1)); return rgba(level, level, level); });
    return;
  }
  range(columns).forEach((column) => {
    const [low, top] = ends[column];
    context.beginPath();
    range(steps).forEach((place) => context.lineTo((place + 0.5) * step, 4 + (high - 8) * (1 - (numbers[place * columns + column] - low) / (top - low || 1))));
    Object.assign(context, { strokeStyle: ink, lineWidth: 1.6 });
    context.setLineDash(column ? [4, 3] : []);
    context.stroke();
  });
  context.setLineDash([]);
}
