"""Marks on examples, and named groups of test examples."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "marks",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("dataset", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("part", sa.String(8), primary_key=True),
        sa.Column("row", sa.Integer(), primary_key=True),
        sa.Column("label", sa.Integer()),
        sa.Column("created", sa.Float(), nullable=False),
    )
    op.create_table(
        "slices",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("dataset", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shift", sa.String(16), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
    )
