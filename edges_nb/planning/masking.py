"""Tell values that a server hides: asterisks or dots where a secret stands."""

import re
from typing import Any

_WORD = "(?:redacted|hidden|masked|removed|filtered|omitted|secret)"
_SHORT = 24
"""Characters of the longest text that is looked at as a whole: masks are not longer, or all one character."""

# What begins with one set of characters is looked for many times faster.
_ANYWHERE = re.compile(
    r"[*•●∙·⬤%<\[({](?:(?<=[*•●∙·⬤])[*•●∙·⬤]{2}|(?<=%)2A%2A%2A|(?<=[<\[({])" + _WORD + r"[>\])}])",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\*{2,}|[•●∙·⬤…]+|(\D)\1{2,}|(\d)\2{5,}|[\W_]*(?:redacted|hidden|masked)[\W_]*",
    re.IGNORECASE | re.DOTALL,
)


def is_masked(value: Any) -> bool:
    """Whether a value, or any value within it, is a mask: what stands behind it is unknown."""
    # A stack of its own, because a value may be nested deeper than Python calls.
    open_values = [value]
    while open_values:
        each = open_values.pop()
        if isinstance(each, str):
            if _ANYWHERE.search(each) or _is_mask(each):
                return True
        elif isinstance(each, dict):
            open_values += each.values()
        elif isinstance(each, list):
            open_values += each
    return False


def _is_mask(text: str) -> bool:
    # Most texts are told by their first letters to be none.
    first = text[:1]
    alike = first == text[1:2]
    if len(text) > _SHORT:
        return alike and text == first * len(text)
    if not alike and first.isalnum() and first not in "rhmRHM":
        return False
    return _WHOLE.fullmatch(text) is not None
