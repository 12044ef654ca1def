"""What a cell of a table may hold, as types: each reads one, or tells what is wrong with it."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from edges_nb.cron import check_cron, check_timezone
from edges_nb.models.api import iso
from edges_nb.planning.masking import is_masked

_LONGEST_NAME = 255
_SHOWN = 40
"""Characters of a bad cell that a sentence quotes."""


_HOST = re.compile(r"([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.IGNORECASE)


def quoted(value: object) -> str:
    """Quote what somebody gave, a long one in part."""
    text = str(value)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def chosen_from(*words: str) -> Callable[[object], str]:
    """Return what reads one of some words, whatever its capital letters."""

    def parsed(value: object) -> str:
        if not isinstance(value, str) or value.lower() not in words:
            raise ValueError(f"is {quoted(value)}: use {' or '.join(words)}")
        return value.lower()

    return parsed


def _parsed_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {quoted(value)}: use a text")
    return value


def _parsed_count(value: object) -> int:
    # Spreadsheets and columns with gaps write whole numbers as 500.0; a truth value is a number to Python.
    text = "" if isinstance(value, bool) else str(value)
    if not re.fullmatch(r"[0-9]{1,18}(\.0+)?", text) or not int(float(text)):
        raise ValueError(f"is {quoted(value)}: use a whole number from 1")
    return int(text.partition(".")[0])


def _parsed_url(value: object) -> str:
    # No sentence holds the address: it may carry a secret.
    text = str(value)
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        fine = False
    if not fine or is_masked(text):
        raise ValueError("is no address: use one that begins with https://")
    return text


def _parsed_host(value: object) -> str:
    text = _parsed_text(value)
    if not _HOST.fullmatch(text):
        raise ValueError("is no host: use one such as hooks.example.com")
    return text


def _parsed_cron(value: object) -> str:
    check_cron(_parsed_text(value))
    return str(value)


def _parsed_timezone(value: object) -> str:
    check_timezone(_parsed_text(value))
    return str(value)


def _parsed_name(value: object) -> str:
    if len(_parsed_text(value)) > _LONGEST_NAME:
        raise ValueError(f"has {len(str(value))} characters: use at most {_LONGEST_NAME}")
    return str(value)


def _parsed_json(value: object, expected: str) -> object:
    # No sentence quotes it, as it can hold anything.
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ValueError(f"is no JSON: use {expected}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _parsed_inputs(value: object) -> list[dict[str, Any]]:
    value = _parsed_json(value, "an object, or an array of objects")
    value = [value] if isinstance(value, dict) else value
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise ValueError("is no JSON object, and no array of objects with at least one of them")
    if is_masked(value):
        raise ValueError("holds a masked value: give what stands behind it")
    return value


def _parsed_headers(value: object) -> dict[str, str]:
    value = _parsed_json(value, 'an object such as {"X-Team": "north"}')
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError("is no JSON object of texts")
    if is_masked(value):
        raise ValueError("holds a masked value: give what stands behind it")
    return value


def _parsed_time(value: object) -> str:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"is {quoted(value)}: use a time such as 2026-11-03T09:00:00+01:00") from None
    if moment.tzinfo is None:
        raise ValueError(f"is {quoted(value)}: add its offset from UTC, such as +01:00 or Z")
    return iso(moment)


Text = Annotated[str, BeforeValidator(_parsed_text)]
Count = Annotated[int, BeforeValidator(_parsed_count)]
Url = Annotated[str, BeforeValidator(_parsed_url)]
Host = Annotated[str, BeforeValidator(_parsed_host)]
Cron = Annotated[str, BeforeValidator(_parsed_cron)]
Timezone = Annotated[str, BeforeValidator(_parsed_timezone)]
Name = Annotated[str, BeforeValidator(_parsed_name)]
Inputs = Annotated[list[dict[str, Any]], BeforeValidator(_parsed_inputs)]
Headers = Annotated[dict[str, str], BeforeValidator(_parsed_headers)]
Time = Annotated[str, BeforeValidator(_parsed_time)]
On = Annotated[str, BeforeValidator(chosen_from("all", "final"))]
Choice = Annotated[str, BeforeValidator(chosen_from("migrate", "skip"))]
