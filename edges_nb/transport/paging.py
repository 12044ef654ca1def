"""Read a list that is paged by offset, also while it shifts.

A short page is not the end: it may mean that the server caps `limit`. An empty one is, or one that shows
again what is known and nothing behind. Pages overlap by a row, so that a list that loses rows while it is
read is noticed: neighbours that share no row have a gap between them, which is read again. A row is given
once, however often it was seen.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

Row = TypeVar("Row")

LIMIT = 100
"""Rows to ask for per page: the most that the API gives."""

_THREADS = 16
_WAVE = 64
"""Pages that are asked for together at most."""

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


def first_rows(page: Callable[[int], Sequence[Row]], key: Callable[[Row], str], count: int) -> list[Row]:
    """Return at least the first `count` rows, as far as there are so many, with one page after the other."""
    rows: dict[str, Row] = {}
    offset = 0
    while len(rows) < count:
        got = page(offset)
        fresh = [row for row in got if key(row) not in rows]
        if not fresh:
            break
        rows.update((key(row), row) for row in fresh)
        offset += len(got)
    return list(rows.values())


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
        with _threads() as fetch:
            ended = False
            while not ended:
                offsets = self._next()
                ended = self._take(offsets, fetch(self._page, offsets))

    def _next(self) -> list[int]:
        """The offsets to read next: one where there is doubt, more the longer the list turns out to be."""
        if self._back:
            return [max(0, self._end - self._back)]
        if self._longest == 1:
            return [self._end]
        overlapping = max(0, self._end - 1)
        if self._pages < 2:
            return [overlapping]
        if self._is_short(self._last):
            return [self._end]
        wave = min(_WAVE, max(1, self._pages // 2))
        return [overlapping + number * (self._longest - 1) for number in range(wave)]

    def _is_short(self, length: int) -> bool:
        # One page alone does not tell whether the server caps `limit`.
        return length < (self._longest if self._pages > 1 else LIMIT)

    def _take(self, offsets: list[int], pages: list[Sequence[Row]]) -> bool:
        """Take in pages that were read together; True at the end of the list."""
        for offset, page in zip(offsets, pages, strict=True):
            keys = [self._key(row) for row in page]
            for key, row in zip(keys, page, strict=True):
                self.rows.setdefault(key, row)
            if not keys and offset in (0, self._end):
                return True
            if offset > self._end:
                return False  # the page before was short, and what lies between comes first
            if offset and self._longest > 1 and self._covered.isdisjoint(keys):
                self._step_back(offset)
                return False
            if self._gives_one_page_only(offset, keys) or self._shows_the_last_row_alone(keys):
                return True
            if self._link(offset, keys):
                return True
        return False

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


@contextmanager
def _threads() -> Iterator[Callable[..., list[Sequence[Row]]]]:
    """Give a function that reads several pages at once, and one page without a thread."""
    pool: ThreadPoolExecutor | None = None

    def fetch(page: Callable[[int], Sequence[Row]], offsets: list[int]) -> list[Sequence[Row]]:
        nonlocal pool
        if len(offsets) == 1:
            return [page(offsets[0])]
        pool = pool or ThreadPoolExecutor(_THREADS, thread_name_prefix="edges-list")
        return list(pool.map(page, offsets))

    try:
        yield fetch
    finally:
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
