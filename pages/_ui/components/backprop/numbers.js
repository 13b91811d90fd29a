// The numbers of one step, and how they are written. Nothing here touches the page.
const MINUS = "\u2212", TIMES = "\u00d7";

// Numbers by name and indices: `at("weights/1", input, unit)`.
function reader({ arrays, floats }) {
  const all = floatsOf(floats);
  return (name, ...indices) => {
    const { at, shape } = arrays[name];
    return all[at + indices.reduce((sum, index, axis) => sum * shape[axis] + index, 0)];
  };
}

const signed = (text, value) => (value < 0 ? MINUS + text : text);

// A number with that many significant digits.
function told(value, digits = 4) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : signed("\u221e", value);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e6) return signed(size.toExponential(digits - 2).replace("-", MINUS), value);
  return signed(size.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size)))), value);
}
const inside = (value, digits) => (value < 0 ? `(${told(value, digits)})` : told(value, digits));

// Terms and their sum, rounded to the same place so that what is read adds up: those nearest to the next digit get it.
function adding(terms, digits = 4) {
  const total = terms.reduce((sum, term) => sum + term, 0), most = Math.max(...terms.map(Math.abs), Math.abs(total));
  if (!Number.isFinite(most) || most === 0) return { terms: terms.map((term) => told(term)), total: told(total) };
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(most))), unit = 10 ** places;
  const whole = terms.map((term) => Math.floor(term * unit)), order = range(terms.length).sort((a, b) => (terms[b] * unit - whole[b]) - (terms[a] * unit - whole[a]));
  const missing = Math.round(total * unit) - whole.reduce((sum, part) => sum + part, 0);
  for (const index of order.slice(0, Math.max(0, missing))) whole[index] += 1;
  const text = (part) => (places > 12 ? told(part / unit, 3) : signed((Math.abs(part) / unit).toFixed(places), part));
  return { terms: whole.map(text), total: text(Math.round(total * unit)) };
}

// The strongest of some terms, always with the chosen one and the bias, and the rest as one: [{ name, value, ... }].
function strongest(terms, count, chosen) {
  const isKept = ({ key, name }) => (key !== undefined && key === chosen) || name === "bias", strength = (term) => (isKept(term) ? Infinity : Math.abs(term.value));
  const kept = new Set([...terms].sort((a, b) => strength(b) - strength(a) || 0).slice(0, count));
  const others = terms.filter((term) => !kept.has(term));
  const shown = terms.filter((term) => kept.has(term));
  if (others.length === 1) return terms;
  return others.length ? [...shown, { name: `${others.length} others`, value: others.reduce((sum, term) => sum + term.value, 0) }] : shown;
}
