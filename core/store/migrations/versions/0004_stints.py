"""Training time of each owner's runs, deleted ones included."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Ended runs are left out: only their first start and last end are known, and they may have been stopped in between.
AT_WORK = """INSERT INTO stints (run, owner, began) SELECT id, owner, started FROM runs
WHERE kind = 'train' AND status IN ('running', 'paused') AND started IS NOT NULL"""


def upgrade() -> None:
    """Add the table, with the runs that are training now."""
    op.create_table(
        "stints",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("ended", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stints_by_owner", "stints", ["owner", "ended"])
    op.execute(AT_WORK)
