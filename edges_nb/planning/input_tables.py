"""Tables that people give, as a CSV or a DataFrame: rows of a model, and all bad cells told at once."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from edges_nb.errors import BadInput
from edges_nb.planning.cells import quoted

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_CELL = 10_000_000
"""Characters of a cell: inputs as JSON are longer than what Python's reader takes by itself."""

Rows: TypeAlias = "str | Path | pd.DataFrame | Mapping[str, object] | Sequence[Mapping[str, object]]"
"""The path of a CSV, a DataFrame, rows as mappings, or a single one."""


class TableRow(BaseModel):
    """One row, of which every cell can be empty.

    Attributes:
        place: where the row is, such as `line 3` or `row 2`; "" where it is the only one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    place: str = ""

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        # Addresses, headers and inputs may be secret.
        yield "place", self.place


AnyRow = TypeVar("AnyRow", bound=TableRow)


class Table(Generic[AnyRow]):
    """Reads rows and collects what is wrong with them.

    Args:
        what: what the table is called, such as `overrides`.
        model: what a row is; its first field but `place` says what a row is about.
        needed: columns besides that one that every row has to fill.
    """

    def __init__(self, what: str, model: type[AnyRow], needed: Sequence[str] = ()) -> None:
        self._what, self._model = what, model
        self.columns = columns_of(model)
        self._key = self.columns[0]
        self._needed = (self._key, *needed)
        self._header: Sequence[str] = ()
        self._faults: dict[tuple[str, str], list[str]] = {}

    def rows(self, source: Rows, defaults: Mapping[str, object] | None = None) -> list[AnyRow]:
        """Return the rows that have a cell; what is wrong with them is noted.

        Args:
            defaults: cells for what a row leaves empty.

        Raises:
            BadInput: the file can't be read.
        """
        given = self._row("", defaults or {}).model_dump(exclude_unset=True, exclude={"place"})
        read = [
            (place, filled)
            for place, cells in self._cells(source)
            if (filled := {name: _stripped(cell) for name, cell in cells.items() if not _is_empty(cell)})
        ]
        rows = [self._row(place, {**given, **filled}) for place, filled in read]
        first: dict[str, str] = {}
        for (place, filled), row in zip(read, rows, strict=True):
            self._miss(place, {**given, **filled})
            key = getattr(row, self._key)
            earlier = first.setdefault(key, place) if key else place
            if earlier != place:
                self.fault(place, self._key, f"{quoted(key)} is there twice, first in {earlier}")
        return rows

    def fault(self, place: str, column: str, why: str) -> None:
        """Note a bad cell; a place of "" is where there is no row to name."""
        told = self._faults.setdefault((place, column), [])
        if why not in told:
            told.append(why)

    def raise_faults(self) -> None:
        """Raise BadInput where anything is wrong."""
        faults = [
            f"{f'{place}, column {column}' if place else column}: {why.rstrip('.')}"
            for (place, column), told in self._faults.items()
            for why in told
        ]
        if faults:
            count = "" if len(faults) == 1 else f" in {len(faults)} places"
            raise BadInput(f"The {self._what} can't be used{count}: {'; '.join(faults)}.")

    def _row(self, place: str, cells: Mapping[str, object]) -> AnyRow:
        """Read one row; what can't be read in it is noted, and left out."""
        known = {name: cell for name, cell in cells.items() if name in self.columns}
        try:
            return self._model.model_validate({**known, "place": place})
        except ValidationError as error:
            wrong = {str(each["loc"][0]): each for each in error.errors(include_input=False)}
        for column, each in wrong.items():
            self.fault(place, column, str(each.get("ctx", {}).get("error", each["msg"])))
        good = {name: cell for name, cell in known.items() if name not in wrong}
        return self._model.model_validate({**good, "place": place})

    def _miss(self, place: str, cells: Mapping[str, object]) -> None:
        for column in self._needed:
            if column in cells or ("", column) in self._faults:
                continue
            if column in self._header:
                self.fault(place, column, "is empty: every row needs it")
            elif column != self._key:  # which is missed from the heading already
                self.fault("", column, "is missing: every row needs it")

    def _check_header(self, place: str, header: Sequence[str]) -> list[str]:
        """Return the columns as they are called here; note those unknown, there twice, or missing."""
        names = [name if name in self.columns else name.strip().lower() for name in map(str, header)]
        for number, (name, column) in enumerate(zip(map(str, header), names, strict=True)):
            if column and column not in self.columns:
                self.fault(place, quoted(name), f"is not known: use {', '.join(self.columns)}")
            elif column and column in names[:number]:
                self.fault(place, column, "is there twice")
        if self._key not in names:
            self.fault(place, self._key, "is missing")
        self._header = names
        return names

    def _cells(self, source: Rows) -> Iterable[tuple[str, dict[str, object]]]:
        """Return the cells of each row, with where the row is."""
        if isinstance(source, str | Path):
            return self._csv_cells(Path(source).expanduser())
        if isinstance(source, Mapping):
            names = self._check_header("", list(source))
            return [("", dict(zip(names, source.values(), strict=True)))]
        if isinstance(source, Sequence):
            self._check_header("header", list(dict.fromkeys(name for row in source for name in row)))
            return [
                (f"row {number}", dict(cast(Mapping[str, object], row)))
                for number, row in enumerate(source, start=1)
            ]
        if self._key not in source.columns and source.index.name == self._key:
            source = source.reset_index()
        names = self._check_header("header", list(source.columns))
        tuples = source.itertuples(index=False, name=None)
        return [(f"row {n}", dict(zip(names, row, strict=True))) for n, row in enumerate(tuples, start=1)]

    def _csv_cells(self, path: Path) -> Iterator[tuple[str, dict[str, object]]]:
        text = self._text(path)
        separator, skipped = separator_of(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        line, header = 1, list[str]()
        try:
            with _long_cells():
                for cells in reader:
                    place, line = f"line {line}", reader.line_num + 1
                    if reader.line_num <= skipped or not any(cell.strip() for cell in cells):
                        continue
                    if not header:
                        header = self._check_header(place, cells)
                        continue
                    for number, cell in enumerate(cells, start=1):
                        if cell.strip() and (number > len(header) or not header[number - 1]):
                            self.fault(
                                place, str(number), "has no heading: quote cells that hold a separator"
                            )
                    yield place, {name: cell for name, cell in zip(header, cells, strict=False) if name}
        except csv.Error as error:
            self.fault(f"line {line}", "1", f"can't be read as CSV ({error})")
        if not header:
            raise BadInput(f"The {self._what} {path} are empty: give at least the heading {self._key}.")

    def _text(self, path: Path) -> str:
        try:
            content = path.read_bytes()
        except OSError as error:
            told = f"The {self._what} {path} can't be read ({error.strerror}): correct the path."
            raise BadInput(told) from error
        marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        try:
            return content.decode("utf-16" if marked else "utf-8-sig")
        except UnicodeDecodeError as error:
            told = f"The {self._what} {path} are not in UTF-8: save the file as CSV in UTF-8."
            raise BadInput(told) from error


def columns_of(model: type[TableRow]) -> list[str]:
    """Return the columns that rows of a model can have, by the names that people write."""
    fields = model.model_fields.items()
    return [str(field.validation_alias or name) for name, field in fields if name != "place"]


def separator_of(text: str) -> tuple[str, int]:
    """Return what separates cells, and how many lines there are that only say so."""
    first = text.partition("\n")[0].rstrip("\r")
    if first.lower().startswith("sep=") and len(first) == len("sep=") + 1:
        return first[-1], 1
    # What spreadsheets write where the comma is the decimal sign, and where text is copied out of them.
    return next((each for each in "\t;" if each in first and "," not in first), ","), 0


@contextmanager
def _long_cells() -> Iterator[None]:
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _is_empty(cell: object) -> bool:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return True
    if isinstance(cell, float):
        return math.isnan(cell)
    # pandas.NA and NaT are equal to nothing, not even to themselves.
    return type(cell).__name__ in ("NAType", "NaTType")


def _stripped(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell
