"""Migrations whose ledger's server comes and goes lose and double nothing, and clean ones finish."""

from . import outages

CASES = 3


def test_migrations_outlive_what_happens_to_the_server_of_their_ledger() -> None:
    tally = outages.played("tests", CASES)
    assert tally.broken == []
    assert tally.faults.total() >= CASES
