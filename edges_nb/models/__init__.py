"""Value types: what the API sends, what a plan holds, what came of it."""
