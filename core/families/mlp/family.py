"""The multilayer perceptron, for tables, points and images: its views, results and form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.datasets import Prepared
from core.datasets.features import Image, Vector
from core.datasets.targets import Classes, Number
from core.families.family import Family, Inspection, Section, View
from core.families.mlp.config import MlpConfig, build_networks, unused_settings
from core.families.mlp.presets import PRESETS
from core.families.supervised.config import build_augmentation
from core.families.supervised.results import CHARTS, RESULTS
from core.families.supervised.sections import BROKEN, BUDGET, DATA, OPTIMISER, REGULARISATION
from core.figures.network.plane import SHOWN, draw_surface
from core.figures.network.tiles import draw_gallery, draw_kernels
from core.figures.network.units import draw_weights
from core.layers.blocks import say_blocks
from core.program.scratch.writer import scratch_program
from core.program.writer import supervised_script
from core.schedule.losses import DEFAULT_OF_NUMBER, NUMBER_LOSSES
from core.schedule.split import evenly_spread


def points_beside(data: Prepared) -> dict[str, np.ndarray]:
    """Return a few training points and their targets for the plane; empty for other data."""
    if data.spec.is_image or data.spec.features.noun != "point":
        return {}
    rows = evenly_spread(np.arange(len(data.y_train)), SHOWN)
    return {"surface/points": np.array(data.x_train[rows]), "surface/truth": np.array(data.y_train[rows])}


def _optimiser_summary(config: MlpConfig) -> str:
    is_usual = config.number_loss == DEFAULT_OF_NUMBER
    more = "" if is_usual else f", {NUMBER_LOSSES[config.number_loss].title.lower()}"
    return OPTIMISER.summary(config) + more


FAMILY = Family(
    id="mlp",
    title="MLP",
    sentence="A multilayer perceptron weighs all its inputs, layer by layer: for tables, points and images.",
    icon=":material/account_tree:",
    invitation="**Separate points in the plane**, and see hidden layers bend the decision boundary. Tables work too.",
    presets=PRESETS,
    default_preset="xor",
    takes=lambda spec: isinstance(spec.features, Image | Vector) and isinstance(spec.target, Classes | Number),
    networks=build_networks,
    augmentation=build_augmentation,
    trainee="core.training.supervised:Supervised",
    script=supervised_script,
    scratch=scratch_program,
    views={
        "surface": View(
            "The plane",
            "The prediction at every point; the deeper the colour, the more certain. Dots are training examples.",
            "surface/",
            draw_surface,
            missing="",
            width=300,
            is_beside=lambda spec: spec.input_shape == (2,),
        ),
        "gallery": View(
            "Test images",
            "Predictions for a few test images. Bars: the probability of each class, in the order of the classes; blue "
            "is the true class. These images are only shown: they do not influence training or the choice of weights.",
            "gallery/",
            draw_gallery,
            missing="",
            width=84,
        ),
        "templates": View(
            "What the first units look for",
            "The weights of each first-layer unit, arranged as the image that activates it most.",
            "templates/",
            draw_kernels,
            missing="",
        ),
        "weights": View(
            "Weights of the first layer",
            "One row per input, one column per unit.",
            "first_weights/",
            draw_weights,
            missing="",
            width=360,
        ),
    },
    inspection=Inspection(
        "units", lambda config, data: np.array(data.x_train[0]), is_at_sample=True, beside=points_beside
    ),
    results=RESULTS,
    charts=CHARTS,
    controls=("learning_rate", "epochs"),
    sections=(
        DATA,
        Section("inputs", "Inputs", ("inputs",), lambda config: config.field("inputs").say(config.inputs)),
        Section("layers", "Layers", ("layers",), lambda config: say_blocks(config.layers)),
        replace(OPTIMISER, controls=("number_loss", *OPTIMISER.controls), summary=_optimiser_summary),
        REGULARISATION,
        BROKEN,
        BUDGET,
    ),
    unused=unused_settings,
)
