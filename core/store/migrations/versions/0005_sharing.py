"""Tags, colours and origins of runs; secret links, guesses and findings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty, and the tables."""
    for name, kind in {"tags": sa.Text(), "colour": sa.String(16), "origin": sa.String(16)}.items():
        op.add_column("runs", sa.Column(name, kind, nullable=False, server_default=""))
    op.create_table(
        "shares",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("run", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
    )
    op.create_index("shares_by_run", "shares", ["run"])
    op.create_table(
        "guesses",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("run", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("rival", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE")),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("created", sa.Float(), nullable=False),
    )
    op.create_index("guesses_by_owner", "guesses", ["owner", "created"])
    op.create_index("guesses_by_run", "guesses", ["run"])
    op.create_table(
        "findings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("runs", sa.JSON(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
    )
    op.create_index("findings_by_owner", "findings", ["owner", "created"])
