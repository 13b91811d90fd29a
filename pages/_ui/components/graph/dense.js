// A network of dense layers, computed from its weights; nothing here touches the page. It takes BENDS from `layers/arithmetic.js`.
// What many examples make of a layer lies unit after unit: values[unit * count + example].

const PARTS = { kernel: "weight", bias: "bias", gamma: "scale", beta: "shift", moving_mean: "mean", moving_variance: "variance" };

const WAVES = 4;
const DERIVED = { x: (x) => x, y: (x, y) => y, xx: (x) => x * x, yy: (x, y) => y * y, xy: (x, y) => x * y, sin_x: (x) => Math.sin(WAVES * x), sin_y: (x, y) => Math.sin(WAVES * y) };

// Where the weights of each layer lie among all: [{ name, layer, part, at, shape }], and how many there are.
function tensorsOf(layers, inputs) {
  const tensors = [];
  let at = 0, width = inputs;
  const add = (layer, part, ...shape) => {
    tensors.push({ name: `${layers[layer].path}/${part}`, layer, part, at, shape });
    at += shape.reduce((product, side) => product * side, 1);
  };
  layers.forEach((layer, index) => {
    if (layer.kind === "derive") width = layer.inputs.length;
    if (layer.kind === "dense") {
      add(index, "kernel", width, layer.units);
      width = layer.units;
      if (layer.bias) add(index, "bias", width);
    }
    if (!["batch_norm", "layer_norm"].includes(layer.kind)) return;
    if (layer.scale) add(index, "gamma", width);
    if (layer.center) add(index, "beta", width);
    if (layer.kind === "batch_norm") for (const part of ["moving_mean", "moving_variance"]) add(index, part, width);
  });
  return { tensors, size: at };
}

// Layers by what is drawn as one column: the inputs and what is done to them, then each dense layer with what follows it.
function columnsOf(layers) {
  const columns = [{ first: 0, last: -1 }];
  layers.forEach((layer, index) => {
    if (layer.kind === "dense") columns.push({ first: index, last: index });
    else columns.at(-1).last = index;
  });
  return columns;
}

function derivedOf({ inputs }, given, count) {
  const made = new Float32Array(inputs.length * count);
  inputs.forEach((input, unit) => { for (let point = 0; point < count; point++) made[unit * count + point] = DERIVED[input](given[point], given[count + point]); });
  return made;
}

function denseOf(layer, { kernel, bias }, given, count) {
  const inputs = given.length / count, made = new Float32Array(layer.units * count);
  for (let unit = 0; unit < layer.units; unit++) {
    const sums = made.subarray(unit * count, (unit + 1) * count);
    if (bias) sums.fill(bias[unit]);
    for (let input = 0; input < inputs; input++) {
      const weight = kernel[input * layer.units + unit], from = input * count;
      for (let example = 0; example < count; example++) sums[example] += weight * given[from + example];
    }
  }
  return made;
}

function batchNormOf({ epsilon }, { gamma, beta, moving_mean, moving_variance }, given, count) {
  return given.map((value, at) => {
    const unit = Math.floor(at / count);
    return ((value - moving_mean[unit]) / Math.sqrt(moving_variance[unit] + epsilon)) * (gamma ? gamma[unit] : 1) + (beta ? beta[unit] : 0);
  });
}

function layerNormOf({ epsilon }, { gamma, beta }, given, count) {
  const width = given.length / count, made = new Float32Array(given.length);
  for (let example = 0; example < count; example++) {
    let center = 0, variance = 0;
    for (let unit = 0; unit < width; unit++) center += given[unit * count + example] / width;
    for (let unit = 0; unit < width; unit++) variance += (given[unit * count + example] - center) ** 2 / width;
    const spread = Math.sqrt(variance + epsilon);
    for (let unit = 0; unit < width; unit++) {
      const at = unit * count + example;
      made[at] = ((given[at] - center) / spread) * (gamma ? gamma[unit] : 1) + (beta ? beta[unit] : 0);
    }
  }
  return made;
}

function softmaxOf(given, count) {
  const width = given.length / count, made = new Float32Array(given.length);
  for (let example = 0; example < count; example++) {
    let most = -Infinity, sum = 0;
    for (let unit = 0; unit < width; unit++) most = Math.max(most, given[unit * count + example]);
    for (let unit = 0; unit < width; unit++) sum += made[unit * count + example] = Math.exp(given[unit * count + example] - most);
    for (let unit = 0; unit < width; unit++) made[unit * count + example] /= sum;
  }
  return made;
}

function bent(name, values) {
  if (name === "linear") return values;
  const made = new Float32Array(values.length), { of } = BENDS[name];
  for (let at = 0; at < values.length; at++) made[at] = of(values[at]);
  return made;
}

// What each layer makes of some examples, as it does once it is trained: [{ values, sums }], with the sums before an activation.
function forward(layers, tensors, weights, given, count) {
  const made = [];
  let values = given;
  layers.forEach((layer, index) => {
    const own = {};
    for (const { layer: of, part, at, shape } of tensors) {
      if (of === index) own[part] = weights.subarray(at, at + shape.reduce((product, side) => product * side, 1));
    }
    let sums = values;
    switch (layer.kind) {
      case "dense":
        sums = denseOf(layer, own, values, count);
        values = bent(layer.activation, sums);
        break;
      case "derive": values = derivedOf(layer, values, count); break;
      case "bend": values = bent(layer.activation, values); break;
      case "softmax": values = softmaxOf(values, count); break;
      case "batch_norm": values = batchNormOf(layer, own, values, count); break;
      case "layer_norm": values = layerNormOf(layer, own, values, count); break;
      case "scale": {
        const { scale, offset } = layer;
        values = values.map((value, at) => {
          const unit = Math.floor(at / count);
          return value * (scale[unit] ?? scale[0]) + (offset[unit] ?? offset[0]);
        });
      }
    }
    made.push({ values, sums });
  });
  return made;
}

// Places of the plane, row by row from the bottom left: first all x, then all y.
function meshOf(side, low, high) {
  const mesh = new Float32Array(2 * side * side);
  for (let place = 0; place < side * side; place++) {
    mesh[place] = low + ((high - low) * (place % side)) / (side - 1);
    mesh[side * side + place] = low + ((high - low) * Math.floor(place / side)) / (side - 1);
  }
  return mesh;
}
