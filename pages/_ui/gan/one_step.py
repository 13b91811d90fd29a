"""Explain one training step of a GAN in five parts, with its tensors and numbers."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.analysis.gan.one_step import d_loss, g_loss
from core.families.gan.config import OPTIMIZERS, GanConfig
from core.families.gan.noise import draw_noise
from core.figures.pictures import grey_picture
from core.runs.visible import examples_seen
from core.schedule.split import evenly_spread
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.gan.snapshot import GanSnapshot, shows_images
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, shell, words

SHOWN = 8  # images of each kind
SEED = 1  # of this step's noise
WIDTH = 56
PARTS = ("1 Noise", "2 Real or made", "3 D's loss", "4 G's loss", "5 Both learn")


def one_step(run: Run) -> None:
    """Show what happens in one training step at a snapshot."""
    instead = "For points, **The plane** under Live shows a step: the arrows show where D pushes G's points."
    if shows_images(run, instead):
        st.fragment(_walk, key="one_step")(run)


def _walk(run: Run) -> None:
    with shell.guard():
        steps = [item.step for item in shell.store().metrics.snapshots(run.id)]
        if not steps:
            st.info("The first step appears here with the first snapshot.")
            return
        if not has_sample(run.dataset):
            st.info("This run's training images are not on this server, so no step of training can be shown.")
            return
        step = (
            st.select_slider(
                "Snapshot (step)",
                steps,
                value=steps[-1],
                key=f"step_moment_{run.id}_{run.generation}_{steps[-1]}",
                help="Which step is explained. Early: D knows nothing yet. Late: training has settled.",
            )
            if len(steps) > 1
            else steps[0]
        )
        part = st.segmented_control(
            "Part", PARTS, default=PARTS[0], required=True, key="step_part", label_visibility="collapsed"
        )
        config = GanConfig.from_dict(run.config)
        spec = shell.dataset(run.dataset).spec
        num_classes = config.num_classes(spec)
        noise = draw_noise(config, num_classes, SHOWN, SEED)
        snapshot = GanSnapshot(run, step, config, spec.classes if num_classes else (), noise)
        ask, data = snapshot.asker(), examples_seen(shell.store(), run, privacy.viewer(run))
        rows = evenly_spread(np.arange(len(data.y_train)), SHOWN)
        real, asked = np.array(data.x_train[rows]), np.array(data.y_train[rows])

        def look() -> dict[str, np.ndarray]:
            made = ask("generator", "samples", noise)["samples/images"]
            examples = np.concatenate([real, made]).astype(np.float32)
            scores = ask("discriminator", "answer", examples)["score"]
            labels = np.concatenate([asked, [snapshot.label(index) for index in range(SHOWN)]])
            return {"made": made, "scores": scores[np.arange(2 * SHOWN), labels if num_classes else 0]}

        snapshot.follow("one step", noise, look, partial(_part, snapshot, str(part), real), 400)


def _part(snapshot: GanSnapshot, part: str, real: np.ndarray, found: dict[str, np.ndarray]) -> None:
    config, made = snapshot.config, found["made"]
    on_real, on_fake = found["scores"][:SHOWN], found["scores"][SHOWN:]
    size, image = config.batch_size, "×".join(map(str, made.shape[1:]))
    if part == PARTS[0]:
        st.markdown(
            f"**G makes {size} images out of noise.** z: {size}×{config.latent} random numbers; G(z): {size}×{image}. "
            f"Here are {SHOWN} of them, as they are after step {snapshot.step:,}."
        )
        _row([grey_picture(one, "a made image") for one in made], [""] * SHOWN, "step_made")
    elif part == PARTS[1]:
        st.markdown(
            f"**D sees {size} real and {size} made images** and gives each one number, its score: "
            f"{config.objective.scores.reading}."
        )
        for name, images, scores in (("Real", real, on_real), ("Made", made, on_fake)):
            st.caption(name)
            shown = [grey_picture(one, f"{name.lower()} image") for one in images]
            _row(shown, [_said(config, score) for score in scores], f"step_{name.lower()}")
    elif part == PARTS[2]:
        loss = d_loss(config.loss, on_real, on_fake, config.label_smoothing)
        st.markdown(
            "**D wants high scores for real images, low ones for made images.** Its loss, a mean (bar) over both:"
        )
        _formula(loss.formula, loss.filled, snapshot, "d_loss")
    elif part == PARTS[3]:
        loss = g_loss(config.loss, on_fake)
        st.markdown("**G wants D to score its images as real.** Its loss depends only on the scores of made images:")
        _formula(loss.formula, loss.filled, snapshot, "g_loss")
    else:
        _learn(snapshot)


def _row(shown: list, below: list[str], key: str) -> None:
    pictures(shown, key=key, below=below, width=WIDTH)


def _said(config: GanConfig, score: float) -> str:
    share = config.objective.real_share(np.asarray(score))
    return f"{score:.2f}" if share is None else f"{words.percent(float(share), 0)} real"


def _formula(formula: str, filled: str, snapshot: GanSnapshot, metric: str) -> None:
    st.latex(formula)
    st.latex(filled)
    recorded = _recorded(snapshot).get(metric)
    there = ""
    if recorded is not None:
        config = snapshot.config
        newest = "with the newest G (this one is its running mean)" if config.average else "with G before the step"
        there = f" In training, step {snapshot.step:,} had {recorded:.3f}: over {config.batch_size} of each, {newest}."
    st.caption(
        f"With part 2's {SHOWN} images of each kind.{there} D is the sigmoid of the score where it is a "
        "probability, else the score itself. Penalties are added."
    )


def _learn(snapshot: GanSnapshot) -> None:
    config, numbers = snapshot.config, _recorded(snapshot)
    order = "one after the other" if config.takes_turns else "from the same made images"
    st.markdown(f"**Both learn, {order}.** The gradient of each loss flows back through the layers:")
    for side, title, what in (("d", "D", "its own weights"), ("g", "G", "D, which stays as it is, into G's weights")):
        updates, rate = getattr(config, f"{side}_updates"), getattr(config, f"{side}_learning_rate")
        norm = numbers.get(f"{side}_gradient_norm")
        length = f"gradient norm {norm:.3g}; " if norm is not None else ""
        optimizer = OPTIMIZERS[getattr(config, f"{side}_optimizer")]
        times = "no update" if not updates else "one update" if updates == 1 else f"{updates} updates"
        st.markdown(f"- **{title}** through {what}: {length}{times} by {optimizer}, rate {rate:g}.")
    st.caption("The next step begins with new noise. Watch the two losses under Live: neither goes to zero.")


def _recorded(snapshot: GanSnapshot) -> dict[str, float]:
    """Return the metrics that training recorded at this step."""
    return _noted(snapshot.run.id, snapshot.run.generation, snapshot.step)


@kept_unless_empty(200)
def _noted(run_id: str, generation: int, step: int) -> dict[str, float]:
    points = shell.store().metrics.since(run_id, 0)
    return {name: value for point in points if point.step == step for name, value in point.values.items()}
