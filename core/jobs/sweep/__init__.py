"""Sweeps: the same training with several values of one or two settings, as one group of runs."""

from core.jobs.sweep.axes import Axis, read_axes
from core.jobs.sweep.plan import LEAST, MOST, plan_sweep
from core.jobs.sweep.submit import submit_sweep

__all__ = ["LEAST", "MOST", "Axis", "plan_sweep", "read_axes", "submit_sweep"]
