"""Show one sample of a GAN: noise, D's score, nearest real images, and both networks layer by layer."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from core.analysis.gan.copies import judge_copy
from core.figures.bars import draw_bars
from core.figures.network.tiles import draw_layers
from core.figures.pictures import Picture, grey_picture
from pages._ui.components.pictures.pictures import pictures
from pages._ui.gan.snapshot import Arrays, GanSnapshot
from pages._ui.shell import shell, words

NEAREST = 6  # real images beside the sample
WIDTH = 64  # CSS pixels of the sample and the images beside it
BAR_WIDTH = 380


def one_sample(snapshot: GanSnapshot, index: int) -> None:
    """Show everything about one sample."""
    ask, given, label = snapshot.asker(), snapshot.noise[index], snapshot.label(index)

    def make() -> np.ndarray:
        return ask("generator", "samples", given[None])["samples/images"][0]

    def compare() -> Arrays:
        image = make()
        return {"image": image, **ask("discriminator", "nearest", image.astype(np.float32), count=NEAREST)}

    def look_inside() -> tuple[Arrays, Arrays]:
        return ask("generator", "layers", given), ask("discriminator", "layers", make().astype(np.float32))

    st.subheader(words.plain(snapshot.name(index).capitalize()))
    bars = draw_bars(f"Its noise: {snapshot.config.latent} numbers", snapshot.latent(index))
    pictures([bars], key="explore_noise", width=min(BAR_WIDTH, bars.width))
    snapshot.follow("nearest", given, compare, partial(_compared, snapshot, label), 330)
    snapshot.follow("layers", given, look_inside, partial(_inside, snapshot), 700)


def _compared(snapshot: GanSnapshot, label: int, found: Arrays) -> None:
    """Show the nearest real images, and whether the sample copies one."""
    distances = found["pixels/distances"]
    st.markdown(f"**Is it real?** {_judged(snapshot, found['scores/image'], found['scores/real'], label)}")
    st.markdown(f"**Is it a copy?** {judge_copy(float(distances[0]), found['pixels/usual'])}")
    st.caption(f"The sample and its nearest images by pixels, of {_searched(snapshot, found['pixels/searched'])}:")
    shown = [grey_picture(found["image"], "the sample"), *_real(found, "pixels")]
    below = ["sample", *(f"{distance:.0f} away" for distance in distances)]
    pictures(shown, key="explore_pixels", below=below, width=WIDTH)
    st.caption(
        "Its nearest images by the features of D's last hidden layer, "
        f"of {_searched(snapshot, found['features/searched'])}:"
    )
    pictures(_real(found, "features"), key="explore_features", width=WIDTH)


def _judged(snapshot: GanSnapshot, scores: np.ndarray, usual: np.ndarray, label: int) -> str:
    """Return D's opinion of the sample, scores (classes or 1,), beside unseen real images, `usual` (n,)."""
    objective = snapshot.config.objective
    mine, others = (objective.real_share(found) for found in (scores[label], usual))
    if mine is None or others is None:
        return (
            f"D scores it **{scores[label]:.1f}** ({objective.scores.reading}); "
            f"the median of unseen real images is {np.median(usual):.1f}."
        )
    return (
        f"D finds it **{words.percent(float(mine), 0)} real**; the median of unseen real images is "
        f"{words.percent(float(np.median(others)), 0)}."
    )


def _inside(snapshot: GanSnapshot, layers: tuple[Arrays, Arrays]) -> None:
    """Show the output of each layer of both networks."""
    spec, (made, seen) = shell.dataset(snapshot.run.dataset).spec, layers
    st.subheader("How G makes it")
    st.caption("From noise to image, layer by layer. Bright: a strong response.")
    pictures(draw_layers(made, spec), key="explore_g")
    st.subheader("How D sees it")
    st.caption("From image to score, layer by layer.")
    pictures(draw_layers(seen, spec), key="explore_d")


def _real(found: Arrays, by: str) -> list[Picture]:
    pairs = zip(found[f"{by}/ids"], found[f"{by}/images"], strict=True)
    return [grey_picture(image, f"training image {row}") for row, image in pairs]


def _searched(snapshot: GanSnapshot, count: np.ndarray) -> str:
    total = shell.dataset(snapshot.run.dataset).spec.train_size
    return f"all {total:,} training images" if count >= total else f"{count:,} of {total:,} training images"
