"""Turns of owners; at most one live task per kind and subject."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ALIVE = sa.text("status IN ('queued', 'running', 'paused')")


def upgrade() -> None:
    """Add the table, the column and its index."""
    op.create_table(
        "turns",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.add_column("runs", sa.Column("subject", sa.String(length=64), nullable=True))
    _name_subjects()
    op.create_index("one_alive", "runs", ["kind", "subject"], unique=True, sqlite_where=ALIVE, postgresql_where=ALIVE)


def _name_subjects() -> None:
    """Set the subjects of live tasks; of duplicates, only of the most advanced one."""
    names = ("id", "kind", "dataset", "config", "status", "created", "subject")
    runs = sa.table("runs", *(sa.column(name, sa.JSON if name == "config" else None) for name in names))
    quick = runs.c.kind.in_(["prepare", "check", "judge"])
    query = sa.select(runs).where(quick, ALIVE).order_by(runs.c.status == "queued", runs.c.created, runs.c.id)
    connection, known = op.get_bind(), set()
    for row in connection.execute(query).all():
        subject = row.config.get("run") if row.kind == "judge" else row.dataset
        if (row.kind, subject) not in known:
            known.add((row.kind, subject))
            connection.execute(sa.update(runs).where(runs.c.id == row.id).values(subject=subject))
