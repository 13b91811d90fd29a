"""Every error that Glassbox raises on purpose.

GlassboxError               something the user can act on; never a traceback on a page
├── SettingsError           an environment variable has a value that cannot be used
├── ConfigError             a setting of a run is unknown, out of range or impossible
├── DatasetError            a data set is unknown, unreachable or malformed
│   └── UnreachableError    its files cannot be had or kept just now; another time they may be
├── StoreError              the home folder or its database cannot be used
├── RunError                no such run, or what is asked of it cannot be
│   ├── NotAllowedError     somebody other than the run's owner asked
│   └── LimitError          a visitor has as much waiting or training as one may have
├── ArtifactError           a file of a run is missing or damaged
├── WeightsError            a file of pretrained weights is missing or not what it should be
├── AnalysisError           numbers that cannot be compared or judged
└── ProbeError              a question about a network was refused
    └── ProbeAwayError      the process that answers them is not there, or too slow
"""

from __future__ import annotations


class GlassboxError(Exception):
    """Something the user can act on.

    Args:
        what: One clause on what went wrong.
        expected: What would have been right.
        received: What came instead.
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
    """An environment variable has a value that cannot be used."""


class ConfigError(GlassboxError):
    """A setting of a run is unknown, out of range or impossible.

    Args:
        what: One clause on what went wrong.
        field: Name of the setting it belongs to, so that a form can say it there.
    """

    def __init__(self, what: str, *, field: str = "", **parts: str) -> None:
        self.field = field
        super().__init__(what, **parts)

    def at(self, field: str, where: str) -> ConfigError:
        """Return the same error, told as one of a setting; `where` is said before it."""
        parts = {"expected": self.expected, "received": self.received, "fix": self.fix}
        return ConfigError(f"{where}: {self.what}", field=field, **parts)


class DatasetError(GlassboxError):
    """A data set is unknown, unreachable or malformed."""


class UnreachableError(DatasetError):
    """The files of a data set cannot be had or kept just now, which is no fault of the data."""


class StoreError(GlassboxError):
    """The home folder or its database cannot be used."""


class RunError(GlassboxError):
    """There is no such run, or what is asked of it cannot be."""


class NotAllowedError(RunError):
    """Somebody other than the run's owner asked."""


class LimitError(RunError):
    """A visitor has as much waiting or training as one may have."""


class ArtifactError(GlassboxError):
    """A file of a run is missing or damaged."""


class WeightsError(GlassboxError):
    """A file of pretrained weights is missing or not what it should be."""


class AnalysisError(GlassboxError):
    """Numbers cannot be compared or judged: too few, of another shape, or not finite."""


class ProbeError(GlassboxError):
    """A question about a network was refused."""


class ProbeAwayError(ProbeError):
    """The process that answers questions about networks is not there, or too slow."""
