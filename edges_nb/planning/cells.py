"""What a cell of a table may hold: each function reads one, or raises ValueError to end a sentence."""

import json
import numbers
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from edges_nb.cron import check_cron, check_timezone

_LONGEST_NAME = 255
_SHOWN = 40
"""Characters of a bad cell that a sentence quotes."""


def parsed_max_results(value: object) -> int:
    """Read a number of results."""
    if isinstance(value, bool):
        raise ValueError("is a truth value: use a whole number from 1")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    # A column with gaps has floats in a DataFrame.
    if isinstance(value, numbers.Real) and float(value).is_integer() and float(value) >= 1:
        return int(float(value)) if isinstance(value, float) else int(str(value))
    raise ValueError(f"is {quoted(value)}: use a whole number from 1")


def parsed_url(value: object) -> str:
    """Read the address of a callback; the sentence of its ValueError never holds the address."""
    try:
        parts = urlsplit(str(value))
        fine = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not any(map(str.isspace, str(value)))
        )
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("is no address: use one that begins with https://")
    return str(value)


def parsed_cron(value: object) -> str:
    """Read a cron expression."""
    return _checked(value, check_cron)


def parsed_timezone(value: object) -> str:
    """Read a timezone."""
    return _checked(value, check_timezone)


def parsed_name(value: object) -> str:
    """Read a label."""
    if not isinstance(value, str):
        raise ValueError(f"is {quoted(value)}: use a text")
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"has {len(value)} characters: use at most {_LONGEST_NAME}")
    return value


def parsed_text(value: object) -> str:
    """Read a uid."""
    if not isinstance(value, str):
        raise ValueError(f"is {quoted(value)}: use a text")
    return value


def parsed_inputs(value: object) -> list[dict[str, Any]]:
    """Read an array of inputs, as JSON where it is a text."""
    value = parsed_json(value, "an array of objects")
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) and each for each in value):
        raise ValueError("is no JSON array of objects with at least one of them")
    return value


def parsed_json(value: object, expected: str) -> object:
    """Read JSON where it is a text; the sentence of its ValueError never quotes it, as it can hold anything.

    Args:
        expected: what to use, such as `an object`.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError(f"is no JSON: use {expected}") from None


def quoted(value: object) -> str:
    """Quote what somebody gave, a long one in part."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _checked(value: object, check: Callable[[str], None]) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {quoted(value)}: use a text")
    check(value)
    return value
