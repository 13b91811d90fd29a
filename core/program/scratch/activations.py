"""Activations as lines of NumPy: each returns its values and its slopes."""

from __future__ import annotations

# z: the weighted sums, float32 (n, units).
ACTIVATIONS = {
    "linear": """\
def linear(z):
    return z, 1""",
    "relu": """\
def relu(z):
    return np.maximum(z, 0), z > 0""",
    "leaky_relu": """\
def leaky_relu(z):
    slope = np.where(z > 0, 1, np.float32(0.2))
    return slope * z, slope""",
    "elu": """\
def elu(z):
    below = np.exp(np.minimum(z, 0))
    return np.where(z > 0, z, below - 1), np.where(z > 0, 1, below)""",
    "gelu": """\
def gelu(z):
    share = (1 + np.vectorize(math.erf, otypes=["float32"])(z / math.sqrt(2))) / 2
    return z * share, share + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)""",
    "silu": """\
def silu(z):
    share = (1 + np.tanh(z / 2)) / 2
    return z * share, share * (1 + z * (1 - share))""",
    "tanh": """\
def tanh(z):
    a = np.tanh(z)
    return a, 1 - a**2""",
    "sigmoid": """\
def sigmoid(z):
    a = (1 + np.tanh(z / 2)) / 2
    return a, a * (1 - a)""",
    "softplus": """\
def softplus(z):
    return np.logaddexp(z, 0), (1 + np.tanh(z / 2)) / 2""",
}
