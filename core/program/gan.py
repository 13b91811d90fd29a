"""Print a GAN's training as a plain Keras program, without TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.layers import LayerSpec, NetworkSpec
from core.program.by_hand import names_of, print_by_hand
from core.program.writer import Part, begin, build_policy, imports_apart, print_layers
from core.steering.dials import DROPOUT

if TYPE_CHECKING:
    from core.datasets import Dataset, DataSpec
    from core.families.gan.config import GanConfig
    from core.steering.record import ByHand


def gan_script(
    config: GanConfig,
    dataset: Dataset,
    networks: Sequence[NetworkSpec],
    augmentation: Sequence[LayerSpec],
    policy: str = "",
    by_hand: ByHand | None = None,
) -> list[Part]:
    """Return the program of a GAN.

    Args:
        config: Settings of the run.
        dataset: Data to train on.
        networks: Generator and discriminator.
        augmentation: Not used.
        policy: Keras dtype policy of a past run; empty for the config's.
        by_hand: What was done to a past run while it trained.
    """
    spec = dataset.spec
    num_classes = config.num_classes(spec)
    imports, data = imports_apart(dataset.program)
    generator, discriminator = networks
    parts = [
        ("Set the run's random seed", begin(config.seed, policy or build_policy(config.precision), imports)),
        (f"Data: {dataset.title}. {dataset.split}", data),
        ("Generator: from noise to examples", _network(generator)),
        (f"Discriminator: from examples to scores; {config.objective.scores.reading}", _network(discriminator)),
        ("Noise, the same in every run", _noise(config, num_classes)),
        ("Batches: reshuffled each epoch, the same in every run", _batches(config, spec, bool(num_classes))),
        ("Losses", _losses(config, spec, num_classes)),
        ("Optimisers", _optimizers(config)),
        ("One training step", _step(config)),
        ("What is done while it trains", print_by_hand(by_hand) if by_hand else ""),
        ("Training", _loop(config, by_hand)),
        ("Samples from new noise", _samples(spec, num_classes)),
    ]
    return [Part(title, code.strip()) for title, code in parts if code]


def _network(network: NetworkSpec) -> str:
    given = f"inputs = x = keras.Input({network.input_shape!r})"
    return "\n".join([given, print_layers(network.specs), f"{network.id} = keras.Model(inputs, x)"])


def _noise(config: GanConfig, num_classes: int) -> str:
    draw = "stateless_normal" if config.noise == "gaussian" else "stateless_uniform"
    made = f"tf.random.{draw}((tf.shape(labels)[0], {config.latent}), seed(turn, step))"
    lines = [
        "def seed(turn, step):",
        "    return tf.stack([tf.constant(SEED, tf.int64) + 10_000 * turn, step])",
        "",
        "",
        "def draw_noise(labels, turn, step):",
        f"    noise = {made}",
    ]
    if config.noise == "uniform":
        lines.append("    noise = 2 * noise - 1")
    if num_classes:
        lines.append(f"    noise = tf.concat([noise, tf.one_hot(labels, {num_classes})], 1)")
    return "\n".join([*lines, "    return noise"])


def _batches(config: GanConfig, spec: DataSpec, has_labels: bool) -> str:
    plan = config.plan(spec)
    labels = "tf.constant(y_train.astype(np.int32))" if has_labels else "tf.zeros(len(x_train), tf.int32)"
    return f"""\
examples = tf.constant(x_train)
labels = {labels}
BATCH, STEPS_PER_EPOCH = {plan.batch_size}, {plan.steps_per_epoch}


def batch(step):
    epoch, place = step // STEPS_PER_EPOCH, step % STEPS_PER_EPOCH
    places = tf.range(place * BATCH, (place + 1) * BATCH, dtype=tf.int64)
    order = tf.stack([tf.constant(SEED, tf.uint32), tf.cast(epoch, tf.uint32)])
    last = tf.constant(BATCH * STEPS_PER_EPOCH - 1, tf.int64)
    rows = tf.random.experimental.index_shuffle(places, order, last) % len(x_train)
    return tf.cast(tf.gather(examples, rows), tf.float32), tf.gather(labels, rows)"""


def _losses(config: GanConfig, spec: DataSpec, num_classes: int) -> str:
    scores = "tf.gather(scores, labels, batch_dims=1)" if num_classes else "scores[:, 0]"
    width = 127.5 if spec.is_image else 1.0
    code = f"""\
def score(x, labels):
    scores = tf.cast(discriminator(x, training={config.d_updates > 0}), tf.float32)
    return {scores}


"""
    if config.instance_noise:
        code += f"""\
def blur(x, turn, step):
    return x + {config.instance_noise * width!r} * tf.random.stateless_normal(tf.shape(x), seed(turn, step))


"""
    real, fake = ("blur(real, 300 + turn, step)", "blur(fake, 400 + turn, step)")
    blurred = f"    real, fake = {real}, {fake}\n" if config.instance_noise else ""
    code += config.objective.helpers
    penalties = _penalties(config, spec)
    if penalties:
        code += _SLOPES.replace("SCALE", repr(width))
    d_code = config.objective.d_code.replace("TARGET", repr(1.0 - config.label_smoothing))
    code += f"""\
def d_loss(real, fake, labels, turn, step):
{blurred}    on_real, on_fake = score(real, labels), score(fake, labels)
    loss = {d_code}
{penalties}    return loss, on_fake


def g_loss(fake):
    return {config.objective.g_code}"""
    return code


_SLOPES = """\
def slopes(x, labels):
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(score(x, labels))
    gradient = tf.reshape(tape.gradient(total, x), (tf.shape(x)[0], -1)) * SCALE
    return tf.sqrt(tf.reduce_sum(gradient**2, 1) + 1e-12)


"""


def _penalties(config: GanConfig, spec: DataSpec) -> str:
    lines = []
    if config.objective.has_gradient_penalty and config.penalty:
        ones = ", 1" * len(spec.input_shape)
        lines += [
            "    shares = tf.random.stateless_uniform((tf.shape(real)[0],), seed(500 + turn, step))",
            f"    shares = tf.reshape(shares, (-1{ones}))",
            "    between = shares * real + (1 - shares) * fake",
            f"    loss += {config.penalty!r} * tf.reduce_mean((slopes(between, labels) - 1) ** 2)",
        ]
    if config.r1:
        lines.append(f"    loss += {config.r1!r} * 0.5 * tf.reduce_mean(slopes(real, labels) ** 2)")
    return "".join(line + "\n" for line in lines)


def _optimizers(config: GanConfig) -> str:
    def made(word: str, rate: float) -> str:
        memory = {"adam": f", beta_1={config.beta_1!r}", "sgd": f", momentum={config.beta_1!r}"}.get(word, "")
        name = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}[word]
        return f"keras.optimizers.{name}(learning_rate={rate!r}{memory})"

    code = (
        f"d_optimizer = {made(config.d_optimizer, config.d_learning_rate)}\n"
        f"g_optimizer = {made(config.g_optimizer, config.g_learning_rate)}\n"
        "d_weights, g_weights = discriminator.trainable_variables, generator.trainable_variables\n"
        "d_optimizer.build(d_weights)\n"
        "g_optimizer.build(g_weights)"
    )
    if not config.average:
        return f"{code}\nshown = generator"
    return f"""\
{code}

shown = keras.models.clone_model(generator)  # moving average of the generator, used for samples
shown.set_weights(generator.get_weights())


def update_ema(step):
    done = tf.cast(step, tf.float32)
    ema_decay = tf.minimum({config.average!r}, (1 + done) / (10 + done))
    for mean, weight in zip(shown.variables, generator.variables):
        if "float" in str(weight.dtype):
            mean.assign(ema_decay * mean + (1 - ema_decay) * weight)"""


_TOGETHER = """\
@tf.function
def train(step):
    real, labels = batch(step)
    with tf.GradientTape(persistent=True) as tape:  # one forward pass of the generator serves both updates
        fake = generator(draw_noise(labels, 0, step), training=True)
        loss_d, on_fake = d_loss(real, fake, labels, 0, step)
        loss_g = g_loss(on_fake)
    d_optimizer.apply(tape.gradient(loss_d, d_weights), d_weights)
    g_optimizer.apply(tape.gradient(loss_g, g_weights), g_weights)UPDATE_EMA
    return loss_d, loss_g"""

_D_TURN = """\
    for turn in range(D_UPDATES):
        real, labels = x[turn * SIZE : (turn + 1) * SIZE], y[turn * SIZE : (turn + 1) * SIZE]
        fake = generator(draw_noise(labels, turn, step), training=G_LEARNS)
        with tf.GradientTape() as tape:
            loss_d, on_fake = d_loss(real, fake, labels, turn, step)
        d_optimizer.apply(tape.gradient(loss_d, d_weights), d_weights)
"""
_D_RESTS = """\
    labels = y[:SIZE]
    fake = generator(draw_noise(labels, 0, step), training=G_LEARNS)
    loss_d, on_fake = d_loss(x[:SIZE], fake, labels, 0, step)
"""
_G_TURN = """\
    for turn in range(G_UPDATES):
        with tf.GradientTape() as tape:
            fake = generator(draw_noise(labels, 100 + turn, step), training=True)
            loss_g = g_loss(score(SEEN, labels))
        g_optimizer.apply(tape.gradient(loss_g, g_weights), g_weights)
"""


def _step(config: GanConfig) -> str:
    update_ema = "\n    update_ema(step)" if config.average else ""
    if not config.takes_turns:
        return _TOGETHER.replace("UPDATE_EMA", update_ema)
    seen = "blur(fake, 200 + turn, step)" if config.instance_noise else "fake"
    body = "@tf.function\ndef train(step):\n    x, y = batch(step)\n"
    body += _D_TURN if config.d_updates else _D_RESTS
    body += "    loss_g = g_loss(on_fake)\n"
    body += _G_TURN.replace("SEEN", seen) if config.g_updates else ""
    body = body.replace("D_UPDATES", str(config.d_updates)).replace("G_UPDATES", str(config.g_updates))
    body = body.replace("G_LEARNS", str(config.g_updates > 0))
    return body.replace("SIZE", str(config.batch_size)) + f"{update_ema.lstrip(chr(10))}\n    return loss_d, loss_g"


def _steer(config: GanConfig, by_hand: ByHand) -> str:
    does = {
        "g_learning_rate": 'g_optimizer.learning_rate = changed["g_learning_rate"]',
        "d_learning_rate": 'd_optimizer.learning_rate = changed["d_learning_rate"]',
        DROPOUT: "for network in (generator, discriminator):\n"
        f'            set_dropout(network, changed["{DROPOUT}"])\n'
        "        train = tf.function(train.python_function)",
    }
    lines = ["    changed = CHANGES.get(step, {})"] if by_hand.changes else []
    lines += [f'    if "{name}" in changed:\n        {does[name]}' for name in names_of(by_hand)]
    if by_hand.edits:
        lines += ["    for tensor, place, value in EDITS.get(step, []):", _GAN_EDIT]
    return "\n" + "\n".join(lines)


_GAN_EDIT = """\
        name, _, rest = tensor.partition("/")
        for network in [discriminator] if name == "discriminator" else [generator, shown]:
            set_weight(network, rest if name in ("generator", "discriminator") else tensor, place, value)"""


def _loop(config: GanConfig, by_hand: ByHand | None) -> str:
    stop = "began = tf.timestamp()\n" if config.time_budget_s else ""
    late = f"tf.timestamp() - began >= {config.time_budget_s}"
    breaks = f"\n    if {late}:\n        break" if config.time_budget_s else ""
    return f"""\
{stop}for step in range({config.steps}):{_steer(config, by_hand) if by_hand else ""}
    loss_d, loss_g = train(tf.constant(step, tf.int64))
    if step % 100 == 0:
        print(f"step {{step}}: D {{loss_d:.3f}}, G {{loss_g:.3f}}"){breaks}"""


def _samples(spec: DataSpec, num_classes: int) -> str:
    labels = f"tf.range(64) % {num_classes}" if num_classes else "tf.zeros(64, tf.int32)"
    code = f"made = shown(draw_noise({labels}, 900, tf.constant(0, tf.int64)), training=False)"
    if not spec.is_image:
        return f"{code}\nprint(made.numpy())"
    height, width, channels = spec.input_shape
    return f"""\
{code}
sheet = tf.reshape(made, (8, 8, {height}, {width}, {channels}))
sheet = tf.reshape(tf.transpose(sheet, (0, 2, 1, 3, 4)), ({8 * height}, {8 * width}, {channels}))
keras.utils.save_img("samples.png", sheet, scale=False)"""
