"""All errors that Glassbox raises on purpose.

GlassboxError               something the user can act on; never shown as a traceback
├── SettingsError           an environment variable has an invalid value
├── ConfigError             a setting of a run is unknown, out of range or impossible
├── DatasetError            a data set is unknown, unreachable or malformed
│   └── UnreachableError    its files, or those of weights, cannot be fetched or stored now; a retry may work
├── StoreError              the home folder or its database cannot be used
├── RunError                no such run, or it cannot do what was asked
│   ├── NotAllowedError     the caller does not own the run
│   └── LimitError          a visitor has reached the limit of waiting runs or training time
├── ArtifactError           a file of a run is missing or damaged
├── BundleError             a run from another Glassbox is damaged, hostile or too new
├── NetworkError            a network from elsewhere cannot be read, or does not fit the data
├── WeightsError            a file of pretrained weights is missing or not what it should be
├── AnalysisError           numbers cannot be compared or evaluated
└── ProbeError              a question about a network was refused
    └── ProbeAwayError      the process that answers them is missing or too slow
"""

from __future__ import annotations


class GlassboxError(Exception):
    """Something the user can act on.

    Args:
        what: What went wrong, in one clause.
        expected: Valid values.
        received: The actual value.
        fix: What to do next.
    """

    def __init__(self, what: str, *, expected: str = "", received: str = "", fix: str = "") -> None:
        self.what, self.expected, self.received, self.fix = what, expected, received, fix
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.received:
            parts.append(f"received {self.received}")
        text = ", ".join(parts) + "."
        return f"{text} {self.fix}" if self.fix else text


class SettingsError(GlassboxError):
    """An environment variable has an invalid value."""


class ConfigError(GlassboxError):
    """A setting of a run is unknown, out of range or impossible.

    Args:
        what: What went wrong, in one clause.
        field: Name of the setting, so that a form can show the error there.
    """

    def __init__(self, what: str, *, field: str = "", **parts: str) -> None:
        self.field = field
        super().__init__(what, **parts)

    def at(self, field: str, where: str) -> ConfigError:
        """Return the same error for a setting; its text starts with `where`."""
        parts = {"expected": self.expected, "received": self.received, "fix": self.fix}
        return ConfigError(f"{where}: {self.what}", field=field, **parts)


class DatasetError(GlassboxError):
    """A data set is unknown, unreachable or malformed."""


class UnreachableError(DatasetError):
    """Files of data or of weights cannot be fetched or stored now; the data itself is not at fault."""


class StoreError(GlassboxError):
    """The home folder or its database cannot be used."""


class RunError(GlassboxError):
    """There is no such run, or it cannot do what was asked."""


class NotAllowedError(RunError):
    """The caller does not own the run."""


class LimitError(RunError):
    """A visitor has reached the limit of waiting runs or training time."""


class ArtifactError(GlassboxError):
    """A file of a run is missing or damaged."""


class BundleError(GlassboxError):
    """A run from another Glassbox is damaged, hostile or too new."""


class NetworkError(GlassboxError):
    """A network from elsewhere cannot be read, or does not fit the data."""


class WeightsError(GlassboxError):
    """A file of pretrained weights is missing or not what it should be."""


class AnalysisError(GlassboxError):
    """Numbers cannot be compared or evaluated: too few, wrong shape, or not finite."""


class ProbeError(GlassboxError):
    """A question about a network was refused."""


class ProbeAwayError(ProbeError):
    """The process that answers questions about networks is missing or too slow."""
