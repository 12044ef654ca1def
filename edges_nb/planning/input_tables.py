"""Tables that people give, as a CSV or a DataFrame: read cell by cell, and bad cells told all at once."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edges_nb.errors import BadInput
from edges_nb.planning.cells import quoted

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, Callable[[object], Any]]
"""What reads a cell, by the name of its column."""


class Table:
    """Reads rows and collects what is wrong with them.

    Args:
        what: what the table is called, such as `overrides`.
        key: the column that says what a row is about.
    """

    def __init__(self, what: str, columns: Columns, key: str) -> None:
        self.what = what
        self.key = key
        self._columns = columns
        self._faults: list[str] = []
        self._faulty: set[tuple[str, str]] = set()

    def rows(
        self, source: "str | Path | pd.DataFrame | Mapping[str, object] | Sequence[Mapping[str, object]]"
    ) -> Iterator[tuple[str, dict[str, object]]]:
        """Return the cells of each row, with where the row is, such as `line 3` or `row 2`.

        Args:
            source: the path of a CSV, a DataFrame, rows, or the only row, whose place is "".

        Raises:
            BadInput: the file can't be read.
        """
        if isinstance(source, Mapping):
            self._check_header("", list(source))
            return iter([("", dict(source))])
        given = Path(source) if isinstance(source, str) else source
        if isinstance(given, Path):
            return self._csv_rows(given.expanduser())
        return self._listed_rows(given) if isinstance(given, Sequence) else self._frame_rows(given)

    def values(self, place: str, cells: Mapping[str, object]) -> tuple[dict[str, Any], bool]:
        """Read one row; return the values that are good, and whether all of them are."""
        values: dict[str, Any] = {}
        good = True
        for column, cell in cells.items():
            if column not in self._columns or _is_empty(cell):
                continue
            try:
                values[column] = self._columns[column](_stripped(cell))
            except ValueError as error:
                self.fault(place, column, str(error))
                good = False
        return values, good

    def fault(self, place: str, column: str, why: str) -> None:
        """Note a bad cell; a place of "" is where there is no row to name."""
        self._faulty.add((place, column))
        where = f"{place}, column {column}" if place else column
        self._faults.append(f"{where}: {why.rstrip('.')}")

    def is_faulty(self, place: str, column: str) -> bool:
        """Whether a cell was noted as a bad one."""
        return (place, column) in self._faulty

    def raise_faults(self) -> None:
        """Raise BadInput where anything is wrong."""
        if self._faults:
            count = "" if len(self._faults) == 1 else f" in {len(self._faults)} places"
            raise BadInput(f"The {self.what} can't be used{count}: {'; '.join(self._faults)}.")

    def check_repeated(self, keys: Iterable[tuple[str, str]]) -> None:
        """Note rows, given by place and key, about what an earlier row is about."""
        first: dict[str, str] = {}
        for place, key in keys:
            earlier = first.setdefault(key, place)
            if earlier != place:
                self.fault(place, self.key, f"{quoted(key)} is there twice, first in {earlier}")

    def _check_header(self, place: str, columns: list[str]) -> None:
        """Note columns that are unknown, there twice, or missing."""
        for number, column in enumerate(columns):
            if column not in self._columns:
                self.fault(place, quoted(column), f"is not known: use {', '.join(self._columns)}")
            elif column in columns[:number]:
                self.fault(place, column, "is there twice")
        if self.key not in columns:
            self.fault(place, self.key, "is missing")

    def _listed_rows(self, rows: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, dict[str, object]]]:
        self._check_header("header", list(dict.fromkeys(column for row in rows for column in row)))
        for number, row in enumerate(rows, start=1):
            yield f"row {number}", dict(row)

    def _csv_rows(self, path: Path) -> Iterator[tuple[str, dict[str, object]]]:
        text = self._text(path)
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
                    self._check_header(place, header)
                elif len(cells) > len(header):
                    self.fault(
                        place, str(len(header) + 1), "has no heading: quote cells that hold a separator"
                    )
                else:
                    yield place, dict(zip(header, cells, strict=False))
        except csv.Error as error:
            self.fault(f"line {line}", "1", f"can't be read as CSV ({error})")
        if header is None:
            raise BadInput(f"The {self.what} {path} are empty: give at least the heading {self.key}.")

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8-sig")
        except OSError as error:
            told = f"The {self.what} {path} can't be read ({error.strerror}): correct the path."
            raise BadInput(told) from error
        except UnicodeDecodeError as error:
            told = f"The {self.what} {path} are not in UTF-8: save the file as CSV in UTF-8."
            raise BadInput(told) from error

    def _frame_rows(self, frame: "pd.DataFrame") -> Iterator[tuple[str, dict[str, object]]]:
        if self.key not in frame.columns and frame.index.name == self.key:
            frame = frame.reset_index()
        columns = [str(column) for column in frame.columns]
        self._check_header("header", columns)
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
