"""Deletion that can be undone; nicknames."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("runs", sa.Column("deleted", sa.Float(), nullable=True))
    op.create_table(
        "people",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("nickname", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
