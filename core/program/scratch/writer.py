"""Print the training of a dense network as a NumPy program, without TensorFlow."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.datasets.targets import Number
from core.errors import ConfigError
from core.layers import LayerSpec, NetworkSpec
from core.layers.derived import print_derived, split_derived
from core.program.data import print_broken, print_corrected, print_split
from core.program.scratch.activations import ACTIVATIONS
from core.program.scratch.updates import Update, update_of
from core.program.writer import Part, imports_apart
from core.schedule.losses import CLASS_LOSSES, NUMBER_LOSSES
from core.schedule.optimizers import OPTIMIZERS, is_constant

if TYPE_CHECKING:
    from core.datasets import Dataset, DataSpec
    from core.families.supervised.config import SupervisedConfig

KNOWN = ("Normalization", "Rescaling", "Flatten", "Dense", "Activation")


def scratch_program(
    config: SupervisedConfig,
    dataset: Dataset,
    networks: Sequence[NetworkSpec],
    augmentation: Sequence[LayerSpec],
    policy: str = "",
    *,
    start: str,
    steps: int,
) -> list[Part]:
    """Return a NumPy program that makes the same updates as a run.

    Args:
        config: Settings of the run.
        dataset: Data that it learned from.
        networks: Its single network, output layer last.
        augmentation: Layers that augment training images.
        policy: Keras dtype policy of the run.
        start: Name of the file that `write_start` fills.
        steps: Updates to make.

    Raises:
        ConfigError: The run does something that this program cannot.
    """
    derived, specs = split_derived(networks[0].specs)
    spec = dataset.spec
    given = print_derived(derived) if derived else _scaled(specs)
    update = _check(config, specs, augmentation)
    activations = [str(layer.kwargs.get("activation") or "linear") for layer in specs if layer.keras_class == "Dense"]
    imports, program = imports_apart(dataset.program)
    is_math = any("math." in ACTIVATIONS[name] for name in activations)
    lines = ["import math", ""] if is_math else []
    lines += ["import keras  # for its data alone"] if "keras." in program else []
    lines += [line for line in imports if line not in (*lines, "import numpy as np")]
    parts = [
        ("No framework: every step of the arithmetic is below", "\n".join([*lines, "import numpy as np"])),
        (f"Data: {dataset.title}. {dataset.split}", program),
        ("Corrected labels of training examples, and those left out", print_corrected(config)),
        ("Corrupt the data on purpose, the same way for every seed", print_broken(config, spec)),
        ("Select training examples", print_split(config, spec)),
        ("First weights of the run, and the order in which it saw its examples", _start(start, len(activations))),
        ("Each activation returns its values and its slopes", "\n\n\n".join(_functions(activations))),
        (
            "Forward: each layer's sum, bent by its activation",
            _forward(given, activations),
        ),
        ("Backward: how the loss moves with each weight, by the chain rule", _backward(config, spec)),
        ("Training: each update goes down the gradient", _training(config, update, steps)),
        (f"Evaluation on unseen {spec.kind}, and beside the run", _evaluation(spec, policy)),
    ]
    return [Part(title, code.strip()) for title, code in parts if code]


def _check(config: SupervisedConfig, specs: Sequence[LayerSpec], augmentation: Sequence[LayerSpec]) -> Update:
    """Return the optimiser's lines.

    Raises:
        ConfigError: The run does something that the program cannot.
    """
    others = [layer.name for layer in specs if layer.keras_class not in KNOWN or layer.wrapper or layer.inputs]
    update = update_of(config)
    reasons = {
        f"this network has {others[0] if others else ''}": bool(others),
        "this run changes its images at random": bool(augmentation),
        f"this run's optimiser is {OPTIMIZERS[config.optimizer]}": update is None,
    }
    if why := next((why for why, holds in reasons.items() if holds), ""):
        raise ConfigError(f"NumPy from scratch is for dense layers, and {why}")
    assert update is not None
    return update


def _start(start: str, layers: int) -> str:
    return f"""\
LAYERS = {layers}
with np.load({start!r}) as file:
    first = dict(file)
weights = [first[f"{{name}}_{{k}}"] for k in range(LAYERS) for name in ("kernel", "bias")]  # (inputs, units), (units,)
order = first["order"]  # rows of the training data, (epochs, examples)"""


def _functions(activations: Sequence[str]) -> list[str]:
    return [ACTIVATIONS[name] for name in dict.fromkeys(activations)]


def _forward(given: str, activations: Sequence[str]) -> str:
    return f"""\
def forward(x):
    given, slopes, a = [], [], {given}
    for k, activation in enumerate([{", ".join(activations)}]):
        given.append(a)
        a, slope = activation(a @ weights[2 * k] + weights[2 * k + 1])
        slopes.append(slope)
    return given, slopes, a"""


def _scaled(specs: Sequence[LayerSpec]) -> str:
    """Return the code of what the first layer is given: x, scaled and flat."""
    first = specs[0]
    if first.keras_class == "Rescaling" and len(specs) > 1:
        return f'x.reshape(len(x), -1).astype("float32") / {1 / first.kwargs["scale"]:g}'
    if first.keras_class != "Normalization":
        return "x"
    spreads = [variance**0.5 for variance in first.kwargs["variance"]]
    return f"(x - np.float32({first.kwargs['mean']!r})) / np.float32({[float(f'{s:.9g}') for s in spreads]!r})"


def _backward(config: SupervisedConfig, spec: DataSpec) -> str:
    penalty = " + ".join(
        text
        for text in (
            f"{config.l1!r} * np.sign(weights[2 * k])" if config.l1 else "",
            f"{2 * config.l2!r} * weights[2 * k]" if config.l2 else "",
        )
        if text
    )
    return f"""\
def backward(x, y):
    given, slopes, answer = forward(x)
{textwrap.indent(_slope(config, spec), "    ")}
    gradients = []
    for k in reversed(range(LAYERS)):
        delta = delta * slopes[k]  # of the loss by each sum, (n, units)
        gradients = [given[k].T @ delta{f" + {penalty}" if penalty else ""}, delta.sum(0), *gradients]
        delta = delta @ weights[2 * k].T  # of the loss by what the layer was given
    return gradients"""


def _slope(config: SupervisedConfig, spec: DataSpec) -> str:
    """Return the lines that compute `delta`, the slope of the mean loss by the network's last sums."""
    if isinstance(spec.target, Number):
        loss = NUMBER_LOSSES[config.loss_on(spec)]
        error = f"error = (y[:, None] - {_value(spec.target)}) / {spec.target.spread!r}"
        return "\n".join([error, loss.numpy, f"delta = delta / len(y)  # {loss.title.lower()}"])
    loss, truth = CLASS_LOSSES[config.loss], f'np.eye({spec.num_classes}, dtype="float32")[y]'
    if smoothing := config.label_smoothing:
        truth = f"{truth} * (1 - {smoothing!r}) + {smoothing!r} / {spec.num_classes}"
    softmax = """\
shares = np.exp(answer - answer.max(1, keepdims=True))
shares /= shares.sum(1, keepdims=True)  # softmax"""
    needed = [softmax] if "shares" in loss.numpy else []
    return "\n".join([*needed, f"truth = {truth}", loss.numpy, f"delta = delta / len(y)  # {loss.title.lower()}"])


def _value(target: Number) -> str:
    """Return the code of the answer in the target's unit."""
    return f"(answer * {target.spread!r} + {target.mean!r})"


def _training(config: SupervisedConfig, update: Update, steps: int) -> str:
    lines = [f"STEPS, BATCH_SIZE = {steps}, {config.batch_size}"]
    if "MOMENTUM" in update.lines:
        lines.append(f"MOMENTUM = {config.momentum!r}")
    begin = "np.zeros_like(w)" if update.begin == "0" else f"np.full_like(w, {update.begin})"
    lines += [f"{name} = [{begin} for w in weights]" for name in update.keeps]
    lines += ["steps_per_epoch = -(-len(x_train) // BATCH_SIZE)  # the last batch of an epoch takes the rest"]
    rate = repr(config.learning_rate) if is_constant(config) else 'first["rates"][step]'
    inner = [f"rate = {rate}"]
    inner += ["epoch, place = divmod(step, steps_per_epoch)"]
    inner += ["rows = order[epoch, place * BATCH_SIZE : (place + 1) * BATCH_SIZE]"]
    inner += ["gradients = backward(x_train[rows], y_train[rows])"]
    if clip := config.gradient_clip:
        inner += ["norm = np.sqrt(sum((g**2).sum() for g in gradients))"]
        inner += [f"gradients = [g * ({clip!r} / max(norm, {clip!r})) for g in gradients]"]
    inner += [update.first] if update.first else []
    decay = [f"weights[k] -= weights[k] * {config.weight_decay!r} * rate"] if config.weight_decay else []
    body = textwrap.indent("\n".join([*decay, update.lines]), "    ")
    inner += ["for k, g in enumerate(gradients):", body]
    return "\n".join([*lines, "for step in range(STEPS):", textwrap.indent("\n".join(inner), "    ")])


def _evaluation(spec: DataSpec, policy: str) -> str:
    if isinstance(spec.target, Number):
        said = f"""\
error = y_test - {_value(spec.target).replace("answer", "forward(x_test)[2][:, 0]")}
print(f"test R2 {{1 - np.sum(error**2) / np.sum((y_test - y_test.mean()) ** 2):.4f}}")"""
    else:
        said = 'print(f"test accuracy {(forward(x_test)[2].argmax(1) == y_test).mean():.4f}")'
    coarse = "" if policy in ("", "float32") else "# The run computed in bfloat16, so its weights are a little apart.\n"
    return f"""\
{said}
{coarse}last = [first[f"last_{{name}}_{{k}}"] for k in range(LAYERS) for name in ("kernel", "bias")]
apart = max(np.abs(mine - theirs).max() for mine, theirs in zip(weights, last))
print(f"the weights are at most {{apart:.1g}} from those of the run")"""
