"""How fast it is, against what was asked: `python -m tests.benchmarks`; no part of the tests."""
