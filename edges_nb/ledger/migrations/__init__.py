"""How the tables of a ledger came to what they are, version by version; Alembic runs these."""
