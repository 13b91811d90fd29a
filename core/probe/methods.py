"""The ways to look into a network, by id. Light: the code of each is heavy, so it is named as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import ProbeError
from core.resolve import resolve

Option = str | int | float | bool | None  # what JSON can say


@dataclass(frozen=True)
class Method:
    """A way to look into a network.

    Its class is made of a network; an instance is called with what goes into that network, and with the options that
    its signature names, and returns named arrays.

    Args:
        code: That class, as `module:name`.
        takes_many: It is given a batch, not one example.
        needs_data: Its class is made of the network and of the prepared data.
        may_repeat: It returns what the network learned from, or could repeat it: only who may see that data may ask.
    """

    code: str
    takes_many: bool = False
    needs_data: bool = False
    may_repeat: bool = False

    def load(self) -> Any:
        """Return the class; heavy."""
        return resolve(self.code)


METHODS = {
    "feature_maps": Method("core.explain.feature_maps:FeatureMaps"),
    "units": Method("core.explain.units:Units"),
    "answer": Method("core.explain.answer:Answer", takes_many=True),
    "augmented": Method("core.explain.augmented:Augmented"),
    "samples": Method("core.explain.samples:Samples", takes_many=True, may_repeat=True),
    "layers": Method("core.explain.layer_outputs:LayerOutputs", may_repeat=True),
    "nearest": Method("core.explain.nearest:Nearest", needs_data=True, may_repeat=True),
}


def find_method(method_id: str) -> Method:
    """Return a method by its id.

    Raises:
        ProbeError: There is no such method.
    """
    if method_id not in METHODS:
        raise ProbeError(f"no method {method_id!r}", expected=f"one of {', '.join(METHODS)}")
    return METHODS[method_id]
