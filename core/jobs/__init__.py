"""Getting work done in other processes: submit, foreman, worker."""

from core.jobs.submit import ensure_checked, ensure_foreman, ensure_prepared, submit_training

__all__ = ["ensure_checked", "ensure_foreman", "ensure_prepared", "submit_training"]
