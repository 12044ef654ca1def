"""The tables that 0.1.0 made, which had no version yet."""

revision = "0.1.0"
down_revision = None


def upgrade() -> None:
    """Nothing to do: 0.1.0 made them itself."""
