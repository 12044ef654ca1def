"""Read a list that is paged by offset, also while it shifts.

A short page is not the end: it may mean that the server caps `limit`. An empty one is, or one that shows
again what is known and nothing behind. Pages overlap by a row, so that a list that loses rows while it is
read is noticed: neighbours that share no row have a gap between them, which is read again. A row is given
once, however often it was seen.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum, auto
from typing import Generic, Self, TypeVar

Row = TypeVar("Row")

LIMIT = 100
"""Rows to ask for per page: the most that the API gives."""

_THREADS = 16
_AHEAD = 48
"""Pages that are asked for before the first of them came, at most."""

_GAPS = 40
"""Gaps in a row that may be met before a list is said to be changing too fast."""

_BARREN = 5
"""Pages in a row that may bring nothing new."""

_DISORDERS = 3
"""Pages that may have a new row before one that is known, as where rows are put in between."""


class ShiftingList(Exception):  # noqa: N818 - it is told to the caller, who makes an error of it
    """The list changed faster than it could be read, or the server pages in a way that can't be followed."""


def every_row(page: Callable[[int], Sequence[Row]], key: Callable[[Row], str]) -> list[Row]:
    """Return each row of a list once, in the order in which it was first met.

    Args:
        page: reads the page at an offset, up to `LIMIT` rows; called from several threads.
        key: what tells rows apart.

    Raises:
        ShiftingList: the list can't be read whole.
    """
    reading = _Reading(page, key)
    reading.run()
    return list(reading.rows.values())


def first_rows(
    page: Callable[[int], Sequence[Row]], key: Callable[[Row], str], enough: Callable[[Sequence[Row]], bool]
) -> list[Row]:
    """Return a list's first rows, one page after the other, until they are enough or the list ends."""
    rows: dict[str, Row] = {}
    offset = 0
    while not enough(list(rows.values())):
        got = page(offset)
        fresh = [row for row in got if key(row) not in rows]
        if not fresh:
            break
        rows.update((key(row), row) for row in fresh)
        offset += len(got)
    return list(rows.values())


class _Met(Enum):
    """What a page turned out to be."""

    NEXT = auto()
    """It joins what is covered."""
    APART = auto()
    """It does not: what was asked for behind it can't be joined either."""
    END = auto()


class _Reading(Generic[Row]):
    """One list while it is read.

    `rows` are all that were met; `_covered` are the keys of those that are linked to the list's start without
    a gap, and `_end` is the offset behind the last of them.
    """

    def __init__(self, page: Callable[[int], Sequence[Row]], key: Callable[[Row], str]) -> None:
        self._page = page
        self._key = key
        self.rows: dict[str, Row] = {}
        self._covered: set[str] = set()
        self._end = 0
        self._first: list[str] = []
        self._pages = 0
        self._longest = 0
        self._last = LIMIT
        self._back = 0
        self._gaps = 0
        self._barren = 0
        self._known_ahead = 0
        self._disorders = 0
        self._tail = ""

    def run(self) -> None:
        """Read until the end."""
        with _Ahead(self._page) as ahead:
            met = _Met.NEXT
            while met is not _Met.END:
                ahead.ask(self._next(ahead.last, ahead.count))
                met = self._take(*ahead.take())
                if met is _Met.APART:
                    ahead.drop()

    def _next(self, last: int | None, asked: int) -> list[int]:
        """The offsets to ask for: one where there is doubt, more the longer the list turns out to be.

        Args:
            last: the offset of the last page that is asked for already.
            asked: how many these are.
        """
        overlapping = max(0, self._end - 1)
        if last is None and self._back:
            return [max(0, self._end - self._back)]
        if last is None and (self._longest == 1 or self._is_short(self._last)):
            return [self._end]
        if self._pages < 2 or self._is_short(self._last):
            return [overlapping] if last is None else []
        room = min(_AHEAD, max(1, self._pages // 2)) - asked
        step = self._longest - 1
        first = overlapping if last is None else last + step
        return [first + number * step for number in range(room)]

    def _is_short(self, length: int) -> bool:
        # One page alone does not tell whether the server caps `limit`.
        return length < (self._longest if self._pages > 1 else LIMIT)

    def _take(self, offset: int, page: Sequence[Row]) -> _Met:
        """Take in a page."""
        keys = [self._key(row) for row in page]
        for key, row in zip(keys, page, strict=True):
            self.rows.setdefault(key, row)
        if not keys and offset in (0, self._end):
            return _Met.END
        if offset > self._end:
            return _Met.APART  # the page before was short, and what lies between comes first
        if offset and self._longest > 1 and self._covered.isdisjoint(keys):
            self._step_back(offset)
            return _Met.APART
        if self._gives_one_page_only(offset, keys) or self._shows_the_last_row_alone(keys):
            return _Met.END
        return _Met.END if self._link(offset, keys) else _Met.NEXT

    def _step_back(self, offset: int) -> None:
        """Go back to where a page still joins what is covered, further each time."""
        self._gaps += 1
        if self._gaps > _GAPS:
            raise ShiftingList("it kept changing while it was read")
        if offset == self._end:
            self._back = 1
        else:
            self._back = max(2 * self._back, self._longest // 2, 1)
        self._known_ahead = max(self._known_ahead, self._back)

    def _link(self, offset: int, keys: list[str]) -> bool:
        """Join a page to what is covered; True where it shows the end again."""
        self._check_order(keys)
        if self._covered.issuperset(keys):
            self._barren += 1
            # Rows that come in front push the end away from whoever looks behind it.
            if self._barren > 1 and self._is_short(len(keys)) and keys[-1] == self._tail:
                return True
            if self._barren > _BARREN + 2 * self._known_ahead // self._longest:
                raise ShiftingList("its pages brought the same rows again and again")
        else:
            self._barren = self._gaps = self._known_ahead = 0
            self._tail = keys[-1]
        self._first = self._first or keys
        self._pages += 1
        self._covered.update(keys)
        self._last, self._longest = len(keys), max(self._longest, len(keys))
        self._end, self._back = offset + len(keys), 0
        return False

    def _check_order(self, keys: list[str]) -> None:
        """Notice a list without an order: its pages can't be joined by the rows that they share."""
        known = [key in self._covered for key in keys]
        if known != sorted(known, reverse=True):
            self._disorders += 1
        if self._disorders > _DISORDERS:
            raise ShiftingList("its order is another on every page")

    def _shows_the_last_row_alone(self, keys: list[str]) -> bool:
        """Whether a page that had room for more shows nothing behind the only page before it.

        That page may have been as long as the server's pages get: an empty one behind it would say nothing if
        rows had vanished in between.
        """
        return self._pages == 1 and 1 < self._longest < LIMIT and keys == [self._tail]

    def _gives_one_page_only(self, offset: int, keys: list[str]) -> bool:
        if not offset or keys != self._first:
            return False
        if len(keys) == LIMIT:
            raise ShiftingList("the server gives its first page again, whatever page it is asked for")
        return True


class _Ahead(Generic[Row]):
    """Pages that are asked for, in the order of their offsets; a single one is read without a thread."""

    def __init__(self, page: Callable[[int], Sequence[Row]]) -> None:
        self._page = page
        self._asked: deque[tuple[int, Future[Sequence[Row]] | None]] = deque()
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def last(self) -> int | None:
        """The offset of the last page that is asked for; None where none is."""
        return self._asked[-1][0] if self._asked else None

    @property
    def count(self) -> int:
        """How many are asked for."""
        return len(self._asked)

    def ask(self, offsets: list[int]) -> None:
        """Ask for pages behind those that are asked for already."""
        if len(offsets) == 1 and not self._asked:
            self._asked.append((offsets[0], None))
        elif offsets:
            self._pool = self._pool or ThreadPoolExecutor(_THREADS, thread_name_prefix="edges-list")
            pool = self._pool
            self._asked.extend((offset, pool.submit(self._page, offset)) for offset in offsets)

    def take(self) -> tuple[int, Sequence[Row]]:
        """Wait for the first page, and return it with its offset."""
        offset, coming = self._asked.popleft()
        return offset, self._page(offset) if coming is None else coming.result()

    def drop(self) -> None:
        """Want none of what is asked for any more."""
        for _, coming in self._asked:
            if coming is not None:
                coming.cancel()
        self._asked.clear()
