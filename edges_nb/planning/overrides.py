"""What a person gives for single schedules, in a CSV or a DataFrame; bad cells are told all at once."""

import csv
import io
import json
import math
import numbers
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from edges_nb.cron import check_cron, check_timezone
from edges_nb.errors import BadInput
from edges_nb.models import Identity
from edges_nb.planning.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_NAME = 255
_SHOWN = 40
"""Characters of a bad cell that a sentence quotes."""


@dataclass(frozen=True, kw_only=True)
class Override:
    """One row: what is given for one schedule, None where nothing is.

    Attributes:
        place: where the row is, such as `line 3` or `row 2`.
    """

    schedule_uid: str
    place: str = ""
    decision: Literal["migrate", "skip"] | None = None
    identity_uid: str | None = None
    max_results: int | None = None
    callback_url: str | None = None
    inputs: list[dict[str, Any]] | None = None
    cron: str | None = None
    timezone: str | None = None
    name: str | None = None


def read_overrides(source: "str | Path | pd.DataFrame | None") -> dict[str, Override]:
    """Read overrides by schedule uid; nothing gives none.

    Raises:
        BadInput: with a sentence for each bad cell, by line and column.
    """
    if source is None or (isinstance(source, str) and not source):
        return {}
    table = _Table()
    if isinstance(source, str | Path):
        rows = _csv_rows(Path(source).expanduser(), table)
    else:
        rows = _frame_rows(source, table)
    found = [override for place, cells in rows if (override := table.override(place, cells)) is not None]
    table.check_repeated(found)
    table.raise_faults()
    return {override.schedule_uid: override for override in found}


def check_overrides(overrides: Mapping[str, Override], reading: Reading, action: str) -> None:
    """Check what only the workspace can tell: whether schedules are there and identities can be used.

    Raises:
        BadInput: with a sentence for each bad cell, by line and column.
    """
    table = _Table()
    for override in overrides.values():
        if override.schedule_uid not in reading.by_uid:
            stranger = _quoted(override.schedule_uid)
            table.fault(override.place, "schedule_uid", f"no schedule of {action} has the uid {stranger}")
        if override.identity_uid is not None:
            fault = identity_fault(override.identity_uid, reading.identities)
            if fault:
                table.fault(override.place, "identity_uid", fault)
    table.raise_faults()


def identity_fault(uid: str, identities: Mapping[str, Identity], *, incremental: bool = True) -> str | None:
    """Say why an identity can't be given to a schedule, None where it can."""
    identity = identities.get(uid)
    if identity is None:
        return f"no identity of the workspace has the uid {_quoted(uid)}"
    if incremental and identity.type != "engagement":
        return f"{identity.name or uid} is {identity.type}, and incremental mode needs an engagement identity"
    if identity.is_active is False:
        return f"{identity.name or uid} is not active"
    return None


def parsed_max_results(value: object) -> int:
    """Read a number of results; raises ValueError with the rest of a sentence."""
    if isinstance(value, bool):
        raise ValueError("is a truth value: use a whole number from 1")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    # A column with gaps has floats in a DataFrame.
    if isinstance(value, numbers.Real) and float(value).is_integer() and float(value) >= 1:
        return int(float(value)) if isinstance(value, float) else int(str(value))
    raise ValueError(f"is {_quoted(value)}: use a whole number from 1")


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
    """Read a cron expression; raises ValueError with the rest of a sentence."""
    return _checked(value, check_cron)


def parsed_timezone(value: object) -> str:
    """Read a timezone; raises ValueError with the rest of a sentence."""
    return _checked(value, check_timezone)


def parsed_name(value: object) -> str:
    """Read a label; raises ValueError with the rest of a sentence."""
    if not isinstance(value, str):
        raise ValueError(f"is {_quoted(value)}: use a text")
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"has {len(value)} characters: use at most {_LONGEST_NAME}")
    return value


def parsed_text(value: object) -> str:
    """Read a uid; raises ValueError with the rest of a sentence."""
    if not isinstance(value, str):
        raise ValueError(f"is {_quoted(value)}: use a text")
    return value


def _parsed_decision(value: object) -> str:
    if value not in ("migrate", "skip"):
        raise ValueError(f"is {_quoted(value)}: use migrate or skip")
    return str(value)


def _parsed_inputs(value: object) -> list[dict[str, Any]]:
    # Inputs can hold anything, so no sentence quotes them.
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise ValueError("is no JSON: use an array of objects") from None
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) and each for each in value):
        raise ValueError("is no JSON array of objects with at least one of them")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_COLUMNS: dict[str, Callable[[object], Any]] = {
    "schedule_uid": parsed_text,
    "decision": _parsed_decision,
    "identity_uid": parsed_text,
    "max_results": parsed_max_results,
    "callback_url": parsed_url,
    "inputs_json": _parsed_inputs,
    "cron": parsed_cron,
    "timezone": parsed_timezone,
    "name": parsed_name,
}
_FIELDS = {"inputs_json": "inputs"}


class _Table:
    """Reads rows and collects what is wrong with them."""

    def __init__(self) -> None:
        self._faults: list[str] = []

    def fault(self, place: str, column: str, why: str) -> None:
        """Note a bad cell."""
        self._faults.append(f"{place}, column {column}: {why.rstrip('.')}")

    def raise_faults(self) -> None:
        """Raise BadInput where anything is wrong."""
        if self._faults:
            count = "" if len(self._faults) == 1 else f" in {len(self._faults)} places"
            raise BadInput(f"The overrides can't be used{count}: {'; '.join(self._faults)}.")

    def check_header(self, place: str, columns: list[str]) -> None:
        """Note columns that are unknown, there twice, or missing."""
        for number, column in enumerate(columns):
            if column not in _COLUMNS:
                self.fault(place, _quoted(column), f"is not known: use {', '.join(_COLUMNS)}")
            elif column in columns[:number]:
                self.fault(place, column, "is there twice")
        if "schedule_uid" not in columns:
            self.fault(place, "schedule_uid", "is missing")

    def override(self, place: str, cells: Mapping[str, object]) -> Override | None:
        """Read one row; None where something is wrong with it."""
        values: dict[str, Any] = {}
        bad = False
        for column, cell in cells.items():
            if column not in _COLUMNS or _is_empty(cell):
                continue
            try:
                values[_FIELDS.get(column, column)] = _COLUMNS[column](_stripped(cell))
            except ValueError as error:
                self.fault(place, column, str(error))
                bad = True
        if not bad and values and "schedule_uid" not in values:
            self.fault(place, "schedule_uid", "is empty, so that nobody knows what the row is about")
        return Override(place=place, **values) if not bad and "schedule_uid" in values else None

    def check_repeated(self, overrides: list[Override]) -> None:
        """Note rows about a schedule that an earlier row is about."""
        first: dict[str, Override] = {}
        for override in overrides:
            earlier = first.setdefault(override.schedule_uid, override)
            if earlier is not override:
                why = f"{_quoted(override.schedule_uid)} is there twice, first in {earlier.place}"
                self.fault(override.place, "schedule_uid", why)


def _csv_rows(path: Path, table: _Table) -> Iterator[tuple[str, dict[str, object]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"The overrides {path} can't be read ({error.strerror}): correct the path.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"The overrides {path} are not in UTF-8: save the file as CSV in UTF-8.") from error
    first = text.partition("\n")[0]
    # What spreadsheets write where the comma is the decimal sign.
    separator = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    header: list[str] | None = None
    try:
        for cells in reader:
            place, line = f"line {line}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                table.check_header(place, header)
            elif len(cells) > len(header):
                table.fault(place, str(len(header) + 1), "has no heading: quote cells that hold a separator")
            else:
                yield place, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        table.fault(f"line {line}", "1", f"can't be read as CSV ({error})")
    if header is None:
        raise BadInput(f"The overrides {path} are empty: give at least the heading schedule_uid.")


def _frame_rows(frame: "pd.DataFrame", table: _Table) -> Iterator[tuple[str, dict[str, object]]]:
    if "schedule_uid" not in frame.columns and frame.index.name == "schedule_uid":
        frame = frame.reset_index()
    columns = [str(column) for column in frame.columns]
    table.check_header("header", columns)
    for number, cells in enumerate(frame.itertuples(index=False, name=None), start=1):
        yield f"row {number}", dict(zip(columns, cells, strict=True))


def _is_empty(cell: object) -> bool:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return True
    if isinstance(cell, float):
        return math.isnan(cell)
    # pandas.NA and NaT are equal to nothing, not even to themselves.
    return type(cell).__name__ in ("NAType", "NaTType")


def _stripped(cell: object) -> object:
    return cell.strip() if isinstance(cell, str) else cell


def _checked(value: object, check: Callable[[str], None]) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {_quoted(value)}: use a text")
    check(value)
    return value


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
