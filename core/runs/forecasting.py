"""What a run's network forecasts of a series."""

from __future__ import annotations

import numpy as np

from core.analysis.number.forecast import PREFIX
from core.datasets.access import Viewer, check_may_view
from core.store import Run, Store


def forecasts_seen(store: Store, run: Run, step: int, viewer: Viewer) -> dict[str, np.ndarray]:
    """Return what a run's network forecast of the test part at a snapshot, the arrays of `TestForecasts`.

    Raises:
        NotAllowedError: This viewer may not see the data.
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    return store.files(run.id).load_snapshot(step, PREFIX)
