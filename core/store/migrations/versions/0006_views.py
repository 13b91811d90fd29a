"""The run from whose settings a run was derived; named views of the table of runs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty, and the table."""
    op.add_column("runs", sa.Column("derived_from", sa.String(32)))
    op.create_table(
        "views",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("link", sa.Text(), nullable=False),
    )
