"""The section of RELIABILITY.md that tells of mutants; whoever writes the rest leaves it as it is."""

import re

_SECTION = re.compile(r"^## Mutants\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BEFORE = "## What is not covered"


def section_of(text: str) -> str:
    """The section as it stands in a report, "" where there is none."""
    found = _SECTION.search(text)
    return found[0] if found else ""


def put(text: str, section: str) -> str:
    """The report with this section in place of the one that it has."""
    rest = _SECTION.sub("", text)
    if not section:
        return rest
    before, found, after = rest.partition(_BEFORE)
    return f"{before}{section.rstrip()}\n\n{found}{after}"
