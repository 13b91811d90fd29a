// The arithmetic of one unit of a layer, from its ingredients; nothing here touches the page.
// A unit: { about, inputs: [tensor], kernel, bias, numbers, logits, output }, a tensor: { data, shape }.
const erf = (x) => { // Abramowitz and Stegun 7.1.26, exact to 1.5e-7
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const rest = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return Math.sign(x) * (1 - rest);
};
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const [SELU_SCALE, SELU_ALPHA] = [1.0507009873554805, 1.6732632423543772];
// Keras' activations, and how they are written.
const BENDS = {
  linear: { of: (x) => x, name: "" },
  relu: { of: (x) => Math.max(0, x), name: "ReLU" },
  relu6: { of: (x) => Math.min(6, Math.max(0, x)), name: "ReLU6" },
  leaky_relu: { of: (x) => (x < 0 ? 0.2 * x : x), name: "LeakyReLU" },
  elu: { of: (x) => (x < 0 ? Math.expm1(x) : x), name: "ELU" },
  selu: { of: (x) => SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.expm1(x) : x), name: "SELU" },
  gelu: { of: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)), name: "GELU" },
  silu: { of: (x) => x * sigmoid(x), name: "SiLU" },
  softplus: { of: (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, x), name: "softplus" },
  tanh: { of: Math.tanh, name: "tanh" },
  sigmoid: { of: sigmoid, name: "sigmoid" },
};
const isWeighted = (unit) => ["convolution", "transposed", "dense"].includes(unit.about.kind);
const isKnown = (unit) => unit.about.kind !== "other" && (unit.about.activation in BENDS || unit.logits);
const sideOf = (tensor) => (tensor.shape.length > 1 ? tensor.shape : [1, tensor.shape[0]]);

// How many channels what comes into a weighted unit has; a vector that was maps has theirs, another is one channel.
function channelsOf(unit) {
  const { maps, kind } = unit.about;
  if (kind === "dense") return maps ? maps[2] : 1;
  return unit.kernel.shape[2];
}

// The places that one value of a weighted unit takes of a channel, each with its weight; of the padding, without a value.
function products(unit, y, x, channel) {
  const { about, kernel, inputs: [given] } = unit, found = [];
  if (about.kind === "dense") {
    const [high, wide, channels] = about.maps ?? [1, given.shape[0], 1];
    for (let place = 0; place < high * wide; place++) {
      const at = place * channels + channel;
      found.push({ y: Math.floor(place / wide), x: place % wide, value: given.data[at], weight: kernel.data[at] });
    }
    return found;
  }
  const [high, wide, channels] = given.shape, [rows, columns] = about.windows, [tall, broad] = kernel.shape;
  for (let a = 0; a < tall; a++) for (let b = 0; b < broad; b++) {
    const weight = kernel.data[(a * broad + b) * channels + channel];
    const [top, left] = about.kind === "transposed"
      ? [(y + rows.before - a) / rows.stride, (x + columns.before - b) / columns.stride]
      : [y * rows.stride - rows.before + a * rows.dilation, x * columns.stride - columns.before + b * columns.dilation];
    if (!Number.isInteger(top) || !Number.isInteger(left)) continue; // this weight does not reach here
    const isInside = top >= 0 && left >= 0 && top < high && left < wide;
    found.push({ y: top, x: left, a, b, weight, value: isInside ? given.data[(top * wide + left) * channels + channel] : null });
  }
  return found;
}

function sumOf(unit, y, x, channel) {
  let sum = 0;
  for (const { value, weight } of products(unit, y, x, channel)) if (value !== null) sum += value * weight;
  return sum;
}

// What each channel adds to one value.
const sumsOf = (unit, y, x) => Array.from({ length: channelsOf(unit) }, (_, channel) => sumOf(unit, y, x, channel));

// The values under the window of a pooling layer, or all of a global one.
function windowAt(unit, y, x) {
  const { about: { windows }, inputs: [{ data, shape: [high, wide] }] } = unit, found = [];
  const [rows, columns] = windows ?? [{ size: high, stride: 1, before: 0 }, { size: wide, stride: 1, before: 0 }];
  for (let a = 0; a < rows.size; a++) for (let b = 0; b < columns.size; b++) {
    const [top, left] = [y * rows.stride - rows.before + a, x * columns.stride - columns.before + b];
    if (top >= 0 && left >= 0 && top < high && left < wide) found.push({ y: top, x: left, value: data[top * wide + left] });
  }
  return found;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// The channels of one place, or all units, that a layer normalisation makes comparable.
function placeAt(unit, y, x) {
  const [given] = unit.inputs, channels = given.shape.at(-1), wide = given.shape.length > 1 ? given.shape[1] : 1;
  return Array.from(given.data.subarray((y * wide + x) * channels, (y * wide + x + 1) * channels));
}

function sharesOf(logits) {
  const most = Math.max(...logits), powers = Array.from(logits, (logit) => Math.exp(logit - most)), sum = powers.reduce((a, b) => a + b, 0);
  return { most, powers, sum, shares: powers.map((power) => power / sum) };
}

// The value before the activation.
function before(unit, y, x) {
  const { about, inputs, numbers } = unit, at = (tensor) => tensor.data[y * sideOf(tensor)[1] + x];
  switch (about.kind) {
    case "convolution": case "transposed": case "dense":
      return sumsOf(unit, y, x).reduce((sum, part) => sum + part, 0) + unit.bias.data[0];
    case "maximum": return windowAt(unit, y, x).reduce((most, { value }) => Math.max(most, value), -Infinity);
    case "average": return mean(windowAt(unit, y, x).map(({ value }) => value));
    case "batch_norm": {
      const [center, variance, gamma, beta] = numbers.data;
      return (gamma * (at(inputs[0]) - center)) / Math.sqrt(variance + about.epsilon) + beta;
    }
    case "layer_norm": {
      const values = placeAt(unit, y, x), center = mean(values), variance = mean(values.map((value) => (value - center) ** 2));
      return (numbers.data[0] * (values[about.unit] - center)) / Math.sqrt(variance + about.epsilon) + numbers.data[1];
    }
    case "scale": return at(inputs[0]) * numbers.data[0] + numbers.data[1];
    case "sum": return inputs.reduce((sum, given) => sum + at(given), 0);
    case "softmax": return sharesOf(inputs[0].data).shares[about.unit];
    case "same": {
      const [tall, broad] = about.repeats ?? [1, 1];
      return inputs[0].data[Math.floor(y / tall) * sideOf(inputs[0])[1] + Math.floor(x / broad)];
    }
  }
  return NaN;
}

// The value that the network should have; NaN of a layer whose arithmetic is not known here.
function valueAt(unit, y, x) {
  if (!isKnown(unit)) return NaN;
  const sum = before(unit, y, x);
  if (unit.logits) return Math.exp(sum - Math.max(...unit.logits.data)) / sharesOf(unit.logits.data).sum;
  return BENDS[unit.about.activation].of(sum);
}
