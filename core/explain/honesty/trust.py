"""What tells how far one attribution can be trusted."""

from __future__ import annotations

from inspect import signature
from typing import Any

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.attribution.attribution import Attribution
from core.explain.attribution.baselines import BLACK, baseline_of
from core.explain.attribution.grad_cam import GradCam
from core.explain.attribution.input_x_gradient import InputXGradient
from core.explain.attribution.integrated_gradients import IntegratedGradients
from core.explain.attribution.logits import ANSWER, logits_of
from core.explain.attribution.occlusion import Occlusion
from core.explain.attribution.rise import Rise
from core.explain.attribution.saliency import Saliency
from core.explain.attribution.smoothgrad import SmoothGrad
from core.explain.honesty.curves import curves
from core.explain.honesty.randomised import Randomised, likeness

ATTRIBUTIONS: dict[str, type[Attribution]] = {
    "saliency": Saliency,
    "smoothgrad": SmoothGrad,
    "input_x_gradient": InputXGradient,
    "integrated_gradients": IntegratedGradients,
    "grad_cam": GradCam,
    "occlusion": Occlusion,
    "rise": Rise,
}
DRAWS = {"occlusion": 1, "rise": 1}  # the slow ones
MOST_DRAWS = 3


class Trust:
    """Compares an attribution with that of random weights, and follows what it marks.

    Args:
        network: Any that answers with probabilities, scores or a number.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network, self._random = network, Randomised(network)

    def __call__(
        self, example: np.ndarray, *, way: str, target: int = ANSWER, baseline: str = BLACK, layer: str = ""
    ) -> dict[str, np.ndarray]:
        """Test the attribution of one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            way: A key of `ATTRIBUTIONS`.
            target: The class to explain; -1 for the network's answer.
            baseline, layer: Options of the methods that have them; the baseline is also what deletion leaves.

        Returns:
            As `curves`; `most`, the largest size in the attribution; `random` float32 (h, w[, c]) or (n,), that of a
            network with random weights;
            `likeness` float32 (draws,), how alike the sizes in it, and in others like it, are to those of the
            attribution, -1 to 1, and `likeness/signed`, the same of the values.

        Raises:
            ProbeError: There is no such method, or it does not fit.
        """
        if way not in ATTRIBUTIONS:
            raise ProbeError(f"no method {way!r}", expected=f"one of {', '.join(ATTRIBUTIONS)}")
        chosen = ATTRIBUTIONS[way]
        has = signature(chosen.__call__).parameters
        options: dict[str, Any] = {k: v for k, v in {"baseline": baseline, "layer": layer}.items() if k in has}
        own = chosen(self._network)(example, target=target, **options)
        draws = self._random.draws(DRAWS.get(way, MOST_DRAWS))
        others = [chosen(twin)(example, target=int(own["target"]), **options)["attribution"] for twin in draws]
        nothing = baseline_of(self._network, example, baseline)
        map_, given = own["attribution"], example.astype(np.float32)
        return {
            **curves(logits_of(self._network), given, nothing, map_, int(own["target"])),
            "most": np.abs(map_).max(),
            "random": others[0],
            "likeness": np.array([likeness(map_, other) for other in others], np.float32),
            "likeness/signed": np.array([likeness(map_, other, with_sign=True) for other in others], np.float32),
        }
