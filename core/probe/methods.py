"""Methods to inspect a network, by id. Their heavy code is named as text, so this module stays light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import ProbeError
from core.resolve import resolve

Option = str | int | float | bool | np.ndarray | None  # scalars that JSON can hold, or an array


@dataclass(frozen=True)
class Method:
    """A method to inspect a network.

    Its class is constructed with a network; an instance is called with that network's input and with keyword options
    from its signature, and returns named arrays.

    Args:
        code: The class, as `module:name`.
        takes_many: Whether the input is a batch instead of one example.
        needs_data: Whether the class also takes the prepared data.
        may_repeat: Whether the answer may show training data, or has weights, which may too (a template of a dense
            layer resembles what it learned from): only those who may see the data may ask. Of networks that make
            examples, judge them or write text, every answer may. What another network makes of an example of their own
            all may ask, but of no embedding, which says its weights.
        is_slow: Whether an answer takes more than about 0.3 s, so that quick questions do not wait for it.
    """

    code: str
    takes_many: bool = False
    needs_data: bool = False
    may_repeat: bool = True
    is_slow: bool = False

    def load(self) -> Any:
        """Import and return the class; heavy."""
        return resolve(self.code)


METHODS = {
    "feature_maps": Method("core.explain.feature_maps:FeatureMaps", may_repeat=False),
    "units": Method("core.explain.units:Units"),
    "steps": Method("core.explain.steps:Steps", may_repeat=False),
    "states": Method("core.explain.memory.states:States", may_repeat=False),
    "memory_step": Method("core.explain.memory.step:MemoryStep"),
    "tracks": Method("core.explain.memory.tracks:Tracks", needs_data=True, is_slow=True),
    "clamped": Method("core.explain.memory.clamped:Clamped", is_slow=True),
    "predictions": Method("core.explain.memory.predictions:Predictions"),
    "reach": Method("core.explain.memory.reach:Reach", needs_data=True, is_slow=True),
    "at_length": Method("core.explain.memory.reach:AtLength", is_slow=True),
    "sequence_gradients": Method("core.explain.memory.gradients:SequenceGradients", may_repeat=False, is_slow=True),
    "write": Method("core.explain.write:Write"),
    "forecast": Method("core.explain.forecast:Forecast"),
    "surprise": Method("core.explain.surprise:Surprise", takes_many=True),
    "translate": Method("core.explain.translate:Translate", takes_many=True),
    "attention": Method("core.explain.attention:Attention", may_repeat=False),
    "answer": Method("core.explain.answer:Answer", takes_many=True, may_repeat=False),
    "test_answers": Method("core.explain.answer:Answer", takes_many=True, may_repeat=False, is_slow=True),
    "augmented": Method("core.explain.augmented:Augmented", may_repeat=False),
    "samples": Method("core.explain.samples:Samples", takes_many=True),
    "stages": Method("core.explain.stages:Stages", takes_many=True),
    "first_maps": Method("core.explain.stages:FirstMaps", takes_many=True, may_repeat=False, is_slow=True),
    "layers": Method("core.explain.layer_outputs:LayerOutputs"),
    "path": Method("core.explain.arithmetic.path:Path", may_repeat=False),
    "unit": Method("core.explain.arithmetic.path:UnitPath"),
    "weights": Method("core.explain.weights:Weights", may_repeat=False),
    "all_weights": Method("core.explain.weights:AllWeights"),
    "kernels": Method("core.explain.weights:Kernels"),
    "activations": Method("core.explain.activations:Activations", takes_many=True, needs_data=True, is_slow=True),
    "one_step": Method("core.explain.backprop.one_step:OneStep", takes_many=True, is_slow=True),
    "locks": Method("core.explain.backprop.locks:Locks", needs_data=True, is_slow=True),
    "nearest": Method("core.explain.nearest:Nearest", needs_data=True),
    "visualised": Method("core.explain.learned.visualised:Visualised", takes_many=True, needs_data=True, is_slow=True),
    "exciting": Method("core.explain.learned.exciting:Exciting", takes_many=True, needs_data=True, is_slow=True),
    "feature_map": Method("core.explain.learned.features:FeatureMap", takes_many=True, needs_data=True, is_slow=True),
    "alike": Method("core.explain.learned.features:Alike", needs_data=True, is_slow=True),
    "units_off": Method("core.explain.learned.units_off:UnitsOff", takes_many=True, needs_data=True, is_slow=True),
    "robustness": Method("core.explain.learned.robustness:Robustness", takes_many=True, needs_data=True, is_slow=True),
    "loss_surface": Method(
        "core.explain.learned.loss_surface:LossSurface", takes_many=True, needs_data=True, is_slow=True
    ),
    "signals": Method("core.explain.learned.signals:Signals", takes_many=True, needs_data=True, is_slow=True),
    "influence": Method("core.explain.learned.influence:Influence", needs_data=True, is_slow=True),
    "importance": Method("core.explain.columns.importance:Importance", takes_many=True, needs_data=True, is_slow=True),
    "dependence": Method("core.explain.columns.dependence:Dependence", takes_many=True, needs_data=True, is_slow=True),
    "saliency": Method("core.explain.attribution.saliency:Saliency", may_repeat=False),
    "smoothgrad": Method("core.explain.attribution.smoothgrad:SmoothGrad", may_repeat=False, is_slow=True),
    "input_x_gradient": Method("core.explain.attribution.input_x_gradient:InputXGradient", may_repeat=False),
    "integrated_gradients": Method(
        "core.explain.attribution.integrated_gradients:IntegratedGradients", may_repeat=False, is_slow=True
    ),
    "grad_cam": Method("core.explain.attribution.grad_cam:GradCam", may_repeat=False),
    "occlusion": Method("core.explain.attribution.occlusion:Occlusion", may_repeat=False, is_slow=True),
    "rise": Method("core.explain.attribution.rise:Rise", may_repeat=False, is_slow=True),
    "trust": Method("core.explain.honesty.trust:Trust", may_repeat=False, is_slow=True),
    "skill": Method("core.explain.honesty.skill:Skill", needs_data=True, may_repeat=False, is_slow=True),
    "fgsm": Method("core.explain.attacks.fgsm:Fgsm", is_slow=True),
    "pgd": Method("core.explain.attacks.pgd:Pgd", is_slow=True),
    "fewest_pixels": Method("core.explain.attacks.fewest_pixels:FewestPixels", is_slow=True),
}


def find_method(method_id: str) -> Method:
    """Return a method by its id.

    Raises:
        ProbeError: There is no such method.
    """
    if method_id not in METHODS:
        raise ProbeError(f"no method {method_id!r}", expected=f"one of {', '.join(METHODS)}")
    return METHODS[method_id]
