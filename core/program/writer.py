"""Print a classifier's or regressor's training as a plain Keras program, without TensorFlow."""

from __future__ import annotations

import inspect
import json
import math
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.datasets.targets import NextToken, Number, TokenSequence
from core.layers import LayerSpec, NetworkSpec, trace
from core.layers.attention.positions import sinusoids
from core.layers.frozen import cached_part
from core.layers.kinds import KINDS
from core.program.by_hand import names_of, print_by_hand
from core.program.data import print_broken, print_corrected, print_split
from core.program.pretrained import imports_for, print_weights
from core.program.raw_rows import print_raw_rows
from core.schedule import rates
from core.schedule.losses import CLASS_LOSSES, NUMBER_LOSSES
from core.schedule.optimizers import describe_optimizer, is_constant
from core.schedule.plan import Plan, eval_batch
from core.steering.dials import DROPOUT

if TYPE_CHECKING:
    from core.datasets import Dataset, DataSpec
    from core.families.supervised.config import SupervisedConfig
    from core.steering.record import ByHand

WIDTH = 120
WATCHED = {Number: "val_r2", TokenSequence: "val_exact"}  # what tells the best epoch, by target


@dataclass(frozen=True)
class Part:
    """One part of a program: a one-line title and its code."""

    title: str
    code: str


def to_script(parts: Sequence[Part], name: str, needs: str = "tensorflow and the other imported packages") -> str:
    """Return the program as one Python file; `name` may be any user text."""
    # Keep the name out of the first two lines, where Python would read an encoding from it.
    head = [f"Printed by Glassbox. Needs {needs}.", "", _one_line(name)]
    written = [*("# " + line if line else "#" for line in head), ""]
    for part in parts:
        before = "\n\n" if part.code.startswith(("class", "def")) else ""
        written.append(f"{before}# {_one_line(part.title)}\n{part.code}\n")
    return "\n".join(written)


def to_notebook(parts: Sequence[Part], name: str) -> str:
    """Return the program as a Jupyter notebook, format 4.5: a heading and a code cell per part."""
    cells = [_cell("markdown", f"# {_one_line(name)}\nPrinted by Glassbox.", "head")]
    for number, part in enumerate(parts):
        cells.append(_cell("markdown", f"## {_one_line(part.title)}", f"title-{number}"))
        cells.append(_cell("code", part.code, f"code-{number}"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}, indent=1) + "\n"


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _cell(kind: str, text: str, cell_id: str) -> dict[str, object]:
    run: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": cell_id, "metadata": {}, "source": text.splitlines(keepends=True), **run}


# Layers


def print_layers(specs: Sequence[LayerSpec]) -> str:
    """Return lines that apply the layers to `x`; an output that is used again keeps its own name."""
    again = {name for spec in specs for name in (*spec.inputs, spec.mask)}
    lines, last = [], "x"
    for spec in specs:
        sources = spec.inputs or (last,)
        taken = ", ".join(sources)
        if len(sources) > 1 and not KINDS[spec.keras_class].takes_apart:
            taken = f"[{taken}]"
        taken += f", {_arguments(spec.call)}" if spec.call else ""
        if spec.mask:
            argument = "value_mask={}" if KINDS[spec.keras_class].takes_apart else "mask=[None, {}]"
            taken += f", {argument.format(spec.mask)}"
        last = spec.name if spec.name in again else "x"
        lines.append(f"{last} = {_layer(spec)}({taken})")
    return _named("penalty", "\n".join(lines), _penalties(specs))


def _layer(spec: LayerSpec, **more: str) -> str:
    defaults = _CONV_DEFAULTS if "Conv2D" in spec.keras_class else {}
    kwargs = {name: value for name, value in spec.kwargs.items() if defaults.get(name) != value}
    kind = KINDS.get(spec.keras_class)  # none of those that augment
    if kind and kind.operation:
        return f"keras.ops.{kind.operation}"
    if not spec.wrapper:
        return f"layers.{spec.keras_class}({_arguments({**kwargs, **more, 'name': spec.name})})"
    return f'layers.{spec.wrapper}(layers.{spec.keras_class}({_arguments(kwargs)}), name="{spec.name}")'


_CONV_DEFAULTS = {"strides": 1, "padding": "valid"}


def _penalties(specs: Sequence[LayerSpec]) -> list[str]:
    named = (item for spec in specs for item in spec.kwargs.items())
    values = (value for name, value in named if name.endswith("regularizer") and isinstance(value, Mapping))
    return list(dict.fromkeys(_value(value) for value in values))


def _named(name: str, code: str, texts: list[str]) -> str:
    """Assign repeated expressions to a name."""
    for text in texts:
        code = f"{name} = {text}\n" + code.replace(text, name)
    return code


def _arguments(kwargs: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in kwargs.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        module = "regularizers" if value["class_name"] == "L1L2" else "initializers"
        return f"keras.{module}.{value['class_name']}({_arguments(value['config'])})"
    for whole in (255, 127.5):
        if value == 1 / whole:
            return f"1 / {whole}"
    return json.dumps(value) if isinstance(value, str) else repr(value)


# Classifiers


def supervised_script(
    config: SupervisedConfig,
    dataset: Dataset,
    networks: Sequence[NetworkSpec],
    augmentation: Sequence[LayerSpec],
    policy: str = "",
    by_hand: ByHand | None = None,
) -> list[Part]:
    """Return the program of a classifier or regressor.

    Args:
        config: Settings of the run.
        dataset: Data to train on.
        networks: Its single network, output layer last.
        augmentation: Layers that augment training images.
        policy: Keras dtype policy of a past run; empty for the config's.
        by_hand: What was done to a past run while it trained.
    """
    spec, plan = dataset.spec, config.plan(dataset.spec)
    validation_size = config.validation_size(spec)
    imports, program = imports_apart(dataset.program)
    imports += imports_for(networks[0].specs)
    size = eval_batch(max(math.prod(cost.output_shape) for cost in trace(networks[0].specs, spec.input_shape)))
    parts = [
        ("Set the run's random seed", begin(config.seed, policy or build_policy(config.precision), imports)),
        (f"Data: {dataset.title}. {dataset.split}", program),
        ("Corrected labels of training examples, and those left out", print_corrected(config)),
        ("Corrupt the data on purpose, the same way for every seed", print_broken(config, spec)),
        ("Select training and validation images", print_split(config, spec)),
        ("One-hot labels, as label smoothing needs", _one_hot(config, spec, validation_size)),
        ("Targets as a column, like the network's output", _column(spec, validation_size)),
        (f"The network, from raw {spec.kind}: it scales its own input", _model(networks[0].specs, spec)),
        ("Load the pretrained weights", print_weights(networks[0].specs)),
        (
            "Compute the output of the frozen layers once and train the rest on it",
            _features(networks[0], config.used_size(spec) + spec.test_size, bool(augmentation), validation_size),
        ),
        ("Learning rate of each update", _schedule(config, plan, by_hand)),
        ("Optimiser and loss", _compile(config, spec)),
        ("Augment training images", _augment(augmentation)),
        ("Batches: reshuffled each epoch, the same in every run", _batches(config, bool(augmentation))),
        ("Early stopping" if not by_hand else "What is done while it trains", _limits(config, spec, plan, by_hand)),
        ("Training", _fit(config, plan, validation_size, size, by_hand)),
        (f"Evaluation on unseen {spec.kind}", _evaluate(spec, size)),
        ("The network with an input for each column, as in the file", print_raw_rows(spec.features)),
    ]
    found = [Part(title, code.strip()) for title, code in parts if code]
    return [Part(part.title, _without_numpy(part.code, found)) for part in found]


def _without_numpy(code: str, parts: Sequence[Part]) -> str:
    is_used = any("np." in part.code for part in parts)
    return code if is_used else code.replace("import numpy as np\n", "")


def imports_apart(program: str) -> tuple[list[str], str]:
    """Split a program into its import lines and the rest."""
    lines = program.splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    return imports, "\n".join(line for line in lines if line not in imports).strip()


def build_policy(precision: str) -> str:
    """Return the Keras dtype policy of a precision, whatever the machine."""
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def begin(seed: int, policy: str, imports: Sequence[str]) -> str:
    """Return the first lines of a program."""
    lines = ["import keras", "import numpy as np", "import tensorflow as tf", "from keras import layers", *imports]
    lines = [*_in_order(lines), "", f"SEED = {seed}", "keras.utils.set_random_seed(SEED)"]
    if policy != "float32":
        lines.append(f'keras.config.set_dtype_policy("{policy}")  # less precise; faster on processors that support it')
    return "\n".join(lines)


def _in_order(imports: Sequence[str]) -> list[str]:
    """Return imports as people order them: Python's own first, and then a gap."""
    own = [line for line in imports if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    others = [line for line in imports if line not in own]
    return [*own, "", *others] if own else others


def _one_hot(config: SupervisedConfig, spec: DataSpec, validation_size: int) -> str:
    if not config.label_smoothing:
        return ""
    names = ["y_train", "y_test", *(["y_val"] if validation_size else [])]
    return "\n".join(f"{name} = keras.utils.to_categorical({name}, {spec.num_classes})" for name in names)


def _column(spec: DataSpec, validation_size: int) -> str:
    if not isinstance(spec.target, Number):
        return ""
    names = ["y_train", "y_test", *(["y_val"] if validation_size else [])]
    return f"{', '.join(names)} = {', '.join(f'{name}[:, None]' for name in names)}"


def _model(specs: Sequence[LayerSpec], spec: DataSpec) -> str:
    given = f'inputs = x = keras.Input({spec.input_shape!r}, dtype="{spec.dtype}")'
    if any("sinusoids(" in repr(one.kwargs) for one in specs):
        given = f"{inspect.getsource(sinusoids)}\n\n{given}"
    return "\n".join([given, print_layers(specs), "model = keras.Model(inputs, x)", "model.summary()"])


def _features(network: NetworkSpec, examples: int, augments: bool, validation_size: int) -> str:
    frozen = cached_part(network.specs, network.input_shape, examples, augments=augments)
    if not frozen:
        return ""
    code = _FEATURES.replace("LAST", frozen[-1].name)
    return code + ("\nx_val = features(x_val)" if validation_size else "")


_FEATURES = """\
frozen = keras.Model(inputs, model.get_layer("LAST").output)


def features(examples):
    return frozen.predict(examples, batch_size=32, verbose=0).astype("float32")


# The same layers: what `model` learns from features, `whole` knows of images.
whole, model = model, keras.Model(frozen.output, model.output)
x_train, x_test = features(x_train), features(x_test)"""

_TABLE = '''\
class Table(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate for each update, looked up."""

    def __init__(self, rates):
        self.rates = tf.constant(rates)

    def __call__(self, step):
        return tf.gather(self.rates, tf.minimum(tf.cast(step, tf.int32), len(self.rates) - 1))

    def get_config(self):
        return {"rates": self.rates.numpy().tolist()}'''


def _schedule(config: SupervisedConfig, plan: Plan, by_hand: ByHand | None) -> str:
    if is_constant(config):
        return ""
    arguments = f"{_value(config.schedule)}, {config.learning_rate!r}, {plan.total_steps}, {config.warmup!r}"
    table = _TABLE
    if by_hand and "learning_rate" in names_of(by_hand):  # which must be able to change
        table = table.replace("tf.constant(rates)", "tf.Variable(rates)").replace(
            "len(self.rates)", "self.rates.shape[0]"
        )
    return "\n\n\n".join([_schedule_source(), table, f"rates = learning_rates({arguments})"])


def _schedule_source() -> str:
    """Return the source of our schedules, so that the program cannot differ."""
    names = ("DECAY", "STEP_AT", "START", "END")
    constants = [f"{name} = {getattr(rates, name)!r}" for name in names]
    sources = [inspect.getsource(function).rstrip() for function in (rates.falling, rates.learning_rates)]
    return "\n\n\n".join(["\n".join(constants), *sources])


def _compile(config: SupervisedConfig, spec: DataSpec) -> str:
    described = describe_optimizer(config)
    rate = repr(config.learning_rate) if is_constant(config) else "Table(rates)"
    arguments = ", ".join(filter(None, [f"learning_rate={rate}", _arguments(described.kwargs)]))
    loss, metric, before = '"sparse_categorical_crossentropy"', '"accuracy"', ""
    if isinstance(spec.target, Number):
        loss, metric = config.loss_on(spec), '"mae", keras.metrics.R2Score(name="r2")'
        lines = ["error = (y - answer) / SPREAD", NUMBER_LOSSES[loss].keras]
        before = f"SPREAD = {spec.target.spread!r}  # standard deviation of the training targets\n\n\n"
        before += _function(loss, lines)
    elif isinstance(spec.target, NextToken):
        if spec.target.characters != 1:
            loss = "nats_a_character"
            before = f"CHARACTERS = {spec.target.characters!r}  # mean length of a token in the training text\n\n\n"
            before += _function(loss, ["return keras.losses.sparse_categorical_crossentropy(y, answer) / CHARACTERS"])
    elif isinstance(spec.target, TokenSequence):
        loss, metric, before = "answer_loss", "exact", _ANSWERED
    elif config.label_smoothing:
        loss = f"keras.losses.CategoricalCrossentropy(label_smoothing={config.label_smoothing!r})"
    elif code := CLASS_LOSSES[config.loss].keras:
        loss = config.loss
        truth = f'truth = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(y, (-1,)), "int32"), {spec.num_classes})'
        before = _function(loss, [truth, code])
    optimizer = f"optimizer = keras.optimizers.{described.keras_class}({arguments})"
    return f"{before}{optimizer}\nmodel.compile(optimizer=optimizer, loss={loss}, metrics=[{metric}])"


_ANSWERED = """\
def answer_loss(y, answer):
    counts = keras.ops.cast(y > 0, "float32")  # what comes after the end of an answer counts for nothing
    nats = keras.losses.sparse_categorical_crossentropy(y, answer)
    return keras.ops.sum(nats * counts, 1) / keras.ops.sum(counts, 1)


def exact(y, answer):
    right = keras.ops.argmax(answer, 2) == keras.ops.cast(y, "int32")
    return keras.ops.cast(keras.ops.all(right | (y == 0), 1), "float32")


"""


def _function(name: str, lines: Sequence[str]) -> str:
    """Return a function of targets `y` and the network's `answer`, with two empty lines."""
    return f"def {name}(y, answer):\n{textwrap.indent(chr(10).join(lines), '    ')}\n\n\n"


def _augment(augmentation: Sequence[LayerSpec]) -> str:
    if not augmentation:
        return ""
    lines = "\n".join(f"        {_layer(layer, dtype='float32')}," for layer in augmentation)
    return _AUGMENT.replace("LAYERS", lines)


_AUGMENT = """\
augment = keras.Sequential(
    [
LAYERS
    ]
)


def augmented(x, y):
    return tf.cast(tf.clip_by_value(tf.round(augment(x, training=True)), 0, 255), tf.uint8), y"""


def _batches(config: SupervisedConfig, is_augmented: bool) -> str:
    code = f"BATCH_SIZE = {config.batch_size}\n{_BATCHES}"
    return code.replace(".map(batch)", ".map(batch).map(augmented)") if is_augmented else code


_BATCHES = """\
examples, labels = tf.constant(x_train), tf.constant(y_train)
steps_per_epoch = -(-len(x_train) // BATCH_SIZE)  # the last batch of an epoch takes the rest


def batch(step):
    epoch, place = step // steps_per_epoch, step % steps_per_epoch
    first = place * BATCH_SIZE
    places = tf.range(first, tf.minimum(first + BATCH_SIZE, len(x_train)), dtype=tf.int64)
    seed = tf.stack([tf.constant(SEED, tf.uint32), tf.cast(epoch, tf.uint32)])
    rows = tf.random.experimental.index_shuffle(places, seed, tf.constant(len(x_train) - 1, tf.int64))
    return tf.gather(examples, rows), tf.gather(labels, rows)


def batches(first_step, last_step):
    return tf.data.Dataset.range(first_step, last_step).map(batch).prefetch(8)"""


def _limits(config: SupervisedConfig, spec: DataSpec, plan: Plan, by_hand: ByHand | None) -> str:
    classes, made, watched = [], [], WATCHED.get(type(spec.target), "val_accuracy")
    if config.target_accuracy:
        classes.append(_TARGET.replace("TARGET", repr(config.target_accuracy)).replace("WATCHED", watched))
        made.append("StopAtTarget()")
    if config.time_budget_s:
        classes.append(_TIME.replace("SECONDS", repr(config.time_budget_s)))
        made.append("stop_in_time")
    if config.patience:
        made.append(f'keras.callbacks.EarlyStopping("{watched}", mode="max", patience={config.patience})')
    if by_hand:
        classes += [print_by_hand(by_hand), _steer(config, plan, by_hand)]
        made.append("steer")
    timer = ["stop_in_time = StopInTime()"] if config.time_budget_s else []
    timer += ["steer = Steer()"] if by_hand else []
    listed = "\n".join([*timer, f"callbacks = [{', '.join(made)}]"])
    return "\n\n\n".join([*classes, listed]) if made else ""


_TARGET = """\
class StopAtTarget(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs["WATCHED"] >= TARGET:
            self.model.stop_training = True"""

_TIME = """\
class StopInTime(keras.callbacks.Callback):
    began = None

    def on_train_begin(self, logs=None):
        self.began = self.began or tf.timestamp()

    def on_train_batch_end(self, batch, logs=None):
        if tf.timestamp() - self.began >= SECONDS:
            self.model.stop_training = True"""


def _steer(config: SupervisedConfig, plan: Plan, by_hand: ByHand) -> str:
    rate = 'optimizer.learning_rate = changed["learning_rate"]'
    if not is_constant(config):
        arguments = f'{_value(config.schedule)}, changed["learning_rate"], {plan.total_steps}, {config.warmup!r}'
        rate = f"optimizer._learning_rate.rates.assign(learning_rates({arguments}))"
    traced = "\n            self.model.make_train_function(force=True)"
    does = {
        "learning_rate": rate,
        "weight_decay": f'optimizer.weight_decay = changed["weight_decay"]{traced}',
        DROPOUT: f'set_dropout(self.model, changed["{DROPOUT}"]){traced}',
    }
    lines = ["        changed = CHANGES.get(done, {})"] if by_hand.changes else []
    lines += [f'        if "{name}" in changed:\n            {does[name]}' for name in names_of(by_hand)]
    if by_hand.edits:
        lines += ["        for edit in EDITS.get(done, []):\n            set_weight(self.model, *edit)"]
    return _STEER + "\n".join(lines)


_STEER = """\
class Steer(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        done = int(optimizer.iterations.numpy())
"""


def _fit(config: SupervisedConfig, plan: Plan, validation_size: int, eval_size: int, by_hand: ByHand | None) -> str:
    per = plan.steps_per_epoch
    whole, total = plan.total_steps // per, plan.total_steps
    given = ["steps_per_epoch=steps_per_epoch", "shuffle=False", "verbose=2"]
    if validation_size:
        given += ["validation_data=(x_val, y_val)", f"validation_batch_size={eval_size}"]
    if config.patience or config.target_accuracy or config.time_budget_s or by_hand:
        given.append("callbacks=callbacks")
    to_the_end = [*(["stop_in_time"] if config.time_budget_s else []), *(["steer"] if by_hand else [])]
    in_time = f", callbacks=[{', '.join(to_the_end)}]" if to_the_end else ""
    lines = ["model.stop_training = False"]
    if whole:
        lines = [_call("model.fit", f"batches(0, {whole * per})", f"epochs={whole}", *given)]
    if total % per:
        lines += ["if not model.stop_training:  # the image budget ends within the next epoch"]
        lines += [f"    model.fit(batches({whole * per}, {total}), shuffle=False, verbose=2{in_time})"]
    return "\n".join(lines)


def _call(function: str, *arguments: str) -> str:
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= WIDTH else f"{function}(\n" + "".join(f"    {a},\n" for a in arguments) + ")"


def _evaluate(spec: DataSpec, eval_size: int) -> str:
    code = _EVALUATES.get(type(spec.target), _EVALUATE)
    return code.replace("SIZE", str(eval_size))


_EVALUATE = """\
_, accuracy = model.evaluate(x_test, y_test, batch_size=SIZE, verbose=0)
print(f"test accuracy {accuracy:.4f}")"""

_EVALUATE_TEXT = """\
nats, _ = model.evaluate(x_test, y_test, batch_size=SIZE, verbose=0)
print(f"test surprise {nats:.4f} nats a character")"""

_EVALUATE_NUMBER = """\
error = y_test - model.predict(x_test, batch_size=SIZE, verbose=0)
r2 = 1 - np.sum(error**2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"test R2 {r2:.4f}, RMSE {np.sqrt(np.mean(error**2)):.6g}, MAE {np.abs(error).mean():.6g}")"""

_EVALUATE_ANSWERS = """\
_, exact_share = model.evaluate(x_test, y_test, batch_size=SIZE, verbose=0)
print(f"test answers right throughout {exact_share:.4f}")"""

_EVALUATES = {Number: _EVALUATE_NUMBER, NextToken: _EVALUATE_TEXT, TokenSequence: _EVALUATE_ANSWERS}
