"""The tables of a ledger, and the version that they have."""

import sqlalchemy as sa

METADATA = sa.MetaData()

REVISION = "0.2.0"
"""The version of edges-nb that last changed the tables; `migrations/versions` leads there."""

REPLACEMENTS = sa.Table(
    "replacements",
    METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("old_uid", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("order", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("old", sa.Text, nullable=False),
    sa.Column("original", sa.Text),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("new_uid", sa.Text),
    sa.Column("memo", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
)
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("workspace", sa.Text, nullable=False),
    sa.Column("old_uid", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    # Tells whether a commit whose answer was lost took place.
    sa.Column("event_id", sa.Text),
    sa.Index("events_of", "workspace", "old_uid"),
)
PLANS = sa.Table(
    "plans",
    METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)
LEASES = sa.Table(
    "leases",
    METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
ABOUT = sa.Table(
    "about",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
VERSION = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
)
"""Alembic's own table, which is read without Alembic where nothing has to be brought up to date."""
