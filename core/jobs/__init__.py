"""Work in other processes: submit, foreman, worker."""

from core.jobs.submit import (
    delete_data,
    ensure_checked,
    ensure_foreman,
    ensure_prepared,
    resume_training,
    submit_training,
)

__all__ = ["delete_data", "ensure_checked", "ensure_foreman", "ensure_prepared", "resume_training", "submit_training"]
