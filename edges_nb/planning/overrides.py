"""What a person knows and the server does not tell: a table of overrides, from a CSV or a DataFrame.

Every bad cell is told at once, by line and column, and then nothing is planned.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from edges_nb.cron import check_cron, check_timezone
from edges_nb.errors import BadInput
from edges_nb.models import Identity

KEY = "schedule_uid"

_LONGEST_NAME = 255
"""Characters that the API allows in a name."""


@dataclass(frozen=True)
class Override:
    """One row; None where a cell is empty.

    Attributes:
        place: where it stands, such as `line 3`, for messages.
        decision: `migrate` or `skip`.
    """

    place: str
    decision: str | None = None
    identity_uid: str | None = None
    max_results: int | None = None
    callback_url: str | None = None
    inputs_json: list[dict[str, Any]] | None = None
    cron: str | None = None
    timezone: str | None = None
    name: str | None = None


def read_overrides(source: str | Path | pd.DataFrame | None) -> dict[str, Override]:
    """Read overrides by the uid of their schedule; nothing given is no override.

    Raises:
        BadInput: the file can't be read, or a sentence for each cell that can't be used.
    """
    if source is None or (not isinstance(source, pd.DataFrame) and not str(source)):
        return {}
    rows = _rows_of_frame(source) if isinstance(source, pd.DataFrame) else _rows_of_file(Path(source))
    problems: list[str] = []
    overrides: dict[str, Override] = {}
    for place, cells in rows:
        uid = cells.pop(KEY, "")
        if not uid:
            problems.append(f"{place}, column {KEY}: it is empty; put the uid of the schedule there.")
        elif uid in overrides:
            problems.append(
                f"{place}, column {KEY}: {uid} stands in {overrides[uid].place} too; keep one row."
            )
        overrides[uid] = Override(place, **_values(place, cells, problems))
    _refuse(problems)
    return overrides


def check_against(
    overrides: Mapping[str, Override], schedules: Iterable[str], identities: Mapping[str, Identity]
) -> None:
    """Check what only the workspace can tell: that the schedules exist and the identities can be used.

    Raises:
        BadInput: a sentence for each cell that can't be used.
    """
    known = set(schedules)
    problems = []
    for uid, override in overrides.items():
        if uid not in known:
            told = f"no schedule of this action has the uid {uid}; take the row out or mend the uid."
            problems.append(f"{override.place}, column {KEY}: {told}")
        if override.identity_uid is not None:
            fault = _identity_fault(identities.get(override.identity_uid), override.identity_uid)
            if fault:
                problems.append(f"{override.place}, column identity_uid: {fault}")
    _refuse(problems)


def _refuse(problems: list[str]) -> None:
    if problems:
        raise BadInput(f"The overrides can't be used: {' '.join(problems)}")


def _identity_fault(identity: Identity | None, uid: str) -> str:
    advice = "use an active engagement identity of this workspace."
    if identity is None:
        return f"no identity has the uid {uid}; {advice}"
    if identity.type != "engagement":
        return f"{uid} is a {identity.type} identity; {advice}"
    return "" if identity.is_active else f"{uid} is not active; {advice}"


def _rows_of_file(path: Path) -> list[tuple[str, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            _check_header(header, str(path))
            return [
                (f"line {reader.line_num}", _cells(header, row, f"line {reader.line_num}"))
                for row in reader
                if any(cell.strip() for cell in row)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a CSV file in UTF-8"
        raise BadInput(
            f"The overrides {path} can't be read ({reason}): give the path of a CSV file."
        ) from None


def _rows_of_frame(frame: pd.DataFrame) -> list[tuple[str, dict[str, str]]]:
    header = [str(name) for name in frame.columns]
    _check_header(header, "the DataFrame")
    texts = [[_text(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return [(f"row {number}", dict(zip(header, row, strict=True))) for number, row in enumerate(texts, 1)]


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value)
    if pd.isna(value):
        return ""
    # A column of whole numbers with gaps holds floats.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _check_header(header: list[str], where: str) -> None:
    problems = [
        f"{where}, column {name}: it stands there twice." for name in {*header} if header.count(name) > 1
    ]
    if KEY not in header:
        problems.append(f"{where} has no column {KEY}.")
    unknown = [name or "(empty)" for name in header if name != KEY and name not in _READERS]
    problems += [f"{where}, column {name}: it is unknown; use {', '.join(_READERS)}." for name in unknown]
    _refuse(problems)


def _cells(header: list[str], row: list[str], place: str) -> dict[str, str]:
    if len(row) > len(header):
        raise BadInput(
            f"The overrides can't be used: {place} has more cells than the header; quote its commas."
        )
    return {name: cell.strip() for name, cell in zip(header, row, strict=False)}


def _values(place: str, cells: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, cell in cells.items():
        if not cell:
            continue
        try:
            values[column] = _READERS[column](cell)
        except ValueError as error:
            problems.append(f"{place}, column {column}: {error}")
    return values


def _decision(cell: str) -> str:
    if cell not in ("migrate", "skip"):
        raise ValueError(f"{cell!r} is no decision; use migrate or skip.")
    return cell


def _max_results(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit() or int(cell) == 0:
        raise ValueError(f"{cell!r} is no number of results; use a whole number from 1.")
    return int(cell)


def _callback_url(cell: str) -> str:
    # The cell is not repeated: a callback's URL often holds a secret.
    try:
        parts = urlsplit(cell)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c.isspace() for c in cell):
        raise ValueError("it is no URL; use one that begins with https://.")
    return cell


def _inputs(cell: str) -> list[dict[str, Any]]:
    try:
        inputs = json.loads(cell)
    except ValueError:
        inputs = None
    if not isinstance(inputs, list) or not inputs or not all(isinstance(row, dict) and row for row in inputs):
        raise ValueError('it is no list of inputs; use JSON such as [{"linkedin_url": "…"}].')
    return inputs


def _cron(cell: str) -> str:
    check_cron(cell)
    return cell


def _timezone(cell: str) -> str:
    check_timezone(cell)
    return cell


def _name(cell: str) -> str:
    if len(cell) > _LONGEST_NAME:
        raise ValueError(f"it has {len(cell)} characters; use {_LONGEST_NAME} at most.")
    return cell


_READERS: dict[str, Callable[[str], Any]] = {
    "decision": _decision,
    "identity_uid": str,
    "max_results": _max_results,
    "callback_url": _callback_url,
    "inputs_json": _inputs,
    "cron": _cron,
    "timezone": _timezone,
    "name": _name,
}
