"""Leases instead of session locks, events that are told apart, and what the ledger says of itself."""

import sqlalchemy as sa
from alembic import op

revision = "0.2.0"
down_revision = "0.1.0"


def upgrade() -> None:
    """Add what is missing; nothing that is there changes."""
    op.add_column("events", sa.Column("event_id", sa.Text))
    op.create_table(
        "leases",
        sa.Column("workspace", sa.Text, primary_key=True),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "about",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
