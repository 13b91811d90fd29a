"""How a run starts from another, and what was changed while it trained."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("steering", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
