// The arithmetic of one neuron without an activation: y = w x + b, and the mean squared error.
const lossOf = (points, [w, b]) => points.reduce((sum, [x, y]) => sum + (w * x + b - y) ** 2, 0) / points.length;

const gradientOf = (points, [w, b]) => points.reduce(([dw, db], [x, y]) => {
  const error = w * x + b - y;
  return [dw + (2 * error * x) / points.length, db + (2 * error) / points.length];
}, [0, 0]);

// Down the slope: minus.
const descend = (points, place, rate) => {
  const gradient = gradientOf(points, place);
  return place.map((value, k) => value - rate * gradient[k]);
};

// Least squares: where the gradient is zero.
const bestOf = (points) => {
  const n = points.length, mean = (k) => points.reduce((sum, point) => sum + point[k], 0) / n;
  const [mx, my] = [mean(0), mean(1)];
  const w = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return [w, my - w * mx];
};
